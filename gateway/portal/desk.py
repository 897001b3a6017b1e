"""Staff at the desk or on the phone do it for someone without digital means: recorded as such, no word of a dossier.

Role `desk` (or `dpo`) at this hospital. On the telephone a block, an opposition or its withdrawal needs the number on
file called back: what can cost a life is not decided on a voice. A minor speaks for themselves at the counter alone:
whoever represents them knows all that is asked on the telephone, and holds the number on file (R1111-50). Nobody does
it for themselves, as a patient or as a parent: the portal is theirs too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from gateway.access.contests import ContestForm, ContestReceipt
from gateway.access.finding import Finding, SearchResult
from gateway.errors import NotAllowed, NotFound
from gateway.identity.staff_member import StaffMember
from gateway.notifications.code import parse_code
from gateway.patients.directory import family_of_staff, legal_representatives
from gateway.patients.patient import PatientRecord
from gateway.patients.safety import AddressWay
from gateway.portal import listing
from gateway.portal.addresses import AddressBook, Addresses, Marks
from gateway.portal.blocking import Blocking
from gateway.portal.choices import EmergencySetting, EmergencySettings, NoticePreferences
from gateway.portal.choosing import Choosing
from gateway.portal.contesting import Contesting
from gateway.portal.days import span_of_days
from gateway.portal.listing import Wanted
from gateway.portal.recorder import Hand, PortalRecorder
from gateway.portal.standing import Person, Right, Role, Side, as_holder, as_representative
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

ROLES = frozenset({"desk", "dpo"})
MOST_OF_A_DAY = 50
_OF_CODE = text("SELECT grant_id FROM notice WHERE code = :code AND patient_id = :patient_id")


class IdentityCheck(StrEnum):
    """How it was made sure of who asks. The first two at the desk, the last two on the telephone."""

    ID_DOCUMENT = "id_document"
    HEALTH_CARD = "health_card"  # carte Vitale or its app, with a photograph
    CALLED_BACK = "called_back"  # on the number the hospital holds
    TRAITS_TOLD = "traits_told"  # birth date, address, last visit: enough to ask, not to shut a door


AT_THE_COUNTER = frozenset({IdentityCheck.ID_DOCUMENT, IdentityCheck.HEALTH_CARD})


class CheckTooWeak(NotAllowed):
    """The way identity was checked is not enough for this: call back, or ask them to come with a paper."""

    code = "desk-check"


class MinorOnTheTelephone(NotAllowed):
    """A voice says it is the minor's own: nothing of theirs is looked for before they stand there with a paper."""

    code = "desk-minor"


class PhoneNotSafe(CheckTooWeak):
    """Somebody else may answer the number on file: having called it back proves nothing."""

    code = "desk-phone"


class UnknownSpeaker(NotAllowed):
    """Whoever says they represent the patient is not recorded as their legal representative."""

    code = "desk-speaker"


class OwnDesk(NotAllowed):
    """Nobody serves themselves at the desk, nor those who named them as their own."""

    code = "desk-own"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskVisit:
    """Who is there: the patient, on whose side the person speaks, and how that was checked. `speaker`: which of the
    legal representatives the hospital recorded it is, the id of the contact."""

    patient_id: str
    check: IdentityCheck
    side: Side = Side.HOLDER
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAccess:
    """An access as the desk may know it: when, and no more (who read a dossier is the patient's to know, R1111-43)."""

    access_id: str
    opened_at: int


