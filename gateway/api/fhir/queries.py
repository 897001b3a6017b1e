"""Search parameters the FHIR door takes; any other is an error (strict handling), because a search silently wider than
asked is a mistake nobody sees."""

from typing import Literal, TypeVar

from flask import abort, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.api.naming import ins_given
from gateway.api.parts import SearchResult, caller, gateway
from gateway.api.problems import misshapen_answer
from gateway.api.strict_json import UNWANTED_CHARACTERS
from gateway.errors import InvalidRequest

OID_PREFIX = "urn:oid:"
FORM = "application/x-www-form-urlencoded"


class NoParameters(BaseModel):
    """Only the format may be asked for."""

    model_config = ConfigDict(strict=True, extra="forbid")

    format: Literal["json", "application/json", "application/fhir+json"] = Field("json", alias="_format")


class PatientSearch(NoParameters):
    """`Patient?identifier=system|value`."""

    identifier: str = Field(max_length=200, description="system|value; system is urn:oid:... for an INS.")


class DocumentSearch(NoParameters):
    """`DocumentReference?patient.identifier=system|value` (MHD ITI-67)."""

    patient_identifier: str = Field(max_length=200, alias="patient.identifier", description="system|value")
    status: str | None = Field(None, max_length=100, description="current, superseded: one, or several with commas.")
    type: str | None = Field(None, max_length=200, description="[system|]code, one, or several with commas.")
    category: str | None = Field(None, max_length=200, description="[system|]code, one, or several with commas.")


class BinaryAccess(NoParameters):
    """Under which access, as DocumentReference says; without it, the caller's open accesses are tried."""

    access: str | None = Field(None, max_length=36, description="The access under which it is read.")


class AuditEventSearch(NoParameters):
    """`AuditEvent?date=ge2026-11-01&date=lt2026-12-01`, or the mark of a further page alone."""

    date: list[str] = Field(default_factory=list, max_length=2, description="Period, UTC: ge, gt or eq; le or lt.")
    patient_identifier: str | None = Field(
        None, max_length=200, alias="patient.identifier", description="system|value; for a patient, their own."
    )
    count: int | None = Field(None, ge=1, le=200, alias="_count", strict=False, description="Entries a page, 50.")
    page: str | None = Field(None, max_length=400, alias="_page", description="The mark of a `next` link.")


Search = TypeVar("Search", bound=NoParameters)


def posted_search(kind: type[Search], *, repeatable: frozenset[str] = frozenset()) -> Search:
    """The parameters of a `POST .../_search` (https://hl7.org/fhir/R4/http.html#search), which keeps identifiers out
    of addresses and so out of the logs of every proxy. Raises `InvalidRequest`; answers 422 to another shape."""
    if request.mimetype != FORM:
        raise InvalidRequest("a search is posted as a form", code="form-content-type")
    if request.args:
        raise InvalidRequest("a posted search has no parameter in its address", code="unknown-member")
    posted = request.form.to_dict(flat=False)
    if any(len(values) > (2 if name in repeatable else 1) for name, values in posted.items()):
        raise InvalidRequest("a parameter is given twice", code="duplicate-member")
    if any(UNWANTED_CHARACTERS.search(text) for name, values in posted.items() for text in (name, *values)):
        raise InvalidRequest("a parameter holds control characters", code="unwanted-characters")
    try:
        return kind.model_validate(
            {name: values if name in repeatable else values[0] for name, values in posted.items()}
        )
    except ValidationError as error:
        abort(misshapen_answer(error))


def ipp_system() -> str:
    """The identifier system of the hospital's own patient numbers, under this server's own address."""
    return f"{gateway().settings.server.base_url}/fhir/NamingSystem/ipp"


def find_by_identifier(token: str) -> SearchResult | None:
    """Who has this `system|value`; None for a system that is nobody's. The search is recorded.

    Raises `InvalidRequest` without a system or a value, `InvalidIns`, `RecordUnavailable`.
    """
    system, bar, value = token.partition("|")
    if not bar or not system or not value:
        raise InvalidRequest("an identifier is system|value", field="identifier", code="patient-unclear")
    if system == ipp_system():
        return gateway().finding.search_by(caller(), ipp=value)
    if system.startswith(OID_PREFIX):
        return gateway().finding.search_by(caller(), ins=ins_given(value, system.removeprefix(OID_PREFIX)))
    return None
