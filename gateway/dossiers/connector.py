"""The one face of every store of documents: the embedded SQL store, FHIR/MHD, XDS.b, or a hospital's own.

A connector is a plug: it lists and it fetches. It never decides who may read (the access room filters what it lists),
never audits (the access room records before it fetches), and never sees the session or the professional.

What every connector promises
-----------------------------
- **Thread-safe.** One instance serves every request of the process; no call leaves state behind for the next.
- **Bounded in time.** Each call returns, or raises `DossierUnavailable`, within `ConnectorParts.timeout_seconds`
  counted from the call, retries included. It never raises another library's error for an unreachable, slow or failing
  store.
- **Bounded in size.** A document larger than `ConnectorParts.max_document_bytes` is not read into memory:
  `DocumentUnreadable` is raised, and the document stays listed.
- **Whole lists.** `list_documents` returns every document of the patient, masked, archived and obsolete ones included,
  newest first, or raises: a list cut short by a fault is never returned as if it were whole.
- **Bytes unchanged.** `fetch` returns what was deposited, byte for byte. The SHA-256 is computed by the connector over
  the bytes it returns; if the store announced another one the bytes are not returned (`DocumentUnreadable`).
- **Quiet.** No INS, name or content in a log line, an exception message or an address that gets logged.

A connector written elsewhere proves this by inheriting `tests/contracts/dossier_connector_contract.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from sqlalchemy import Engine

MASKED = "MASQUE_PS"
INVISIBLE_TO_PATIENT = "INVISIBLE_PATIENT"
INVISIBLE_TO_REPRESENTATIVES = "INVISIBLE_REPRESENTANTS_LEGAUX"


class DocumentFormat(StrEnum):
    """What the bytes are. `CDA_N1` wraps another file in its body, `CDA_N3` is structured."""

    CDA_N1 = "cda-n1"
    CDA_N3 = "cda-n3"
    PDF = "pdf"
    OTHER = "other"


class DocumentStatus(StrEnum):
    """XDS availability status, and the DMP's archived state."""

    CURRENT = "current"
    ARCHIVED = "archived"
    OBSOLETE = "obsolete"


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPatient:
    """Whose dossier: the gateway's own patient id, and the INS a national store is asked by ("" when not qualified)."""

    id: str
    ins: str  # 15 characters, key included
    ins_oid: str  # 1.2.250.1.213.1.4.8 to .11


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReference:
    """One document as its store describes it; no clinical content but the title."""

    id: str  # what `fetch` takes; opaque, safe in an address
    unique_id: str  # XDS uniqueId / CDA ClinicalDocument.id, "root^extension" or an OID
    patient_id: str  # the gateway's patient id
    title: str
    type_code: str  # JDV_J07: a LOINC code or a French one (EXPPAT_3, SYNTH, ...)
    type_label: str
    class_code: str  # 10, 11, 31, 42, ... ("" when the type is in no class)
    media_type: str  # of the bytes `fetch` returns
    format: DocumentFormat
    author_name: str
    author_profession: str
    author_organization: str
    created: datetime  # aware
    service_start: datetime | None
    service_stop: datetime | None
    confidentiality: frozenset[str]  # N, R, V, MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX
    status: DocumentStatus
    sha256: str  # lower-case hex of the deposited bytes; "" when the store does not say before fetching
    size: int  # bytes; -1 when the store does not say
    author_key: str = ""  # the depositor as a staff key ("rpps:..."), "" when not known

    @property
    def masked(self) -> bool:
        """The patient hid it from professionals (R1111-49)."""
        return MASKED in self.confidentiality

    @property
    def invisible_to_patient(self) -> bool:
        """It waits for an announcement consultation (R1111-53)."""
        return INVISIBLE_TO_PATIENT in self.confidentiality

    @property
    def invisible_to_representatives(self) -> bool:
        """A minor hid it from their legal representatives (R1111-50)."""
        return INVISIBLE_TO_REPRESENTATIVES in self.confidentiality


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentContent:
    """A document's bytes, unchanged. `chunks` feeds a streamed answer without a second copy of the whole."""

    document_id: str
    media_type: str
    sha256: str  # lower-case hex of `content`
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.content)

    def chunks(self, length: int = 65_536) -> Iterator[memoryview]:
        """The bytes in order, at most `length` at a time."""
        view = memoryview(self.content)
        for start in range(0, len(view), length):
            yield view[start : start + length]


@runtime_checkable
class DossierConnector(Protocol):
    """Lists and fetches. The module's docstring holds the promises each method keeps."""

    @property
    def name(self) -> str:
        """The configured name, e.g. `embedded`: named on the page when the store does not answer."""
        ...

    def list_documents(self, patient: DossierPatient) -> tuple[DocumentReference, ...]:
        """Every document of this patient, newest first (`created`, then `id`); empty when there is none.

        A patient the store does not know has no document: that is an empty list, not an error.

        Raises:
            DossierUnavailable: the store did not answer, in time or at all.
        """
        ...

    def fetch(self, document_id: str) -> DocumentContent:
        """The document's bytes as deposited.

        Raises:
            DocumentNotFound: the store answered, and has no such document (or no longer).
            DocumentUnreadable: larger than the limit, or not the bytes its SHA-256 announced.
            DossierUnavailable: the store did not answer, in time or at all.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorParts:
    """What the assembly gives a connector's factory, built-in or a hospital's own."""

    engine: Engine  # the gateway's database; a remote store leaves it alone
    options: Mapping[str, object]  # the connector's own table of the configuration
    timeout_seconds: float = 2.0  # for one call: the summary never waits longer for the slowest source
    max_document_bytes: int = 20_000_000


ConnectorFactory = Callable[[ConnectorParts], DossierConnector]
"""What an entry point of the group `gateway.dossier_connectors` names. Raises `ConfigurationError` at start-up."""
