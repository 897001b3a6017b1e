"""What every reading does first: the access is open, the rules are asked of each document, the opening is committed.

Whatever is read goes through here; nothing here lets a byte out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.access.context import PatientContext, find_context
from gateway.access.grants import StoredGrant, find_grant, is_still_open
from gateway.access.openings import remember_openings
from gateway.access.questioning import Questioner, document_facts
from gateway.access.recorders import AccessRecorder
from gateway.access.request import PatientSelector
from gateway.access.withdrawing import ANY_DOCUMENT, Withdrawing
from gateway.dossiers.connector import DocumentContent, DocumentReference, DossierConnector, DossierPatient
from gateway.errors import AccessNotOpen, DocumentNotFound, GatewayError
from gateway.identity.staff_member import StaffMember
from gateway.patients.directory import represents
from gateway.rulebook.in_force import RulesInForce
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.round_trips import one_round_trip
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import ConsentBasis, Decision, Document, PolicyBook


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """A grant that was open when it was looked up, how its patient stands towards its holder now, and the rules."""

    grant: StoredGrant
    context: PatientContext
    book: PolicyBook  # what decides all that is read in this one call


class UnderAccess:
    """The steps before the bytes."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: AccessRecorder,
        connector: DossierConnector,
        hospital: HospitalSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._rules = rules
        self._recorder = recorder
        self._connector = connector
        self._finess = hospital.finess
        self._withdrawing = Withdrawing(database=database, world=world, recorder=recorder)

    def find(self, staff: StaffMember, access_id: str) -> OpenAccess:
        """The person's own access, open now. Raises `NotFound`, `AccessNotOpen` (recorded)."""
        now, book = self._world.epoch_ms(), self._rules.current()
        with self._database.lookup() as connection:
            grant = find_grant(connection, staff.key, access_id)
            context = find_context(connection, staff, PatientSelector(patient_id=grant.patient_id), now)
        if not grant.is_open(now):
            self._database.transact(lambda tx: self._recorder.reading_refused(tx, staff, grant))
            raise AccessNotOpen("the access has expired or was ended")
        return OpenAccess(grant, context, book)

    def readable(self, staff: StaffMember, opened: OpenAccess) -> tuple[DocumentReference, ...]:
        """What the store lists and the rules allow."""
        listed = self._listed(staff, opened)
        decisions = self._decide(staff, opened, listed)
        if not any(decision.allowed for decision in decisions):
            self._require_ground(staff, opened)
        return tuple(item for item, decision in zip(listed, decisions, strict=True) if decision.allowed)

    def _listed(self, staff: StaffMember, opened: OpenAccess) -> tuple[DocumentReference, ...]:
        """What the store lists. An act hidden from the representatives is hidden from the one who works here too, in
        every mode: for them it is not there (R1111-50)."""
        listed = self._connector.list_documents(dossier_patient(opened.context))
        if not any(item.invisible_to_representatives for item in listed):
            return listed
        with self._database.lookup() as connection:
            hides = represents(connection, staff.key, opened.grant.patient_id)
        return tuple(item for item in listed if not (hides and item.invisible_to_representatives))

    def _decide(
        self, staff: StaffMember, opened: OpenAccess, documents: tuple[DocumentReference, ...]
    ) -> list[Decision]:
        return self._ask(staff, opened, tuple(document_facts(item, staff) for item in documents))

    def _ask(self, staff: StaffMember, opened: OpenAccess, documents: tuple[Document, ...]) -> list[Decision]:
        grant, book = opened.grant, opened.book
        question = Questioner(self._finess, book.settings).reading(
            staff, opened.context, grant.mode, grant.reason, ConsentBasis(grant.consent_basis)
        )
        return book.decide_documents(question, documents)

    def _require_ground(self, staff: StaffMember, opened: OpenAccess) -> None:
        """When nothing may be read: is it the documents, or has the whole access lost its ground?"""
        self._withdrawing.require_ground(staff, opened.grant, self._ask(staff, opened, (ANY_DOCUMENT,))[0])

    def open_one(
        self, staff: StaffMember, access_id: str, document_id: str
    ) -> tuple[OpenAccess, DocumentReference, DocumentContent]:
        """One document, its opening recorded before it is fetched. Raises as `Reading.open_document`."""
        opened = self.find(staff, access_id)
        listed = self._listed(staff, opened)
        reference = next((item for item in listed if item.id == document_id), None)
        if reference is None:
            raise DocumentNotFound("no such document in this dossier")
        decision = self._decide(staff, opened, (reference,))[0]
        if not decision.allowed:
            self._require_ground(staff, opened)
            self.record(
                staff,
                opened,
                lambda tx: self._recorder.document_refused(
                    tx, staff, opened.grant, reference.id, decision.rule_ids, decision.book_digest
                ),
            )
            raise DocumentNotFound("no such document for this person")

        self.record(
            staff,
            opened,
            lambda tx: self._recorder.document_opened(tx, staff, opened.grant, reference.id, decision.book_digest),
            opening=(reference,),
        )
        try:
            content = self._connector.fetch(reference.id)
        except GatewayError as error:
            self.failed(staff, opened, reference.id, error.code)
            raise
        return opened, reference, content

    def record(
        self,
        staff: StaffMember,
        opened: OpenAccess,
        act: Callable[[Transaction], object],
        *,
        opening: tuple[DocumentReference, ...] = (),
    ) -> None:
        """Commit the act's entry and the documents it opens, if the access is still open at that very moment."""

        def unit(transaction: Transaction) -> None:
            now = self._world.epoch_ms()
            # First, since it travels with the BEGIN; an access that just ended undoes it.
            with one_round_trip(transaction.connection):
                remember_openings(transaction.connection, self._world, opened.grant.id, opening)
            if not is_still_open(transaction.connection, staff.key, opened.grant.id, now):
                raise AccessNotOpen("the access ended while it was being read")
            act(transaction)

        self._database.transact(unit)

    def failed(self, staff: StaffMember, opened: OpenAccess, document_id: str, code: str) -> None:
        """Record that a document which was opened did not reach its reader."""
        self._database.transact(lambda tx: self._recorder.document_failed(tx, staff, opened.grant, document_id, code))


def dossier_patient(context: PatientContext) -> DossierPatient:
    """Whose dossier a connector is asked for."""
    ins = context.patient.ins
    return DossierPatient(id=context.patient.id, ins=ins.value if ins else "", ins_oid=ins.oid if ins else "")
