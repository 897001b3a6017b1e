"""The codes of audit events: DICOM (PS3.16 CID 400 to 403), HL7 and IHE BALP, each with the code system it belongs to.

`event_kind` says what each type of entry is in those terms. A type nobody has described here is a sound, plain event
all the same: it is never left out, and its own name is always a subtype.
"""

from dataclasses import dataclass
from enum import StrEnum

from audit import Entry

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
AUTHORIZATION = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a code system, as FHIR and DICOM both need it."""

    system: str
    code: str
    display: str

    def coding(self) -> dict[str, str]:
        """As a FHIR Coding."""
        return {"system": self.system, "code": self.code, "display": self.display}


class Pattern(StrEnum):
    """Which BALP pattern an event follows: a read, a query, or none of them."""

    READ = "read"
    QUERY = "query"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class EventKind:
    """What an entry is to an audit repository. `action`: C, R, U, D or E. `informs`: its person received information,
    and so is an information recipient (IRCP). `by_person`: a person did it, even if their name is erased by now."""

    type: Code
    subtypes: tuple[Code, ...]
    action: str
    pattern: Pattern = Pattern.PLAIN
    informs: bool = False
    by_person: bool = True


RESTFUL = Code(REST, "rest", "Restful Operation")
READ = Code(INTERACTION, "read", "read")
SEARCH = Code(INTERACTION, "search", "search")
ACTIVITY = Code(DICOM, "110100", "Application Activity")
LOG_USED = Code(DICOM, "110101", "Audit Log Used")
SECURITY_ALERT = Code(DICOM, "110113", "Security Alert")
AUTHENTICATION = Code(DICOM, "110114", "User Authentication")
STARTED = Code(DICOM, "110120", "Application Start")
LOGIN = Code(DICOM, "110122", "Login")
LOGOUT = Code(DICOM, "110123", "Logout")
OVERRIDE_STARTED = Code(DICOM, "110127", "Emergency Override Started")
OVERRIDE_STOPPED = Code(DICOM, "110138", "Emergency Override Stopped")
SECURITY_CONFIGURATION = Code(DICOM, "110129", "Security Configuration")
TRANSMIT = Code(LIFECYCLE, "transmit", "Transmit Record Lifecycle Event")
DESTROY = Code(LIFECYCLE, "destroy", "Destroy/Delete Record Lifecycle Event")
BY_ROLE = Code(AUTHORIZATION, "AuthZ-Role", "Authorization Decision using only Roles")

_REFUSAL = EventKind(SECURITY_ALERT, (BY_ROLE,), "E")
_DECISION = EventKind(SECURITY_ALERT, (BY_ROLE,), "E", informs=True)
_OVERRIDE = EventKind(SECURITY_ALERT, (OVERRIDE_STARTED,), "E", informs=True)
_OVERRIDE_ENDS = EventKind(SECURITY_ALERT, (OVERRIDE_STOPPED,), "E", informs=True)
_READ = EventKind(RESTFUL, (READ,), "R", Pattern.READ, informs=True)
_QUERY = EventKind(RESTFUL, (SEARCH,), "E", Pattern.QUERY, informs=True)
_DELIVERY = EventKind(TRANSMIT, (), "R", informs=True)
_NOTICE = EventKind(TRANSMIT, (), "E", by_person=False)
_LOG_READ = EventKind(LOG_USED, (), "R", informs=True)
_PLAIN = EventKind(ACTIVITY, (), "E", by_person=False)

_KINDS: dict[str, EventKind] = {
    "access.opened": _DECISION,
    "access.resumed": _DECISION,
    "access.extended": _DECISION,
    "access.ended": _DECISION,
    "access.withdrawn": _REFUSAL,
    "documents.listed": _QUERY,
    "summary.opened": _READ,
    "summary.delivered": _DELIVERY,
    "document.opened": _READ,
    "document.delivered": _DELIVERY,
    "document.failed": _DELIVERY,
    "patient.searched": _QUERY,
    "patient.ed_list": _QUERY,
    "notice.viewed": _LOG_READ,
    "history.viewed": _LOG_READ,
    "history.given": _LOG_READ,
    "history.receipt_given": _LOG_READ,
    # Nobody signed in: a code and a birth date were typed, and were wrong.
    "notice.proof_refused": EventKind(AUTHENTICATION, (LOGIN,), "E", by_person=False),
    "notice.changed": EventKind(TRANSMIT, (), "U"),
    "session.signed_in": EventKind(AUTHENTICATION, (LOGIN,), "E"),
    "session.signed_out": EventKind(AUTHENTICATION, (LOGOUT,), "E"),
    # Who it was is what could not be established.
    "session.refused": EventKind(AUTHENTICATION, (LOGIN,), "E", by_person=False),
    "policies.loaded": EventKind(SECURITY_ALERT, (SECURITY_CONFIGURATION,), "E", by_person=False),
    "record.erased": EventKind(DESTROY, (), "D", by_person=False),
}
# For the types a room adds later: what the first part of the name says.
_FAMILIES: tuple[tuple[str, EventKind], ...] = (
    ("policies.", EventKind(SECURITY_ALERT, (SECURITY_CONFIGURATION,), "U", by_person=False)),
    # What a patient chose, or the desk for them.
    ("choice.", EventKind(SECURITY_ALERT, (SECURITY_CONFIGURATION,), "U")),
    ("alert.", EventKind(SECURITY_ALERT, (SECURITY_CONFIGURATION,), "U")),
    ("desk.", _LOG_READ),
    ("log.viewed", _LOG_READ),
    ("log.", EventKind(LOG_USED, (), "E", by_person=False)),
    ("record.", EventKind(LOG_USED, (), "E", by_person=False)),
    ("review.", EventKind(LOG_USED, (), "U", by_person=False)),
    ("notice.", _NOTICE),
)
_EMERGENCIES = frozenset({"BTG", "ETREAT"})


def event_kind(entry: Entry) -> EventKind:
    """What this entry is. Only a success may claim to be a read or a query (BALP: failures are recorded differently);
    break-glass and the Centre 15's access start and stop an emergency override (DCM 110127, 110138)."""
    kind = _KINDS.get(entry.type)
    if kind is None:
        kind = next((found for start, found in _FAMILIES if entry.type.startswith(start)), _PLAIN)
    if entry.outcome == "refused" and kind.type not in (AUTHENTICATION, LOG_USED) and kind is not _NOTICE:
        return _REFUSAL
    if entry.outcome != "success" and kind.pattern is not Pattern.PLAIN:
        return _REFUSAL
    if entry.purpose in _EMERGENCIES and entry.type == "access.opened":
        return _OVERRIDE
    if entry.purpose in _EMERGENCIES and entry.type == "access.ended":
        return _OVERRIDE_ENDS
    return kind
