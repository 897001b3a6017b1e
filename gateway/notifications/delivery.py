"""What is known of a notice after a channel took it: a provider's receipt, a printed letter, a page its holder opened.

Every method is called inside the caller's transaction and records its fact there. A proof counts whenever it comes:
late, twice, before our own commit of the send, or after another channel was tried.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sqlalchemy import Connection

from gateway.notifications import attempts, outbox, settling
from gateway.notifications.attempts import TAKEN, Attempt, AttemptState, attempts_by_reference, attempts_of
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.tasks import TaskKind, finish_tasks
from gateway.settings import NotificationSettings
from gateway.storage.transaction import Transaction

LETTER = "letter"
DAY_MS = 86_400_000

_SETTLED = (NoticeState.DELIVERED, NoticeState.CLOSED)


class ReceiptOutcome(StrEnum):
    """What a receipt told us. `repeated` was known already; `late` is a failure told after a proof, which stands;
    `unknown` names no message of ours (yet: the provider may send it again)."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REPEATED = "repeated"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not arrive: `word` is the notice's; with `detail` (a status) the attempt's and the log's."""

    word: str
    detail: str = ""

    @property
    def told(self) -> str:
        """Both."""
        return f"{self.word}-{self.detail}" if self.detail else self.word


RECEIPT_FAILED = Failure("receipt-failed")
BOUNCED = "bounced"


class Deliveries:
    """The proofs of delivery. Thread-safe; it opens no transaction."""

    def __init__(self, *, recorder: NoticeRecorder, settings: NotificationSettings) -> None:
        self._recorder = recorder
        self._acceptance_proves: tuple[str, ...] = settings.delivery.acceptance_proves
        self._letter_ms = settings.delivery.letter_days * DAY_MS

    def record_receipt(
        self,
        tx: Transaction,
        *,
        channel: str,
        provider_reference: str,
        state: Literal["delivered", "failed"],
        at_ms: int,
        failure: Failure = RECEIPT_FAILED,
    ) -> ReceiptOutcome:
        """A provider says what became of a message, named by its own reference or by our key; `failure` is why it did
        not arrive."""
        outcomes = [
            self._receipt(tx, one, state, at_ms, failure)
            for one in attempts_by_reference(tx.connection, channel, provider_reference)
        ]
        # One message may tell several notices: what moved any of them is the answer.
        return min(outcomes, key=list(ReceiptOutcome).index, default=ReceiptOutcome.UNKNOWN)

    def record_relayed(self, tx: Transaction, *, channel: str, provider_reference: str) -> bool:
        """It went on to a carrier that reports nothing: where acceptance is proof (`acceptance_proves`), nothing more
        is waited for. Whether that changed anything."""
        changed = False
        for one in attempts_by_reference(tx.connection, channel, provider_reference):
            before = _existing(tx.connection, one.notice_id)
            awaited = before.proof_due_at is not None and (before.channel, before.turn) == (channel, one.turn)
            if before.state is NoticeState.SENT and awaited and one.address_kind.value in self._acceptance_proves:
                settling.await_proof(tx.connection, before.id, until_ms=None)
                self._recorder.notice_relayed(tx, before, channel=channel)
                changed = True
        return changed

    def record_printed(self, tx: Transaction, notice_ids: Iterable[str], at_ms: int) -> int:
        """These notices' letters left the house; how many were not known to have. Days later they count as delivered
        (`notifications.delivery.letter_days`)."""
        return sum(self._printed(tx, notice_id, at_ms) for notice_id in notice_ids)

    def record_seen(self, tx: Transaction, notice_id: str, *, by: Literal["page", "sign_in"], at_ms: int) -> None:
        """Its holder opened the page, by the code and a proof or signed in: of this notice, and of those its message
        told with it. Does nothing where it is known, or nobody may be told any more."""
        for one in (notice_id, *outbox.told_with(tx.connection, notice_id)):
            self._prove(tx, one, channel=by, proof=by, at_ms=at_ms)

    def _receipt(
        self, tx: Transaction, attempt: Attempt, state: Literal["delivered", "failed"], at_ms: int, failure: Failure
    ) -> ReceiptOutcome:
        connection = tx.connection
        before = _existing(connection, attempt.notice_id)
        attempt = next(one for one in attempts_of(connection, before.id) if one.id == attempt.id)
        if attempt.state is AttemptState.DELIVERED:
            return ReceiptOutcome.REPEATED if state == "delivered" else ReceiptOutcome.LATE
        if state == "delivered":
            attempts.prove(connection, attempt, now_ms=at_ms)
            self._prove(tx, attempt.notice_id, channel=attempt.channel, proof="receipt", at_ms=at_ms)
            return ReceiptOutcome.DELIVERED
        if attempt.state is AttemptState.FAILED:
            return ReceiptOutcome.REPEATED
        attempts.refute(connection, attempt, failure=failure.told, now_ms=at_ms)
        self._recorder.notice_undelivered(tx, before, channel=attempt.channel, failure=failure.told)
        if before.state is NoticeState.SENT and (before.channel, before.turn) == (attempt.channel, attempt.turn):
            move_on(tx, self._recorder, before, failure=failure.word, now_ms=at_ms)
        return ReceiptOutcome.UNDELIVERED

    def _printed(self, tx: Transaction, notice_id: str, at_ms: int) -> int:
        before = outbox.find(tx.connection, notice_id, lock=True)
        letters = [one for one in attempts_of(tx.connection, notice_id) if one.channel == LETTER]
        left = [one for one in letters if one.state is AttemptState.ACCEPTED]
        if before is None or not left:
            return 0
        proves_at = at_ms + self._letter_ms
        for one in left:
            attempts.mark_printed(tx.connection, one, proves_at=proves_at, now_ms=at_ms)
        if before.state is NoticeState.SENT and before.channel == LETTER:
            settling.await_proof(tx.connection, notice_id, until_ms=proves_at)
        self._recorder.notice_printed(tx, before, proves_at=proves_at)
        return 1

    def _prove(self, tx: Transaction, notice_id: str, *, channel: str, proof: str, at_ms: int) -> None:
        before = _existing(tx.connection, notice_id)
        if before.state in _SETTLED:
            return
        prove(tx, self._recorder, before, channel=channel, proof=proof, now_ms=at_ms)


