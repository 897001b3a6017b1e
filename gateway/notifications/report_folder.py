"""The folder the senders' mailbox is fetched into (a Maildir): each report in it is recorded, once or as often as it is
read, and marked as read. What is no report of ours stays unread, for whoever minds the mailbox.

A proof must carry the envelope id, which only the carriers of the message know. For a bounce the message's own id is
enough: a server that does not know envelope ids returns the header alone, and what it can bring about is one more way.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import bindparam, select

from gateway.notifications.attempts import attempt_of_envelope
from gateway.notifications.delivery import BOUNCED, Deliveries, Failure
from gateway.notifications.delivery_report import MOST_BYTES, Report, Said, read_report
from gateway.storage.database import Database
from gateway.storage.tables import notice_attempt
from gateway.storage.transaction import Transaction
from gateway.world import World

MOST_AT_ONCE = 200
UNREAD = "unread"  # no report of ours
NOT_YET = "not_yet"  # a report that says nothing for good
RELAYED = "relayed"

_CHANNELS_OF = select(notice_attempt.c.channel).distinct().where(notice_attempt.c.idempotency_key == bindparam("key"))


class ReportFolder:
    """Any number of workers may read one folder. Thread-safe."""

    def __init__(self, folder: Path, *, database: Database, world: World, deliveries: Deliveries) -> None:
        self._folder = folder
        self._database = database
        self._world = world
        self._deliveries = deliveries

    def read_new(self, *, most: int | None = MOST_AT_ONCE) -> Mapping[str, int]:
        """Record what came and move it to `cur`; how many of each kind: a `ReceiptOutcome`, `relayed`, `not_yet`,
        `unread`. Raises `RecordUnavailable`: what was not recorded stays."""
        done: Counter[str] = Counter()
        new, current = self._folder / "new", self._folder / "cur"
        current.mkdir(parents=True, exist_ok=True)
        for file in _files(new, most=most):
            word = self.record(file)
            done[word] += 1
            # Maildir: `S` is seen. Another worker may have moved it meanwhile.
            flags = ":2," if word == UNREAD else ":2,S"
            _move(file, current / f"{file.name.partition(':')[0]}{flags}")
        return done

    def read_all(self) -> Mapping[str, int]:
        """Record every mail that lies directly in the folder, and leave it there."""
        return Counter(self.record(file) for file in _files(self._folder, most=None))

    def record(self, file: Path) -> str:
        """Record one mail, whatever it is; its kind."""
        report = read_report(_content(file))
        if report is None:
            return UNREAD
        return self._database.transact(lambda tx: self._record(tx, report))

    def _record(self, tx: Transaction, report: Report) -> str:
        named = self._named(tx, report)
        if named is None:
            return UNREAD
        channel, key = named
        if report.said is Said.WAITING:
            return NOT_YET
        if report.said is Said.RELAYED:
            self._deliveries.record_relayed(tx, channel=channel, provider_reference=key)
            return RELAYED
        return self._deliveries.record_receipt(
            tx,
            channel=channel,
            provider_reference=key,
            state="delivered" if report.said is Said.DELIVERED else "failed",
            at_ms=self._world.epoch_ms(),
            failure=Failure(BOUNCED, report.status),
        ).value

    def _named(self, tx: Transaction, report: Report) -> tuple[str, str] | None:
        """The channel and the key of the message it may speak of; None if it may speak of none."""
        if report.envelope_id:
            found = attempt_of_envelope(tx.connection, report.envelope_id)
            return None if found is None else (found.channel, found.key)
        if report.said is not Said.FAILED:
            return None
        channel = tx.connection.execute(_CHANNELS_OF, {"key": report.key}).scalars().first()
        return None if channel is None else (channel, report.key)


def _files(folder: Path, *, most: int | None = MOST_AT_ONCE) -> Iterator[Path]:
    """Its mails, oldest name first; no link, no folder, nothing hidden."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except FileNotFoundError:
        return
    given = 0
    for name in names:
        if most is not None and given >= most:
            return
        try:
            regular = stat.S_ISREG((folder / name).lstat().st_mode)
        except FileNotFoundError:
            continue
        if regular:
            given += 1
            yield folder / name


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError:
        return b""


def _move(file: Path, to: Path) -> None:
    try:
        file.rename(to)
    except FileNotFoundError:
        return
