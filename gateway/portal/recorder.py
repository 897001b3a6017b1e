"""The entries of the portal and of the desk: who did what for whom, and how it was made sure of who they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.entry import Fact, Json
from gateway.access.actors import sealed_actor, subject_of
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.portal.standing import Person
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does it: somebody signed in, a member of staff for them, or whoever proved a notice (`person` None). `check`
    says how it was made sure of who asks: `sign_in`, `proof`, or an `IdentityCheck` of the desk. At the desk `speaker`
    is which of the patient's legal representatives asked (the id of the contact), empty for the patient."""

    person: PatientHolder | StaffMember | None
    check: str
    speaker: str = ""
    speaker_name: str = field(default="", repr=False)


def subject_of_hand(hand: Hand) -> str:
    """Under whose key it is sealed who did it; empty for whoever proved a notice."""
    return subject_of(hand.person) if hand.person is not None else ""


def signed_in(holder: PatientHolder) -> Hand:
    """The hand of who signed in themselves."""
    return Hand(holder, "sign_in")


class PortalRecorder:
    """Every method appends one entry, in the caller's transaction, about the patient and by the hand that did it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def viewed(self, tx: Transaction, person: Person, hand: Hand, *, shown: int) -> None:
        """The history, or a part of it, is about to be shown."""
        self._append(tx, "history.viewed", person, hand, {"shown": shown})

    def notice_viewed(self, tx: Transaction, patient_id: str, access_id: str, *, by: str) -> None:
        """One notice is about to be shown, to who proved it (`proof`) or signed in (`sign_in`)."""
        personal = {patient_subject(patient_id): {"patient": patient_id}}
        facts: dict[str, Fact] = {"access": access_id, "by": by}
        self._journal.append(tx, "notice.viewed", "success", facts=facts, personal=personal)

    def proof_refused(self, tx: Transaction, notice_id: str, outcome: str) -> None:
        """Somebody gave a wrong proof on a notice's page, or one while it was locked."""
        facts: dict[str, Fact] = {"notice": notice_id, "proof": outcome}
        self._journal.append(tx, "notice.proof_refused", "refused", facts=facts)

    def history_given(self, tx: Transaction, patient_id: str) -> None:
        """The patient took the file of their whole history: its newest number is that of this entry."""
        personal = {patient_subject(patient_id): {"patient": patient_id}}
        self._journal.append(tx, "history.given", "success", personal=personal)

    def receipt_given(self, tx: Transaction, person: Person, hand: Hand, access_id: str) -> None:
        """The receipt of one opening was taken."""
        self._append(tx, "history.receipt_given", person, hand, {"access": access_id})

    def blocked(
        self, tx: Transaction, person: Person, hand: Hand, access_id: str, block_id: str, *, kept: str, ended: int
    ) -> None:
        """The professional of an access was blocked; `ended` of their accesses were open and are over. `kept` is the
        patient's own block that the hospital had brought in, if it had, and that stands beside this one."""
        facts: dict[str, Fact] = {"access": access_id, "block": block_id, "ended": ended}
        self._append(tx, "choice.blocked", person, hand, {**facts, "kept": kept} if kept else facts)

    def unblocked(self, tx: Transaction, person: Person, hand: Hand, block_id: str, *, still_blocked: bool) -> None:
        """A side withdrew its block; `still_blocked`: the other side's stands."""
        self._append(tx, "choice.unblocked", person, hand, {"block": block_id, "still_blocked": still_blocked})

    def set(self, tx: Transaction, person: Person, hand: Hand, setting: str, *, allowed: bool, ended: int) -> None:
        """An emergency setting was changed; `ended` accesses that it no longer allows are over."""
        self._append(tx, "choice.emergency", person, hand, {"setting": setting, "allowed": allowed, "ended": ended})

    def preferred(self, tx: Transaction, person: Person, hand: Hand, facts: Mapping[str, Fact]) -> None:
        """How notices come was chosen."""
        self._append(tx, "choice.notices", person, hand, facts)

    def desk_shown(self, tx: Transaction, person: Person, hand: Hand, what: str, *, shown: int) -> None:
        """The desk looked for an access to name, or at the choices of a person."""
        self._append(tx, "desk.viewed", person, hand, {"what": what, "shown": shown})

    def _append(self, tx: Transaction, entry_type: str, person: Person, hand: Hand, facts: Mapping[str, Fact]) -> None:
        of_patient: dict[str, Json] = {"patient": person.patient.id}
        if hand.speaker_name:
            of_patient["speaker_name"] = hand.speaker_name
        personal: dict[str, Mapping[str, Json]] = {patient_subject(person.patient.id): of_patient}
        if hand.person is not None:
            personal |= sealed_actor(hand.person)
        self._journal.append(tx, entry_type, "success", facts={**facts, **facts_of(person, hand)}, personal=personal)


def facts_of(person: Person, hand: Hand) -> dict[str, Fact]:
    """How an act came to be: for which side, and by whose hand."""
    by = "desk" if isinstance(hand.person, StaffMember) else person.role.value
    facts: dict[str, Fact] = {"side": person.side.value, "by": by, "check": hand.check}
    return {**facts, "speaker": hand.speaker} if hand.speaker else facts
