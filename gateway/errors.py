"""Everything that can go wrong, drawn once. No HTTP here: `web/problems.py` and `api/problems.py` map it to people.

A message is for the log and for developers: it never holds an INS, a name, a token or the content of a document.
What a person reads is chosen by `code`, in their language, by the door they came through.
"""

from dataclasses import dataclass


class GatewayError(Exception):
    """Base of every error the gateway raises on purpose. `code` is stable and names the message shown to people."""

    code = "unexpected"


# --- the question was wrong: the caller can mend it ---------------------------------------------------------------


class InvalidRequest(GatewayError):
    """The request cannot be understood; `field` names the part at fault (never its value)."""

    code = "invalid-request"

    def __init__(self, message: str, *, field: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        if code is not None:
            self.code = code


class InvalidIns(InvalidRequest):
    """A matricule INS of the wrong length, alphabet, key or OID. `code` is one of `ins-length`, `ins-characters`,
    `ins-key`, `ins-oid-unknown`, `ins-oid-forbidden`."""

    code = "ins-key"


class InvalidReason(InvalidRequest):
    """An emergency access without a reason, with an unknown one, or with `other` and too short a text."""

    code = "reason-required"


class RequestTooLarge(InvalidRequest):
    """The body exceeds the configured limit."""

    code = "too-large"


class RequestIdReused(InvalidRequest):
    """The same request id came again with another content: nothing was opened."""

    code = "request-id-reused"


# --- the caller is not, or no longer, who they must be ------------------------------------------------------------


class NotSignedIn(GatewayError):
    """No valid session or bearer token: sign in (again)."""

    code = "not-signed-in"


class NotAllowed(GatewayError):
    """Signed in, but this page or action is not for this person."""

    code = "not-allowed"


class LogNotForYou(NotAllowed):
    """The log is read by the DPO, and by each patient about themselves."""

    code = "log-not-allowed"


class ReceiptRefused(NotAllowed):
    """A delivery receipt without a fresh signature of the provider's: nothing was believed."""

    code = "receipt-refused"


class ForgedRequest(GatewayError):
    """The CSRF token is missing or wrong: nothing was done."""

    code = "forged-request"


class SignInRefused(GatewayError):
    """The identity provider's answer cannot be trusted or is not enough; `code` says which check failed."""

    code = "sign-in-refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


# --- it does not exist --------------------------------------------------------------------------------------------


class NotFound(GatewayError):
    """No such thing, or none this caller may know of."""

    code = "not-found"


class PatientUnknown(NotFound):
    """No patient answers to this identifier."""

    code = "patient-unknown"


class DocumentNotFound(NotFound):
    """No such document in this dossier."""

    code = "document-not-found"


class AccessNotOpen(GatewayError):
    """The access has expired or was ended: it never opens again, a new one must be asked for."""

    code = "access-not-open"


# --- the rules' life: a step that must not be taken ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One thing that stands in the way. `code` is stable; `fr` and `en` are one sentence each for people, with what to
    do next. It holds nothing personal."""

    code: str
    fr: str
    en: str


class RulesRefused(GatewayError):
    """A step in the life of the rules is refused; `hindrances` says everything that stands in its way at once."""

    code = "rules-refused"

    def __init__(self, hindrances: tuple[Hindrance, ...]) -> None:
        super().__init__("; ".join(hindrance.en for hindrance in hindrances))
        self.hindrances = hindrances


# --- something we need does not answer ----------------------------------------------------------------------------


class Unavailable(GatewayError):
    """Something the gateway needs is out of reach; trying again later can succeed."""

    code = "unavailable"


class RecordUnavailable(Unavailable):
    """The entry could not be made durable, so nothing was opened (no entry, no data)."""

    code = "record-unavailable"


class DossierUnavailable(Unavailable):
    """The dossier store did not answer in time."""

    code = "dossier-unavailable"


class IdentityProviderUnavailable(Unavailable):
    """The identity provider did not answer in time, or not in a way that can be used."""

    code = "identity-provider-unavailable"


class DocumentUnreadable(GatewayError):
    """A document is not what it says it is: cut, hostile or in no known format. It stays downloadable."""

    code = "document-unreadable"


class DeliveryFailed(GatewayError):
    """A channel could not deliver a notice. `permanent` says whether trying again can help; `perhaps_sent` that the
    carrier was given the whole message and its answer never came: it may have taken it."""

    code = "delivery-failed"

    def __init__(self, message: str, *, permanent: bool, perhaps_sent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.perhaps_sent = perhaps_sent


# --- the hospital must mend its installation ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One mistake in the configuration: the dotted key, and what to do."""

    key: str
    message: str


class ConfigurationError(GatewayError):
    """The configuration cannot be used; `faults` lists every mistake at once."""

    code = "configuration"

    def __init__(self, faults: tuple[SettingFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.key}: {fault.message}" for fault in faults))
        self.faults = faults
