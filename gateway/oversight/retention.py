"""Retention: at night, what the record holds of people for longer than the hospital keeps it is erased.

In bounded batches, each one transaction with its own entry, so that a night that is broken off loses nothing, the next
one goes on, and nobody at the emergency department waits for it. Default: 36 months (the EHDS regulation, 2025/327,
asks for access logs over three years).
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.oversight.erasing import (
    Erased,
    due_by_retention,
    erase_old_rows,
    erase_pairs,
    forget_grants,
    months_before,
    old_grants,
    start_of,
)
from gateway.settings import RecordSettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal, take_turns
from gateway.storage.transaction import Transaction
from gateway.world import World

PAIRS_AT_ONCE = 100
GRANTS_AT_ONCE = 200
SESSIONS_KEPT_MS = 30 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRun:
    """What one run erased; `limit` is the first month that is kept."""

    limit: str
    entries: int
    keys: int
    accesses: int


class Retention:
    """Erases what is older than `record.retention_months` whole months."""

    def __init__(self, *, database: Database, world: World, journal: Journal, settings: RecordSettings) -> None:
        self._database = database
        self._world = world
        self._journal = journal
        self._settings = settings

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> RetentionRun | None:
        """During the hour of the night set for it, run; else None."""
        if self._world.now().hour != self._settings.retention_hour:
            return None
        return self.run(keep_going)

    def run(self, keep_going: Callable[[], bool] = lambda: True) -> RetentionRun:
        """Erase everything due, batch by batch, until nothing is or `keep_going` says no. Raises `RecordUnavailable`;
        what was committed before stays erased."""
        limit = months_before(self._world.epoch_ms(), self._settings.retention_months)
        entries = keys = accesses = 0
        while keep_going():
            batch = self._database.transact(lambda tx: self._batch(tx, limit))
            if batch is None:
                break
            entries, keys, accesses = entries + batch.entries, keys + batch.keys, accesses + batch.accesses
        return RetentionRun(limit=limit, entries=entries, keys=keys, accesses=accesses)

    def _batch(self, tx: Transaction, limit: str) -> RetentionRun | None:
        before = start_of(limit)
        pairs = due_by_retention(tx.connection, limit, PAIRS_AT_ONCE)
        # An access says whose it was as long as its entry does: first all the entries, then the accesses.
        grants = [] if pairs else old_grants(tx.connection, before, GRANTS_AT_ONCE)
        erase_old_rows(tx.connection, before, self._world.epoch_ms() - SESSIONS_KEPT_MS)
        if not pairs and not grants:
            return None
        erased = erase_pairs(tx.connection, self._journal.log, pairs) or [Erased("", 0, 0)]
        forget_grants(tx.connection, grants)
        take_turns(tx, [subject for month in erased for subject in month.personal])
        for month in erased:
            self._append(tx, limit, month, len(grants))
        return RetentionRun(
            limit=limit,
            entries=sum(month.entries for month in erased),
            keys=sum(month.keys for month in erased),
            accesses=len(grants),
        )

    def _append(self, tx: Transaction, limit: str, month: Erased, accesses: int) -> None:
        self._journal.append(
            tx,
            "record.erased",
            "success",
            facts={
                "reason": "retention",
                "months": self._settings.retention_months,
                "kept_from": limit,
                "period": month.period,
                "entries": month.entries,
                "keys": month.keys,
                "accesses": accesses,
            },
            personal=month.personal,
        )
