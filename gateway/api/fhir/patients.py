"""`Patient?identifier=`: who has this identifier, identity traits only."""

from typing import Any

from flask import Response

from gateway.api.answers import fhir_answer
from gateway.api.entrance import Entrance, entrance
from gateway.api.fhir.bundles import searchset
from gateway.api.fhir.queries import OID_PREFIX, PatientSearch, find_by_identifier, ipp_system, posted_search
from gateway.api.parts import gateway
from gateway.patients.patient import PatientRecord

_IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
_GENDER = {"M": "male", "F": "female"}


@entrance(Entrance.STAFF_TOKEN)
def find_fhir_patients(query: PatientSearch) -> Response:
    """Find a patient by INS or by the hospital's number; recorded"""
    return _patients(query)


@entrance(Entrance.STAFF_TOKEN)
def search_fhir_patients() -> Response:
    """The same search with its identifier in the body, out of every log of addresses"""
    return _patients(posted_search(PatientSearch))


def _patients(query: PatientSearch) -> Response:
    found = find_by_identifier(query.identifier)
    base = f"{gateway().settings.server.base_url}/fhir"
    patients = [fhir_patient(patient, ipp_system()) for patient in (found.patients if found else ())]
    return fhir_answer(searchset([(f"{base}/Patient/{patient['id']}", patient) for patient in patients]))


def fhir_patient(patient: PatientRecord, ipp_system: str) -> dict[str, Any]:
    """The record as a FHIR R4 Patient, as the hospital knows them."""
    traits = patient.traits
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": patient.id,
        "identifier": _identifiers(patient, ipp_system),
        "name": [{"use": "official", "family": traits.birth_name, "given": traits.given_names.split()}],
        "gender": _GENDER.get(traits.sex, "unknown"),
        "birthDate": traits.birth_date,
    }
    if traits.used_name or traits.used_given_name:
        used = {"use": "usual", "family": traits.used_name or traits.birth_name}
        given = traits.used_given_name or traits.given_names.split(" ")[0]
        resource["name"].append({**used, **({"given": [given]} if given else {})})
    if patient.deceased_on:
        resource["deceasedDateTime"] = patient.deceased_on
    return resource


def _identifiers(patient: PatientRecord, ipp_system: str) -> list[dict[str, Any]]:
    identifiers: list[dict[str, Any]] = []
    if patient.ins is not None:
        identifiers.append(
            {
                "use": "official",
                "type": {"coding": [{"system": _IDENTIFIER_TYPE, "code": "NI"}], "text": "INS"},
                "system": f"{OID_PREFIX}{patient.ins.oid}",
                "value": patient.ins.value,
            }
        )
    ipp_type = {"coding": [{"system": _IDENTIFIER_TYPE, "code": "PI"}], "text": "IPP"}
    return [*identifiers, {"use": "usual", "type": ipp_type, "system": ipp_system, "value": patient.ipp}]
