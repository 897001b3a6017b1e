"""An entry of the record as a DICOM audit message (PS3.15 A.5.1), as IHE ATNA ITI-20 sends it.

The same agents, outcomes and codes as the AuditEvent of the entry; where DICOM has no word for an event of FHIR's, the
nearest of its own. Patients are named by the id of this server, documents by theirs, people by their identifier.
"""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from gateway.exporting.audit_event import RecordedEntry, audit_events
from gateway.exporting.event_codes import (
    ACTIVITY,
    DICOM,
    LOG_USED,
    RESTFUL,
    Code,
    EventKind,
    Pattern,
    event_kind,
)
from gateway.exporting.event_parts import EventSource

EXPORT = Code(DICOM, "110106", "Export")
PATIENT_RECORD = Code(DICOM, "110110", "Patient Record")
QUERY = Code(DICOM, "110112", "Query")
OWN_CODES = "emergency-access-gateway"
# RFC 3881 section 5.5.4: what kind of identifier a participant object has.
PATIENT_NUMBER, SEARCH_CRITERIA, URI = ("2", "Patient Number"), ("10", "Search Criteria"), ("12", "URI")
# Receivers must take 2,048 octets and should take 8,192 (RFC 5425 section 4.3.1): a long fact becomes its digest.
LONGEST_DETAIL = 1_000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def audit_messages(recorded: RecordedEntry, source: EventSource) -> tuple[bytes, ...]:
    """The AuditMessage documents of one entry, UTF-8 without a declaration: as many as it has AuditEvents."""
    kind = event_kind(recorded.entry)
    return tuple(_message(event, kind, source) for event in audit_events(recorded, source))


def _message(event: dict[str, Any], kind: EventKind, source: EventSource) -> bytes:
    root = etree.Element("AuditMessage")
    identification = _child(
        root,
        "EventIdentification",
        EventActionCode=event["action"],
        EventDateTime=event["recorded"],
        EventOutcomeIndicator=event["outcome"],
    )
    _code(identification, "EventID", _event_id(kind))
    for coding in event["subtype"]:
        name = coding["system"] if coding["system"] == DICOM else OWN_CODES
        _coded(identification, "EventTypeCode", coding["code"], name, coding.get("display", coding["code"]))
    if "outcomeDesc" in event:
        _child(identification, "EventOutcomeDescription").text = _clean(event["outcomeDesc"])
    for agent in event["agent"]:
        _participant(root, agent, source)
    observer = event["source"]["observer"]["identifier"]["value"]
    site = _child(root, "AuditSourceIdentification", AuditEnterpriseSiteID=source.site, AuditSourceID=observer)
    _coded(site, "AuditSourceTypeCode", "4", DICOM, "Application server process")
    for entity in event["entity"]:
        _object(root, entity)
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return content


def _event_id(kind: EventKind) -> Code:
    if kind.type.system == DICOM:
        return kind.type
    if kind.pattern is Pattern.QUERY:
        return QUERY
    if kind.type == RESTFUL or kind.informs:
        return PATIENT_RECORD
    if kind.action == "D":
        return LOG_USED
    return EXPORT if kind.type.code == "transmit" else ACTIVITY


def _participant(root: Any, agent: dict[str, Any], source: EventSource) -> None:
    who = agent["who"]
    identifier = who.get("identifier", {})
    attributes = {
        "UserID": identifier.get("value") or who.get("display", ""),
        "UserIsRequestor": "true" if agent["requestor"] else "false",
    }
    if "name" in agent:
        attributes["UserName"] = agent["name"]
    if identifier.get("system"):
        attributes["AlternativeUserID"] = f"{identifier['value']}@{identifier['system']}"
    network = agent.get("network", {})
    if "address" in network:
        attributes["NetworkAccessPointID"] = urlsplit(source.base_url).hostname or source.base_url
        attributes["NetworkAccessPointTypeCode"] = "1"  # machine name
    participant = _child(root, "ActiveParticipant", **attributes)
    for concept in (agent["type"], *agent.get("role", []), *agent.get("purposeOfUse", [])):
        coding = concept["coding"][0]
        _coded(participant, "RoleIDCode", coding["code"], coding["system"], coding.get("display", coding["code"]))


def _object(root: Any, entity: dict[str, Any]) -> None:
    what = entity.get("what", {})
    identifier = what.get("identifier", {}).get("value") or what.get("reference") or what.get("display", "query")
    kind = URI
    if "query" in entity:
        kind = SEARCH_CRITERIA
    elif entity["role"]["code"] == "1":
        kind, identifier = PATIENT_NUMBER, identifier.removeprefix("Patient/")
    element = _child(
        root,
        "ParticipantObjectIdentification",
        ParticipantObjectID=identifier,
        ParticipantObjectTypeCode=entity["type"]["code"],
        ParticipantObjectTypeCodeRole=entity["role"]["code"],
    )
    _coded(element, "ParticipantObjectIDTypeCode", kind[0], "RFC-3881", kind[1])
    if "query" in entity:
        _child(element, "ParticipantObjectQuery").text = entity["query"]
    else:
        _child(element, "ParticipantObjectName").text = _clean(what.get("display", identifier))
    for detail in entity.get("detail", []):
        value = base64.b64encode(_short(detail["valueString"]).encode()).decode()
        _child(element, "ParticipantObjectDetail", type=detail["type"], value=value)


def _short(value: str) -> str:
    if len(value) <= LONGEST_DETAIL:
        return value
    return f"{len(value.split())} items, sha256 {hashlib.sha256(value.encode()).hexdigest()}"


def _code(parent: Any, name: str, code: Code) -> None:
    _coded(parent, name, code.code, code.system, code.display)


def _coded(parent: Any, name: str, code: str, system: str, text: str) -> None:
    attributes = {
        "csd-code": code,
        "codeSystemName": "DCM" if system == DICOM else system,
        "originalText": text,
    }
    etree.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})


def _child(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})


def _clean(value: str) -> str:
    # A name from outside may hold what XML cannot.
    return _NOT_XML.sub("\ufffd", value)
