"""Entries by their ids: how every page of them is read, whatever the page is a page of.

A join would do, but over the months of PostgreSQL its plan considers, opens and locks every one of them, and takes a
page of 4,096 for large enough to read them all. Ids given as values lead the planner to the months they are of.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, String, any_, bindparam, select

from audit.store import StoredEntry
from gateway.storage.log_statements import ENTRY
from gateway.storage.tables import audit_entry, audit_leaf

# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
MOST_PARAMETERS = 10_000
ROWS_PER_FETCH = 1_000
_NAMED = select(*ENTRY).where(audit_entry.c.entry_id.in_(bindparam("entry_ids", expanding=True)))
# PostgreSQL: one parameter, and so one statement to prepare, however many entries are asked for.
_NAMED_IN_ARRAY = select(*ENTRY).where(audit_entry.c.entry_id == any_(bindparam("entry_ids", type_=ARRAY(String(36)))))
_LEAVES = (
    select(audit_leaf)
    .where(audit_leaf.c.leaf_index >= bindparam("start"), audit_leaf.c.leaf_index < bindparam("end"))
    .order_by(audit_leaf.c.leaf_index)
    .limit(bindparam("most"))
)


def stored_entry(row: Row[*tuple[Any, ...]]) -> StoredEntry:
    """A row of `ENTRY`."""
    return StoredEntry(
        row.entry_id, row.time, row.type, row.gateway, row.lane, row.counter, bytes(row.leaf), bytes(row.leaf_hash)
    )


def entries_by_id(connection: Connection, entry_ids: Sequence[str]) -> dict[str, StoredEntry]:
    """Those that exist."""
    statement = _NAMED_IN_ARRAY if connection.dialect.name == "postgresql" else _NAMED
    found: dict[str, StoredEntry] = {}
    for start in range(0, len(entry_ids), MOST_PARAMETERS):
        some = list(entry_ids[start : start + MOST_PARAMETERS])
        found.update((row.entry_id, stored_entry(row)) for row in connection.execute(statement, {"entry_ids": some}))
    return found


def entries_of_leaves(
    connection: Connection, start: int, end: int, at_once: int = ROWS_PER_FETCH
) -> Iterator[tuple[int, str, StoredEntry | None]]:
    """The leaves numbered `start` to `end` (excluded; gateway/storage/shards.py), with the id and the entry of each,
    None where there is none. They are read `at_once` at a time."""
    while True:
        wanted = {"start": start, "end": end, "most": at_once}
        leaves = connection.execute(_LEAVES, wanted).all()
        entries = entries_by_id(connection, [leaf.entry_id for leaf in leaves])
        for leaf in leaves:
            yield leaf.leaf_index, leaf.entry_id, entries.get(leaf.entry_id)
        if len(leaves) < at_once:
            return
        start = leaves[-1].leaf_index + 1
