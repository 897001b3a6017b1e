"""Puts what is recorded into the signed tree: the worker calls it on and on; the dossier never waits for it.

SQLite: the tree grows in the very transaction of the entries, but at most once in `checkpoint_every_ms`; what came in
between is taken by the next commit after it, or by the worker. Without that bound each commit would pay for a signature
and leave a head behind, and a year would have as many heads as entries.
PostgreSQL: in a transaction of its own. In that of the entries every decision would wait for the one before it.
"""

import time
from collections.abc import Callable

from sqlalchemy import func, select

from audit import AuditLog, Checkpoint, Signer
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.log_trees import TREE_LOCK
from gateway.storage.tables import audit_pending
from gateway.storage.transaction import Transaction
from gateway.world import World

_ANY_PENDING = select(audit_pending.c.sequence).limit(1)
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(TREE_LOCK))
# The log closes its year though nothing is recorded: so often it is asked to even when nothing waits.
ASKED_AT_LEAST_EVERY_SECONDS = 60.0


class Sequencing:
    """The sequencer of this process; on PostgreSQL an advisory lock lets one of several work at a time."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        log: AuditLog,
        signer: Signer,
        every_ms: int = 200,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._signer = signer
        self._every_seconds = every_ms / 1000
        self._monotonic = monotonic
        self._grown_at = monotonic() - ASKED_AT_LEAST_EVERY_SECONDS

    @property
    def verifier_key(self) -> str:
        """The public key of the log, in the vkey form a verifier takes."""
        return str(self._signer.verifier)

    def publish_checkpoint(self) -> Checkpoint | None:
        """Integrate what is pending and sign the new head, in one transaction; None when nothing was pending, or
        another process is at it. At most 4,096 entries at once: call again while heads come.

        Raises `RecordUnavailable`, and `audit.AuditError` when the stored tree is not the one signed last: nothing is
        signed over a tampered tree.
        """
        with self._database.lookup() as connection:
            # What it costs while nothing happens: one look, no transaction, no lock.
            idle = connection.execute(_ANY_PENDING).first() is None
        if idle and self._monotonic() - self._grown_at < ASKED_AT_LEAST_EVERY_SECONDS:
            return None
        return self._database.transact(self._grow)

    def announce_receipt_key(self) -> bool:
        """List in the log the key this gateway signs pending receipts with, once; True when it was not listed yet."""
        now = self._world.epoch_ms()
        return self._database.transact(lambda tx: self._log.announce_receipt_key(SqlLogStore(tx.connection), now))

    def rotate(self, new: Signer) -> Checkpoint:
        """Change the log's key, in one transaction; from then on this process signs with the new one. All that waits
        is sealed with the old key first. Raises as `publish_checkpoint`, and `audit.NoteError`."""
        now = self._world.epoch_ms()
        head = self._database.transact(lambda tx: self._log.rotate(SqlLogStore(tx.connection), self._signer, new, now))
        self._signer = new
        return head

    def grow_with_commits(self) -> bool:
        """From now on entries and tree share their commits, where the database has one committer (SQLite)."""
        return self._database.end_each_commit_with(self._grow_in_passing)

    def _grow(self, transaction: Transaction) -> Checkpoint | None:
        # Another process is at it: its head will cover what waits.
        if self._database.dialect == "postgresql" and not transaction.connection.execute(_TRY_LOCK).scalar():
            return None
        head = self._log.integrate(SqlLogStore(transaction.connection), self._signer, self._world.epoch_ms())
        self._grown_at = self._monotonic()
        return head

    def _grow_in_passing(self, transaction: Transaction) -> None:
        if self._monotonic() - self._grown_at >= self._every_seconds:
            self._grow(transaction)
