"""What a professional asks for, parsed and complete: the doors build it, `Opening.open_dossier` answers it."""

from dataclasses import dataclass

from gateway.errors import InvalidReason, InvalidRequest
from gateway.patients.ins import Ins
from policies import ConsentBasis, HospitalRules, Mode

LONGEST_REASON_TEXT = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an emergency access is asked for (CSP L1111-17 I): a code that the version's settings offered, and a text
    where that reason asks for one (at most 500 characters)."""

    code: str
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


def parse_reason(settings: HospitalRules, mode: Mode, code: str, text: str) -> Reason | None:
    """The reason of an emergency access, or None in normal mode; `settings` says which reasons exist.

    Whether a reason is offered in this very mode is the rules' to say, and their refusal is recorded. Raises
    `InvalidReason` (`reason-required`, `reason-unknown`, `reason-text-required`, `reason-text-too-long`), and
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
    known = settings.reason(code)
    if known is None or not known.modes:
        raise InvalidReason("unknown reason code", field="reason", code="reason-unknown")
    if known.text_at_least and not settings.explains(code, text):
        raise InvalidReason("this reason needs a text", field="reason.text", code="reason-text-required")
    if len(text) > LONGEST_REASON_TEXT:
        raise InvalidReason("the text is too long", field="reason.text", code="reason-text-too-long")
    return Reason(code, text)


__all__ = ["AccessRequest", "ConsentBasis", "Mode", "PatientSelector", "Reason", "parse_reason"]
