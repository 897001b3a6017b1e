"""The record towards the hospital's audit repository (IHE ATNA ITI-20): at least once, in order, never lost.

The record itself is the spool: the order of its tree is a natural cursor, and the cursor moves on only when the
repository is known to have the messages. A repository that is down loses nothing; it is an alert, and hears it all
later. Entries are sent with the personal values they still have at that time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from gateway.exporting.audit_event import RecordedEntry, instant
from gateway.exporting.dicom_message import audit_messages
from gateway.exporting.event_parts import EventSource
from gateway.exporting.record import RecordReader
from gateway.exporting.syslog import RepositoryUnavailable, syslog_message
from gateway.storage.alerts import raise_alert, resolve_alerts
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

ALERT = "audit-repository"
FIRST_RETRY_MS = 5_000
LONGEST_RETRY_MS = 300_000
_NAME = {"name": "atna"}
_CREATE = text("INSERT INTO export_cursor (name, next_leaf) VALUES (:name, 0) ON CONFLICT DO NOTHING")
_CLAIM = text(
    """UPDATE export_cursor SET claim = :claim, claimed_until = :until
    WHERE name = :name AND (claimed_until IS NULL OR claimed_until <= :now)"""
)
_CURSOR = text("SELECT next_leaf, failing_since, claimed_until FROM export_cursor WHERE name = :name")
_SENT = text(
    """UPDATE export_cursor SET next_leaf = :next_leaf, claim = NULL, claimed_until = NULL, failing_since = NULL
    WHERE name = :name AND claim = :claim"""
)
_FAILED = text(
    """UPDATE export_cursor SET claim = NULL, claimed_until = :again, failing_since = :since
    WHERE name = :name AND claim = :claim"""
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The first position not yet known to have arrived, and since when (ms) attempts fail."""

    next_leaf: int
    failing_since: int | None


class AtnaExport:
    """Sends what was recorded since. `send` is `SyslogSender.send`; `claim_ms` is longer than one batch can take."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        reader: RecordReader,
        source: EventSource,
        send: Callable[[Sequence[bytes]], None],
        batch: int,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._world = world
        self._reader = reader
        self._source = source
        self._send = send
        self._batch = batch
        self._claim_ms = claim_ms

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> int:
        """Send batch after batch until everything the tree holds is sent; how many entries that were. While the
        repository fails: an alert, and another attempt after 5 s to 5 min. Raises `RecordUnavailable`, `Unavailable`,
        and `audit.AuditError` for an entry that is not what was recorded: nothing is sent past it."""
        sent = 0
        while keep_going():
            done = self._send_batch()
            if not done:
                break
            sent += done
        return sent

    def _send_batch(self) -> int:
        with self._database.reading() as connection:
            # Most of the time there is nothing new: that costs two look-ups and no write.
            cursor = connection.execute(_CURSOR, _NAME).one_or_none()
            if cursor is not None and (cursor.claimed_until or 0) > self._world.epoch_ms():
                return 0
            if cursor is not None and not self._reader.in_the_tree(connection, cursor.next_leaf, 1):
                return 0
        claim = self._world.new_id()
        claimed = self._database.transact(lambda tx: self._claim(tx.connection, claim))
        if claimed is None:
            return 0
        try:
            with self._database.reading() as connection:
                entries = self._reader.in_the_tree(connection, claimed.next_leaf, self._batch)
            if entries:
                self._send([message for _, item in entries for message in self._messages(item)])
        except RepositoryUnavailable as failure:
            why = str(failure)
            self._database.transact(lambda tx: self._fail(tx, claim, claimed, why))
            return 0
        except BaseException:
            self._database.transact(lambda tx: self._fail(tx, claim, claimed, ""))
            raise
        following = entries[-1][0] + 1 if entries else claimed.next_leaf
        self._database.transact(lambda tx: self._settle(tx, claim, following, claimed))
        return len(entries)

    def _messages(self, item: RecordedEntry) -> list[bytes]:
        moment = instant(item.entry.time)
        return [
            syslog_message(moment, self._source.base_url, item.entry.gateway, content)
            for content in audit_messages(item, self._source)
        ]

    def _claim(self, connection: Connection, claim: str) -> Cursor | None:
        now = self._world.epoch_ms()
        connection.execute(_CREATE, _NAME)
        values = {**_NAME, "claim": claim, "until": now + self._claim_ms, "now": now}
        if connection.execute(_CLAIM, values).rowcount != 1:
            return None  # another worker is at it, or it is too early to try again
        row = connection.execute(_CURSOR, _NAME).one()
        return Cursor(row.next_leaf, row.failing_since)

    def _settle(self, tx: Transaction, claim: str, following: int, claimed: Cursor) -> None:
        tx.connection.execute(_SENT, {**_NAME, "claim": claim, "next_leaf": following})
        if claimed.failing_since is not None:
            resolve_alerts(tx.connection, ALERT, self._world.epoch_ms())

    def _fail(self, tx: Transaction, claim: str, claimed: Cursor, why: str) -> None:
        now = self._world.epoch_ms()
        since = now if claimed.failing_since is None else claimed.failing_since
        wait = min(max(now - since, FIRST_RETRY_MS), LONGEST_RETRY_MS)
        tx.connection.execute(_FAILED, {**_NAME, "claim": claim, "again": now + wait, "since": since})
        if why and claimed.failing_since is None:
            raise_alert(tx.connection, self._world, ALERT, why)
