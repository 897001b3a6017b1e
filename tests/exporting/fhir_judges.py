"""Two FHIR validators nobody here wrote, and what of IHE BALP neither of them can see, as plain assertions."""

import base64
import functools
import json
import re
from typing import Any

import fhirkit
from pyrofile_validator import Validator
from pyrofile_validator.config import TerminologyConfig, ValidatorConfig

PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
# FHIR R4 terminology of the systems we use: a code outside of them is a fault.
CODES: dict[str, set[str]] = {
    DICOM: {
        "110100", "110101", "110106", "110112", "110113", "110114", "110120", "110121", "110122", "110123", "110127",
        "110129", "110138", "110150", "110152", "110153",
    },
    "http://terminology.hl7.org/CodeSystem/audit-event-type": {"rest"},
    "http://hl7.org/fhir/restful-interaction": {"read", "search", "search-type"},
    "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle": {"transmit", "destroy"},
    "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType": {"AuthZ-Consent", "AuthZ-Role"},
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType": {"IRCP"},
    "http://terminology.hl7.org/CodeSystem/extra-security-role-type": {"humanuser", "authserver"},
    "http://terminology.hl7.org/CodeSystem/audit-entity-type": {"1", "2", "3", "4"},
    "http://terminology.hl7.org/CodeSystem/object-role": {str(number) for number in range(1, 25)},
    "http://terminology.hl7.org/CodeSystem/v3-ActReason": {"TREAT", "ETREAT", "BTG"},
    "http://terminology.hl7.org/CodeSystem/security-source-type": {"4", "6", "9"},
}  # fmt: skip
OWN_SYSTEMS = ("/fhir/CodeSystem/audit-entry-type",)
# False alarms of the validator on resources nobody doubts.
IGNORED = ("is required", "extension.unknown", "terminology.display", "must be EncodedBytes")
_REFERENCE = re.compile(r"(?:Patient|DocumentReference)/[A-Za-z0-9.-]{1,64}")


def faults_of(resource: dict[str, Any]) -> list[str]:
    """Everything anybody objects to."""
    found = [str(issue) for issue in fhirkit.validate(resource)]
    found += [f"{issue.path}: {issue.message}" for issue in _pyrofile(resource)]
    try:
        found += _balp(resource)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        found.append(f"not even the shape is right: {error!r}")
    return found


@functools.cache
def _validator() -> Validator:
    systems = {system: sorted(codes) for system, codes in CODES.items()}
    return Validator(ValidatorConfig(terminology=TerminologyConfig(mode="local", code_systems=systems)))


def _pyrofile(resource: dict[str, Any]) -> list[Any]:
    report = _validator().validate_resource(resource)
    return [
        issue
        for issue in report.issues
        if issue.severity.value == "error"
        and not any(word in f"{issue.code} {issue.message}" for word in _ignored(issue))
    ]


def _ignored(issue: Any) -> tuple[str, ...]:
    # `[x] is required` is the false alarm; a plain member that is required is not. Base64 is judged below.
    return tuple(word for word in IGNORED if word != "is required" or "[x]" in issue.message)


def _balp(event: dict[str, Any]) -> list[str]:
    """IHE BALP and FHIR invariants which the validators do not know."""
    faults: list[str] = []

    def must(holds: object, otherwise: str) -> None:
        if not holds:
            faults.append(otherwise)

    agents, entities = event["agent"], event.get("entity", [])
    must([agent["requestor"] for agent in agents].count(True) == 1, "there is not exactly one requestor")
    must(event.get("outcome") in {"0", "4", "8", "12"}, "the outcome is missing or unknown")
    must(event["recorded"].endswith("Z") and len(event["recorded"]) == 24, "recorded is no UTC instant with ms")
    for coding in _codings(event):
        own = coding.get("system", "").endswith(OWN_SYSTEMS) or coding.get("system", "").startswith("urn:oid:")
        must(own or coding.get("code") in CODES.get(coding.get("system", ""), set()), f"no such code: {coding}")
    must(
        any(agent["who"] == event["source"]["observer"] for agent in agents),
        "val-audit-source: the observer took no part",
    )
    for entity in entities:
        reference = entity.get("what", {}).get("reference")
        must(reference is None or _REFERENCE.fullmatch(reference), f"reference to nothing of ours: {reference}")
        must(set(entity.get("what", {})) - {"type"} or "what" not in entity, "an entity's what says nothing")
        must("name" not in entity or "query" not in entity, "sev-1: name and query exclude each other")
    profile = next(iter(event.get("meta", {}).get("profile", [])), "").removeprefix(PROFILES)
    must(profile in {"", "PatientRead", "PatientQuery", "Query"}, "a profile that cannot be claimed")
    if profile:
        faults += _restful(event, profile)
    text = json.dumps(event)
    must("eyJ" not in text and "Bearer" not in text, "a token")
    return faults


def _restful(event: dict[str, Any], profile: str) -> list[str]:
    faults: list[str] = []
    reading = profile == "PatientRead"

    def must(holds: object, otherwise: str) -> None:
        if not holds:
            faults.append(otherwise)

    must(event["outcome"] == "0", "a failure claims a profile of success")
    must(event["type"]["code"] == "rest", "type is not rest")
    must(event["action"] == ("R" if reading else "E"), "the action is another")
    must(any(code["code"] == ("read" if reading else "search") for code in event["subtype"]), "no restful subtype")
    roles = [agent["type"]["coding"][0]["code"] for agent in event["agent"]]
    client, server = ("110152", "110153") if reading else ("110153", "110152")
    must(roles.count(client) == 1 and roles.count(server) == 1, "not one client and one server")
    for agent in event["agent"]:
        code = agent["type"]["coding"][0]["code"]
        if code == server:
            must(agent["who"] == event["source"]["observer"], "the server is not this gateway")
        must(agent.get("who"), "an agent without who")
        must(bool(agent.get("network")) == (code != "IRCP"), "network: of the machines, not of the people")
    kinds = [(entity["type"]["code"], entity.get("role", {}).get("code")) for entity in event["entity"]]
    objects = [role for kind, role in kinds if kind == "2"]
    people = [entity for entity in event["entity"] if entity["type"]["code"] == "1"]
    must(len(people) == (0 if profile == "Query" else 1), "not one patient")
    must(all(entity["role"]["code"] == "1" for entity in people), "the patient is no patient")
    must(len(objects) == 1 and objects[0] in ({"3", "4", "20"} if reading else {"24"}), "not one object or query")
    for entity in event["entity"]:
        if entity.get("role", {}).get("code") == "24":
            must(base64.b64decode(entity["query"], validate=True), "the query is empty")
            must(not {"what", "lifecycle", "detail"} & set(entity), "the query has what it may not")
    return faults


def _codings(event: dict[str, Any]) -> list[dict[str, str]]:
    found = [event["type"], *event.get("subtype", []), *event["source"].get("type", [])]
    for concept in event.get("purposeOfEvent", []):
        found += concept["coding"]
    for agent in event["agent"]:
        for concept in (agent["type"], *agent.get("role", []), *agent.get("purposeOfUse", [])):
            found += concept["coding"]
    for entity in event.get("entity", []):
        found += [entity[name] for name in ("type", "role") if name in entity]
    return found
