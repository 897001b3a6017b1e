"""The call that finds a patient; every search is recorded."""

from flask import Response
from pydantic import BaseModel, Field

from gateway.api.access_shapes import AuditAnswer, audit_answer
from gateway.api.answers import answer
from gateway.api.bodies import PatientWanted
from gateway.api.entrance import Entrance, entrance
from gateway.api.naming import ins_given
from gateway.api.parts import SearchResult, caller, gateway
from gateway.api.patient_shapes import PatientTraits, patient_traits
from gateway.errors import InvalidRequest


class PatientsFound(BaseModel):
    """Who answers to the search: never one of two picked silently."""

    patients: list[PatientTraits]
    more: bool = Field(description="More than twenty answer: the list is cut, refine the search.")
    audit: AuditAnswer


@entrance(Entrance.STAFF_TOKEN)
def find_patients(query: PatientWanted) -> Response:
    """Find a patient by INS, by hospital number, or by birth name, given name and birth date"""
    found = _search(query)
    return answer(
        PatientsFound(
            patients=[patient_traits(patient) for patient in found.patients],
            more=found.more,
            audit=audit_answer(found.audit),
        )
    )


def _search(query: PatientWanted) -> SearchResult:
    """One search by one kind of identifier. Raises `InvalidIns`, `InvalidRequest` (`patient-unclear`)."""
    finding, staff = gateway().finding, caller()
    given = frozenset(name for name, value in query if value is not None)
    if given in ({"ins"}, {"ins", "oid"}):
        return finding.search_by(staff, ins=ins_given(query.ins or "", query.oid or ""))
    if given == {"ipp"}:
        return finding.search_by(staff, ipp=query.ipp or "")
    if given == {"family", "given", "birthdate"}:
        return finding.search_by(
            staff, birth_name=query.family or "", given_name=query.given or "", birth_date=query.birthdate or ""
        )
    raise InvalidRequest("name the patient in exactly one way", field="patient", code="patient-unclear")
