"""Who may enter a call: declared once on each view, enforced once before any of them runs, by bearer token alone.

A view without a declaration is refused to everyone, so that forgetting one never opens a call.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import current_app, request
from werkzeug.exceptions import MethodNotAllowed

from gateway.api.parts import gateway, remember_caller, remember_log_reader
from gateway.api.strict_json import UNWANTED_CHARACTERS, refuse_too_large
from gateway.errors import InvalidRequest, LogNotForYou, NotAllowed, NotSignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember

_ATTRIBUTE = "entrance"
# A period has two ends: FHIR writes them as the same parameter twice.
REPEATABLE = frozenset({"date"})
View = TypeVar("View", bound=Callable[..., object])


class Entrance(StrEnum):
    """`ANYONE` needs no token: descriptions only. `TOKEN` is any verified caller, because the rules decide and the
    refusal must be recorded. `STAFF_TOKEN` is a person of the role `staff`, or the hospital's own software.
    `LOG_READER` is the DPO, or a patient by a token of the patients' provider, accepted nowhere else. `SIGNED` needs a
    signature over the body, which the use case behind it judges: no token, no cookie."""

    ANYONE = "anyone"
    TOKEN = "token"  # noqa: S105
    STAFF_TOKEN = "staff_token"  # noqa: S105
    LOG_READER = "log_reader"
    SIGNED = "signed"


def entrance(kind: Entrance) -> Callable[[View], View]:
    """Declare who may enter the decorated view."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, kind)
        return view

    return declare


def entrance_of(view: object) -> Entrance | None:
    """What the view declared, or None."""
    kind = getattr(view, _ATTRIBUTE, None)
    return kind if isinstance(kind, Entrance) else None


def guard() -> None:
    """Before each request: refuse what is too large, ambiguous or not for this caller.

    Raises `RequestTooLarge`, `InvalidRequest`, `NotSignedIn`, `NotAllowed`, `IdentityProviderUnavailable`.
    """
    refuse_too_large(request, gateway().settings.server.max_body_bytes)
    if request.endpoint is None or request.method == "OPTIONS":
        return  # 404 and 405 say nothing of anyone; OPTIONS lists methods
    kind = entrance_of(current_app.view_functions.get(request.endpoint))
    if kind is Entrance.ANYONE or kind is Entrance.SIGNED:
        return
    if request.method == "HEAD":
        # A read of the dossier that delivers nothing would be recorded as an opened document.
        raise MethodNotAllowed(valid_methods=["GET", "OPTIONS"])
    if kind is None:
        raise NotAllowed("the view declares no entrance")
    if "Cookie" in request.headers:
        raise InvalidRequest("cookies are refused here", field="Cookie", code="cookies-refused")
    authorization = request.headers.get("Authorization", "")
    if kind is Entrance.LOG_READER:
        remember_log_reader(_log_reader(authorization))
        _refuse_ambiguous_query(repeatable=REPEATABLE)
        return
    staff = gateway().bearer.verify(authorization)
    if kind is Entrance.STAFF_TOKEN and staff.named and "staff" not in staff.roles:
        raise NotAllowed("the call is for another role")
    remember_caller(staff)
    _refuse_ambiguous_query()


def _log_reader(authorization: str) -> StaffMember | PatientHolder:
    """The DPO by the hospital's provider, else a patient by theirs."""
    try:
        staff = gateway().bearer.verify(authorization)
    except NotSignedIn:
        patients = gateway().patient_bearer
        if patients is None:
            raise
        return patients.verify(authorization)
    if not staff.named or "dpo" not in staff.roles:
        raise LogNotForYou("the log is for the DPO, and for each patient about themselves")
    return staff


def _refuse_ambiguous_query(repeatable: frozenset[str] = frozenset()) -> None:
    for name, values in request.args.lists():
        if len(values) > (2 if name in repeatable else 1):
            raise InvalidRequest("a parameter is given twice", field=name, code="duplicate-member")
        if UNWANTED_CHARACTERS.search(name) or any(UNWANTED_CHARACTERS.search(value) for value in values):
            raise InvalidRequest("a parameter holds control characters", code="unwanted-characters")