def prove(tx: Transaction, recorder: NoticeRecorder, before: Notice, *, channel: str, proof: str, now_ms: int) -> None:
    """The notice arrived. A page its holder opened ends every task; a carrier's word leaves what is owed at the
    bedside."""
    settling.settle_delivered(tx.connection, before.id, now_ms=now_ms)
    in_hand = attempts.let_go(tx.connection, before.id)
    read = proof in ("page", "sign_in")
    finish_tasks(tx.connection, before.id, at_ms=now_ms, kinds=() if read else (TaskKind.TELL,))
    recorder.notice_delivered(tx, before, channel=channel, proof=proof, uncertain=in_hand)


def move_on(tx: Transaction, recorder: NoticeRecorder, before: Notice, *, failure: str, now_ms: int) -> None:
    """A notice that had been sent waits its turn for the next channel; the courier finds it, or a person."""
    settling.settle_escalated(tx.connection, before.id, failure=failure, now_ms=now_ms)
    recorder.notice_escalated(tx, before, channel=before.channel, failure=failure)


def unproved(connection: Connection, sent: Notice) -> tuple[Attempt, ...]:
    """The ways of this turn by its present channel that a carrier took and nobody proved."""
    return tuple(
        one
        for one in attempts_of(connection, sent.id)
        if one.turn == sent.turn and one.channel == sent.channel and one.state in TAKEN - {AttemptState.DELIVERED}
    )


def _existing(connection: Connection, notice_id: str) -> Notice:
    found = outbox.find(connection, notice_id, lock=True)
    if found is None:
        raise LookupError("an attempt without its notice")
    return found
