"""The courier: takes the notices that are due one by one, hands each to a channel, and settles what became of it.

Three steps a notice, none of which spans the network and the database at once:

1. claim (transaction): nobody else sends it for `claim_seconds`; a notice no channel can carry is settled here;
2. send (no transaction): the notice's id is the idempotency key, at every attempt;
3. settle (transaction): the outcome and its audit fact are one commit.

A crash between 2 and 3 leaves a claim that ends by itself: the notice goes again under the same key, and the record
says so. One notice is claimed at a time, so that no claim grows old behind a relay that hangs.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from gateway.errors import DeliveryFailed
from gateway.notifications import outbox
from gateway.notifications.backoff import retry_delay_ms
from gateway.notifications.channel import Message, NotificationChannel
from gateway.notifications.notice import ClaimedNotice, Notice
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.route import Address, Hold, Route, Send, Unreachable, recipient_facts, route
from gateway.notifications.texts import NoticeTexts
from gateway.settings import NotificationSettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

# Of the claim, what a channel may use: the rest is for the two transactions around it.
DEADLINE_SHARE = 0.75


def send_deadline_seconds(settings: NotificationSettings) -> float:
    """The longest one `send` may last, for `ChannelParts`: well within a claim."""
    return settings.claim_seconds * DEADLINE_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCount:
    """What one round did. `interrupted` notices were taken over from a courier that died with them; `duplicates` were
    accepted a second time, under the same key."""

    sent: int = 0
    retried: int = 0
    held: int = 0
    handed_to_person: int = 0
    interrupted: int = 0
    duplicates: int = 0

    @property
    def handled(self) -> int:
        """Notices this round moved."""
        return self.sent + self.retried + self.held + self.handed_to_person + self.duplicates


@dataclass(frozen=True, slots=True)
class _Taken:
    claimed: ClaimedNotice
    route: Route


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a channel answered: a reference, or a failure."""

    taken: _Taken
    channel: str
    reference: str
    failure: DeliveryFailed | None


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
    ) -> None:
        self._database = database
        self._world = world
        self._channels = tuple(channels)
        self._texts = texts
        self._recorder = recorder
        self._settings = settings
        self._log = structlog.get_logger("gateway.notifications")
        # Outcomes the database would not take: settled before anything else is sent.
        self._unsettled: list[_Outcome] = []
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
            taken = self._take(done)
            if taken is None:
                break
            if isinstance(taken.route, Send):
                self._settle(self._send(taken, taken.route), done)
        return DeliveryCount(**done)

    def _take(self, done: Counter[str]) -> _Taken | None:
        """Claim one notice and find its way; settle it at once if there is none."""
        claim = self._world.new_id()
        now = self._world.epoch_ms()

        def unit(tx: Transaction) -> _Taken | None:
            claimed = outbox.claim_due(tx.connection, now, claim, 1, self._settings.claim_seconds)
            if not claimed:
                return None
            (mine,) = claimed
            way = self._way(tx, mine)
            if mine.interrupted:
                self._recorder.notice_interrupted(tx, mine.notice)
            if isinstance(way, Hold):
                outbox.settle_held(tx.connection, mine, rule=way.rule, now_ms=now)
                self._recorder.notice_held(tx, mine.notice, rule=way.rule)
            elif isinstance(way, Unreachable):
                outbox.settle_person(tx.connection, mine, channel="", failure=way.reason, now_ms=now)
                self._recorder.notice_handed_to_person(tx, mine.notice, failure=way.reason)
            return _Taken(mine, way)

        taken = self._database.transact(unit)
        if taken is not None:
            done["interrupted"] += taken.claimed.interrupted
            done["held"] += isinstance(taken.route, Hold)
            done["handed_to_person"] += isinstance(taken.route, Unreachable)
        return taken

    def _way(self, tx: Transaction, claimed: ClaimedNotice) -> Route:
        if claimed.notice.attempts >= self._settings.most_attempts:
            # Only couriers that died with it get it here: a person looks before it fells another.
            return Unreachable("attempts-exhausted")
        today = self._world.now().date()
        facts = recipient_facts(
            tx.connection,
            claimed.notice.patient_id,
            claimed.notice.recipient,
            today=today,
            mailbox_form=self._settings.mssante.address_form,
        )
        return route(facts, self._channels, today=today, released=claimed.released)

    def _send(self, taken: _Taken, way: Send) -> _Outcome:
        notice, channel = taken.claimed.notice, way.channel.name
        try:
            accepted = way.channel.send(self._message(notice, way.address))
        except DeliveryFailed as failure:
            return _Outcome(taken, channel, "", failure)
        except Exception as error:
            # A channel broke its promise. Its words may hold the address: the type alone is told.
            self._log.error("channel-fault", channel=channel, notice=notice.id, error=type(error).__name__)
            return _Outcome(taken, channel, "", DeliveryFailed("channel-fault", permanent=False))
        return _Outcome(taken, channel, accepted.provider_reference[:200], None)

    def _message(self, notice: Notice, address: Address) -> Message:
        composed = self._texts.compose(notice.recipient, code=notice.code, language=notice.language, by=address.kind)
        return Message(
            idempotency_key=notice.id,
            to=address.value,
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            language=composed.language,
        )

    def _settle(self, outcome: _Outcome, done: Counter[str]) -> None:
        """Commit the outcome with its fact; remember it if the database will not."""
        now = self._world.epoch_ms()
        due_at = now + self._delay_ms(outcome.taken.claimed.notice.attempts + 1)
        try:
            word = self._database.transact(lambda tx: self._settle_in(tx, outcome, now, due_at))
        except BaseException:
            with self._unsettled_lock:
                self._unsettled.append(outcome)
            raise
        if word:
            done[word] += 1

    def _settle_in(self, tx: Transaction, outcome: _Outcome, now: int, due_at: int) -> str:
        claimed, channel = outcome.taken.claimed, outcome.channel
        notice = claimed.notice
        if outcome.failure is None:
            first = outbox.settle_sent(tx.connection, claimed, channel=channel, now_ms=now)
            self._recorder.notice_sent(
                tx, notice, channel=channel, provider_reference=outcome.reference, duplicate=not first
            )
            return "sent" if first else "duplicates"
        failure = str(outcome.failure)[:200]
        if outcome.failure.permanent or notice.attempts + 1 >= self._settings.most_attempts:
            if outbox.settle_person(tx.connection, claimed, channel=channel, failure=failure, now_ms=now):
                self._recorder.notice_handed_to_person(tx, notice, failure=failure)
                return "handed_to_person"
        elif outbox.settle_retry(tx.connection, claimed, channel=channel, failure=failure, due_at=due_at):
            self._recorder.notice_retry(tx, notice, channel=channel, failure=failure, due_at=due_at)
            return "retried"
        # The claim was over and another courier has it: its outcome counts, not our failure.
        return ""

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

    def _delay_ms(self, attempt: int) -> int:
        return retry_delay_ms(
            attempt,
            first_seconds=self._settings.first_retry_seconds,
            longest_seconds=self._settings.longest_retry_seconds,
            draw=self._world.random_bytes(2),
        )
