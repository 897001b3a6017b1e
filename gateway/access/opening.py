"""Open a dossier: the one door, for the pages, the API and FHIR alike (DESIGN section 4)."""

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, text

from gateway.access.alerting import alert_of_refusal
from gateway.access.answers import (
    claim_request,
    find_request,
    fingerprint_of,
    refusal_from_json,
    refusal_to_json,
)
from gateway.access.context import NOBODY, PatientContext, as_known_to_strangers, find_context, nobody
from gateway.access.grants import (
    NewGrant,
    find_any_open_grant,
    find_grant,
    find_standing,
    insert_grant,
)
from gateway.access.outcome import AuditReference, Granted, Outcome, Refused, RuleReason
from gateway.access.owing import Owing
from gateway.access.questioning import Questioner, consent_basis, decided_by, question_facts
from gateway.access.recorders import AccessRecorder
from gateway.access.refusing import Refusing
from gateway.access.request import AccessRequest, PatientSelector
from gateway.access.window import window_ms
from gateway.errors import PatientUnknown, RequestIdReused
from gateway.identity.staff_member import StaffMember
from gateway.patients.patient import PatientRecord
from gateway.patients.registering import record_statement
from gateway.rulebook.in_force import RulesInForce
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.round_trips import one_round_trip
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Decision, HospitalRules, Mode, OfferedReason, PolicyBook, Question

