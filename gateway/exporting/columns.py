"""The record as a table: its columns, in the order they are written, in French and English, and what each holds.

Without names a row holds nothing personal, not even a pseudonym. With them, `patients` and the last columns are what
has not been erased.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import orjson

from gateway.exporting.audit_event import RecordedEntry, instant, patients_of
from gateway.exporting.event_parts import acting_person

Cell = str | int
Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the data, its headers, what it holds, and whether it is personal."""

    name: str
    french: str
    english: str
    holds: str
    personal: bool = False
    number: bool = False

    def header(self, language: Language) -> str:
        """What people read above it."""
        return self.french if language == "fr" else self.english


COLUMNS: tuple[Column, ...] = (
    Column("time", "Date et heure (UTC)", "Date and time (UTC)", "RFC 3339, milliseconds"),
    Column("type", "Événement", "Event", "the entry's type, e.g. access.opened"),
    Column("outcome", "Issue", "Outcome", "success, refused or failed"),
    Column("purpose", "Finalité", "Purpose", "TREAT, BTG (break-glass), ETREAT (Centre 15), or empty"),
    Column("mode", "Mode", "Mode", "normal, break_glass or centre_15, where there is one"),
    Column("reason", "Motif", "Reason", "the code of the reason given"),
    Column("access", "Accès", "Access", "id of the access, the same in all its entries"),
    Column("rules", "Règles", "Rules", "ids of the rules that decided, space separated"),
    Column("documents", "Documents", "Documents", "ids of the documents concerned, space separated"),
    Column("facts", "Faits", "Facts", "every fact of the entry, a JSON object"),
    Column("policy", "Version des règles", "Rules version", "digest of the rules in force"),
    Column("entry", "Entrée", "Entry", "id of the entry in the log"),
    Column("leaf_hash", "Empreinte", "Leaf hash", "RFC 6962 hash of its leaf, hexadecimal"),
    Column("gateway", "Passerelle", "Gateway", "which instance wrote it"),
    Column("lane", "Voie", "Lane", "with the counter: no gap in a lane", number=True),
    Column("counter", "Numéro", "Counter", "1, 2, 3... in its lane", number=True),
    Column("patients", "Patients", "Patients", "ids of the patients it is about, space separated", personal=True),
    Column("person", "Identifiant de la personne", "Person's key", "who acted, as the provider names them", True),
    Column("person_name", "Nom de la personne", "Person's name", "their name at that time", personal=True),
    Column("profession", "Profession", "Profession", "system|code", personal=True),
    Column("unit", "Unité", "Unit", "their unit", personal=True),
    Column("personal", "Autres valeurs personnelles", "Other personal values", "a JSON object", personal=True),
)
_SHOWN = frozenset({"patient", "staff", "holder", "viewer"})


def columns(*, with_names: bool) -> tuple[Column, ...]:
    """Those of a table with or without personal values."""
    return tuple(column for column in COLUMNS if with_names or not column.personal)


def cells(recorded: RecordedEntry, *, with_names: bool) -> dict[str, Cell]:
    """One entry as a row: column name -> value."""
    entry = recorded.entry
    facts = entry.facts
    row: dict[str, Cell] = {
        "time": instant(entry.time),
        "type": entry.type,
        "outcome": entry.outcome,
        "purpose": entry.purpose,
        "mode": _words(facts.get("mode")),
        "reason": _words(facts.get("reason")),
        "access": _words(facts.get("access")),
        "rules": _words(facts.get("rules")),
        "documents": _words(facts.get("document") or facts.get("documents")),
        "facts": _json(facts),
        "policy": entry.policy_version,
        "entry": entry.entry_id,
        "leaf_hash": recorded.leaf_hash.hex(),
        "gateway": entry.gateway,
        "lane": entry.lane,
        "counter": entry.counter,
    }
    if with_names:
        person = acting_person(entry) or {}
        others = {
            name: value
            for values in entry.personal.values()
            for name, value in values.items()
            if name not in _SHOWN and not name.startswith("found.")
        }
        row |= {
            "patients": " ".join(patients_of(entry)),
            "person": str(person.get("key", "")),
            "person_name": str(person.get("name", "")),
            "profession": str(person.get("profession", "")),
            "unit": str(person.get("unit", "")),
            "personal": _json(others) if others else "",
        }
    return row


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(dict(value), option=orjson.OPT_SORT_KEYS).decode()
