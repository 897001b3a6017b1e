"""What the pages call in the rest of the gateway. The assembled gateway fits these shapes; so does the tests' own.

Values that the use cases build from the dossier (`Any` below) are read by the templates, never computed with here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol, cast

from flask import current_app

from gateway.access.outcome import Access, Outcome, Refused
from gateway.access.request import AccessRequest
from gateway.identity.sessions import LiveSession, NewSession
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.patients.patient import PatientRecord
from gateway.settings import Settings
from gateway.world import World

EXTENSION = "gateway"


class SignIn(Protocol):
    """One of our clients at an OpenID provider (`gateway.identity.sign_in`)."""

    def begin(self, *, browser_token: str, return_to: str) -> str:
        """The address at the provider to send the browser to."""
        ...

    def finish(self, *, browser_token: str, query: Mapping[str, str]) -> SignedIn:
        """Who came back. Raises `SignInRefused`."""
        ...

    def logout_url(self, session: LiveSession) -> str | None:
        """Where the provider's own session ends."""
        ...


class Sessions(Protocol):
    """Our own sessions (`gateway.identity.sessions`)."""

    def open(self, signed_in: SignedIn, device_token: str) -> NewSession:
        """Begin one; any other on this device ends."""
        ...

    def find(self, token: str) -> LiveSession | None:
        """The live one of this cookie."""
        ...

    def end(self, token: str) -> bool:
        """End the one of this cookie."""
        ...


class SearchResult(Protocol):
    """Who answers to what was typed; never more than twenty."""

    @property
    def patients(self) -> tuple[PatientRecord, ...]:
        """Ready to show."""
        ...

    @property
    def more(self) -> bool:
        """Cut short."""
        ...

    @property
    def understood_as(self) -> str:
        """`ins`, `ipp`, `datamatrix` or `traits`."""
        ...


class EdPatient(Protocol):
    """A patient present in the emergency department now."""

    @property
    def patient(self) -> PatientRecord:
        """Who."""
        ...

    @property
    def box(self) -> str:
        """Where."""
        ...

    @property
    def motive(self) -> str:
        """What brought them, as the admission says."""
        ...

    @property
    def admitted_at(self) -> int:
        """Since when, epoch ms."""
        ...

    @property
    def access_open(self) -> bool:
        """This person has the dossier open already."""
        ...


class Finding(Protocol):
    """Finding the patient; every search is recorded."""

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        """From what one field holds. Raises `InvalidRequest`."""
        ...

    def ed_list(self, staff: StaffMember) -> tuple[EdPatient, ...]:
        """Newest first."""
        ...

    def patient(self, staff: StaffMember, patient_id: str) -> PatientRecord:
        """One. Raises `NotFound`."""
        ...


class Preview(Protocol):
    """Which doors exist for this person and this patient now."""

    patient: PatientRecord
    open_access_id: str | None
    normal_without_asking: bool
    normal_with_consent: bool
    break_glass: bool
    centre_15: bool
    rules: tuple[Any, ...]
    emergency_rules: tuple[Any, ...]
    possible: tuple[str, ...]
    medecin_traitant_phone: str
    trusted_person: str
    reasons: tuple[Any, ...]


class Opening(Protocol):
    """Opening the dossier."""

    def preview(self, staff: StaffMember, patient_id: str) -> Preview:
        """Asks the rules, opens nothing."""
        ...

    def open_dossier(self, staff: StaffMember, request: AccessRequest) -> Outcome:
        """Granted or refused, recorded either way. Raises `RecordUnavailable` and others."""
        ...


class Continuing(Protocol):
    """An access after its opening."""

    def current(self, staff: StaffMember, access_id: str) -> Access:
        """Also when it is over. Raises `NotFound`."""
        ...

    def extend(self, staff: StaffMember, access_id: str) -> Access | Refused:
        """A new window, if the rules allow."""
        ...

    def end(self, staff: StaffMember, access_id: str) -> Access:
        """Over now."""
        ...


class Delivery(Protocol):
    """Bytes on their way; `chunks` must be consumed whole."""

    @property
    def reference(self) -> Any:
        """The document's reference."""
        ...

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

    def list_documents(self, staff: StaffMember, access_id: str, *, everything: bool = False) -> Any:
        """Current documents of two years, or all."""
        ...

    def summary(self, staff: StaffMember, access_id: str) -> Any:
        """The emergency summary."""
        ...

    def open_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        """Byte for byte."""
        ...

    def readable_document(self, staff: StaffMember, access_id: str, document_id: str) -> Any:
        """As a safe fragment of HTML."""
        ...

    def embedded_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        """The PDF inside a CDA."""
        ...


class Announcing(Protocol):
    """What patients see."""

    def reveal(self, code: str, birth_date_iso: str) -> Any:
        """On proof by birth date. Raises `GatewayError` (`proof-refused`, `proof-locked`)."""
        ...

    def reveal_to(self, holder: PatientHolder, code: str) -> Any:
        """On proof by sign-in."""
        ...

    def accesses_of(self, holder: PatientHolder) -> tuple[Any, ...]:
        """Newest first."""
        ...

    def receipt(self, code: str, birth_date_iso: str) -> Mapping[str, object]:
        """The audit receipt."""
        ...

    def receipt_to(self, holder: PatientHolder, access_id: str) -> Mapping[str, object]:
        """The audit receipt."""
        ...


class Watching(Protocol):
    """What hospital IT and the DPO see."""

    def latest_accesses(self, staff: StaffMember, limit: int = 100) -> tuple[Any, ...]:
        """Newest first."""
        ...

    def policy(self) -> Any:
        """The version that decides."""
        ...

    def alerts(self) -> tuple[Any, ...]:
        """What needs a person."""
        ...


class Health(Protocol):
    """Whether it works."""

    def live(self) -> bool:
        """The process answers."""
        ...

    def ready(self) -> Any:
        """Each thing it needs."""
        ...


class Gateway(Protocol):
    """The assembled gateway."""

    @property
    def settings(self) -> Settings:
        """The configuration."""
        ...

    @property
    def world(self) -> World:
        """Clock and dice."""
        ...

    @property
    def sign_in(self) -> SignIn:
        """The hospital's provider."""
        ...

    @property
    def patient_sign_in(self) -> SignIn | None:
        """The patients' provider."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
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

    @property
    def announcing(self) -> Announcing:
        """Use cases."""
        ...

    @property
    def watching(self) -> Watching:
        """Oversight."""
        ...

    @property
    def health(self) -> Health:
        """Oversight."""
        ...


Person = Literal["staff", "patient"]


def gateway() -> Gateway:
    """The gateway behind the page being answered."""
    return cast(Gateway, current_app.extensions[EXTENSION])
