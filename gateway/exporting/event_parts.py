"""The parts of an AuditEvent: who took part, what it was about, where it was recorded (IHE BALP 1.1.3, FHIR R4).

Never a token, an INS or a word of a dossier: people by the identifier their provider gave, patients and documents by
the ids this server answers to, and the entry of the log by its id and leaf hash.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from audit import Entry
from gateway.exporting.event_codes import DICOM, Code, EventKind, Pattern

ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
RPPS_OID = "urn:oid:1.2.250.1.71.4.2.1"  # IdNatPS: `8` and the RPPS number
NETWORK_BY_URI = "5"

DESTINATION = Code(DICOM, "110152", "Destination Role ID")
ORIGIN = Code(DICOM, "110153", "Source Role ID")
APPLICATION = Code(DICOM, "110150", "Application")
RECIPIENT = Code("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient")
HUMAN = Code("http://terminology.hl7.org/CodeSystem/extra-security-role-type", "humanuser", "human user")
PERSON = Code(ENTITY_TYPE, "1", "Person")
SYSTEM_OBJECT = Code(ENTITY_TYPE, "2", "System Object")
OTHER = Code(ENTITY_TYPE, "4", "Other")
PATIENT_ROLE = Code(OBJECT_ROLE, "1", "Patient")
REPORT = Code(OBJECT_ROLE, "3", "Report")
DOMAIN_RESOURCE = Code(OBJECT_ROLE, "4", "Domain Resource")
SECURITY_RESOURCE = Code(OBJECT_ROLE, "13", "Security Resource")
QUERY_ROLE = Code(OBJECT_ROLE, "24", "Query")
PURPOSES = {
    "TREAT": Code(PURPOSE, "TREAT", "treatment"),
    "ETREAT": Code(PURPOSE, "ETREAT", "Emergency Treatment"),
    "BTG": Code(PURPOSE, "BTG", "break the glass"),
}
# FHIR R4 `data-absent-reason`: BALP wants a network, and the log does not keep people's addresses.
NOT_KEPT = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}
WITHHELD = "non communiqué ou effacé / withheld or erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """This gateway, as the source of its events: its public address and the establishment it serves."""

    base_url: str
    site: str

    def naming(self, name: str) -> str:
        """An identifier system under this server's own address."""
        return f"{self.base_url}/fhir/NamingSystem/{name}"

    def observer(self, gateway: str) -> dict[str, Any]:
        """Which instance recorded it: the `who` of the server too (BALP val-audit-source)."""
        identifier = {"system": self.naming("gateway"), "value": gateway}
        return {"type": "Device", "identifier": identifier, "display": "Emergency access gateway"}


def concept(code: Code) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [code.coding()]}


def agents(entry: Entry, kind: EventKind, source: EventSource) -> list[dict[str, Any]]:
    """Who took part. Exactly one of them is the requestor: the person, or the gateway where no person acted."""
    person = _user(entry, kind, source)
    server: dict[str, Any] = {
        "who": source.observer(entry.gateway),
        "requestor": person is None,
        "network": {"address": source.base_url, "type": NETWORK_BY_URI},
    }
    if kind.pattern is Pattern.PLAIN:
        taking_part = [{"type": concept(APPLICATION), **server}]
    else:
        # A query's parameters flow from the client to the server: DICOM and BALP reverse the two codes.
        client_role, server_role = (ORIGIN, DESTINATION) if kind.pattern is Pattern.QUERY else (DESTINATION, ORIGIN)
        who = {"display": "workstation or software of the caller"}
        client = {"type": concept(client_role), "who": who, "requestor": False, "network": NOT_KEPT}
        taking_part = [client, {"type": concept(server_role), **server}]
    return [person, *taking_part] if person is not None else taking_part


