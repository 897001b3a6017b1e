"""Who is at the desk and how that was checked: asked first, then carried by every page of the visit."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Flask, request
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.portal.desk import DeskVisit, IdentityCheck
from gateway.portal.standing import Side
from gateway.web.language import _, later

CHECKS: Mapping[str, str] = {
    IdentityCheck.ID_DOCUMENT: later("À l'accueil : pièce d'identité avec photo"),
    IdentityCheck.HEALTH_CARD: later("À l'accueil : carte Vitale ou son application, avec photo"),
    IdentityCheck.CALLED_BACK: later("Au téléphone : rappelé au numéro connu de l'hôpital"),
    IdentityCheck.TRAITS_TOLD: later("Au téléphone : naissance, adresse et dernière venue dites sans erreur"),
}
SIDES: Mapping[str, str] = {
    Side.HOLDER: later("Le patient lui-même"),
    Side.REPRESENTATIVE: later("Son représentant légal (parent, tuteur)"),
}
_TABLES = {"check": CHECKS, "side": SIDES}


def add_words(app: Flask) -> None:
    """The filters of the templates."""
    app.jinja_env.filters["desk"] = _word
    app.jinja_env.filters["desk_side"] = side_of


def visit_of(patient_id: str) -> DeskVisit | None:
    """The visit the form or the address tells of; None until both questions are answered."""
    side, _dot, speaker = request.values.get("side", "").partition(".")
    check = request.values.get("check", "")
    if side not in SIDES or check not in CHECKS or (side == Side.REPRESENTATIVE) is not bool(speaker):
        return None
    return DeskVisit(patient_id=patient_id, check=IdentityCheck(check), side=Side(side), speaker=speaker[:36])


def side_of(visit: DeskVisit) -> str:
    """How forms and addresses carry who speaks: `holder`, or `representative.` and the id of the contact."""
    return f"{visit.side.value}.{visit.speaker}" if visit.speaker else visit.side.value


def address(visit: DeskVisit, path: str = "", **more: str) -> str:
    """A page of this visit. Codes and opaque ids alone."""
    query = urlencode({"side": side_of(visit), "check": visit.check.value, **more})
    return f"/desk/patients/{visit.patient_id}{path}?{query}"


@pass_context
def _word(_context: Context, code: object, table: str) -> str:
    return _(_TABLES[table][str(code)])
