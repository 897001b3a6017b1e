"""What the API calls in the rest of the gateway. The assembled gateway fits these shapes; so does the tests' own.

Only what the API uses is drawn: a use case may offer more to the pages.
"""

from collections.abc import Iterator
from typing import Protocol, cast

from flask import current_app, g

from gateway.access.outcome import Access, AuditReference, Outcome, Refused
from gateway.access.request import AccessRequest
from gateway.api.dossier_shapes import Document, Summary
from gateway.api.receipt_parts import TakesReceipts
from gateway.api.record_parts import Oversight
from gateway.exporting.trail import TrailPage, TrailQuestion
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.patients.ins import Ins
from gateway.patients.patient import Contact, PatientRecord
from gateway.rulebook.in_force import RulesInForce
from gateway.settings import Settings
from gateway.world import World

EXTENSION = "gateway"


class Bearer(Protocol):
    """Judges access tokens (`gateway.identity.bearer`)."""

    def verify(self, header_value: str) -> StaffMember:
        """Whose token it is. Raises `NotSignedIn`, `IdentityProviderUnavailable`."""
        ...


class PatientBearer(Protocol):
    """Judges access tokens of the patients' provider."""

    def verify(self, header_value: str) -> PatientHolder:
        """Which patient's token it is. Raises `NotSignedIn`, `IdentityProviderUnavailable`."""
        ...


class AuditTrail(Protocol):
    """The record as AuditEvents; reading it is recorded."""

    def ask(self, caller: StaffMember | PatientHolder, question: TrailQuestion) -> TrailPage:
        """The first page. Raises `NotAllowed`, `PatientUnknown`, `NotFound`, `RecordUnavailable`."""
        ...

    def go_on(self, caller: StaffMember | PatientHolder, mark: str) -> TrailPage:
        """The page of a `next` mark. Raises `InvalidRequest` too."""
        ...


class Exports(Protocol):
    """The record in other people's formats."""

    @property
    def trail(self) -> AuditTrail:
        """As AuditEvents."""
        ...


class SearchResult(Protocol):
    """Who answers to a search; never more than twenty."""

    @property
    def patients(self) -> tuple[PatientRecord, ...]:
        """Best first."""
        ...

    @property
    def more(self) -> bool:
        """Cut short."""
        ...

    @property
    def audit(self) -> AuditReference:
        """The search's own entry."""
        ...


class Finding(Protocol):
    """Finding the patient; every search is recorded."""

    def search_by(
        self,
        staff: StaffMember,
        *,
        ins: Ins | None = None,
        ipp: str = "",
        birth_name: str = "",
        given_name: str = "",
        birth_date: str = "",
    ) -> SearchResult:
        """By one of an INS, an IPP, or the traits. Raises `InvalidRequest`, `RecordUnavailable`."""
        ...


class Preview(Protocol):
    """Of what `Opening.preview` says, only whether the caller has this dossier open."""

    @property
    def open_access_id(self) -> str | None:
        """The access still open, if any."""
        ...


class Opening(Protocol):
    """Opening the dossier."""

    def preview(self, staff: StaffMember, patient_id: str) -> Preview:
        """Opens and records nothing. Raises `PatientUnknown`."""
        ...

    def open_dossier(self, staff: StaffMember, request: AccessRequest) -> Outcome:
        """Granted or refused, recorded either way. Raises `PatientUnknown`, `RequestIdReused`, `RecordUnavailable`."""
        ...


class Continuing(Protocol):
    """An access after its opening."""

    def current(self, staff: StaffMember, access_id: str) -> Access:
        """Also when it is over. Raises `NotFound`."""
        ...

    def extend(self, staff: StaffMember, access_id: str) -> Access | Refused:
        """A new window, if the rules allow. Raises `AccessNotOpen`."""
        ...

    def end(self, staff: StaffMember, access_id: str) -> Access:
        """Over now."""
        ...


class DocumentList(Protocol):
    """The documents this access may read."""

    @property
    def access(self) -> Access:
        """Under which access."""
        ...

    @property
    def documents(self) -> tuple[Document, ...]:
        """Newest first."""
        ...

    @property
    def filtered(self) -> bool:
        """Cut to current documents of the last two years."""
        ...


class SummaryView(Protocol):
    """The emergency summary, and whom the hospital's own directory knows to call."""

    @property
    def access(self) -> Access:
        """Under which access."""
        ...

    @property
    def summary(self) -> Summary:
        """All eleven sections."""
        ...

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """From the hospital's directory, not from the dossier."""
        ...


class Delivery(Protocol):
    """Bytes on their way; `chunks` must be consumed whole or closed: its end is recorded."""

    @property
    def media_type(self) -> str:
        """As deposited."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def sha256(self) -> str:
        """Hex."""
        ...

    @property
    def chunks(self) -> Iterator[bytes]:
        """In order."""
        ...


class Reading(Protocol):
    """Reading under an open access; each call is recorded before anything is released."""

    def list_documents(self, staff: StaffMember, access_id: str, *, everything: bool = False) -> DocumentList:
        """Current documents of two years, or all. Raises `NotFound`, `AccessNotOpen`, `DossierUnavailable`."""
        ...

    def summary(self, staff: StaffMember, access_id: str) -> SummaryView:
        """The emergency summary. Raises as `list_documents`."""
        ...

    def access_to(self, staff: StaffMember, document_id: str) -> str:
        """The caller's open access this document belongs to. Raises `DocumentNotFound`."""
        ...

    def open_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        """Byte for byte. Raises `DocumentNotFound` too, also where the rules withhold it."""
        ...


class Gateway(TakesReceipts, Protocol):
    """The assembled gateway, as far as the API sees it."""

    @property
    def settings(self) -> Settings:
        """The configuration."""
        ...

    @property
    def world(self) -> World:
        """Clock and dice."""
        ...

    @property
    def rules(self) -> RulesInForce:
        """The version of the rules in force."""
        ...

    @property
    def bearer(self) -> Bearer:
        """Who calls."""
        ...

    @property
    def patient_bearer(self) -> PatientBearer | None:
        """Which patient calls; None where no patients' provider is configured."""
        ...

    @property
    def exports(self) -> Exports:
        """Use cases."""
        ...

    @property
    def oversight(self) -> Oversight:
        """Use cases."""
        ...

    @property
    def finding(self) -> Finding:
        """Use cases."""
        ...

    @property
    def opening(self) -> Opening:
        """Use cases."""
        ...

    @property
    def continuing(self) -> Continuing:
        """Use cases."""
        ...

    @property
    def reading(self) -> Reading:
        """Use cases."""
        ...


def gateway() -> Gateway:
    """The gateway behind the call being answered."""
    return cast(Gateway, current_app.extensions[EXTENSION])


def remember_caller(staff: StaffMember) -> None:
    """Keep who calls until the answer is sent."""
    g.caller = staff


def caller() -> StaffMember:
    """Whose verified token came with the call being answered."""
    return cast(StaffMember, g.caller)


def remember_log_reader(person: StaffMember | PatientHolder) -> None:
    """Keep who reads the log until the answer is sent."""
    g.log_reader = person


def log_reader() -> StaffMember | PatientHolder:
    """The DPO or the patient whose verified token came with the call being answered."""
    return cast("StaffMember | PatientHolder", g.log_reader)
