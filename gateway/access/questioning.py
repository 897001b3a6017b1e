"""From facts to the rules' question, and from their decision to words: the only place that knows both."""

from dataclasses import asdict

from gateway.access.context import PatientContext
from gateway.access.outcome import RuleReason
from gateway.access.request import AccessRequest, Reason
from gateway.dossiers.connector import DocumentReference
from gateway.identity.staff_member import StaffMember
from policies import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Decision,
    Document,
    HospitalRules,
    Mode,
    Patient,
    Purpose,
    Question,
)

PURPOSES = {Mode.NORMAL: Purpose.CARE, Mode.BREAK_GLASS: Purpose.EMERGENCY, Mode.CENTRE_15: Purpose.REGULATION}
# HL7 v3 PurposeOfUse, as written on the audit entries (DOMAIN section 6).
PURPOSE_CODES = {Mode.NORMAL: "TREAT", Mode.BREAK_GLASS: "BTG", Mode.CENTRE_15: "ETREAT"}


class Questioner:
    """Puts questions for this hospital (`finess`), with the facts that the settings of one version make."""

    def __init__(self, finess: str, settings: HospitalRules) -> None:
        self._finess = finess
        self._settings = settings

    def opening(self, staff: StaffMember, context: PatientContext, request: AccessRequest) -> Question:
        """May this professional open this dossier, asked this way? `patient_refuses` makes the refusal a fact now."""
        return self._question(
            Action.OPEN_DOSSIER,
            staff,
            context,
            mode=request.mode,
            reason=request.reason,
            consent=consent_basis(context, staff, request),
            refuses_now=request.patient_refuses,
        )

    def continuing(
        self, staff: StaffMember, context: PatientContext, mode: Mode, reason: Reason | None, consent: ConsentBasis
    ) -> Question:
        """May an open access be extended? The same conditions as at its opening, judged now."""
        return self._question(
            Action.EXTEND_ACCESS, staff, context, mode=mode, reason=reason, consent=consent, access_open=True
        )

    def reading(
        self, staff: StaffMember, context: PatientContext, mode: Mode, reason: Reason | None, consent: ConsentBasis
    ) -> Question:
        """The question under which each document is decided; `document` is filled in for each."""
        return self._question(
            Action.READ_DOCUMENT, staff, context, mode=mode, reason=reason, consent=consent, access_open=True
        )

    def _question(
        self,
        action: Action,
        staff: StaffMember,
        context: PatientContext,
        *,
        mode: Mode,
        reason: Reason | None,
        consent: ConsentBasis,
        access_open: bool = False,
        refuses_now: bool = False,
    ) -> Question:
        here = staff.establishment == self._finess
        return Question(
            action=action,
            actor=Actor(
                id=staff.key,
                profession_system=staff.profession.system if staff.profession else "",
                profession_code=staff.profession.code if staff.profession else "",
                specialty=staff.specialty,
                category=staff.category,
                unit=staff.unit,
                establishment=staff.establishment,
                named=staff.named,
                factors=staff.factors,
                enrolled=staff.establishment in self._settings.enrolled,
            ),
            patient=Patient(
                id=context.patient.id,
                identity_status=context.patient.identity_status if context.patient.ins else "PROV",
                dossier=context.patient.dossier_status,
                opposed_break_glass=context.patient.opposed_break_glass,
                opposed_centre_15=context.patient.opposed_centre_15,
                masked_in_emergency=context.patient.masked_in_emergency,
                blocks_actor=context.blocks_actor,
                is_actor=context.patient.linked_staff_key == staff.key,
                refused_this_episode=context.refused_this_episode or refuses_now,
                consent_this_episode=context.consent_this_episode,
                in_actor_unit=here and bool(context.episode_id) and context.episode_unit == staff.unit,
                present=here and bool(context.episode_id),
                deceased=context.patient.deceased_on is not None,
            ),
            circumstances=Circumstances(
                mode=mode,
                purpose=PURPOSES[mode],
                consent=consent,
                # The professional attests incapacity and risk by the very sentence above the reasons, whichever they
                # pick (L1111-17 I al. 1); regulation attests a call instead (al. 2).
                attests_incapacity_and_risk=mode is Mode.BREAK_GLASS and reason is not None,
                reason_code=reason.code if reason else "",
                reason_text_given=reason is not None and self._settings.explains(reason.code, reason.text),
                access_open=access_open,
            ),
        )


def consent_basis(context: PatientContext, staff: StaffMember, request: AccessRequest) -> ConsentBasis:
    """On what an ordinary access would rest: the word just given, else the team's, recorded earlier this episode."""
    if request.mode is not Mode.NORMAL:
        return ConsentBasis.NONE
    if request.consent_given:
        return ConsentBasis.EXPLICIT
    if context.consent_this_episode and context.episode_unit == staff.unit:
        return ConsentBasis.CARE_TEAM
    return ConsentBasis.NONE


def document_facts(reference: DocumentReference, staff: StaffMember) -> Document:
    """A document as the rules see it: by its metadata only."""
    return Document(
        id=reference.id,
        type_code=reference.type_code,
        class_code=reference.class_code,
        masked=reference.masked,
        invisible_to_patient=reference.invisible_to_patient,
        invisible_to_representatives=reference.invisible_to_representatives,
        status=reference.status.value,
        deposited_by_actor=bool(reference.author_key) and reference.author_key == staff.key,
    )


def decided_by(decision: Decision) -> tuple[RuleReason, ...]:
    """The deciding rules with their sentences; none where no rule permitted it (the near misses then say why)."""
    lines = zip(decision.rule_ids, decision.reasons_fr, decision.reasons_en, strict=False)
    return tuple(RuleReason(*line) for line in lines)


def nearly(decision: Decision) -> tuple[RuleReason, ...]:
    """The permits that were one condition away."""
    return tuple(RuleReason(miss.rule_id, miss.missing_fr, miss.missing_en) for miss in decision.near_misses)


def question_facts(question: Question) -> dict[str, object]:
    """The question as asked, JSON-able: kept (sealed) with the decision so that a replay asks the same."""
    return asdict(question)
