"""Every error as a page: what happened, what to do next, and a reference; never what the gateway knows.

This is the one table from an error's stable code to words. A code without a line of its own takes its class's.
"""

from dataclasses import dataclass

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from gateway.errors import (
    AccessNotOpen,
    ForgedRequest,
    GatewayError,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SignInRefused,
    Unavailable,
)
from gateway.web.csrf import FIELD
from gateway.web.language import _, later
from gateway.web.parts import gateway
from gateway.web.sign_in import send_to_sign_in

# What may be typed again after a form came too late: never more than a form of ours holds.
_MOST_FIELDS = 20
_LONGEST_FIELD = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """An HTTP status, a title, and what to do next (in French; translated where it is shown)."""

    status: int
    title: str
    advice: str


_UNEXPECTED = Problem(
    500,
    later("Quelque chose n'a pas fonctionné"),
    later(
        "Rien n'a été perdu. Réessayez ; si cela recommence, donnez la référence ci-dessous au support informatique."
    ),
)
_NOT_FOUND = Problem(404, later("Cette page n'existe pas"), later("Reprenez depuis la liste des patients."))

_BY_CODE = {
    "access-not-open": Problem(
        403,
        later("Cet accès est terminé"),
        later("Le dossier n'est plus ouvert. Si le soin continue, demandez un nouvel accès."),
    ),
    "not-allowed": Problem(
        403,
        later("Cette page ne vous est pas ouverte"),
        later("Si votre travail le demande, adressez-vous à l'informatique de l'hôpital."),
    ),
    "not-found": _NOT_FOUND,
    "patient-unknown": Problem(
        404,
        later("Aucun patient ne correspond"),
        later("Vérifiez l'identité sur le bracelet, ou cherchez par nom, prénom et date de naissance."),
    ),
    "document-not-found": Problem(
        404, later("Ce document n'est pas disponible"), later("Revenez à la liste des documents.")
    ),
    "document-unreadable": Problem(
        422,
        later("Ce document ne peut pas être affiché"),
        later("Vous pouvez télécharger l'original et l'ouvrir avec un autre logiciel."),
    ),
    "ins-length": Problem(
        422,
        later("Un matricule INS compte 15 caractères"),
        later("Relisez-le, clé comprise, puis cherchez de nouveau."),
    ),
    "ins-characters": Problem(
        422,
        later("Un matricule INS ne contient que des chiffres, ou 2A et 2B"),
        later("Relisez-le, puis cherchez de nouveau."),
    ),
    "ins-key": Problem(
        422,
        later("La clé du matricule INS ne correspond pas"),
        later("Un chiffre est sans doute faux. Relisez-le, ou scannez le bracelet."),
    ),
    "ins-oid-unknown": Problem(
        422,
        later("Ce code ne porte pas un matricule INS reconnu"),
        later("Cherchez par IPP, ou par nom, prénom et date de naissance."),
    ),
    "ins-oid-forbidden": Problem(
        422,
        later("Ce type de matricule INS n'est pas accepté ici"),
        later("Un matricule de test n'ouvre rien en production, ni un vrai en démonstration."),
    ),
    "reason-required": Problem(422, later("Choisissez un motif"), later("Aucun motif n'est coché : choisissez-en un.")),
    "reason-unknown": Problem(422, later("Ce motif n'existe pas"), later("Choisissez un motif de la liste.")),
    "reason-text-required": Problem(
        422, later("Précisez le motif"), later("Écrivez le motif en 10 caractères au moins.")
    ),
    "reason-text-too-long": Problem(
        422, later("Le motif est trop long"), later("Écrivez le motif en 500 caractères au plus.")
    ),
    "request-id-reused": Problem(
        409,
        later("Cette demande a déjà été envoyée"),
        later("Rien d'autre n'a été ouvert. Revenez au patient pour faire une nouvelle demande."),
    ),
    "too-large": Problem(413, later("C'est trop long"), later("Raccourcissez ce que vous avez saisi.")),
    "proof-refused": Problem(
        403,
        later("La date et le code ne correspondent pas"),
        later("Vérifiez le code du message reçu et votre date de naissance."),
    ),
    "proof-locked": Problem(
        429,
        later("Trop d'essais"),
        later("Attendez quinze minutes, ou appelez le numéro de l'hôpital indiqué dans le message."),
    ),
    "record-unavailable": Problem(
        503,
        later("L'accès n'a pas pu être enregistré : rien n'a été ouvert"),
        later("Réessayez maintenant. Si cela dure, appliquez la procédure dégradée et prévenez l'informatique."),
    ),
    "dossier-unavailable": Problem(
        503,
        later("Le dossier partagé ne répond pas"),
        later("Réessayez. L'accès reste ouvert ; le dossier de l'hôpital, lui, reste consultable."),
    ),
    "identity-provider-unavailable": Problem(
        503,
        later("La connexion de l'hôpital ne répond pas"),
        later("Réessayez dans un instant. Si cela dure, appliquez la procédure dégradée."),
    ),
    "sign-in-denied": Problem(
        403, later("La connexion a été abandonnée"), later("Vous pouvez vous connecter de nouveau.")
    ),
    "sign-in-expired": Problem(
        403, later("La connexion a pris trop de temps"), later("Connectez-vous de nouveau : c'est sans risque.")
    ),
    "sign-in-state": Problem(
        403,
        later("Cette connexion n'a pas été commencée ici"),
        later("Connectez-vous de nouveau depuis cette page."),
    ),
    "sign-in-two-factors": Problem(
        403,
        later("Un second facteur est nécessaire"),
        later("Connectez-vous avec votre mot de passe et votre second facteur (code, clé, badge)."),
    ),
    "sign-in-profession": Problem(
        403,
        later("Votre profession n'est pas connue"),
        later("Votre compte doit porter votre profession : adressez-vous à l'informatique de l'hôpital."),
    ),
    "sign-in-establishment": Problem(
        403,
        later("Votre établissement n'est pas autorisé ici"),
        later("Votre compte doit porter le numéro FINESS de cet établissement : voyez l'informatique de l'hôpital."),
    ),
    "sign-in-identity": Problem(
        403,
        later("Votre identité n'est pas complète"),
        later("Il manque votre nom, votre prénom ou votre date de naissance dans la réponse du service de connexion."),
    ),
}

