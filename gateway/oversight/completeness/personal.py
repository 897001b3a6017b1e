"""The personal values beside the entries: each opens and is what its leaf commits to; none is gone but by erasure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from audit import AuditError, AuditLog
from audit.disclosure import check_disclosures
from audit.entry import Entry, Json
from audit.store import Sealed, WrappedKey
from audit.vault import period_of
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.histories import Histories
from gateway.storage.tables import audit_disclosure, audit_entry, audit_key

TABLE = "audit_disclosure"
_SEALED = (
    select(audit_disclosure, audit_key.c.subject.label("of_subject"), audit_key.c.period.label("of_period"))
    .add_columns(audit_key.c.master, audit_key.c.wrapped)
    .join(audit_key, audit_key.c.key_id == audit_disclosure.c.key_id, isouter=True)
    .where(audit_disclosure.c.entry_id.in_(bindparam("entry_ids", expanding=True)))
)
_STRAY = (
    select(audit_disclosure.c.entry_id, audit_disclosure.c.subject)
    .join(audit_entry, audit_entry.c.entry_id == audit_disclosure.c.entry_id, isouter=True)
    .where(audit_entry.c.entry_id.is_(None))
)


@dataclass(frozen=True, slots=True)
class Read:
    """An entry as its leaf says it, and the digests of its personal values."""

    entry: Entry
    digests: tuple[str, ...]


class Personal:
    """Opens what is sealed, batch by batch, and gives the values back to whoever compares them with other tables."""

    def __init__(self, connection: Connection, log: AuditLog, histories: Histories, findings: Findings) -> None:
        self._connection = connection
        self._log = log
        self._histories = histories
        self._findings = findings
        # Entries that lost values, by month of the entry: to be explained by the erasures that were recorded.
        self._lost: Counter[str] = Counter()
        self._example: dict[str, str] = {}

    def open(self, batch: Sequence[Read]) -> dict[str, dict[str, Json]]:
        """The values of each entry of the batch by name, without those that are gone or do not open."""
        by_entry: dict[str, dict[str, Json]] = defaultdict(dict)
        read = {item.entry.entry_id: item for item in batch}
        told: set[str] = set()
        for row in self._connection.execute(_SEALED, {"entry_ids": list(read)}):
            self._findings.looked_at["disclosures"] += 1
            item = read[row.entry_id]
            if row.master is None:
                self._findings.add("disclosure_without_key", TABLE, row.entry_id, subject=row.subject)
                self._histories.unopened(row.subject)
                told.add(row.entry_id)
                continue
            sealed = Sealed(row.entry_id, row.subject, row.period, row.time, row.key_id, bytes(row.sealed))
            key = WrappedKey(row.key_id, row.of_subject, row.of_period, row.master, bytes(row.wrapped))
            if (row.time, row.period) != (item.entry.time, period_of(item.entry.time)):
                self._findings.add("row_differs", TABLE, row.entry_id, column="time, period")
            try:
                values = check_disclosures(self._log.open_sealed(sealed, key), item.digests)
            except AuditError:
                # Altered, moved from another entry or another person, or not what the leaf commits to.
                self._findings.add("disclosure_altered", TABLE, row.entry_id, subject=row.subject)
                self._histories.unopened(row.subject)
                told.add(row.entry_id)
                continue
            self._histories.take(row.subject, row.entry_id, values)
            by_entry[row.entry_id].update(values)
        for item in batch:
            if item.entry.entry_id not in told and len(by_entry[item.entry.entry_id]) < len(item.digests):
                month = period_of(item.entry.time)
                self._lost[month] += 1
                self._example.setdefault(month, item.entry.entry_id)
        return by_entry

    def end(self, erased: Mapping[str, int]) -> None:
        """`erased` counts, by month, the entries whose loss of values was recorded as an erasure."""
        for row in self._connection.execute(_STRAY):
            self._findings.add("disclosure_without_entry", TABLE, row.entry_id, subject=row.subject)
        for month, count in sorted(self._lost.items()):
            if count > erased.get(month, 0):
                lost = count - erased.get(month, 0)
                self._findings.add("disclosures_missing", TABLE, self._example[month], month=month, entries=lost)
