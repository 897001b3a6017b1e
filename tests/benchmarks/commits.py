"""One durable commit of the rows an opening writes, by the bare driver: the floor an opening is compared with.

The rows of one real opening are read once, then written again and again with fresh keys, one INSERT a row, in a twin
database that no gateway watches.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, Table, select

from gateway.storage.tables import (
    access_grant,
    access_request,
    audit_disclosure,
    audit_entry,
    audit_key,
    audit_pending,
    notice,
)

Row = dict[str, Any]
_ENTRY_COLUMNS = {"entry_id", "audit_entry_id"}


@dataclass(frozen=True, slots=True)
class OpeningRows:
    """(table, row) in the order they are written."""

    rows: tuple[tuple[str, Row], ...]


def rows_of_an_opening(connection: Connection, grant_id: str) -> OpeningRows:
    """Every row that opening wrote; its pending mark may be in the tree by now, and is written without a number."""
    grant = connection.execute(select(access_grant).where(access_grant.c.id == grant_id)).mappings().one()
    entry_id = grant["audit_entry_id"]
    disclosures = _found(connection, audit_disclosure, audit_disclosure.c.entry_id == entry_id)
    patients = [row["key_id"] for row in disclosures if row["subject"].startswith("patient/")]
    return OpeningRows(
        (
            *_named(access_request, _found(connection, access_request, access_request.c.grant_id == grant_id)),
            (access_grant.name, dict(grant)),
            *_named(notice, _found(connection, notice, notice.c.grant_id == grant_id)),
            *_named(audit_key, _found(connection, audit_key, audit_key.c.key_id.in_(patients))),
            *_named(audit_entry, _found(connection, audit_entry, audit_entry.c.entry_id == entry_id)),
            *_named(audit_disclosure, disclosures),
            (audit_pending.name, {"entry_id": entry_id}),
        )
    )


def committer(url: str, opening: OpeningRows, client: int) -> Callable[[], None]:
    """A function that writes the rows once more and commits; `client` keeps its numbers apart from the others'."""
    numbers = iter(range(1, 10_000_000))
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        # The caller uses it from one thread at a time.
        connection: Any = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        begin, mark = "BEGIN IMMEDIATE", ":{}"
    else:
        connection = psycopg.connect(url, autocommit=True, prepare_threshold=1)
        begin, mark = "BEGIN", "%({})s"
    statements = [_insert(table, row, mark) for table, row in opening.rows]

    def commit() -> None:
        fresh = _fresh(opening, f"bench-{client}-{uuid.uuid4().hex[:8]}", next(numbers))
        connection.execute(begin)
        for statement, row in zip(statements, fresh, strict=True):
            connection.execute(statement, row)
        connection.execute("COMMIT")

    return commit


def to_json(opening: OpeningRows) -> str:
    """For the load generator's process; bytes as hex."""
    return json.dumps(opening.rows, default=lambda value: {"hex": bytes(value).hex()})


def from_json(text: str) -> OpeningRows:
    """What `to_json` wrote."""
    rows = json.loads(text, object_hook=lambda value: bytes.fromhex(value["hex"]) if set(value) == {"hex"} else value)
    return OpeningRows(tuple((table, row) for table, row in rows))


def _fresh(opening: OpeningRows, gateway: str, number: int) -> list[Row]:
    """The same rows under new keys; the notices stay those of the grant."""
    entry_id, grant_id, key_id = (str(uuid.uuid4()) for _ in range(3))
    changed: list[Row] = []
    for table, row in opening.rows:
        new = {**row, **dict.fromkeys(_ENTRY_COLUMNS & set(row), entry_id)}
        if table == "access_grant":
            new["id"] = grant_id
        elif table == "access_request":
            new |= {"request_id": str(uuid.uuid4()), "grant_id": grant_id}
        elif table == "notice":
            new |= {"id": str(uuid.uuid4()), "grant_id": grant_id, "code": uuid.uuid4().hex[:16]}
        elif table == "audit_key":
            new["key_id"] = key_id
        elif table == "audit_entry":
            new |= {"gateway": gateway, "lane": 0, "counter": number}
        changed.append(new)
    return changed


def _insert(table: str, row: Row, mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(mark.format(name) for name in row)})"


def _found(connection: Connection, table: Table, where: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(select(table).where(where)).mappings()]


def _named(table: Table, rows: list[Row]) -> list[tuple[str, Row]]:
    return [(table.name, row) for row in rows]
