"""The audit log's store in SQL: the contract of `audit.LogStore` on SQLite and PostgreSQL, in the caller's transaction.

Nothing here commits or rolls back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Row, insert
from sqlalchemy.exc import IntegrityError

from audit.errors import DuplicateEntryError
from audit.store import Sealed, StoredEntry, WrappedKey
from gateway.storage import log_statements as statements
from gateway.storage.entries import MOST_PARAMETERS, entries_by_id, entries_of_leaves, stored_entry
from gateway.storage.log_trees import SqlTrees
from gateway.storage.shards import place, placed
from gateway.storage.tables import (
    audit_counter,
    audit_disclosure,
    audit_entry,
    audit_key,
    audit_pending,
    audit_subject,
)

# Kept with a connection of the pool for as long as it lives: the lane it had last. Only a place to begin to look.
_LANE = "audit_lane"


@dataclass(frozen=True, slots=True)
class OneEntry:
    """What a store made for recording one entry needs to know beforehand: whose data keys, of which period, and who of
    these has their entries numbered (`AuditLog.counted_among`)."""

    subjects: tuple[str, ...]
    period: str
    counted: tuple[str, ...] = ()


class SqlLogStore(SqlTrees):
    """`audit.LogStore` bound to one connection with an open transaction; make one for each unit of work.

    Made for `one` entry it spares PostgreSQL round trips: the keys and the numbers of the subjects come with the
    counter, and new keys are written with the entry. Driver errors pass through (`sqlalchemy.exc.DBAPIError`), but a
    duplicate entry is `DuplicateEntryError`.
    """

    def __init__(self, connection: Connection, one: OneEntry | None = None) -> None:
        super().__init__(connection)
        self._one = one if self._postgresql else None
        self._keys_read: dict[str, WrappedKey] | None = None
        self._numbers_taken: Mapping[str, int] = {}
        self._keys_to_write: list[WrappedKey] = []

    # ---- recording

    def next_counter(self, gateway: str) -> tuple[int, int]:
        """See LogStore. A lane is opened when all are held: with n writers at once there are about n lanes."""
        while True:
            for from_lane in dict.fromkeys((self._connection.info.get(_LANE, 0), 0)):
                row = self._take_number(gateway, from_lane)
                if row is not None:
                    self._connection.info[_LANE] = row.lane
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

    def _take_number(self, gateway: str, from_lane: int) -> Row[*tuple[Any, ...]] | None:
        if self._one is None:
            wanted_lane = {"of_gateway": gateway, "from_lane": from_lane}
            return self._connection.execute(statements.NEXT_COUNTER, wanted_lane).one_or_none()
        one = self._one
        wanted = {
            "gateway": gateway,
            "from_lane": from_lane,
            "subjects": list(one.subjects),
            "period": one.period,
            "counted": list(one.counted),
        }
        text = statements.begin_entry(about_somebody=bool(one.subjects), counted=bool(one.counted))
        rows = self._connection.exec_driver_sql(text, wanted).all()
        if not rows:
            return None
        self._numbers_taken = rows[0].numbers or {}
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

    def next_numbers(self, subjects: Sequence[str]) -> Mapping[str, int]:
        """See LogStore. One upsert a subject, the row lock held to the end of the transaction."""
        if self._numbers_taken and set(self._numbers_taken) == set(subjects):
            taken, self._numbers_taken = self._numbers_taken, {}
            return taken
        numbers: dict[str, int] = {}
        for subject in sorted(subjects):
            first = self._insert(audit_subject).values(subject=subject, last=1)
            counted = first.on_conflict_do_update(
                index_elements=[audit_subject.c.subject], set_={"last": audit_subject.c.last + 1}
            ).returning(audit_subject.c.last)
            numbers[subject] = self._connection.execute(counted).scalar_one()
        return numbers

    def data_keys(self, subjects: Sequence[str], period: str) -> Mapping[str, WrappedKey]:
        """See LogStore."""
        one = self._one
        if one is not None and self._keys_read is not None and (one.subjects, one.period) == (tuple(subjects), period):
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
        text = statements.record_text(len(sealed), len(self._keys_to_write), self._connection.dialect)
        self._connection.exec_driver_sql(text, values)

    # ---- reading

    def entry(self, entry_id: str) -> StoredEntry | None:
        """See LogStore."""
        row = self._connection.execute(statements.ENTRY_BY_ID, {"entry_id": entry_id}).one_or_none()
        return None if row is None else stored_entry(row)

    def written_by(self, gateway: str) -> Sequence[StoredEntry]:
        """See LogStore."""
        return [stored_entry(row) for row in self._connection.execute(statements.WRITTEN_BY, {"of_gateway": gateway})]

    def position(self, entry_id: str) -> tuple[int, int] | None:
        """See LogStore."""
        number: int | None = self._connection.execute(statements.LEAF_INDEX, {"entry_id": entry_id}).scalar()
        return None if number is None else placed(number)

    def sealed(self, entry_ids: Sequence[str]) -> Sequence[tuple[Sealed, WrappedKey]]:
        """See LogStore."""
        found: list[tuple[Sealed, WrappedKey]] = []
        for start in range(0, len(entry_ids), MOST_PARAMETERS):
            some = list(entry_ids[start : start + MOST_PARAMETERS])
            sealed = statements.SEALED_IN_ARRAY if self._postgresql else statements.SEALED
            for row in self._connection.execute(sealed, {"entry_ids": some}):
                found.append(
                    (
                        Sealed(row.entry_id, row.subject, row.period, row.time, row.key_id, row.sealed),
                        _key(row),
                    )
                )
        return found

    def entries_about(self, subject: str, before: tuple[int, str] | None, limit: int) -> Sequence[StoredEntry]:
        """See LogStore."""
        found: list[StoredEntry] = []
        while len(found) < limit:
            wanted: dict[str, object] = {"subject": subject, "most": limit}
            if before is not None:
                wanted.update(before_time=before[0], before_id=before[1])
            places = self._connection.execute(statements.ABOUT_BEFORE if before else statements.ABOUT, wanted).all()
            entries = entries_by_id(self._connection, [row.entry_id for row in places])
            # What is disclosed of an entry that is gone is passed over: the completeness check tells of it.
            found += [entries[row.entry_id] for row in places if row.entry_id in entries]
            if len(places) < limit:
                break
            before = (places[-1].time, places[-1].entry_id)
        return found[:limit]

    def leaves(self, start: int, end: int, shard: int = 0) -> Iterator[StoredEntry]:
        """See LogStore."""
        for _, _, entry in entries_of_leaves(self._connection, place(shard, start), place(shard, end)):
            if entry is not None:
                yield entry

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
