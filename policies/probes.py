"""Two imaginary questions every version must be able to answer: a schema that no longer fits the facts fails at load.

The answers do not matter, only that the engine can give one without error.
"""

from policies.question import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Document,
    Mode,
    Patient,
    Purpose,
    Question,
)

_ACTOR = Actor(
    id="probe",
    profession_system="",
    profession_code="",
    specialty="",
    category="",
    unit="",
    establishment="000000000",
    named=True,
    factors=2,
    enrolled=True,
)
_PATIENT = Patient(
    id="probe",
    identity_status="QUAL",
    dossier="active",
    opposed_break_glass=False,
    opposed_centre_15=False,
    masked_in_emergency=False,
    blocks_actor=False,
    is_actor=False,
    refused_this_episode=False,
    consent_this_episode=False,
    in_actor_unit=False,
    present=False,
    deceased=False,
)
_CIRCUMSTANCES = Circumstances(
    mode=Mode.NORMAL,
    purpose=Purpose.CARE,
    consent=ConsentBasis.EXPLICIT,
    attests_incapacity_and_risk=False,
    reason_code="",
    reason_text_given=False,
    access_open=True,
)
_DOCUMENT = Document(
    id="probe",
    type_code="",
    class_code="",
    masked=False,
    invisible_to_patient=False,
    invisible_to_representatives=False,
    status="current",
    deposited_by_actor=False,
)

PROBES = (
    *(
        Question(action=action, actor=_ACTOR, patient=_PATIENT, circumstances=_CIRCUMSTANCES)
        for action in (Action.OPEN_DOSSIER, Action.EXTEND_ACCESS)
    ),
    Question(
        action=Action.READ_DOCUMENT,
        actor=_ACTOR,
        patient=_PATIENT,
        circumstances=_CIRCUMSTANCES,
        document=_DOCUMENT,
    ),
)
