"""Staff at the desk or on the phone do it for someone without digital means: recorded as such, no word of a dossier.

Role `desk` (or `dpo`) at the hospital. On the telephone a block, an opposition or its withdrawal needs the number on
file called back: what costs a life is not decided on a voice.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.access.contests import ContestForm, ContestReceipt
from gateway.access.finding import SearchResult
from gateway.identity.staff_member import StaffMember
from gateway.patients.patient import PatientRecord
from gateway.portal.choices import EmergencySetting, EmergencySettings, NoticePreferences
from gateway.portal.standing import Right, Side


class IdentityCheck(StrEnum):
    """How it was made sure of who asks. The first two at the desk, the last two on the telephone."""

    ID_DOCUMENT = "id_document"
    HEALTH_CARD = "health_card"  # carte Vitale or its app, with a photograph
    CALLED_BACK = "called_back"  # on the number the hospital holds
    TRAITS_TOLD = "traits_told"  # birth date, address, last visit: enough to ask, not to shut a door


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskVisit:
    """Who is there: the patient, on whose side the person speaks, and how that was checked."""

    patient_id: str
    check: IdentityCheck
    side: Side = Side.HOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAccess:
    """An access as the desk may know it: when, and no more (who read a dossier is the patient's to know, R1111-43)."""

    access_id: str
    opened_at: int


class Desk:
    """Every call raises `NotAllowed` (not the role, one's own record, no such right, a check that is not enough:
    `desk-check`), `NotFound`, `RecordUnavailable`, `Unavailable`."""

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        """Identity traits only. Raises as `Finding.search`."""
        raise NotImplementedError

    def patient(self, staff: StaffMember, patient_id: str) -> PatientRecord:
        """One of those found."""
        raise NotImplementedError

    def rights(self, staff: StaffMember, patient_id: str, side: Side) -> frozenset[Right]:
        """What that side may ask for, whatever the check."""
        raise NotImplementedError

    def access_by_code(self, staff: StaffMember, visit: DeskVisit, code: str) -> DeskAccess:
        """The access of the notice in the patient's hand. Recorded."""
        raise NotImplementedError

    def accesses_on(self, staff: StaffMember, visit: DeskVisit, day: str) -> tuple[DeskAccess, ...]:
        """The accesses of a day (ISO, Paris): their times. Recorded."""
        raise NotImplementedError

    def contest(self, staff: StaffMember, visit: DeskVisit, access_id: str, form: ContestForm) -> ContestReceipt:
        """Record a contest for them."""
        raise NotImplementedError

    def block(self, staff: StaffMember, visit: DeskVisit, access_id: str) -> None:
        """Block the professional of that access; the desk is not told who it is."""
        raise NotImplementedError

    def unblock_all(self, staff: StaffMember, visit: DeskVisit) -> int:
        """Withdraw that side's blocks; how many."""
        raise NotImplementedError

    def settings(self, staff: StaffMember, visit: DeskVisit) -> EmergencySettings:
        """What is allowed in an emergency now."""
        raise NotImplementedError

    def set(self, staff: StaffMember, visit: DeskVisit, setting: EmergencySetting, allowed: bool) -> EmergencySettings:
        """Record an opposition, or its withdrawal."""
        raise NotImplementedError

    def preferences(self, staff: StaffMember, visit: DeskVisit) -> NoticePreferences:
        """How this patient is told."""
        raise NotImplementedError

    def prefer(self, staff: StaffMember, visit: DeskVisit, wanted: NoticePreferences) -> NoticePreferences:
        """Record how they want to be told."""
        raise NotImplementedError
