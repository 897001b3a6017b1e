"""Who may enter a call: declared once on each view, enforced once before any of them runs, by bearer token alone.

A view without a declaration is refused to everyone, so that forgetting one never opens a call.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import current_app, request
from werkzeug.exceptions import MethodNotAllowed

from gateway.api.parts import gateway, remember_caller
from gateway.api.strict_json import UNWANTED_CHARACTERS, refuse_too_large
from gateway.errors import InvalidRequest, NotAllowed

_ATTRIBUTE = "entrance"
View = TypeVar("View", bound=Callable[..., object])


class Entrance(StrEnum):
    """`ANYONE` needs no token: descriptions only. `TOKEN` is any verified caller, because the rules decide and the
    refusal must be recorded. `STAFF_TOKEN` is a person of the role `staff`, or the hospital's own software."""

    ANYONE = "anyone"
    TOKEN = "token"  # noqa: S105
    STAFF_TOKEN = "staff_token"  # noqa: S105


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
    if kind is Entrance.ANYONE:
        return
    if request.method == "HEAD":
        # A read of the dossier that delivers nothing would be recorded as an opened document.
        raise MethodNotAllowed(valid_methods=["GET", "OPTIONS"])
    if kind is None:
        raise NotAllowed("the view declares no entrance")
    if "Cookie" in request.headers:
        raise InvalidRequest("cookies are refused here", field="Cookie", code="cookies-refused")
    staff = gateway().bearer.verify(request.headers.get("Authorization", ""))
    if kind is Entrance.STAFF_TOKEN and staff.named and "staff" not in staff.roles:
        raise NotAllowed("the call is for another role")
    remember_caller(staff)
    _refuse_ambiguous_query()


def _refuse_ambiguous_query() -> None:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest("a parameter is given twice", field=name, code="duplicate-member")
        if UNWANTED_CHARACTERS.search(values[0]) or UNWANTED_CHARACTERS.search(name):
            raise InvalidRequest("a parameter holds control characters", code="unwanted-characters")
