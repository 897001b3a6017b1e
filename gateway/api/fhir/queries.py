"""Search parameters the FHIR door takes; any other is an error (strict handling), because a search silently wider than
asked is a mistake nobody sees."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.naming import ins_given
from gateway.api.parts import SearchResult, caller, gateway
from gateway.errors import InvalidRequest

OID_PREFIX = "urn:oid:"


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
    """Under which access; DocumentReference gives the whole address."""

    access: str = Field(max_length=36, description="The access under which it is read.")


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
