"""What reading answers: the list, the summary, a document on its way, a document as a page. Plain frozen values."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.access.outcome import Access
from gateway.dossiers.connector import DocumentReference
from gateway.dossiers.readable import EmbeddedFile
from gateway.dossiers.summary import EmergencySummary
from gateway.patients.patient import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentList:
    """What the rules let this person see listed; `filtered`: only current documents of the last two years."""

    access: Access
    documents: tuple[DocumentReference, ...]
    filtered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """The emergency summary, and the contacts of the hospital's own directory."""

    access: Access
    summary: EmergencySummary
    contacts: tuple[Contact, ...]
    documents: tuple[DocumentReference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A document on its way: `chunks` must be consumed or closed, since its end is what is recorded as delivered."""

    reference: DocumentReference
    media_type: str
    size: int
    sha256: str
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableView:
    """A document as a page: safe HTML, or the file it wraps, or the reason why it cannot be shown."""

    access: Access
    reference: DocumentReference
    title: str
    html: str
    embedded: EmbeddedFile | None
    problem: str