def _user(entry: Entry, kind: EventKind, source: EventSource) -> dict[str, Any] | None:
    known = acting_person(entry)
    if known is None and not kind.by_person:
        return None
    user: dict[str, Any] = {"type": concept(RECIPIENT if kind.informs else HUMAN)}
    person = known or {}
    system, bar, code = str(person.get("profession", "")).partition("|")
    if bar and system and code:
        user["role"] = [{"coding": [{"system": f"urn:oid:{system}", "code": code}]}]
    key = str(person.get("key", ""))
    user["who"] = {"identifier": _identifier(key, source)} if key else {"display": WITHHELD}
    if person.get("name"):
        user["name"] = str(person["name"])
    user["requestor"] = True
    if entry.purpose in PURPOSES:
        user["purposeOfUse"] = [concept(PURPOSES[entry.purpose])]
    return user


def acting_person(entry: Entry) -> Mapping[str, Any] | None:
    """What is still known of the person who acted: a mapping with `key`, or None when nobody did or it is erased."""
    for subject, values in entry.personal.items():
        if subject.startswith(("person/", "program/")):
            for value in values.values():
                if isinstance(value, Mapping) and value.get("key"):
                    return value
            if isinstance(values.get("by"), str):
                return {"key": values["by"]}
    return None


def _identifier(key: str, source: EventSource) -> dict[str, str]:
    kind, _, rest = key.partition(":")
    if kind == "rpps":
        return {"system": RPPS_OID, "value": f"8{rest}"}
    issuer, bar, subject = rest.rpartition("|")
    if kind == "sub" and bar:
        return {"system": issuer, "value": subject}
    return {"system": source.naming("person"), "value": key}


def patient_entity(patient_id: str) -> dict[str, Any]:
    """The patient it is about; an empty id says that this is erased."""
    what: dict[str, Any] = {"reference": f"Patient/{patient_id}"} if patient_id else {"display": WITHHELD}
    return {"what": {**what, "type": "Patient"}, "type": PERSON.coding(), "role": PATIENT_ROLE.coding()}


def data_entity(entry: Entry) -> dict[str, Any]:
    """What was read: one document, or the emergency summary made of several."""
    document = entry.facts.get("document")
    if isinstance(document, str):
        what: dict[str, Any] = {"reference": f"DocumentReference/{document}", "type": "DocumentReference"}
        return {"what": what, "type": SYSTEM_OBJECT.coding(), "role": DOMAIN_RESOURCE.coding()}
    if entry.type == "summary.opened":
        display, role = "Emergency summary", REPORT
    else:
        display, role = "Document", DOMAIN_RESOURCE
    return {"what": {"display": display}, "type": SYSTEM_OBJECT.coding(), "role": role.coding()}


def query_entity(entry: Entry, patient_id: str) -> dict[str, Any]:
    """What was asked, base64 as BALP has it; what of it was erased is not there any more."""
    if entry.type == "documents.listed":
        query = f"DocumentReference?patient=Patient/{patient_id}" if patient_id else "DocumentReference"
    else:
        typed = next((values["asked"] for values in entry.personal.values() if "asked" in values), None)
        asked = typed if isinstance(typed, Mapping) else {}
        plain = {name: entry.facts[name] for name in ("by", "unit") if name in entry.facts}
        query = "Patient?" + urlencode({**plain, **{name: str(value) for name, value in asked.items()}})
    encoded = base64.b64encode(query.encode()).decode()
    return {"type": SYSTEM_OBJECT.coding(), "role": QUERY_ROLE.coding(), "query": encoded}


def entry_entity(entry: Entry, leaf_hash: bytes, source: EventSource) -> dict[str, Any]:
    """The entry of the log this event tells: its id, its leaf hash, and its facts, none of them personal."""
    facts = [("leaf-hash", leaf_hash.hex()), ("policy-version", entry.policy_version)]
    facts += [(name, _words(value)) for name, value in sorted(entry.facts.items())]
    return {
        "what": {"identifier": {"system": source.naming("audit-entry"), "value": entry.entry_id}},
        "type": OTHER.coding(),
        "role": SECURITY_RESOURCE.coding(),
        "detail": [{"type": name, "valueString": text} for name, text in facts if text],
    }


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value).strip()
    return " ".join(str(item) for item in value) if isinstance(value, list | tuple) else ""
