"""The emergency summary: many documents in, one page in the order of the bedside out.

It owns how entries are gathered, merged and contradicted. It must never fetch, decide, or hide: what could not be
summarised is named, and "none known" is said only where a document says so.
"""

from gateway.dossiers.summary.sheet import (
    Activity,
    AlertKind,
    Code,
    Contradiction,
    Criticality,
    EmergencySummary,
    Measure,
    NotSummarised,
    Section,
    SectionKey,
    SectionState,
    Source,
    SummaryItem,
    Unread,
    UnreadReason,
)
from gateway.dossiers.summary.summarise import SummaryTables, load_summary_tables, summarise

__all__ = [
    "Activity",
    "AlertKind",
    "Code",
    "Contradiction",
    "Criticality",
    "EmergencySummary",
    "Measure",
    "NotSummarised",
    "Section",
    "SectionKey",
    "SectionState",
    "Source",
    "SummaryItem",
    "SummaryTables",
    "Unread",
    "UnreadReason",
    "load_summary_tables",
    "summarise",
]
