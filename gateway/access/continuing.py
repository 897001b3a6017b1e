"""An access that is open: look at it, extend it, end it. The server's clock alone says whether it is."""

from gateway.access.context import PatientContext, find_context
from gateway.access.grants import StoredGrant, end_grant, extend_grant, find_grant
from gateway.access.outcome import Access, AuditReference, Refused
from gateway.access.questioning import Questioner
from gateway.access.recorders import AccessRecorder
from gateway.access.refusing import Refusing
from gateway.access.request import AccessRequest, PatientSelector
from gateway.access.window import extended_until
from gateway.errors import AccessNotOpen
from gateway.identity.staff_member import StaffMember
from gateway.rulebook.in_force import RulesInForce
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import ConsentBasis, PolicyBook


class Continuing:
    """The life of an access after its opening."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: AccessRecorder,
        hospital: HospitalSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._rules = rules
        self._recorder = recorder
        self._finess = hospital.finess

    def current(self, staff: StaffMember, access_id: str) -> Access:
        """The person's own access, open or over. Raises `NotFound`."""
        now = self._world.epoch_ms()
        grant, context = self._held(staff, access_id, now)
        return grant.to_access(context.patient, now)

    def extend(self, staff: StaffMember, access_id: str) -> Access | Refused:
        """A whole window more, from now, within the longest an access may last; the rules are asked again.

        Raises `NotFound`, `AccessNotOpen` (an access that is over never opens again), `RecordUnavailable`.
        """
        now = self._world.epoch_ms()
        grant, context = self._held(staff, access_id, now)
        _require_open(grant, now)
        consent = ConsentBasis(grant.consent_basis)
        book = self._rules.current()
        decision = book.decide(
            Questioner(self._finess, book.settings).continuing(staff, context, grant.mode, grant.reason, consent)
        )
        if decision.allowed:
            extended = self._database.transact(lambda tx: self._extend(tx, staff, access_id, book))
            return extended.to_access(context.patient, now)
        asked = AccessRequest(
            request_id="", patient=PatientSelector(patient_id=grant.patient_id), mode=grant.mode, reason=grant.reason
        )
        audit = AuditReference(self._world.new_entry_id(), "")
        refusing = Refusing(book, self._finess)
        refused = refusing.refusal(staff, context, asked, decision, audit)
        self._database.transact(lambda tx: self._recorder.extension_refused(tx, staff, grant, refused))
        return refused

    def end(self, staff: StaffMember, access_id: str) -> Access:
        """Close it for good; closing twice is closing once. Raises `NotFound`, `RecordUnavailable`."""
        now = self._world.epoch_ms()
        _, context = self._held(staff, access_id, now)
        ended = self._database.transact(lambda tx: self._end(tx, staff, access_id))
        return ended.to_access(context.patient, now)

    def _held(self, staff: StaffMember, access_id: str, now: int) -> tuple[StoredGrant, PatientContext]:
        with self._database.reading() as connection:
            grant = find_grant(connection, staff.key, access_id)
            return grant, find_context(connection, staff, PatientSelector(patient_id=grant.patient_id), now)

    def _extend(self, transaction: Transaction, staff: StaffMember, access_id: str, book: PolicyBook) -> StoredGrant:
        now = self._world.epoch_ms()
        grant = find_grant(transaction.connection, staff.key, access_id)
        _require_open(grant, now)
        until = extended_until(book.settings, grant.mode, grant.obligations, grant.opened_at, now)
        extended = extend_grant(transaction.connection, grant, max(until, grant.expires_at))
        self._recorder.extended(transaction, staff, extended, book.digest)
        return extended

    def _end(self, transaction: Transaction, staff: StaffMember, access_id: str) -> StoredGrant:
        now = self._world.epoch_ms()
        grant = find_grant(transaction.connection, staff.key, access_id)
        if not grant.is_open(now):
            return grant
        ended = end_grant(transaction.connection, grant, now)
        self._recorder.ended(transaction, staff, ended)
        return ended


def _require_open(grant: StoredGrant, now: int) -> None:
    if not grant.is_open(now):
        raise AccessNotOpen("the access has expired or was ended")
