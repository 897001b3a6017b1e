"""A notice owed to someone because a dossier was opened: queued in the very commit that opened it."""

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """Why it is owed. None of these can be switched off (CSP R1111-48; DOMAIN rule 7)."""

    BREAK_GLASS = "break_glass"
    CENTRE_15 = "centre_15"
    FIRST_ACCESS = "first_access"


class Recipient(StrEnum):
    """To whom: the holder, and after an emergency access the médecin traitant too (R1111-48)."""

    PATIENT = "patient"
    MEDECIN_TRAITANT = "medecin_traitant"


class NoticeState(StrEnum):
    """`pending` waits its turn; `sending` is claimed by a courier; `sent` was accepted by the channel; `held` waits for
    a person's release; `released` waits its turn again and no rule holds it back any more; `person` could not be
    delivered by any channel and is a person's task (never lost)."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    RELEASED = "released"
    PERSON = "person"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotice:
    """A notice in one courier's hands until `claimed_until`; nobody else sends it before."""

    notice: Notice
    claim: str
    claimed_until: int
    released: bool  # a person overrode its hold: no rule holds it again
    interrupted: bool  # an earlier courier died with it: it may have gone out already, under the same Message-ID
