"""Settling what a channel answered, with its audit fact, in one transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from gateway.errors import DeliveryFailed
from gateway.notifications import attempts, outbox, settling
from gateway.notifications.attempts import Attempt, AttemptState
from gateway.notifications.backoff import retry_delay_ms
from gateway.notifications.notice import WAITING, Notice, NoticeKind, Recipient
from gateway.notifications.outages import Trouble, note_answer, note_failure
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.route import Hold, Unreachable
from gateway.notifications.taking import HOUR_MS, Sending, Taken
from gateway.notifications.tasks import TaskKind, owe_task
from gateway.notifications.ways import Ways, digest_of
from gateway.settings import NotificationSettings
from gateway.storage.transaction import Transaction
from gateway.world import World

_INPATIENT = text(
    """SELECT COUNT(*) FROM admission WHERE patient_id = :patient_id AND discharged_at IS NULL
    AND cancelled_at IS NULL"""
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel answered: a reference, or a failure."""

    taken: Taken
    reference: str
    failure: DeliveryFailed | None
    will_report: bool = False  # the carrier tells what becomes of it


class Settling:
    """Thread-safe; it opens no transaction."""

    def __init__(self, *, world: World, ways: Ways, recorder: NoticeRecorder, settings: NotificationSettings) -> None:
        self._world = world
        self._ways = ways
        self._recorder = recorder
        self._settings = settings
        self._rules = settings.delivery

    def settle(self, tx: Transaction, outcome: Outcome, draw: bytes) -> str:
        """The unit of work; the field of `DeliveryCount` it counts in, or "". `draw`: two random bytes."""
        sending = outcome.taken.to_send
        if sending is None:
            return ""
        now = self._world.epoch_ms()
        outbox.find(tx.connection, outcome.taken.claimed.notice.id, lock=True)
        if outcome.failure is None:
            return self._accepted(tx, outcome, sending, now)
        failed, channel = outcome.failure, sending.way.channel
        if failed.perhaps_sent:
            self._perhaps_sent(tx, outcome.taken.claimed.notice, sending, failed)
        if failed.perhaps_sent and not channel.honours_key:
            self._riders_perhaps_told(tx, outcome.taken, sending, failed, now)
        settling.unhook_riders(tx.connection, outcome.taken.claimed.notice.id)
        if failed.permanent:
            note_answer(tx.connection, channel.name, now_ms=now)
            return self._given_up(tx, outcome.taken, sending, failed, now)
        trouble = self._trouble(tx, outcome.taken, sending, failed)
        if failed.perhaps_sent and not channel.honours_key:
            return self._given_up(tx, outcome.taken, sending, failed, now)
        return self._failed_for_now(tx, outcome.taken, sending, failed, trouble, now, draw)

    def _accepted(self, tx: Transaction, outcome: Outcome, sending: Sending, now: int) -> str:
        connection, channel = tx.connection, sending.way.channel.name
        taken, reference = outcome.taken, outcome.reference
        notice = taken.claimed.notice
        note_answer(connection, channel, now_ms=now)
        newly = attempts.accept(connection, sending.attempt, reference=reference, now_ms=now)
        proof_due_at = self._proof_due_at(sending, now, will_report=outcome.will_report)
        moved = settling.settle_sent(connection, taken.claimed, channel=channel, now_ms=now, proof_due_at=proof_due_at)
        self._recorder.notice_sent(
            tx,
            notice,
            channel=channel,
            provider_reference=reference,
            duplicate=not newly,
            uncertain=sending.attempt.uncertain,
            to=None if sending.way.to is notice.recipient else sending.way.to,
        )
        self._at_the_bedside(connection, notice, now)
        refuted = attempts.refuted(connection, sending.attempt)
        if refuted:
            # The bounce was faster than our own commit: it told nobody.
            settling.unhook_riders(connection, notice.id)
            if moved:
                settling.settle_escalated(connection, notice.id, failure=refuted, now_ms=now)
                self._recorder.notice_escalated(tx, notice, channel=channel, failure=refuted)
        for rider_id in outbox.told_with(connection, notice.id):
            rider = outbox.find(connection, rider_id)
            if rider is not None and rider.state in WAITING:
                self._rider_told(tx, rider, sending, reference, now, proof_due_at)
        return "sent" if newly else "duplicates"

    def _rider_told(
        self, tx: Transaction, rider: Notice, sending: Sending, reference: str, now: int, proof_due_at: int | None
    ) -> None:
        connection, channel = tx.connection, sending.way.channel.name
        attempts.accept(connection, self._begin_riding(tx, rider, sending, now), reference=reference, now_ms=now)
        settling.settle_rider(connection, rider, channel=channel, now_ms=now, proof_due_at=proof_due_at)
        self._recorder.notice_sent(tx, rider, channel=channel, provider_reference=reference, duplicate=False)
        self._at_the_bedside(connection, rider, now)

    def _begin_riding(self, tx: Transaction, rider: Notice, sending: Sending, now: int) -> Attempt:
        return attempts.begin(
            tx.connection,
            self._world.new_id(),
            rider,
            channel=sending.way.channel.name,
            kind=sending.way.address.kind,
            digest=digest_of(rider, sending.way),
            now_ms=now,
            ways=attempts.attempts_of(tx.connection, rider.id),
            key=sending.attempt.key,
        )

    def _at_the_bedside(self, connection: Connection, notice: Notice, now: int) -> None:
        """Who could not speak when the glass was broken cannot read their messages either: while they are an inpatient
        somebody owes them the word before they leave."""
        if notice.kind is not NoticeKind.BREAK_GLASS or notice.recipient is not Recipient.PATIENT:
            return
        if connection.execute(_INPATIENT, {"patient_id": notice.patient_id}).scalar_one():
            due_at = now + self._rules.task_hours * HOUR_MS
            owe_task(connection, notice.id, TaskKind.BEDSIDE, due_at=due_at)

    def _trouble(self, tx: Transaction, taken: Taken, sending: Sending, failed: DeliveryFailed) -> Trouble:
        return note_failure(
            tx.connection,
            self._world,
            sending.way.channel.name,
            notice_id=taken.claimed.notice.id,
            failure=_word(failed),
            most=self._rules.outage_failures,
            probe_ms=self._rules.probe_seconds * 1000,
        )

    def _failed_for_now(
        self,
        tx: Transaction,
        taken: Taken,
        sending: Sending,
        failed: DeliveryFailed,
        trouble: Trouble,
        now: int,
        draw: bytes,
    ) -> str:
        claimed, channel, failure = taken.claimed, sending.way.channel.name, _word(failed)
        counted = not (trouble.down or trouble.of_carrier)
        if counted and claimed.notice.attempts + 1 >= self._settings.most_attempts:
            return self._given_up(tx, taken, sending, failed, now)
        delay = retry_delay_ms(
            claimed.notice.attempts + 1,
            first_seconds=self._settings.first_retry_seconds,
            longest_seconds=self._settings.longest_retry_seconds,
            draw=draw,
        )
        due_at = now if trouble.down else now + delay
        if not settling.settle_retry(
            tx.connection,
            claimed,
            channel=channel,
            failure=failure,
            due_at=due_at,
            counted=counted,
            waits_for=channel if trouble.down else "",
        ):
            # The claim was over and another courier has it: its outcome counts, not our failure.
            return ""
        self._leave(tx, sending.attempt, failed, AttemptState.WAITING, now)
        self._recorder.notice_retry(tx, claimed.notice, channel=channel, failure=failure, due_at=due_at)
        return "retried"

    def _given_up(self, tx: Transaction, taken: Taken, sending: Sending, failed: DeliveryFailed, now: int) -> str:
        """This way will not do, or must not be repeated: the next one, or a person."""
        connection, claimed, channel = tx.connection, taken.claimed, sending.way.channel.name
        failure = _word(failed)
        unanswered = failed.perhaps_sent and not sending.way.channel.honours_key
        self._leave(tx, sending.attempt, failed, AttemptState.UNANSWERED if unanswered else AttemptState.FAILED, now)
        onward = self._ways.next(connection, claimed.notice).route
        if isinstance(onward, Hold | Unreachable):
            # A hold found now is still a person's task, with the failure that led to it.
            if not settling.settle_person(connection, claimed, channel=channel, failure=failure, now_ms=now):
                return ""
            due_at = now + self._rules.task_hours * HOUR_MS
            owe_task(connection, claimed.notice.id, TaskKind.TELL, due_at=due_at)
            self._recorder.notice_handed_to_person(tx, claimed.notice, failure=failure)
            return "handed_to_person"
        if not settling.settle_escalated(connection, claimed.notice.id, failure=failure, now_ms=now, claimed=claimed):
            return ""
        self._recorder.notice_escalated(tx, claimed.notice, channel=channel, failure=failure)
        return "escalated"

    def _riders_perhaps_told(
        self, tx: Transaction, taken: Taken, sending: Sending, failed: DeliveryFailed, now: int
    ) -> None:
        """What rode with a message nobody answered for was perhaps told by it: it takes its next way too."""
        connection, channel = tx.connection, sending.way.channel.name
        for rider_id in outbox.told_with(connection, taken.claimed.notice.id):
            rider = outbox.find(connection, rider_id)
            if rider is None or rider.state not in WAITING:
                continue
            self._leave(tx, self._begin_riding(tx, rider, sending, now), failed, AttemptState.UNANSWERED, now)
            self._perhaps_sent(tx, rider, sending, failed)
            settling.escalate_rider(connection, rider, failure=_word(failed), now_ms=now)
            self._recorder.notice_escalated(tx, rider, channel=channel, failure=_word(failed))

    def _perhaps_sent(self, tx: Transaction, notice: Notice, sending: Sending, failed: DeliveryFailed) -> None:
        self._recorder.notice_perhaps_sent(
            tx, notice, channel=sending.way.channel.name, key=sending.attempt.key, failure=_word(failed)
        )

    def _leave(self, tx: Transaction, attempt: Attempt, failed: DeliveryFailed, state: AttemptState, now: int) -> None:
        attempts.leave(
            tx.connection, attempt, failure=_word(failed), state=state, now_ms=now, perhaps_sent=failed.perhaps_sent
        )

    def _proof_due_at(self, sending: Sending, now: int, *, will_report: bool) -> int | None:
        if sending.way.address.kind.value in self._rules.acceptance_proves and not will_report:
            return None
        return now + self._rules.proof_hours * HOUR_MS


def _word(failed: DeliveryFailed) -> str:
    return str(failed)[:200]
