"""What of an entry its patient may have: who acted and when, and the documents they may know of, nothing of others.

The rules of the portal: a document that is invisible to the patient for now (R1111-53) is never named, nor any act on
it shown; what a professional typed to find somebody stays theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, text

from audit import Entry
from gateway.exporting.audit_event import RecordedEntry
from gateway.storage.journal import patient_subject

_HIDDEN = text("SELECT grant_id, document_id, hidden_from FROM document_opening WHERE grant_id IN :grants").bindparams(
    bindparam("grants", expanding=True)
)
# Documents by id, and the digests or counts that stand for many: one of them may be hidden.
_NAMING = frozenset({"document", "documents", "documents_count", "documents_sha256", "not_summarised"})
_OF_THE_ACTOR = frozenset({"staff", "holder", "viewer"})


def shown_to_patient(connection: Connection, recorded: Sequence[RecordedEntry], patient_id: str) -> list[RecordedEntry]:
    """The entries this patient may be shown, each with what they may know of it."""
    grants = {str(item.entry.facts["access"]) for item in recorded if "access" in item.entry.facts}
    hidden: dict[tuple[str, str], str] = {}
    if grants:
        for row in connection.execute(_HIDDEN, {"grants": sorted(grants)}):
            hidden[row.grant_id, row.document_id] = row.hidden_from
    shown = []
    for item in recorded:
        entry = _shown(item.entry, patient_id, hidden)
        if entry is not None:
            shown.append(RecordedEntry(entry, item.leaf_hash))
    return shown


def _shown(entry: Entry, patient_id: str, hidden: Mapping[tuple[str, str], str]) -> Entry | None:
    place = (str(entry.facts.get("access", "")), str(entry.facts.get("document", "")))
    if hidden.get(place) in ("patient", "both"):
        return None
    # A document is named only when it is known that its patient may know of it.
    kept = {"document"} if place in hidden else set()
    mine = patient_subject(patient_id)
    personal = {
        subject: {name: value for name, value in values.items() if subject == mine or name in _OF_THE_ACTOR}
        for subject, values in entry.personal.items()
        if subject == mine or subject.startswith(("person/", "program/"))
    }
    facts = {name: value for name, value in entry.facts.items() if name not in _NAMING or name in kept}
    return replace(entry, facts=facts, personal=personal)
