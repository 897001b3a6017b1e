"""Reading the record in pages: by time, about one patient, or in the order of the tree; disclosures opened and checked.

Every personal value is checked against the digest in its leaf: what was altered is an error, never an export.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import Connection, select, tuple_

from audit import AuditLog
from audit.disclosure import check_disclosures
from audit.entry import read_leaf
from audit.store import StoredEntry
from gateway.exporting.audit_event import RecordedEntry
from gateway.storage.database import Database
from gateway.storage.entries import entries_of_leaves, stored_entry
from gateway.storage.journal import patient_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import NO_PLACE
from gateway.storage.tables import audit_entry

PAGE = 500
Place = tuple[int, str]  # (time, entry id): the order of every page by time


class RecordReader:
    """Pages of entries. Raises `audit.AuditError` for a row that is not what was recorded."""

    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def newest(self, connection: Connection, since: int, before: Place, limit: int) -> list[RecordedEntry]:
        """At most `limit` entries of `since` (ms) or later and strictly before a place, newest first."""
        columns = (audit_entry.c.time, audit_entry.c.entry_id)
        statement = (
            select(audit_entry)
            .where(audit_entry.c.time >= since, tuple_(*columns) < tuple_(*before))
            .order_by(*(column.desc() for column in columns))
            .limit(limit)
        )
        return self._opened(connection, [stored_entry(row) for row in connection.execute(statement)])

    def newest_about(
        self, connection: Connection, patient_id: str, since: int, before: Place, limit: int
    ) -> list[RecordedEntry]:
        """The same of one patient; entries erased for them are not listed any more."""
        about = SqlLogStore(connection).entries_about(patient_subject(patient_id), before, limit)
        return self._opened(connection, [stored for stored in about if stored.time >= since])

    def oldest_first(self, since: int, until: int) -> Iterator[list[RecordedEntry]]:
        """All entries of a time, `until` excluded, in pages, each read on its own: no transaction stays open while
        somebody writes them to a slow disk."""
        after: Place = (since, "")
        while True:
            columns = (audit_entry.c.time, audit_entry.c.entry_id)
            statement = (
                select(audit_entry)
                .where(tuple_(*columns) > tuple_(*after), audit_entry.c.time < until)
                .order_by(*columns)
                .limit(PAGE)
            )
            with self._database.reading() as connection:
                page = self._opened(connection, [stored_entry(row) for row in connection.execute(statement)])
            if not page:
                return
            yield page
            after = (page[-1].entry.time, page[-1].entry.entry_id)

    def in_the_tree(self, connection: Connection, first: int, limit: int) -> list[tuple[int, RecordedEntry]]:
        """At most `limit` entries from position `first` of the tree on, each with its position. A position is given
        when a checkpoint covers the entry, and never to anything earlier: no entry is passed over."""
        every = entries_of_leaves(connection, first, NO_PLACE, limit)
        placed = list(islice(((index, entry) for index, _, entry in every if entry is not None), limit))
        opened = self._opened(connection, [entry for _, entry in placed])
        return [(index, recorded) for (index, _), recorded in zip(placed, opened, strict=True)]

    def _opened(self, connection: Connection, stored: Sequence[StoredEntry]) -> list[RecordedEntry]:
        disclosures: dict[str, dict[str, list[str]]] = {}
        if stored:
            for row, key in SqlLogStore(connection).sealed([item.entry_id for item in stored]):
                disclosures.setdefault(row.entry_id, {})[row.subject] = self._log.open_sealed(row, key)
        return [_recorded(item, disclosures.get(item.entry_id, {})) for item in stored]


def _recorded(stored: StoredEntry, disclosures: dict[str, list[str]]) -> RecordedEntry:
    entry, digests = read_leaf(stored.leaf)
    personal = {subject: check_disclosures(items, digests) for subject, items in disclosures.items()}
    return RecordedEntry(replace(entry, personal=personal), stored.leaf_hash)
