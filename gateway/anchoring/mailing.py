"""Sends the day's head to the privacy officer: once a day for each log, whatever restarts, through the usual relay.

A mailbox the hospital's computer people do not run is the plainest anchor there is: whoever rewrites the past would
have to rewrite that mail too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from audit import Checkpoint
from gateway.anchoring.duty import Duties
from gateway.anchoring.fault import Fault
from gateway.anchoring.kept import MAIL, keep
from gateway.anchoring.mail_words import mail_subject, mail_text
from gateway.errors import DeliveryFailed
from gateway.notifications.email import SmtpChannel
from gateway.paris import paris
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place
from gateway.storage.transaction import Transaction
from gateway.world import World

NAME = "dpo"  # never the address: it would stand in alerts


@dataclass(frozen=True, slots=True)
class MailSender:
    """Who writes, as the mail says it: the hospital's name, and the public address of its gateway."""

    hospital: str
    base_url: str


class HeadMail:
    """`channel` is the relay of `notifications.smtp`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        duties: Duties,
        channel: SmtpChannel,
        sender: MailSender,
        to: str,
        hour: int,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._world = world
        self._duties = duties
        self._channel = channel
        self._sender = sender
        self._to = to
        self._hour = hour
        self._claim_ms = claim_ms

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> bool:
        """Once a Paris day, from the hour set for it: send the newest head; False when it is not due or failed (then
        there is an alert, and it is tried again). Raises `Unavailable`."""
        now = self._world.epoch_ms()
        moment = paris(now)
        day = moment.date().isoformat()
        duty = self._duties.look().get((MAIL, NAME))
        done = duty is not None and (duty.day >= day or duty.waits_until > now)
        head = None if moment.hour < self._hour or done else self._head()
        if head is None or not keep_going():
            return False
        claim = self._duties.claim(MAIL, NAME, self._claim_ms, before=day)
        if claim is None:
            return False
        try:
            self._channel.hand_over(self._mail(head, day), self._to)
        except DeliveryFailed:
            self._duties.failed(claim, Fault.MAIL)
            return False
        number = place(head.shard, head.size)

        def unit(tx: Transaction) -> None:
            keep(tx.connection, self._world, MAIL, NAME, number, head.note.encode())
            self._duties.done(tx.connection, claim, head=number, day=day)

        self._database.transact(unit)
        return True

    def _mail(self, head: Checkpoint, day: str) -> EmailMessage:
        log = head.origin.replace("/", "-")
        # The worker that dies between the relay's 250 and our commit sends again: by its id it is the same mail.
        mail = self._channel.blank(self._to, mail_subject(head.origin, day), f"head.{day}.{log}")
        file = f"{log}-{head.size}.checkpoint.txt"
        moment = paris(self._world.epoch_ms())
        mail.set_content(mail_text(self._sender.hospital, self._sender.base_url, head, moment, file))
        mail.add_attachment(head.note.encode(), maintype="application", subtype="octet-stream", filename=file)
        mail["Content-Language"] = "fr, en"
        return mail

    def _head(self) -> Checkpoint | None:
        with self._database.lookup() as connection:
            return SqlLogStore(connection).head()
