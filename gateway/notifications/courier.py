"""The courier: takes the notices that are due one by one, hands each to a channel, and settles what became of it.

Three steps a notice, none of which spans the network and the database at once:

1. claim (transaction, `taking`): nobody else sends it for `claim_seconds`; a notice no channel can carry is settled;
2. send (no transaction): the way's idempotency key is the same at every attempt;
3. settle (transaction, `outcome`): the outcome and its audit fact are one commit.

A crash between 2 and 3 leaves a claim that another courier sees abandoned: the notice goes again under the same key,
and the record says so. That is the only way an e-mail goes twice. One notice is claimed at a time, so that no claim
grows old behind a relay that hangs.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from gateway.errors import DeliveryFailed
from gateway.notifications.channel import Message, NotificationChannel
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.outcome import Outcome, Settling
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.taking import Taken, Taking
from gateway.notifications.texts import NoticeTexts
from gateway.notifications.ways import Ways
from gateway.settings import NotificationSettings
from gateway.storage.database import Database
from gateway.world import World

# Of the claim, what a channel may use: the rest is for the two transactions around it.
DEADLINE_SHARE = 0.75


def send_deadline_seconds(settings: NotificationSettings) -> float:
    """The longest one `send` may last, for `ChannelParts`: well within a claim."""
    return settings.claim_seconds * DEADLINE_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCount:
    """What one round did. `interrupted` notices were taken over from a courier that died with them; `duplicates` were
    accepted a second time, under the same key; `waiting` ones have their hour, or their channel, still to come."""

    sent: int = 0
    retried: int = 0
    held: int = 0
    handed_to_person: int = 0
    escalated: int = 0
    interrupted: int = 0
    duplicates: int = 0
    waiting: int = 0

    @property
    def handled(self) -> int:
        """Notices this round moved."""
        return self.sent + self.retried + self.held + self.handed_to_person + self.escalated + self.duplicates


def _always() -> bool:
    return True


class Courier:
    """Any number of couriers, in any number of processes, may work on one outbox. Thread-safe."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        channels: Sequence[NotificationChannel],
        texts: NoticeTexts,
        recorder: NoticeRecorder,
        settings: NotificationSettings,
        watch: ClaimWatch | None = None,
    ) -> None:
        self._database = database
        self._world = world
        self._texts = texts
        self._reports_wanted = settings.reports is not None
        self._log = structlog.get_logger("gateway.notifications")
        ways = Ways(world=world, channels=channels, settings=settings)
        self._watch = watch or ClaimWatch(world, settings.claim_seconds)
        self._taking = Taking(world=world, ways=ways, recorder=recorder, settings=settings, watch=self._watch)
        self._settling = Settling(world=world, ways=ways, recorder=recorder, settings=settings)
        # Outcomes the database would not take: settled before anything else is sent.
        self._unsettled: list[Outcome] = []
        self._unsettled_lock = threading.Lock()

    def deliver_due(self, limit: int = 20, *, keep_going: Callable[[], bool] = _always) -> DeliveryCount:
        """Deliver up to `limit` notices that are due, until `keep_going` says no.

        Raises `RecordUnavailable` when the database does not take the work: what was sent meanwhile is remembered and
        settled first the next time.
        """
        done: Counter[str] = Counter()
        self._settle_remembered(done)
        for _ in range(limit):
            if not keep_going():
                break
            taken = self._take()
            if taken is None:
                break
            done["interrupted"] += taken.claimed.interrupted
            if taken.to_send is None:
                done[taken.word] += 1
            else:
                self._settle(self._send(taken), done)
        return DeliveryCount(**done)

    def _take(self) -> Taken | None:
        try:
            return self._database.transact(self._taking.take)
        except BaseException:
            self._watch.forget()
            raise

    def _send(self, taken: Taken) -> Outcome:
        if taken.to_send is None:
            raise ValueError("nothing to send")
        channel = taken.to_send.way.channel
        try:
            accepted = channel.send(self._message(taken))
        except DeliveryFailed as failure:
            return Outcome(taken, "", failure)
        except Exception as error:
            # A channel broke its promise. Its words may hold the address: the type alone is told.
            self._log.error(
                "channel-fault", channel=channel.name, notice=taken.claimed.notice.id, error=type(error).__name__
            )
            return Outcome(taken, "", DeliveryFailed("channel-fault", permanent=False, perhaps_sent=True))
        return Outcome(taken, accepted.provider_reference[:200], None, accepted.will_report)

    def _message(self, taken: Taken) -> Message:
        if taken.to_send is None:
            raise ValueError("nothing to send")
        notice, sending = taken.claimed.notice, taken.to_send
        composed = self._texts.compose(
            sending.way.to,
            code=notice.code,
            language=sending.language or notice.language,
            by=sending.way.address.kind,
        )
        return Message(
            idempotency_key=sending.attempt.key,
            to=sending.way.address.value,
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            language=composed.language,
            large_print=sending.large_print,
            # An attempt's own id is random and told to nobody else.
            envelope_id=sending.attempt.id if self._reports_wanted else "",
        )

    def _settle(self, outcome: Outcome, done: Counter[str]) -> None:
        """Commit the outcome with its fact; remember it if the database will not."""
        draw = self._world.random_bytes(2)
        try:
            word = self._database.transact(lambda tx: self._settling.settle(tx, outcome, draw))
        except BaseException:
            self._watch.forget()
            with self._unsettled_lock:
                self._unsettled.append(outcome)
            raise
        if word:
            done[word] += 1

    def _settle_remembered(self, done: Counter[str]) -> None:
        with self._unsettled_lock:
            remembered, self._unsettled = self._unsettled, []
        while remembered:
            outcome = remembered.pop(0)
            try:
                self._settle(outcome, done)
            except BaseException:
                with self._unsettled_lock:
                    self._unsettled.extend(remembered)
                raise
