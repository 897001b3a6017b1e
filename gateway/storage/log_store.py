"""The audit log's store in SQL: the contract of `audit.LogStore` on SQLite and PostgreSQL, in the caller's transaction.

Nothing here commits or rolls back.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from audit.checkpoint import Checkpoint, read_unverified
from audit.errors import DuplicateEntryError
from audit.store import Pending, Sealed, StoredEntry, WrappedKey
from gateway.storage import log_statements as statements
from gateway.storage.tables import (
    audit_checkpoint,
    audit_counter,
    audit_disclosure,
    audit_entry,
    audit_key,
    audit_leaf,
    audit_pending,
    audit_tile,
)

# "audittre" in ASCII: the advisory lock of whoever writes the tree, shared by all processes of one database.
TREE_LOCK = 0x6175646974747265
# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
MOST_PARAMETERS = 10_000
ROWS_PER_FETCH = 1_000


@dataclass(frozen=True, slots=True)
class OneEntry:
    """What a store made for recording one entry needs to know beforehand: whose data keys, of which period."""

    subjects: tuple[str, ...]
    period: str


class SqlLogStore:
    """`audit.LogStore` bound to one connection with an open transaction; make one for each unit of work.

    Made for `one` entry it spares PostgreSQL two round trips: the keys are read with the counter, and new ones are
    written with the entry. Driver errors pass through (`sqlalchemy.exc.DBAPIError`), but a duplicate entry is
    `DuplicateEntryError`.
    """

    def __init__(self, connection: Connection, one: OneEntry | None = None) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"
        self._one = one if self._postgresql else None
        self._keys_read: dict[str, WrappedKey] | None = None
        self._keys_to_write: list[WrappedKey] = []
        self._insert = postgresql.insert if self._postgresql else sqlite.insert

    # ---- recording

    def next_counter(self, gateway: str) -> tuple[int, int]:
        """See LogStore. A lane is opened when all are held: with n writers at once there are about n lanes."""
        while True:
            row = self._take_number(gateway)
            if row is not None:
                return row.lane, row.last
            lane = self._unopened_lane(gateway)
            opened = self._connection.execute(
                self._insert(audit_counter)
                .values(gateway=gateway, lane=lane, last=1)
                .on_conflict_do_nothing()
                .returning(audit_counter.c.lane)
            ).one_or_none()
            # None: another transaction opened and committed this lane meanwhile; it may be free by now.
            if opened is not None:
                return lane, 1

    def _take_number(self, gateway: str) -> Row[*tuple[Any, ...]] | None:
        if self._one is None:
            return self._connection.execute(statements.NEXT_COUNTER, {"of_gateway": gateway}).one_or_none()
        wanted = {"of_gateway": gateway, "subjects": self._one.subjects, "period": self._one.period}
        rows = self._connection.execute(statements.NEXT_COUNTER_AND_DATA_KEYS, wanted).all()
        if not rows:
            return None
        self._keys_read = {row.subject: _key(row) for row in rows if row.key_id is not None}
        return rows[0]

    def _unopened_lane(self, gateway: str) -> int:
        last_lane: int | None = self._connection.execute(statements.LAST_LANE, {"of_gateway": gateway}).scalar()
        lane = 0 if last_lane is None else last_lane + 1
        # An insert would wait for a transaction that is opening the same lane; the advisory lock tells without waiting.
        while (
            self._postgresql
            and not self._connection.execute(
                statements.TRY_LANE, {"of_gateway": crc32(gateway.encode()) - 2**31, "lane": lane}
            ).scalar()
        ):
            lane += 1
        return lane

    def data_keys(self, subjects: Sequence[str], period: str) -> Mapping[str, WrappedKey]:
        """See LogStore."""
        if self._keys_read is not None and self._one == OneEntry(tuple(subjects), period):
            return self._keys_read
        rows = self._connection.execute(statements.DATA_KEYS, {"subjects": list(subjects), "period": period})
        return {row.subject: _key(row) for row in rows}

    def add_data_key(self, key: WrappedKey) -> None:
        """See LogStore."""
        if self._one is not None:
            self._keys_to_write.append(key)
        else:
            self._connection.execute(insert(audit_key), _values(key))

    def add_entry(self, entry: StoredEntry, sealed: Sequence[Sealed] = ()) -> None:
        """See LogStore."""
        try:
            if self._postgresql:
                self._record_in_one_round_trip(entry, sealed)
            else:
                self._connection.execute(insert(audit_entry), _values(entry))
                self._connection.execute(insert(audit_pending).inline(), {"entry_id": entry.entry_id})
                if sealed:
                    self._connection.execute(insert(audit_disclosure), [_values(row) for row in sealed])
        except IntegrityError as error:
            raise DuplicateEntryError(f"entry {entry.entry_id} or its number is recorded already") from error

    def _record_in_one_round_trip(self, entry: StoredEntry, sealed: Sequence[Sealed]) -> None:
        values = {f"entry_{name}": value for name, value in _values(entry).items()}
        for number, row in enumerate(sealed):
            values.update({f"sealed_{number}_{name}": value for name, value in _values(row).items()})
        for number, key in enumerate(self._keys_to_write):
            values.update({f"key_{number}_{name}": value for name, value in _values(key).items()})
        self._connection.execute(statements.record(len(sealed), len(self._keys_to_write)), values)

    # ---- reading

    def entry(self, entry_id: str) -> StoredEntry | None:
        """See LogStore."""
        row = self._connection.execute(statements.ENTRY_BY_ID, {"entry_id": entry_id}).one_or_none()
        return None if row is None else _entry(row)

    def leaf_index(self, entry_id: str) -> int | None:
        """See LogStore."""
        index: int | None = self._connection.execute(statements.LEAF_INDEX, {"entry_id": entry_id}).scalar()
        return index

    def sealed(self, entry_ids: Sequence[str]) -> Sequence[tuple[Sealed, WrappedKey]]:
        """See LogStore."""
        found: list[tuple[Sealed, WrappedKey]] = []
        for start in range(0, len(entry_ids), MOST_PARAMETERS):
            some = list(entry_ids[start : start + MOST_PARAMETERS])
            for row in self._connection.execute(statements.SEALED, {"entry_ids": some}):
                found.append(
                    (
                        Sealed(row.entry_id, row.subject, row.period, row.time, row.key_id, row.sealed),
                        _key(row),
                    )
                )
        return found

    def entries_about(self, subject: str, before: tuple[int, str] | None, limit: int) -> Sequence[StoredEntry]:
        """See LogStore."""
        if before is None:
            rows = self._connection.execute(statements.ABOUT, {"subject": subject, "most": limit})
        else:
            place = {"before_time": before[0], "before_id": before[1]}
            rows = self._connection.execute(statements.ABOUT_BEFORE, {"subject": subject, "most": limit, **place})
        return [_entry(row) for row in rows]

    def leaves(self, start: int, end: int) -> Iterator[StoredEntry]:
        """See LogStore."""
        streamed = statements.LEAVES.execution_options(yield_per=ROWS_PER_FETCH)
        for row in self._connection.execute(streamed, {"start": start, "end": end}):
            yield _entry(row)

    # ---- the tree

    def lock_tree(self) -> None:
        """See LogStore. SQLite's writing transaction is alone already; PostgreSQL waits for the advisory lock."""
        if self._postgresql:
            self._connection.execute(select(func.pg_advisory_xact_lock(TREE_LOCK)))

    def pending(self, limit: int) -> Sequence[Pending]:
        """See LogStore. The order of sequences is not that of commits: a lower one may still appear later, which is
        why the rows integrated are deleted one by one and no high-water mark is kept."""
        rows = self._connection.execute(statements.PENDING, {"most": limit})
        return [Pending(row.sequence, row.entry_id, row.leaf, row.leaf_hash) for row in rows]

    def pending_since(self) -> int | None:
        """See LogStore."""
        since: int | None = self._connection.execute(statements.PENDING_SINCE).scalar()
        return since

    def add_leaves(self, first_index: int, integrated: Sequence[Pending]) -> None:
        """See LogStore."""
        values = [
            {"leaf_index": index, "entry_id": item.entry_id} for index, item in enumerate(integrated, first_index)
        ]
        try:
            self._connection.execute(insert(audit_leaf), values)
        except IntegrityError as error:
            raise DuplicateEntryError(f"the tree has a leaf at or after {first_index} already") from error
        for start in range(0, len(integrated), MOST_PARAMETERS):
            some = [item.sequence for item in integrated[start : start + MOST_PARAMETERS]]
            self._connection.execute(statements.INTEGRATED, {"sequences": some})

    def tile(self, level: int, index: int) -> bytes | None:
        """See LogStore."""
        hashes: bytes | None = self._connection.execute(statements.TILE, {"level": level, "tile_index": index}).scalar()
        return hashes

    def put_tiles(self, tiles: Collection[tuple[int, int, bytes]]) -> None:
        """See LogStore."""
        statement = self._insert(audit_tile)
        key = [audit_tile.c.level, audit_tile.c.tile_index]
        upsert = statement.on_conflict_do_update(index_elements=key, set_={"hashes": statement.excluded.hashes})
        values = [{"level": level, "tile_index": index, "hashes": hashes} for level, index, hashes in tiles]
        self._connection.execute(upsert, values)

    def head(self) -> Checkpoint | None:
        """See LogStore."""
        row = self._connection.execute(statements.HEAD).one_or_none()
        return None if row is None else _checkpoint(row)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See LogStore."""
        values = {
            "size": checkpoint.size,
            "root": checkpoint.root,
            "time": checkpoint.time,
            "note": checkpoint.note,
        }
        try:
            self._connection.execute(insert(audit_checkpoint), values)
        except IntegrityError as error:
            raise DuplicateEntryError(f"a checkpoint of {checkpoint.size} leaves is kept already") from error

    def checkpoints(self) -> Iterator[Checkpoint]:
        """See LogStore."""
        for row in self._connection.execute(statements.CHECKPOINTS.execution_options(yield_per=ROWS_PER_FETCH)):
            yield _checkpoint(row)

    # ---- erasing

    def erase(self, subject: str, period: str) -> int:
        """See LogStore. Keys go first: that waits for the recordings that hold them, whose rows then go too."""
        self._connection.execute(statements.ERASE_KEYS, {"subject": subject, "period": period})
        erased: int = self._connection.execute(
            statements.ERASE_DISCLOSURES, {"subject": subject, "period": period}
        ).rowcount
        return erased

    def periods(self, subject: str) -> Sequence[str]:
        """See LogStore."""
        return list(self._connection.execute(statements.PERIODS, {"subject": subject}).scalars())


def _values(row: StoredEntry | Sealed | WrappedKey) -> dict[str, Any]:
    # The columns have the names of the members.
    return {member.name: getattr(row, member.name) for member in fields(row)}


def _key(row: Row[*tuple[Any, ...]]) -> WrappedKey:
    return WrappedKey(row.key_id, row.subject, row.period, row.master, row.wrapped)


def _entry(row: Row[*tuple[Any, ...]]) -> StoredEntry:
    return StoredEntry(
        row.entry_id, row.time, row.type, row.gateway, row.lane, row.counter, bytes(row.leaf), bytes(row.leaf_hash)
    )


def _checkpoint(row: Row[*tuple[Any, ...]]) -> Checkpoint:
    # The columns are what is stored, the note is what was signed: the log compares them before it builds on them.
    return Checkpoint(read_unverified(row.note).origin, row.size, bytes(row.root), row.note, row.time)