# Serialises two requests of the same person for the same patient, so that one window means one notice.
_LOCK_PAIR = text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 0))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Which doors exist for this person and this patient now; nothing was opened or recorded."""

    patient: PatientRecord
    open_access_id: str | None
    normal_without_asking: bool
    normal_with_consent: bool
    break_glass: bool
    centre_15: bool
    rules: tuple[RuleReason, ...]  # why nothing opens; empty while a door is open
    emergency_rules: tuple[RuleReason, ...]  # why break-glass does not, e.g. the patient's opposition
    possible: tuple[str, ...]
    medecin_traitant_phone: str
    trusted_person: str
    reasons: tuple[OfferedReason, ...]  # of the emergency doors that exist, in the order of their keys
    window_minutes: int  # how long an emergency access would stay open

    def reasons_for(self, mode: str) -> tuple[OfferedReason, ...]:
        """The reasons of one door, in the order of their keys."""
        return tuple(reason for reason in self.reasons if mode in reason.modes)


class Opening:
    """Decides, and commits the grant, its notices and its entry together, or a refusal alone."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: AccessRecorder,
        owing: Owing,
        hospital: HospitalSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._rules = rules
        self._recorder = recorder
        self._owing = owing
        self._finess = hospital.finess

    def preview(self, staff: StaffMember, patient_id: str) -> Preview:
        """What the panel offers this person for this patient. Raises `PatientUnknown`."""
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            context = find_context(connection, staff, PatientSelector(patient_id=patient_id), now)
            open_id = find_any_open_grant(connection, staff.key, patient_id, now)
        book = self._rules.current()
        refusing = Refusing(book, self._finess)
        asked = refusing.imagine(staff, context, Mode.NORMAL)
        emergency = refusing.imagine(staff, context, Mode.BREAK_GLASS)
        centre_15 = refusing.imagine(staff, context, Mode.CENTRE_15)
        # A rule that shuts every door is said once; one that shuts a single door is not the reason nothing opens.
        against = {rule.rule_id: rule for refused in (emergency, asked) for rule in decided_by(refused)}
        shut = not (asked.allowed or emergency.allowed or centre_15.allowed)
        if shut and not emergency.engine_faults and not refusing.could_open(staff):
            return self._preview_of_stranger(refusing, staff, context.patient)
        return Preview(
            patient=context.patient,
            open_access_id=open_id,
            normal_without_asking=refusing.imagine(staff, context, Mode.NORMAL, consent=False).allowed,
            normal_with_consent=asked.allowed,
            break_glass=emergency.allowed,
            centre_15=centre_15.allowed,
            rules=tuple(against.values()) if shut else (),
            emergency_rules=() if emergency.allowed else decided_by(emergency),
            possible=refusing.possible(staff, context, asked, break_glass=emergency.allowed),
            medecin_traitant_phone=context.medecin_traitant_phone,
            trusted_person=context.trusted_person,
            reasons=_reasons_offered(book.settings, break_glass=emergency.allowed, centre_15=centre_15.allowed),
            window_minutes=book.settings.access.emergency_window_minutes,
        )

    def _preview_of_stranger(self, refusing: Refusing, staff: StaffMember, patient: PatientRecord) -> Preview:
        """Why nothing opens to this person, whoever the patient is; nothing of this one but who they are."""
        return Preview(
            patient=as_known_to_strangers(patient),
            open_access_id=None,
            normal_without_asking=False,
            normal_with_consent=False,
            break_glass=False,
            centre_15=False,
            rules=refusing.stranger_rules(staff, Mode.BREAK_GLASS),
            emergency_rules=refusing.stranger_rules(staff, Mode.BREAK_GLASS),
            possible=refusing.stranger_possible(staff),
            medecin_traitant_phone="",
            trusted_person="",
            reasons=(),
            window_minutes=0,
        )

    def open_dossier(self, staff: StaffMember, request: AccessRequest) -> Outcome:
        """Answer one request, once: asked again with the same `request_id`, the same answer.

        The returned grant or refusal is durable in the log. Raises `PatientUnknown`, `RequestIdReused`,
        `RecordUnavailable` (nothing was opened, as far as anybody was told) and `Unavailable`.
        """
        now, book = self._world.epoch_ms(), self._rules.current()
        refusing = Refusing(book, self._finess)
        context = self._context(refusing, staff, request, now)
        request = refusing.as_attestable(staff, context, request)
        question = Questioner(self._finess, book.settings).opening(staff, context, request)
        decision = book.decide(question)
        if decision.allowed:
            return self._database.transact(
                lambda tx: self._grant(tx, staff, request, context, question, decision, book)
            )
        audit = AuditReference(self._world.new_entry_id(), leaf_hash="")
        refused = refusing.refusal(staff, context, request, decision, audit)
        # A refusal is a value: raising it would roll back its own record.
        return self._database.transact(
            lambda tx: self._refuse(tx, staff, request, context, question, decision, refused)
        )

    def _context(self, refusing: Refusing, staff: StaffMember, request: AccessRequest, now: int) -> PatientContext:
        """The patient asked for. Raises `PatientUnknown`, which is recorded like any search that finds nobody; but
        someone who could open nothing is refused as for any patient, and learns not who is one."""
        asked = request.patient
        try:
            with self._database.lookup() as connection:
                return find_context(connection, staff, asked, now)
        except PatientUnknown:
            if asked.ins is None and not asked.ipp:
                raise
            if not refusing.could_open(staff):
                return nobody()
            by, value = ("ins", asked.ins.value) if asked.ins is not None else ("ipp", asked.ipp)
            self._database.transact(lambda tx: self._recorder.searched(tx, staff, by, {by: value}, ()))
            raise

    def _answered_before(
        self, connection: Connection, staff: StaffMember, request: AccessRequest, context: PatientContext
    ) -> Outcome:
        """What this request id was answered, whatever the rules say by now. Asked only once the id was found taken:
        the ordinary opening then needs no question of its own about it."""
        stored = find_request(connection, staff.key, request.request_id)
        assert stored is not None, "the request id was taken, so it was answered"
        if stored.fingerprint != fingerprint_of(request, context.patient.id):
            raise RequestIdReused("this request id was used for another question", field="request_id")
        if stored.grant_id is None:
            could_open = Refusing(self._rules.current(), self._finess).could_open(staff)
            known = context.patient if could_open else as_known_to_strangers(context.patient)
            return refusal_from_json(connection, stored.refusal or "", known)
        grant = find_grant(connection, staff.key, stored.grant_id).as_opened()
        return Granted(access=grant.to_access(context.patient, self._world.epoch_ms()), repeated=True)

    def _grant(
        self,
        transaction: Transaction,
        staff: StaffMember,
        request: AccessRequest,
        context: PatientContext,
        question: Question,
        decision: Decision,
        book: PolicyBook,
    ) -> Outcome:
        connection, now, patient = transaction.connection, self._world.epoch_ms(), context.patient
        self._lock(connection, staff, patient.id)
        standing = find_standing(connection, staff.key, patient.id, context.episode_id, request.mode, now)
        if standing is not None and standing.open_grant_id is not None:
            return self._resume(transaction, staff, request, context, standing.open_grant_id)
        first_access, grant_id = standing is None, self._world.new_id()
        owed = self._owing.notices(grant_id, context, request.mode, first_access, decision.obligations, book.settings)
        grant = NewGrant(
            id=grant_id,
            patient_id=patient.id,
            staff=staff,
            episode_id=context.episode_id,
            mode=request.mode,
            reason_code=request.reason.code if request.reason else "",
            reason_text=request.reason.text if request.reason else "",
            consent_basis=consent_basis(context, staff, request).value,
            first_access=first_access,
            opened_at=now,
            expires_at=now + window_ms(book.settings, request.mode, decision.obligations),
            rules=decided_by(decision),
            obligations=decision.obligations,
            policy_version=decision.book_digest,
            notice_id=owed[0].id if owed else None,
            audit_entry_id=self._world.new_entry_id(),
        )
        if not insert_grant(connection, grant, request.request_id, fingerprint_of(request, patient.id)):
            return self._answered_before(connection, staff, request, context)
        self._owing.queue(connection, owed)
        if request.consent_given:
            self._keep_word(connection, staff, context, "consent")
        receipt = self._recorder.opened(transaction, grant, owed, question_facts(question))
        return Granted(access=grant.as_stored(receipt.leaf_hash.hex()).to_access(patient, now), repeated=False)

    def _resume(
        self,
        transaction: Transaction,
        staff: StaffMember,
        request: AccessRequest,
        context: PatientContext,
        grant_id: str,
    ) -> Outcome:
        """The same person comes back within the window: the same access, no second notice."""
        connection, now = transaction.connection, self._world.epoch_ms()
        if not self._claim(connection, staff, request, context.patient.id, now, grant_id=grant_id, refusal=None):
            return self._answered_before(connection, staff, request, context)
        grant = find_grant(connection, staff.key, grant_id)
        self._recorder.resumed(transaction, staff, grant)
        return Granted(access=grant.to_access(context.patient, now), repeated=True)

    def _refuse(
        self,
        transaction: Transaction,
        staff: StaffMember,
        request: AccessRequest,
        context: PatientContext,
        question: Question,
        decision: Decision,
        refused: Refused,
    ) -> Outcome:
        connection, now = transaction.connection, self._world.epoch_ms()
        kept = refusal_to_json(refused)
        if not self._claim(connection, staff, request, context.patient.id, now, grant_id=None, refusal=kept):
            return self._answered_before(connection, staff, request, context)
        if request.patient_refuses:
            self._keep_word(connection, staff, context, "refusal")
        alert_of_refusal(connection, self._world, decision)
        facts = question_facts(question)
        if context.patient.id == NOBODY:
            facts["asked_for"] = request.patient.ins.value if request.patient.ins is not None else request.patient.ipp
        receipt = self._recorder.refused(
            transaction, staff, refused, patient_refuses=request.patient_refuses, question=facts
        )
        return replace(refused, audit=AuditReference(refused.audit.entry_id, receipt.leaf_hash.hex()))

    def _keep_word(
        self, connection: Connection, staff: StaffMember, context: PatientContext, kind: Literal["consent", "refusal"]
    ) -> None:
        """What the awake patient said, as this professional attests it: it opens the ordinary door, or closes two."""
        record_statement(
            connection,
            self._world.new_id(),
            patient_id=context.patient.id,
            episode_id=context.episode_id,
            kind=kind,
            recorded_by=staff.key,
            recorded_at=self._world.epoch_ms(),
        )

    def _claim(
        self,
        connection: Connection,
        staff: StaffMember,
        request: AccessRequest,
        patient_id: str,
        now: int,
        *,
        grant_id: str | None,
        refusal: str | None,
    ) -> bool:
        fingerprint = fingerprint_of(request, patient_id)
        return claim_request(
            connection, staff.key, request.request_id, fingerprint, now, grant_id=grant_id, refusal=refusal
        )

    def _lock(self, connection: Connection, staff: StaffMember, patient_id: str) -> None:
        if self._database.dialect == "postgresql":
            with one_round_trip(connection):
                connection.execute(_LOCK_PAIR, {"pair": f"{staff.key}\n{patient_id}"})


def _reasons_offered(settings: HospitalRules, *, break_glass: bool, centre_15: bool) -> tuple[OfferedReason, ...]:
    """The reasons of the doors that exist. `centre_15` is never offered to ED staff (L1111-17 I)."""
    modes = {Mode.BREAK_GLASS: break_glass, Mode.CENTRE_15: centre_15}
    return tuple(reason for reason in settings.reasons if any(modes[mode] for mode in reason.modes))
