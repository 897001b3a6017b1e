"""`summarise`: from documents to the emergency summary. Pure: no clock, no store; the same in, the same out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.dossiers.cda.body import is_structured
from gateway.dossiers.cda.header import read_header
from gateway.dossiers.cda.xml import MAX_BYTES, parse_cda
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.dossiers.summary.alerts import AlertRules, load_alert_rules, vital_alerts
from gateway.dossiers.summary.biology import KeyBiology, load_key_biology
from gateway.dossiers.summary.merge import Merged, Told, merge
from gateway.dossiers.summary.people import contacts
from gateway.dossiers.summary.reading import Reading, read_document
from gateway.dossiers.summary.section import order, section_of
from gateway.dossiers.summary.sheet import (
    Code,
    EmergencySummary,
    NotSummarised,
    Section,
    SectionKey,
    Source,
    SummaryItem,
    Unread,
    UnreadReason,
)
from gateway.errors import DocumentUnreadable

# JDV_J07: documents whose very presence is a line, whatever their format.
_TELLING_TYPES = {
    "EXPPAT_3": (SectionKey.ADVANCE_DIRECTIVES, "directive_document"),
    "101881-1": (SectionKey.DEVICES, "device_document"),
}
RECENT_DOCUMENTS = 12
_FAULTS = frozenset({UnreadReason.NOT_FETCHED, UnreadReason.UNREADABLE, UnreadReason.TOO_LARGE})
_FROM_REFERENCES = frozenset({SectionKey.RECENT_DOCUMENTS})


@dataclass(frozen=True, slots=True)
class SummaryTables:
    """The data files of the room, read once at start-up."""

    alerts: AlertRules
    biology: KeyBiology


def load_summary_tables() -> SummaryTables:
    """Reads the tables shipped with the room; done once, in the assembly."""
    return SummaryTables(load_alert_rules(), load_key_biology())


@dataclass(frozen=True, slots=True)
class _Read:
    source: Source
    reading: Reading


def summarise(
    documents: Iterable[tuple[DocumentReference, bytes | Unread]], now: datetime, tables: SummaryTables | None = None
) -> EmergencySummary:
    """The emergency summary of these documents (those the rules allow, nobody else's), at `now` (aware).

    `tables` may be loaded once and passed; without them they are read from the room's own files.

    Never raises on what a document holds: one that cannot be read is named in `not_summarised`, and every section it
    could have filled says so in `missing`.
    """
    tables = tables or load_summary_tables()
    references: list[DocumentReference] = []
    read: list[_Read] = []
    unread: list[tuple[DocumentReference, NotSummarised]] = []
    for reference, content in documents:
        references.append(reference)
        outcome = _read(reference, content)
        read += [_Read(source_of(reference), outcome[0])] if outcome[0] is not None else []
        unread += [(reference, outcome[1])] if outcome[1] is not None else []
    missing = tuple(one for reference, one in unread if one.reason in _FAULTS and _could_hold_more(reference))
    found = {key: merge(key, _told(key, read, tables, denied=False), now) for key in SectionKey}
    for reference in references:
        if reference.type_code in _TELLING_TYPES and reference.status is not DocumentStatus.OBSOLETE:
            key, kind = _TELLING_TYPES[reference.type_code]
            found[key].append(_as_line(reference, kind))
    items = {key: order(key, [one.item for one in merged], tables.biology) for key, merged in found.items()}
    items[SectionKey.VITAL_ALERTS] = vital_alerts(found, tables.alerts, now)
    items[SectionKey.CONTACTS] = contacts((one.source, one.reading.contacts) for one in read)
    items[SectionKey.RECENT_DOCUMENTS] = _recent(references)
    return EmergencySummary(
        made_at=now,
        sections=tuple(_section(key, items, read, missing, tables, now) for key in SectionKey),
        not_summarised=tuple(one for _, one in sorted(unread, key=lambda pair: pair[0].created, reverse=True)),
        summarised=tuple(sorted((one.source for one in read if one.reading.structured), key=_newest, reverse=True)),
    )


def source_of(reference: DocumentReference) -> Source:
    """How the summary names a document."""
    author = reference.author_name or reference.author_organization
    return Source(reference.id, reference.title, author, reference.created)


def _newest(source: Source) -> datetime:
    return source.date


def _read(reference: DocumentReference, content: bytes | Unread) -> tuple[Reading | None, NotSummarised | None]:
    """What was read of a document, and why it is not summarised; both for a level 1 CDA, whose header is read."""
    if reference.status is DocumentStatus.OBSOLETE:
        return None, _not_summarised(reference, UnreadReason.REPLACED, "")
    if isinstance(content, Unread):
        return None, _not_summarised(reference, content.reason, content.detail)
    if len(content) > MAX_BYTES:
        return None, _not_summarised(reference, UnreadReason.TOO_LARGE, "")
    if not _is_cda(reference, content):
        return None, _not_summarised(reference, UnreadReason.NOT_STRUCTURED, "")
    try:
        document = parse_cda(content)
    except DocumentUnreadable as error:
        return None, _not_summarised(reference, UnreadReason.UNREADABLE, str(error))
    if is_structured(document):
        return read_document(document), None
    header_only = Reading(contacts=read_header(document).contacts, structured=False)
    return header_only, _not_summarised(reference, UnreadReason.NOT_STRUCTURED, "")


def _is_cda(reference: DocumentReference, content: bytes) -> bool:
    if reference.format in {DocumentFormat.CDA_N1, DocumentFormat.CDA_N3}:
        return True
    return reference.format is DocumentFormat.OTHER and "xml" in reference.media_type and b"ClinicalDocument" in content


def _not_summarised(reference: DocumentReference, reason: UnreadReason, detail: str) -> NotSummarised:
    return NotSummarised(source=source_of(reference), type_code=reference.type_code, reason=reason, detail=detail)


def _could_hold_more(reference: DocumentReference) -> bool:
    """A structured document that was not read might have filled any section; a PDF is read by eyes in any case."""
    return reference.format is DocumentFormat.CDA_N3 or "xml" in reference.media_type


def _told(key: SectionKey, read: list[_Read], tables: SummaryTables, *, denied: bool) -> list[Told]:
    told: list[Told] = []
    for one in read:
        for title, statement in one.reading.told.get(key, ()):
            if statement.denied is denied:
                kind = tables.biology.kind_of(statement) if key is SectionKey.KEY_RESULTS else ""
                named = replace(statement, kind=kind or statement.kind)
                told.append(Told(replace(one.source, section=title), named))
    return told


def _as_line(reference: DocumentReference, kind: str) -> Merged:
    """The patient's own directives, or an implant card: known to exist before it is even read."""
    code = Code(reference.type_code, "", reference.type_label)
    item = SummaryItem(
        text=reference.title,
        kind=kind,
        detail=reference.type_label,
        date=reference.created.date().isoformat(),
        sources=(source_of(reference),),
    )
    return Merged(item, (code,), frozenset())


def _recent(references: list[DocumentReference]) -> tuple[SummaryItem, ...]:
    kept = [one for one in references if one.status is not DocumentStatus.OBSOLETE]
    newest = sorted(kept, key=lambda one: one.created, reverse=True)[:RECENT_DOCUMENTS]
    return tuple(
        SummaryItem(
            text=reference.title,
            kind="document",
            detail=reference.type_label,
            code=Code(reference.type_code, "", reference.type_label),
            date=reference.created.date().isoformat(),
            sources=(source_of(reference),),
        )
        for reference in newest
    )


def _section(
    key: SectionKey,
    items: Mapping[SectionKey, tuple[SummaryItem, ...]],
    read: list[_Read],
    missing: tuple[NotSummarised, ...],
    tables: SummaryTables,
    now: datetime,
) -> Section:
    denied = [one.item for one in merge(key, _told(key, read, tables, denied=True), now)]
    none_known = [
        replace(one.source, detail=one.reading.none_known[key]) for one in read if key in one.reading.none_known
    ]
    return section_of(
        key,
        items=items[key],
        denied=tuple(denied),
        none_known_by=tuple(sorted(none_known, key=_newest, reverse=True)),
        missing=() if key in _FROM_REFERENCES else missing,
    )
