"""Fills a record on PostgreSQL with very many entries, made by the server itself: for measuring how it grows.

What a measured statement reads is as real ones are: ids that sort by time, up to now and over several months; leaves of
about 370 bytes and their true hashes, the whole tree and its signed head. The personal values do not open: nobody
measures what opening them costs. A patient has about fifty entries however many there are in all: ten accesses spread
over all of the record, of five entries each (the opening, what was read, its end).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from audit import Signer
from audit.checkpoint import sign_checkpoint
from audit.tiles import TileTree, grow
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.migrating import migrate
from gateway.storage.transaction import Transaction

ENTRIES_AN_ACCESS = 5
ENTRIES_A_PATIENT = 50
# With its indexes and the write-ahead log; 1.3 kB were measured.
BYTES_AN_ENTRY = 1_800
# From one entry to the next, and from the first to the last: months are made for one year back.
STEP_MS = 10_000
LONGEST_MS = 300 * 86_400_000
ORIGIN = "growth.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(32))
HASHES_AT_ONCE = 65_536
# While it is filled, nothing has to survive a power cut.
_FILLING = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "max_wal_size='2GB'")
_TABLES = ("audit_entry", "audit_leaf", "audit_disclosure", "audit_key")

# RFC 9562, version 7, as the gateway makes them.
_TIME = "(%(start)s::bigint + n * %(step)s::bigint)"
_ENTRY_ID = f"""(lpad(to_hex({_TIME}), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
    || substr(md5(n::text), 4, 15))::uuid::text"""
_LEAF = """convert_to('{"document":"' || md5((n * 7)::text) || repeat('x', 300) || n || '"}', 'UTF8')"""
_ALL = "generate_series(0, %(entries)s - 1) AS n"
_FILL = (
    """INSERT INTO audit_key (key_id, subject, period, master, wrapped)
    SELECT 'key-' || n, 'patient/' || n, '2026-09', '0', decode(md5(n::text), 'hex')
    FROM generate_series(0, %(patients)s - 1) AS n""",
    f"""INSERT INTO audit_entry (entry_id, time, type, gateway, lane, counter, leaf, leaf_hash)
    SELECT {_ENTRY_ID}, {_TIME}, 'document.opened', 'bulk', 0, n + 1, leaf, sha256('\\x00'::bytea || leaf)
    FROM (SELECT n, {_LEAF} AS leaf FROM {_ALL}) AS made""",
    f"INSERT INTO audit_leaf (leaf_index, entry_id) SELECT n, {_ENTRY_ID} FROM {_ALL}",
    f"""INSERT INTO audit_disclosure (entry_id, subject, period, time, key_id, sealed)
    SELECT {_ENTRY_ID}, 'patient/' || patient, '2026-09', {_TIME}, 'key-' || patient,
        decode(repeat(md5(n::text), 10), 'hex')
    FROM (SELECT n, (hashint8(n / {ENTRIES_AN_ACCESS})::bigint + 2147483648) %% %(patients)s AS patient
        FROM {_ALL}) AS dice""",
)
# Those of the tables, and of partitions what they have not of their table.
_CONSTRAINTS = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u') AND (conrelid = ANY(%(tables)s::regclass[]) OR conparentid = 0 AND conrelid IN
        (SELECT inhrelid FROM pg_inherits WHERE inhparent = ANY(%(tables)s::regclass[])))"""
_INDEXES = "SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes WHERE tablename = ANY(%(tables)s)"
_MONTHS = """SELECT audit_entry_make_month(month::date) FROM generate_series(
    date_trunc('month', to_timestamp(%(start)s / 1000.0)), now(), interval '1 month') AS month"""
_HASHES = f"SELECT sha256('\\x00'::bytea || {_LEAF}) FROM {_ALL}"


def patients_of(entries: int) -> int:
    """How many patients so many entries are about."""
    return entries // ENTRIES_A_PATIENT


@contextmanager
def filling(address: str, entries: int, folder: str) -> Iterator[None]:
    """The server at `address` (its data in `folder`) takes in entries fast; at the end it is durable and settled again.

    Raises `RuntimeError` when the disk has no room for so many.
    """
    needed = entries * BYTES_AN_ENTRY + 3 * 10**9
    if shutil.disk_usage(folder).free < needed:
        raise RuntimeError(f"{entries} entries need {needed / 10**9:.0f} GB in {folder}")
    with _connected(address) as connection:
        for setting in _FILLING:
            _run(connection, f"ALTER SYSTEM SET {setting}")
        _run(connection, "SELECT pg_reload_conf()")
        yield
        for setting in _FILLING:
            _run(connection, f"ALTER SYSTEM RESET {setting.partition('=')[0]}")
        _run(connection, "SELECT pg_reload_conf()")
        _run(connection, "CHECKPOINT")


def filled(address: str, name: str, entries: int, now_ms: int) -> str:
    """The URL of a new database `name` on the server at `address`, with so many entries up to now in its record."""
    url = address.replace("/postgres?", f"/{name}?")
    with _connected(address) as connection:
        _run(connection, f"CREATE DATABASE {name}")
    migrate(url)
    step = min(STEP_MS, LONGEST_MS // entries)
    start = now_ms - entries * step
    wanted = {"entries": entries, "patients": patients_of(entries), "start": start, "step": step}
    with _connected(url) as connection:
        _run(connection, _MONTHS, wanted)
        again = list(_without_indexes(connection))
        for statement in _FILL:
            _run(connection, statement, wanted)
        _run(connection, "SET maintenance_work_mem = '1GB'")
        for statement in again:
            _run(connection, statement)
    _grow(url, entries, now_ms)
    with _connected(url) as connection:
        _run(connection, "VACUUM (FREEZE, ANALYZE)")
    return url


def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Drop the indexes of the large tables; yields the statements that make each again."""
    for table, name, definition in connection.execute(_CONSTRAINTS, {"tables": list(_TABLES)}).fetchall():
        _run(connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
    for name, definition in connection.execute(_INDEXES, {"tables": list(_TABLES)}).fetchall():
        _run(connection, f"DROP INDEX {name}")
        yield definition


def _grow(url: str, entries: int, now_ms: int) -> None:
    """Put the hashes into the stored tree and sign its head, as the sequencer does."""
    database = Database(url)

    def unit(transaction: Transaction) -> None:
        transaction.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        store, size = SqlLogStore(transaction.connection), 0
        with psycopg.connect(url) as reader, reader.cursor("hashes") as rows:
            rows.execute(_HASHES.encode(), {"entries": entries})
            while some := rows.fetchmany(HASHES_AT_ONCE):
                tiles = {
                    (level, index): tile for level, index, tile in grow(size, [row[0] for row in some], store.tile)
                }
                store.put_tiles([(level, index, tile) for (level, index), tile in tiles.items()])
                size += len(some)
        store.add_checkpoint(sign_checkpoint(SIGNER, size, TileTree(store.tile).root(size), now_ms))

    database.transact(unit)
    database.close()


def _connected(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def _run(connection: psycopg.Connection[Any], statement: str, values: dict[str, int] | None = None) -> None:
    connection.execute(statement.encode(), values)
