"""What a professional asks for, parsed and complete: the doors build it, `Opening.open_dossier` answers it."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import InvalidReason, InvalidRequest
from gateway.patients.ins import Ins
from policies import ConsentBasis, Mode

SHORTEST_REASON_TEXT = 10
LONGEST_REASON_TEXT = 500


class ReasonCode(StrEnum):
    """Why an emergency access is asked for (CSP L1111-17 I); `other` needs a text."""

    VITAL_EMERGENCY = "vital_emergency"
    UNABLE_TO_EXPRESS = "unable_to_express"
    IMMEDIATE_RISK = "immediate_risk"
    REGULATION = "regulation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code and, for `other`, its text (10 to 500 characters)."""

    code: ReasonCode
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSelector:
    """Exactly one way to name the patient."""

    ins: Ins | None = None
    ipp: str = ""
    patient_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One question, asked once: the same `request_id` of the same person is the same request.

    `consent_given` is the professional's word that the patient was asked and agreed (normal mode);
    `patient_refuses` that the patient was asked and refused: nothing opens, the refusal is recorded.
    """

    request_id: str
    patient: PatientSelector
    mode: Mode
    reason: Reason | None = None
    consent_given: bool = False
    patient_refuses: bool = False


def parse_reason(mode: Mode, code: str, text: str) -> Reason | None:
    """The reason of an emergency access, or None in normal mode.

    Raises `InvalidReason` (`reason-required`, `reason-unknown`, `reason-text-required`, `reason-text-too-long`), and
    `InvalidRequest` (`reason-unexpected`) when a normal access comes with one.
    """
    # Invisible signs say nothing, and PostgreSQL keeps no NUL.
    text = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    if mode is Mode.NORMAL:
        if code:
            raise InvalidRequest("a normal access takes no reason", field="reason", code="reason-unexpected")
        return None
    if not code:
        raise InvalidReason("an emergency access needs a reason", field="reason", code="reason-required")
    try:
        reason_code = ReasonCode(code)
    except ValueError:
        raise InvalidReason("unknown reason code", field="reason", code="reason-unknown") from None
    if reason_code is ReasonCode.OTHER and len(text) < SHORTEST_REASON_TEXT:
        raise InvalidReason("`other` needs a text", field="reason.text", code="reason-text-required")
    if len(text) > LONGEST_REASON_TEXT:
        raise InvalidReason("the text is too long", field="reason.text", code="reason-text-too-long")
    return Reason(reason_code, text)


__all__ = ["AccessRequest", "ConsentBasis", "Mode", "PatientSelector", "Reason", "ReasonCode", "parse_reason"]