class Desk:
    """Every call raises `NotAllowed` (not the role, one's own record, no such right, a check that is not enough:
    `desk-check`), `NotFound`, `RecordUnavailable`, `Unavailable`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        finding: Finding,
        contesting: Contesting,
        blocking: Blocking,
        choosing: Choosing,
        addresses: Addresses,
        recorder: PortalRecorder,
    ) -> None:
        self._database = database
        self._world = world
        self._finding = finding
        self._contesting = contesting
        self._blocking = blocking
        self._choosing = choosing
        self._addresses = addresses
        self._recorder = recorder

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        """Identity traits only. Raises as `Finding.search`."""
        _require_desk(staff)
        return self._finding.search(staff, text)

    def patient(self, staff: StaffMember, patient_id: str) -> PatientRecord:
        """One of those found."""
        _require_desk(staff)
        return self._finding.patient(staff, patient_id)

    def begin(self, staff: StaffMember, visit: DeskVisit) -> frozenset[Right]:
        """What whoever is there may ask for; raises at once where they are not heard at all, so that nobody is led
        through pages to a refusal. Nothing where nobody speaks for this patient that way."""
        rights = self.rights(staff, visit.patient_id, visit.side)
        if rights:
            self._served(staff, visit)
        return rights

    def is_sure(self, staff: StaffMember, visit: DeskVisit) -> bool:
        """Whether the check is enough for what shows or changes a choice: not a voice alone, nor a call back to a
        number that somebody else may answer."""
        if visit.check is IdentityCheck.CALLED_BACK:
            return not self.do_not_call(staff, visit.patient_id)
        return visit.check is not IdentityCheck.TRAITS_TOLD

    def representatives(self, staff: StaffMember, patient_id: str) -> Mapping[str, str]:
        """The names of those who may speak for the patient today, by the `speaker` of a visit: to be compared with the
        paper of who is there."""
        patient = self.patient(staff, patient_id)
        if as_representative(patient, self._world.now().date()) is None:
            return {}
        with self._database.reading() as connection:
            return legal_representatives(connection, patient.id)

    def rights(self, staff: StaffMember, patient_id: str, side: Side) -> frozenset[Right]:
        """What that side may ask for, whatever the check; nothing where there is no such side."""
        try:
            return self._person(staff, patient_id, side).rights
        except OwnDesk:
            raise
        except NotAllowed:
            return frozenset()

    def access_by_code(self, staff: StaffMember, visit: DeskVisit, code: str) -> DeskAccess:
        """The access of the notice in the patient's hand. Recorded."""
        person, hand = self._served(staff, visit)
        asked = {"code": parse_code(code) or "", "patient_id": visit.patient_id}

        def unit(tx: Transaction) -> DeskAccess | None:
            access_id = tx.connection.execute(_OF_CODE, asked).scalar_one_or_none()
            row = listing.find_one(tx.connection, person, access_id or "", self._world.epoch_ms())
            self._recorder.desk_shown(tx, person, hand, "notice", shown=0 if row is None else 1)
            return None if row is None else DeskAccess(access_id=row.id, opened_at=row.opened_at)

        found = self._database.transact(unit)
        if found is None:
            raise NotFound("no such notice of this patient")
        return found

    def accesses_on(self, staff: StaffMember, visit: DeskVisit, day: str) -> tuple[DeskAccess, ...]:
        """The accesses of a day (ISO, Paris): their times, the first 50. Recorded. Only where the check is enough: that
        somebody was in hospital on a day is a secret too. Raises `InvalidRequest` (`period`)."""
        person, hand = self._served(staff, visit, sure=True)
        since, until = span_of_days(day, day)

        def unit(tx: Transaction) -> tuple[DeskAccess, ...]:
            wanted = Wanted(since=since, until=until)
            rows = listing.find_page(tx.connection, person, wanted, self._world.epoch_ms(), (until, ""), MOST_OF_A_DAY)
            self._recorder.desk_shown(tx, person, hand, "day", shown=len(rows))
            return tuple(DeskAccess(access_id=row.id, opened_at=row.opened_at) for row in reversed(rows))

        return self._database.transact(unit)

    def contest(self, staff: StaffMember, visit: DeskVisit, access_id: str, form: ContestForm) -> ContestReceipt:
        """Record a contest for them."""
        person, hand = self._served(staff, visit)
        return self._contesting.contest_for(person, hand, access_id, form)

    def block(self, staff: StaffMember, visit: DeskVisit, access_id: str) -> None:
        """Block the professional of that access; the desk is not told who it is."""
        person, hand = self._served(staff, visit, sure=True)
        self._blocking.block_for(person, hand, access_id)

    def unblock_all(self, staff: StaffMember, visit: DeskVisit) -> int:
        """Withdraw that side's blocks; how many."""
        person, hand = self._served(staff, visit, sure=True)
        return self._blocking.unblock_all_for(person, hand)

    def settings(self, staff: StaffMember, visit: DeskVisit) -> EmergencySettings:
        """What is allowed in an emergency now. Recorded."""
        person, hand = self._served(staff, visit, sure=True)
        self._database.transact(lambda tx: self._recorder.desk_shown(tx, person, hand, "emergency", shown=3))
        return self._choosing.settings_for(person)

    def set(self, staff: StaffMember, visit: DeskVisit, setting: EmergencySetting, allowed: bool) -> EmergencySettings:
        """Record an opposition, or its withdrawal."""
        person, hand = self._served(staff, visit, sure=True)
        return self._choosing.set_for(person, hand, setting, allowed)

    def preferences(self, staff: StaffMember, visit: DeskVisit) -> NoticePreferences:
        """How this patient is told. Recorded."""
        person, hand = self._served(staff, visit, sure=True)
        preferences = self._choosing.preferences_for(person)
        self._database.transact(lambda tx: self._recorder.desk_shown(tx, person, hand, "notices", shown=1))
        return preferences

    def prefer(self, staff: StaffMember, visit: DeskVisit, wanted: NoticePreferences) -> NoticePreferences:
        """Record how they want to be told."""
        person, hand = self._served(staff, visit, sure=True)
        return self._choosing.prefer_for(person, hand, wanted)

    def do_not_call(self, staff: StaffMember, patient_id: str) -> bool:
        """Whether the number on file is not safe for the patient, for who is about to call it."""
        patient = self.patient(staff, patient_id)
        self._require_stranger(staff, patient)
        return self._addresses.is_unsafe(patient.id, AddressWay.PHONE)

    def address_book(self, staff: StaffMember, visit: DeskVisit) -> AddressBook:
        """The patient's own addresses by their ends, and which are not safe. Recorded. Only where the check is
        enough."""
        person, hand = self._served(staff, visit, sure=True)
        book = self._addresses.book_for(person)
        self._database.transact(
            lambda tx: self._recorder.desk_shown(tx, person, hand, "addresses", shown=len(book.addresses))
        )
        return book

    def mark_addresses(self, staff: StaffMember, visit: DeskVisit, marks: Marks) -> None:
        """Record which addresses are not safe. What a check that is not enough says is added to the rest: it keeps a
        message back, and takes no mark away."""
        try:
            person, hand = self._served(staff, visit, sure=True)
        except CheckTooWeak:
            person, hand = self._served(staff, visit)
            self._addresses.add_for(person, hand, marks)
        else:
            self._addresses.set_for(person, hand, marks)

    def _served(self, staff: StaffMember, visit: DeskVisit, *, sure: bool = False) -> tuple[Person, Hand]:
        person = self._person(staff, visit.patient_id, visit.side)
        if person.role is Role.MINOR and visit.check not in AT_THE_COUNTER:
            raise MinorOnTheTelephone("a minor speaks for themselves at the counter alone")
        if sure and not self.is_sure(staff, visit):
            if visit.check is IdentityCheck.CALLED_BACK:
                raise PhoneNotSafe("the number on file is not safe for them")
            raise CheckTooWeak("call them back on the number on file first")
        if person.side is Side.HOLDER:
            return person, Hand(staff, visit.check.value)
        known = self.representatives(staff, visit.patient_id)
        if visit.speaker not in known:
            raise UnknownSpeaker("not recorded as a legal representative of this patient")
        return person, Hand(staff, visit.check.value, visit.speaker, known[visit.speaker])

    def _person(self, staff: StaffMember, patient_id: str, side: Side) -> Person:
        patient, today = self.patient(staff, patient_id), self._world.now().date()
        self._require_stranger(staff, patient)
        person = as_holder(patient, today) if side is Side.HOLDER else as_representative(patient, today)
        if person is None or patient.deceased_on is not None:
            raise NotAllowed("nobody speaks for this patient that way")
        return person

    def _require_stranger(self, staff: StaffMember, patient: PatientRecord) -> None:
        with self._database.reading() as connection:
            if patient.id in family_of_staff(connection, staff.key):
                raise OwnDesk("nobody serves themselves or their own at the desk")


def _require_desk(staff: StaffMember) -> None:
    if not staff.named or not ROLES & staff.roles:
        raise NotAllowed("the desk is for staff who hold its role")
