"""An entry of the record as FHIR R4 AuditEvents following IHE BALP (https://profiles.ihe.net/ITI/BALP).

A pure mapping. `AuthZconsent` is never claimed: its consent entity is mandatory, and this gateway serves no Consent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audit import Entry
from gateway.exporting.event_codes import Code, EventKind, Pattern, event_kind
from gateway.exporting.event_parts import (
    PURPOSES,
    EventSource,
    agents,
    concept,
    data_entity,
    entry_entity,
    patient_entity,
    query_entity,
)

PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
SOURCE_TYPE = Code("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")
OUTCOMES = {"success": "0", "failed": "4", "refused": "8"}
PATIENT = "patient/"


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry with the personal values its reader may have, and the hash its leaf has in the tree."""

    entry: Entry
    leaf_hash: bytes


def audit_events(recorded: RecordedEntry, source: EventSource) -> tuple[dict[str, Any], ...]:
    """The events of one entry: one, but for a search that found several patients one for each of them (BALP)."""
    entry = recorded.entry
    kind = event_kind(entry)
    patients = patients_of(entry)
    if kind.pattern is Pattern.QUERY and len(patients) > 1:
        return tuple(
            _event(recorded, kind, source, patient_id, f"{entry.entry_id}.{number}")
            for number, patient_id in enumerate(patients, 1)
        )
    return (_event(recorded, kind, source, patients[0] if patients else "", entry.entry_id),)


def patients_of(entry: Entry) -> tuple[str, ...]:
    """The ids of the patients an entry is about, as far as they are not erased."""
    return tuple(sorted(subject.removeprefix(PATIENT) for subject in entry.personal if subject.startswith(PATIENT)))


def instant(epoch_ms: int) -> str:
    """A FHIR instant: `2026-11-22T03:00:00.000Z`."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(
    recorded: RecordedEntry, kind: EventKind, source: EventSource, patient_id: str, resource_id: str
) -> dict[str, Any]:
    entry = recorded.entry
    own_name = {"system": f"{source.base_url}/fhir/CodeSystem/audit-entry-type", "code": entry.type}
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": resource_id,
        "type": kind.type.coding(),
        "subtype": [*(code.coding() for code in kind.subtypes), own_name],
        "action": kind.action,
        "recorded": instant(entry.time),
        "outcome": OUTCOMES[entry.outcome],
    }
    profile = _profile(kind, patient_id)
    if profile:
        event["meta"] = {"profile": [PROFILES + profile]}
    described = _outcome_words(entry)
    if described:
        event["outcomeDesc"] = described
    if entry.type == "access.opened" and entry.purpose in ("BTG", "ETREAT"):
        reasons = ("BTG", "ETREAT") if entry.purpose == "BTG" else ("ETREAT",)
        event["purposeOfEvent"] = [concept(PURPOSES[reason]) for reason in reasons]
    event["agent"] = agents(entry, kind, source)
    event["source"] = {
        "site": source.site,
        "observer": source.observer(entry.gateway),
        "type": [SOURCE_TYPE.coding()],
    }
    event["entity"] = _entities(recorded, kind, source, patient_id)
    return event


def _profile(kind: EventKind, patient_id: str) -> str:
    if kind.pattern is Pattern.READ:
        return "PatientRead"
    if kind.pattern is Pattern.QUERY:
        return "PatientQuery" if patient_id else "Query"
    return ""


def _entities(recorded: RecordedEntry, kind: EventKind, source: EventSource, patient_id: str) -> list[dict[str, Any]]:
    entry = recorded.entry
    found = [entry_entity(entry, recorded.leaf_hash, source)]
    if kind.pattern is Pattern.READ:
        # PatientRead wants its patient: of an erased one, that is what it says.
        return [patient_entity(patient_id), data_entity(entry), *found]
    if kind.pattern is Pattern.QUERY:
        found.insert(0, query_entity(entry, patient_id))
    return [patient_entity(patient_id), *found] if patient_id else found


def _outcome_words(entry: Entry) -> str:
    """Why it was refused or failed: rule ids and codes only."""
    if entry.outcome == "success":
        return ""
    rules = entry.facts.get("rules")
    if isinstance(rules, list | tuple) and rules:
        return "rules: " + ", ".join(str(rule) for rule in rules)
    if isinstance(rules, list | tuple):
        return "no rule allows it"
    code = next((entry.facts[name] for name in ("code", "failure", "proof") if name in entry.facts), "")
    return str(code) or entry.outcome
