"""A notice owed to someone because a dossier was opened: queued in the very commit that opened it."""

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """Why it is owed. None of these can be switched off (CSP R1111-48; DOMAIN rule 7)."""

    BREAK_GLASS = "break_glass"
    CENTRE_15 = "centre_15"
    FIRST_ACCESS = "first_access"


class Recipient(StrEnum):
    """To whom: the holder, after an emergency access the médecin traitant too (R1111-48), and the guardian of an adult
    under guardianship (L1111-2 III). The names are those of the contacts' kinds."""

    PATIENT = "patient"
    MEDECIN_TRAITANT = "medecin_traitant"
    LEGAL_REPRESENTATIVE = "legal_representative"


class NoticeState(StrEnum):
    """`pending` waits its turn; `sending` is claimed by a courier; `sent` was accepted by the channel; `delivered` is
    proved to have arrived; `escalated` waits its turn for the next channel; `held` waits for a person's release;
    `released` waits its turn again and no rule holds it back any more; `person` could not be delivered by any channel
    and is a person's task (never lost); `closed` has nobody who may be told, says a person."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    RELEASED = "released"
    PERSON = "person"
    DELIVERED = "delivered"
    ESCALATED = "escalated"
    CLOSED = "closed"


WAITING = frozenset({NoticeState.PENDING, NoticeState.RELEASED, NoticeState.ESCALATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """What the access room queues. `code` (10 characters of an unambiguous alphabet) opens the landing page."""

    id: str
    grant_id: str
    patient_id: str
    kind: NoticeKind
    recipient: Recipient
    code: str
    language: str
    created_at: int  # UTC epoch ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it stands in the outbox. Instants are UTC epoch milliseconds."""

    id: str
    grant_id: str
    patient_id: str
    kind: NoticeKind
    recipient: Recipient
    code: str
    language: str
    channel: str  # the channel of the last attempt, "" before the first
    state: NoticeState
    attempts: int
    due_at: int
    last_failure: str  # a stable word, e.g. "smtp-451-rcpt" or "no-address"; never an address or a server's text
    created_at: int
    settled_at: int | None
    turn: int = 1  # one more each time a person sends it anew
    overridden: bool = False  # a person released it: no rule holds it again
    waits_for: str = ""  # the channel whose outage it sits out
    move_on_at: int | None = None  # when it leaves its present channel, whatever holds it there
    proof_due_at: int | None = None  # sent: another channel is tried then; None: acceptance is enough
    rides_with: str | None = None  # told by the message of this notice of the same stay


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotice:
    """A notice in one courier's hands, until `claimed_until` by its own clock; nobody else sends it while it lives."""

    notice: Notice
    claim: str
    claimed_until: int
    waited_as: NoticeState  # the state it waited in, and waits in again after a failure
    interrupted: bool  # an earlier courier died with it: it may have gone out already, under the same Message-ID

    @property
    def released(self) -> bool:
        """A person overrode its hold."""
        return self.notice.overridden