_BY_CLASS: tuple[tuple[type[GatewayError], Problem], ...] = (
    (AccessNotOpen, _BY_CODE["access-not-open"]),
    (NotAllowed, _BY_CODE["not-allowed"]),
    (NotFound, _NOT_FOUND),
    (
        SignInRefused,
        Problem(
            403,
            later("La connexion a été refusée"),
            later("Connectez-vous de nouveau ; si cela recommence, donnez la référence à l'informatique."),
        ),
    ),
    (
        Unavailable,
        Problem(503, later("Un service ne répond pas"), later("Rien n'a été perdu. Réessayez dans un instant.")),
    ),
    (
        InvalidRequest,
        Problem(422, later("Cette demande n'a pas été comprise"), later("Revenez en arrière et corrigez la saisie.")),
    ),
)
_BY_STATUS = {
    404: _NOT_FOUND,
    405: Problem(405, later("Cette page ne s'ouvre pas ainsi"), later("Reprenez depuis la liste des patients.")),
    413: _BY_CODE["too-large"],
    400: Problem(400, later("Cette demande n'a pas été comprise"), later("Revenez en arrière et recommencez.")),
}
_FORGED = Problem(
    403,
    later("Cette page était ouverte depuis trop longtemps"),
    later("Par sécurité, rien n'a été envoyé. Ce que vous aviez saisi est gardé : il suffit de réessayer."),
)


def problem_of(error: GatewayError) -> Problem:
    """The words for an error."""
    known = _BY_CODE.get(error.code)
    if known is not None:
        return known
    return next((problem for kind, problem in _BY_CLASS if isinstance(error, kind)), _UNEXPECTED)


def problem_page(problem: Problem, **more: object) -> ResponseReturnValue:
    """The page of a problem, with a reference that the technical log holds too."""
    reference = gateway().world.new_id()[:8]
    log = structlog.get_logger("gateway.web")
    log.info("problem", status=problem.status, reference=reference, endpoint=request.endpoint)
    return render_template("problem.html", problem=problem, reference=reference, **more), problem.status


def add_problems(app: Flask) -> None:
    """Answer every error with a page."""
    app.register_error_handler(NotSignedIn, lambda _error: send_to_sign_in())
    app.register_error_handler(ForgedRequest, lambda _error: _retry_page())
    app.register_error_handler(GatewayError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _known(error: GatewayError) -> ResponseReturnValue:
    return problem_page(problem_of(error), code=error.code)


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, RequestEntityTooLarge):
        return problem_page(_BY_STATUS[413])
    return problem_page(_BY_STATUS.get(error.code or 500, _UNEXPECTED if (error.code or 500) >= 500 else _NOT_FOUND))


def _unknown(error: Exception) -> ResponseReturnValue:
    reference = gateway().world.new_id()[:8]
    # The kind of the error and where it arose, never its text, which may quote what a person typed.
    log = structlog.get_logger("gateway.web")
    log.error("unexpected error", kind=type(error).__name__, at=_place(error), reference=reference)
    return render_template("problem.html", problem=_UNEXPECTED, reference=reference), 500


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def _retry_page() -> ResponseReturnValue:
    """The form again, with what was typed and a new token; sent only when the person says so."""
    sent_here = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    fields = [
        (name, value)
        for name, value in list(request.form.items(multi=True))[:_MOST_FIELDS]
        if name != FIELD and len(value) <= _LONGEST_FIELD
    ]
    return problem_page(_FORGED, retry_fields=fields if sent_here else None)


def sentence_of(error: GatewayError) -> str:
    """One sentence for a message beside a field."""
    problem = problem_of(error)
    return f"{_(problem.title)}. {_(problem.advice)}"
