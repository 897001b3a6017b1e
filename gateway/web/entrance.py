"""Who may enter a page: declared once on each view, enforced once before any of them runs.

A view without a declaration is refused to everyone, so that forgetting one never opens a page.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import current_app, request

from gateway.errors import NotAllowed, NotFound, NotSignedIn
from gateway.web.session import signed_in_patient, signed_in_staff

_ATTRIBUTE = "entrance"
View = TypeVar("View", bound=Callable[..., object])


class Entrance(StrEnum):
    """The kinds of people a page may be for. `STAFF`, `IT` and `DPO` are the roles the hospital's provider gives."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"  # any member of the hospital's provider, whatever the role
    STAFF = "staff"
    IT = "it"
    DPO = "dpo"
    RULES = "rules"  # hospital IT, and the privacy officer who looks on and agrees to guardrails
    DESK = "desk"  # who records for people without digital means: the desk's staff, and the privacy officer
    NOTICES = "notices"  # who minds the notices owed to patients: hospital IT, the privacy officer, the desk
    PATIENT = "patient"


_ROLES = {
    Entrance.STAFF: frozenset({"staff"}),
    Entrance.IT: frozenset({"it"}),
    Entrance.DPO: frozenset({"dpo"}),
    Entrance.RULES: frozenset({"it", "dpo"}),
    Entrance.DESK: frozenset({"desk", "dpo"}),
    Entrance.NOTICES: frozenset({"it", "dpo", "desk"}),
}


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
    """Before each request: let in the people the view is for. Raises `NotSignedIn` or `NotAllowed`."""
    if request.endpoint is None:
        return  # no such page: the answer is 404 for everyone
    if not request.path.isprintable():
        raise NotFound("no identifier holds control characters, nor would PostgreSQL")
    kind = entrance_of(current_app.view_functions.get(request.endpoint))
    if kind is Entrance.ANYONE:
        return
    if kind is Entrance.PATIENT:
        if signed_in_patient() is None:
            raise NotSignedIn("no patient session")
        return
    if kind is None:
        raise NotAllowed("the view declares no entrance")
    staff = signed_in_staff()
    if staff is None:
        raise NotSignedIn("no staff session")
    roles = _ROLES.get(kind)
    if roles is not None and not roles & staff.roles:
        raise NotAllowed("the page is for another role")
