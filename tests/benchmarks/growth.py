"""How the record grows on PostgreSQL: append, a patient's history page and an inclusion proof over 10^5 entries, then
over many more in the same database. The entries in between are synthetic, made by the server itself."""

import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random
from statistics import median

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from audit import AuditLog, Signer
from audit.checkpoint import sign_checkpoint
from audit.merkle import HASH_BYTES
from audit.tiles import TileTree, grow
from gateway.storage.database import Database
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.migrating import migrate
from gateway.storage.transaction import Transaction

FIRST = 10**5
ENTRIES_A_PATIENT = 50
TIMES = 200
ROUNDS = 5
TIME = 1_790_000_000_000
ORIGIN = "growth.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(32))
AIMS = {"append": 1.2, "history page": 1.5, "inclusion proof": 1.5}

_ENTRY_ID = "md5(n::text)::uuid::text"
_FILL = (
    f"""INSERT INTO audit_entry (entry_id, time, type, gateway, lane, counter, leaf, leaf_hash)
    SELECT {_ENTRY_ID}, {TIME} + n, 'document.opened', 'bulk', 0, n + 1, leaf, sha256('\\x00'::bytea || leaf) FROM (
        SELECT n, convert_to('{{"document":"' || md5((n * 7)::text) || repeat('x', 300) || n || '"}}', 'UTF8') AS leaf
        FROM generate_series(%(start)s, %(end)s - 1) AS n) AS made""",
    f"""INSERT INTO audit_leaf (leaf_index, entry_id)
    SELECT n, {_ENTRY_ID} FROM generate_series(%(start)s, %(end)s - 1) AS n""",
    # A patient has about as many entries however many there are in all, and they lie scattered.
    f"""INSERT INTO audit_disclosure (entry_id, subject, period, time, key_id, sealed)
    SELECT {_ENTRY_ID}, 'patient/' || patient, '2026-09', {TIME} + n, 'key-' || patient,
        decode(repeat(md5(n::text), 10), 'hex')
    FROM (SELECT n, CASE WHEN n < {FIRST} THEN mixed %% {FIRST // ENTRIES_A_PATIENT}
            ELSE {FIRST // ENTRIES_A_PATIENT}
                + mixed %% GREATEST(%(patients)s - {FIRST // ENTRIES_A_PATIENT}, 1) END AS patient
        FROM (SELECT n, hashint8(n)::bigint + 2147483648 AS mixed
            FROM generate_series(%(start)s, %(end)s - 1) AS n) AS dice) AS made""",
)
_KEYS = """INSERT INTO audit_key (key_id, subject, period, master, wrapped)
    SELECT 'key-' || n, 'patient/' || n, '2026-09', '0', decode(md5(n::text), 'hex')
    FROM generate_series(0, %(patients)s - 1) AS n"""


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One activity: p50 over few entries and over many, ms, medians of the rounds."""

    activity: str
    few_ms: float
    many_ms: float

    @property
    def ratio(self) -> float:
        return self.many_ms / self.few_ms


def measure_growth(address: str, entries: int) -> list[GrowthLine]:
    """Measure on the server at `address`, which names the maintenance database `postgres`: two databases in turns, so
    that a noisy machine disturbs both alike."""
    sizes = {"few": FIRST, "many": entries}
    acts = {name: _acts(_filled(address, f"growth_{name}", size), size) for name, size in sizes.items()}
    rounds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(-1, ROUNDS):
        for activity in AIMS:
            for name in sizes:
                found = _p50(acts[name][activity])
                if number >= 0:
                    rounds[activity, name].append(found)
    return [GrowthLine(one, median(rounds[one, "few"]), median(rounds[one, "many"])) for one in AIMS]


def _filled(address: str, name: str, entries: int) -> str:
    url, patients = address.replace("/postgres?", f"/{name}?"), entries // ENTRIES_A_PATIENT
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    migrate(url)
    _execute(url, _KEYS, {"patients": patients})
    _fill(url, 0, FIRST, patients)
    _fill(url, FIRST, entries, patients)
    return url


def show_growth(console: Console, lines: list[GrowthLine], entries: int) -> None:
    """A table for people."""
    table = Table(title=f"Growth of the record on PostgreSQL, from {FIRST:,} to {entries:,} entries (p50)")
    for column in ("activity", "few ms", "many ms", "ratio", "aim"):
        table.add_column(column, justify="left" if column == "activity" else "right")
    for line in lines:
        aim = f"≤ {AIMS[line.activity]}"
        table.add_row(line.activity, f"{line.few_ms:.2f}", f"{line.many_ms:.2f}", f"{line.ratio:.2f}", aim)
    console.print(table)


def growth_to_json(lines: list[GrowthLine]) -> list[dict[str, object]]:
    """The lines for programs."""
    return [{**asdict(line), "ratio": line.ratio} for line in lines]


def _fill(url: str, start: int, end: int, patients: int) -> None:
    step = 250_000
    for begin in range(start, end, step):
        for statement in _FILL:
            _execute(url, statement, {"start": begin, "end": min(begin + step, end), "patients": patients})
        _grow(url, begin, min(begin + step, end))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _grow(url: str, start: int, end: int) -> None:
    """Put the hashes into the stored tree and sign its head, as the sequencer does."""
    database = Database(url)

    def unit(transaction: Transaction) -> None:
        store = SqlLogStore(transaction.connection)
        hashes = list(_hashes(transaction.connection, start, end))
        tiles = {(level, index): tile for level, index, tile in grow(start, hashes, store.tile)}
        store.put_tiles([(level, index, tile) for (level, index), tile in tiles.items()])
        store.add_checkpoint(sign_checkpoint(SIGNER, end, TileTree(store.tile).root(end), TIME + end))

    database.transact(unit)
    database.close()


def _hashes(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    query = """SELECT e.leaf_hash FROM audit_leaf l JOIN audit_entry e ON e.entry_id = l.entry_id
        WHERE l.leaf_index >= %(start)s AND l.leaf_index < %(end)s ORDER BY l.leaf_index"""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    for row in connection.exec_driver_sql(query, {"start": start, "end": end}):
        assert len(row.leaf_hash) == HASH_BYTES
        yield bytes(row.leaf_hash)


def _acts(url: str, entries: int) -> dict[str, Callable[[], None]]:
    database, dice, patients = Database(url), Random(7), entries // ENTRIES_A_PATIENT
    log = AuditLog(ORIGIN, "measured", os.urandom, bytes(32))

    def append() -> None:
        personal = {f"patient/new-{dice.randrange(10**9)}": {"ins": "1"}, "person/1": {"name": "x"}}
        database.transact(
            lambda tx: log.append(
                SqlLogStore(tx.connection, OneEntry(tuple(personal), "2026-09")),
                entry_id=str(uuid.uuid4()),
                time=TIME + entries,
                entry_type="access.opened",
                outcome="success",
                personal=personal,
            )
        )

    def history() -> None:
        with database.reading() as connection:
            store = SqlLogStore(connection)
            page = store.entries_about(f"patient/{dice.randrange(patients)}", None, 50)
            store.sealed([entry.entry_id for entry in page])

    def prove() -> None:
        number = dice.randrange(entries)
        with database.reading() as connection:
            store = SqlLogStore(connection)
            (entry,) = store.leaves(number, number + 1)
            log.prove_inclusion(store, entry.entry_id)

    return {"append": append, "history page": history, "inclusion proof": prove}


def _p50(act: Callable[[], None]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _execute(url: str, statement: str, values: dict[str, int]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode(), values)
