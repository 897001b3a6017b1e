"""The emergency summary as data: what the page, the JSON API and the tests read. Nothing here computes anything.

Texts of items are the documents' own words (French as deposited). Words of ours (section titles, states, alert kinds)
are keys here and become French or English at the door.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SectionKey(StrEnum):
    """The sections, in the order of the bedside."""

    VITAL_ALERTS = "vital_alerts"
    ALLERGIES = "allergies"
    TREATMENTS = "treatments"
    PROBLEMS = "problems"
    HISTORY = "history"
    DEVICES = "devices"
    ADVANCE_DIRECTIVES = "advance_directives"
    CONTACTS = "contacts"
    RECENT_DOCUMENTS = "recent_documents"
    KEY_RESULTS = "key_results"
    VACCINATIONS = "vaccinations"


class SectionState(StrEnum):
    """Four states that are never confused.

    `LISTED`: there are items. `NONE_KNOWN`: at least one document says there is none, and no document lists one.
    `NO_INFORMATION`: every document was read and none speaks of it. `UNAVAILABLE`: nothing is listed, and a document
    that could hold it was not read: it says nothing about the patient.
    """

    LISTED = "listed"
    NONE_KNOWN = "none_known"
    NO_INFORMATION = "no_information"
    UNAVAILABLE = "unavailable"


class Criticality(StrEnum):
    """How serious the source says it is; `UNKNOWN` when it does not say."""

    HIGH = "high"
    LOW = "low"
    UNKNOWN = "unknown"


class Activity(StrEnum):
    """Whether the source says it is still going on."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class AlertKind(StrEnum):
    """The vital strip, in the order it is shown. The `kind` of an item of `VITAL_ALERTS`."""

    ALLERGY = "allergy"
    ANTICOAGULANT = "anticoagulant"
    ANTIPLATELET = "antiplatelet"
    INSULIN = "insulin"
    IMMUNOSUPPRESSION = "immunosuppression"
    IMPLANTED_DEVICE = "implanted_device"
    PREGNANCY = "pregnancy"
    RESISTANT_BACTERIA = "resistant_bacteria"
    ADVANCE_DIRECTIVES = "advance_directives"


class UnreadReason(StrEnum):
    """Why a document was not summarised. It stays readable, or at least downloadable, in every case."""

    NOT_FETCHED = "not_fetched"  # its store did not answer
    UNREADABLE = "unreadable"  # cut, hostile, or not what it says it is
    TOO_LARGE = "too_large"
    NOT_STRUCTURED = "not_structured"  # a PDF, an image or a CDA N1: for eyes only
    REPLACED = "replaced"  # obsolete: what it said is said, or corrected, by the version that replaced it


@dataclass(frozen=True, slots=True)
class Unread:
    """What the caller passes in place of a document's bytes it does not have."""

    reason: UnreadReason
    detail: str = ""  # for developers; no personal data


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept: the code, its system's OID, and the label as the source wrote it."""

    code: str
    system: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line comes from. Under an item it also says what that document adds in its own words."""

    document_id: str
    title: str
    author: str
    date: datetime  # the document's creation, aware
    section: str = ""  # title of the document's section
    detail: str = ""  # posology, reaction, comment, as that document writes them
    activity: Activity = Activity.UNKNOWN  # as that document says


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A result's value. `number` is set when `value` is one, for the sparkline."""

    value: str
    unit: str = ""
    number: float | None = None
    reference_range: str = ""
    interpretation: str = ""  # HL7 ObservationInterpretation: H, L, HH, LL, N, A, POS, NEG...


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryItem:
    """One line of a section. The same line found in several documents is one item with several sources."""

    text: str
    kind: str = ""  # see `summary/routing.py`, `AlertKind`, contact roles and `data/key_biology.csv`
    detail: str = ""  # posology, reaction, value's comment: the source's words
    code: Code | None = None
    criticality: Criticality = Criticality.UNKNOWN
    activity: Activity = Activity.UNKNOWN
    date: str = ""  # ISO 8601 at the source's own precision: 2019, 2019-03, 2019-03-28, 2019-03-28T10:20
    end_date: str = ""
    measure: Measure | None = None
    telecom: tuple[str, ...] = ()  # tel:+33..., mailto:...: contacts only
    sources: tuple[Source, ...] = ()  # newest first, at least one
    occurrences: int = 1  # how many entries were merged into this line
    disputed: bool = False  # sources disagree on it, or a document's words and its codes do: its words are shown

    @property
    def date_latest(self) -> datetime:
        """The newest document that carries the line."""
        return max(source.date for source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Sources that cannot both be right: some say there is none, others list `items`. Both are shown."""

    none_known_by: tuple[Source, ...]
    listed_by: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSummarised:
    """A document whose content is in no section, and why."""

    source: Source
    type_code: str
    reason: UnreadReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section. `missing` names the documents that could hold more and were not read: a warning beside the items."""

    key: SectionKey
    state: SectionState
    items: tuple[SummaryItem, ...] = ()
    denied: tuple[SummaryItem, ...] = ()  # what a document expressly says is not so: « Diabète : non »
    none_known_by: tuple[Source, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    missing: tuple[NotSummarised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencySummary:
    """The whole page. Sections are all eleven, always, in the order of `SectionKey`."""

    made_at: datetime
    sections: tuple[Section, ...]
    not_summarised: tuple[NotSummarised, ...]
    summarised: tuple[Source, ...]  # the documents whose content was read into the sections, newest first

    def section(self, key: SectionKey) -> Section:
        """The section of that key (it always exists)."""
        return next(section for section in self.sections if section.key is key)
