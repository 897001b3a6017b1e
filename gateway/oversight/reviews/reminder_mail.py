"""Reminds the privacy officer by e-mail, once a day and only when something is late or soon will be, whatever restarts.

It names nobody and says counts alone: mailboxes are read on telephones, and forwarded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import Connection, text

from gateway.errors import DeliveryFailed
from gateway.notifications.email import SmtpChannel
from gateway.oversight.reviews.reminder_words import reminder_subject, reminder_text
from gateway.oversight.reviews.waiting import Waiting, waiting_of
from gateway.paris import paris
from gateway.settings import ReviewSettings
from gateway.storage.alerts import raise_alert, resolve_alerts
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

ALERT = "review-mail"
FIRST_RETRY_MS = 60_000
LONGEST_RETRY_MS = 1_800_000
_NAME = {"name": "dpo"}  # never the address: it would stand in alerts
_CREATE = text("INSERT INTO review_mail (name) VALUES (:name) ON CONFLICT DO NOTHING")
_LOOK = text("SELECT day, not_before, failing_since FROM review_mail WHERE name = :name")
_CLAIM = text(
    """UPDATE review_mail SET claim = :claim, not_before = :until
    WHERE name = :name AND day < :day AND (not_before IS NULL OR not_before <= :now)"""
)
_SENT = text(
    """UPDATE review_mail SET claim = NULL, not_before = NULL, failing_since = NULL, day = :day
    WHERE name = :name AND claim = :claim"""
)
_FAILED = text(
    """UPDATE review_mail SET claim = NULL, not_before = :again, failing_since = :since
    WHERE name = :name AND claim = :claim"""
)


@dataclass(frozen=True, slots=True)
class ReminderSender:
    """Who writes, as the mail says it: the hospital's name, and the public address of its gateway."""

    hospital: str
    base_url: str


class ReminderMail:
    """`channel` is the relay of `notifications.smtp`; `claim_ms` is longer than a sending can take."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        channel: SmtpChannel,
        sender: ReminderSender,
        settings: ReviewSettings,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._world = world
        self._channel = channel
        self._sender = sender
        self._settings = settings
        self._claim_ms = claim_ms

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> bool:
        """Once a Paris day, from the hour set for it: send what waits; False when nothing does, it is not due, or it
        failed (then there is an alert, and it is tried again). Raises `Unavailable`, `RecordUnavailable`."""
        now = self._world.epoch_ms()
        moment = paris(now)
        day = moment.date().isoformat()
        if moment.hour < self._settings.mail.hour or not keep_going():
            return False
        with self._database.reading() as connection:
            held = connection.execute(_LOOK, _NAME).one_or_none()
            if held is not None and (held.day >= day or (held.not_before or 0) > now):
                return False
            waiting = waiting_of(connection, self._settings, now)
        if not waiting.late and not waiting.soon:
            return False
        claim = self._world.new_id()
        if not self._database.transact(lambda tx: self._claim(tx.connection, claim, day, now)):
            return False
        try:
            self._channel.hand_over(self._mail(waiting, day), self._settings.mail.to)
        except DeliveryFailed:
            self._database.transact(lambda tx: self._fail(tx, claim, held.failing_since if held else None))
            return False
        self._database.transact(lambda tx: self._settle(tx.connection, claim, day))
        return True

    def _claim(self, connection: Connection, claim: str, day: str, now: int) -> bool:
        connection.execute(_CREATE, _NAME)
        values = {**_NAME, "claim": claim, "until": now + self._claim_ms, "day": day, "now": now}
        return connection.execute(_CLAIM, values).rowcount == 1

    def _settle(self, connection: Connection, claim: str, day: str) -> None:
        connection.execute(_SENT, {**_NAME, "claim": claim, "day": day})
        resolve_alerts(connection, ALERT, self._world.epoch_ms())

    def _fail(self, tx: Transaction, claim: str, since: int | None) -> None:
        now = self._world.epoch_ms()
        began = now if since is None else since
        wait = min(max(now - began, FIRST_RETRY_MS), LONGEST_RETRY_MS)
        failed = tx.connection.execute(_FAILED, {**_NAME, "claim": claim, "again": now + wait, "since": began})
        if failed.rowcount == 1 and since is None:
            raise_alert(tx.connection, self._world, ALERT, "the reminder of the reviews was not sent")

    def _mail(self, waiting: Waiting, day: str) -> EmailMessage:
        # The worker that dies between the relay's 250 and our commit sends again: by its id it is the same mail.
        mail = self._channel.blank(self._settings.mail.to, reminder_subject(waiting), f"reviews.{day}")
        moment = paris(self._world.epoch_ms())
        sender = self._sender
        mail.set_content(reminder_text(sender.hospital, sender.base_url, waiting, self._settings, moment))
        mail["Content-Language"] = "fr, en"
        return mail
