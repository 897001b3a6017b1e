"""What a refusal says: which rule, and what remains possible. Never a hint of what the dossier holds."""

from dataclasses import replace

from gateway.access.context import PatientContext, as_known_to_strangers, nobody, without_obstacle
from gateway.access.outcome import AuditReference, Refused, RuleReason
from gateway.access.questioning import Questioner, decided_by, nearly
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.identity.staff_member import StaffMember
from policies import Decision, Mode, PolicyBook


class Refusing:
    """Words a refusal from facts, asking one version of the rules what other doors exist. Records nothing."""

    def __init__(self, book: PolicyBook, finess: str) -> None:
        self._decide = book.decide
        self._settings = book.settings
        self._questioner = Questioner(finess, book.settings)
        self._finess = finess

    def refusal(
        self,
        staff: StaffMember,
        context: PatientContext,
        request: AccessRequest,
        decision: Decision,
        audit: AuditReference,
    ) -> Refused:
        """The refusal of this request."""
        if not decision.engine_faults and not self.could_open(staff):
            return self._stranger_refusal(staff, context, request, decision, audit)
        break_glass = request.mode is not Mode.BREAK_GLASS and self.imagine(staff, context, Mode.BREAK_GLASS).allowed
        return Refused(
            patient=context.patient,
            mode=request.mode,
            rules=self._told(staff, decision),
            near_misses=nearly(decision),
            break_glass="available" if break_glass else "unavailable",
            possible=self.possible(staff, context, decision, break_glass=break_glass),
            medecin_traitant_phone=context.medecin_traitant_phone if self._ours(staff) else "",
            trusted_person=context.trusted_person if self._ours(staff) else "",
            policy_version=decision.book_digest,
            engine_fault=bool(decision.engine_faults),
            audit=audit,
            patient_refuses=request.patient_refuses,
        )

    def _stranger_refusal(
        self,
        staff: StaffMember,
        context: PatientContext,
        request: AccessRequest,
        decision: Decision,
        audit: AuditReference,
    ) -> Refused:
        """Someone who could open nobody's dossier learns why that is, and nothing of this patient."""
        return Refused(
            patient=as_known_to_strangers(context.patient),
            mode=request.mode,
            rules=self.stranger_rules(staff, request.mode),
            near_misses=(),
            break_glass="unavailable",
            possible=self.stranger_possible(staff),
            medecin_traitant_phone="",
            trusted_person="",
            policy_version=decision.book_digest,
            engine_fault=False,
            audit=audit,
        )

    def stranger_rules(self, staff: StaffMember, mode: Mode) -> tuple[RuleReason, ...]:
        """The rules that refuse this person whoever the patient is."""
        return decided_by(self._imagine_freely(staff, mode))

    def stranger_possible(self, staff: StaffMember) -> tuple[str, ...]:
        """What remains to this person, whoever the patient is."""
        return ("hospital_record",) if self._ours(staff) else ()

    def could_open(self, staff: StaffMember) -> bool:
        """Whether any door exists for this person, for a patient who has nothing against it."""
        return any(self._imagine_freely(staff, mode).allowed for mode in Mode)

    def as_attestable(self, staff: StaffMember, context: PatientContext, request: AccessRequest) -> AccessRequest:
        """The request, without the patient's refusal where this person's word of it cannot close the doors: only
        whoever could have asked for the patient's agreement may attest it. Anyone else (a secretary, another
        establishment, a professional the patient shut out) would deny the patient emergency care."""
        if not request.patient_refuses:
            return request
        asking = self._imagine_freely(staff, Mode.NORMAL)
        # When the rules cannot say, the patient's word stands.
        may = bool(asking.engine_faults) or (asking.allowed and not context.blocks_actor)
        return request if may else replace(request, patient_refuses=False)

    def imagine(self, staff: StaffMember, context: PatientContext, mode: Mode, *, consent: bool = True) -> Decision:
        """What the rules would say of this mode if its own conditions were stated; nothing is recorded."""
        offered = self._settings.reasons_for(mode)
        reason = Reason(offered[0].code, "-" * offered[0].text_at_least) if offered else None
        imagined = AccessRequest(
            request_id="",
            patient=PatientSelector(patient_id=context.patient.id),
            mode=mode,
            reason=reason,
            consent_given=consent and mode is Mode.NORMAL,
        )
        return self._decide(self._questioner.opening(staff, context, imagined))

    def _imagine_freely(self, staff: StaffMember, mode: Mode) -> Decision:
        return self.imagine(staff, without_obstacle(nobody()), mode)

    def possible(
        self, staff: StaffMember, context: PatientContext, decision: Decision, *, break_glass: bool
    ) -> tuple[str, ...]:
        """What remains, most useful first; see `Refused.possible`."""
        patient = context.patient
        if decision.engine_faults:
            return ("call_it", "hospital_record")
        if patient.linked_staff_key == staff.key:
            return ("patient_portal",)
        found = []
        if self.imagine(staff, context, Mode.NORMAL).allowed:
            found.append("ask_patient")
        if break_glass:
            found.append("break_glass")
        if patient.identity_status != "QUAL" or patient.ins is None:
            found.append("verify_identity")
        if self._ours(staff):
            if patient.opposed_break_glass and not patient.deceased_on:
                found.append("ask_when_awake")
            found.append("hospital_record")
            if context.medecin_traitant_phone:
                found.append("medecin_traitant")
            if context.trusted_person:
                found.append("trusted_person")
        return tuple(found)

    def _told(self, staff: StaffMember, decision: Decision) -> tuple[RuleReason, ...]:
        """Which rules refused it. Someone of another establishment learns the first alone (guardrails are numbered in
        the order of the decision, the actor's before the patient's): a patient's opposition is none of their business.
        """
        rules = decided_by(decision)
        return rules if self._ours(staff) else rules[:1]

    def _ours(self, staff: StaffMember) -> bool:
        return staff.establishment == self._finess
