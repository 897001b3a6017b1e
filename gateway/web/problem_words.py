"""The one table from an error's stable code to a page's words: a status, what happened, and what to do next.

A code without a line of its own takes its class's.
"""

from dataclasses import dataclass

from gateway.errors import (
    AccessNotOpen,
    GatewayError,
    InvalidRequest,
    NotAllowed,
    NotFound,
    SignInRefused,
    Unavailable,
)
from gateway.web.language import later


@dataclass(frozen=True, slots=True)
class Problem:
    """An HTTP status, a title, and what to do next (in French; translated where it is shown)."""

    status: int
    title: str
    advice: str


UNEXPECTED = Problem(
    500,
    later("Quelque chose n'a pas fonctionné"),
    later(
        "Rien n'a été perdu. Réessayez ; si cela recommence, donnez la référence ci-dessous au support informatique."
    ),
)
NOT_FOUND = Problem(404, later("Cette page n'existe pas"), later("Reprenez depuis la liste des patients."))

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
    "not-found": NOT_FOUND,
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
        422, later("Précisez le motif"), later("Ce motif se précise par écrit : ce qui est écrit est trop court.")
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
    "review-own": Problem(
        403,
        later("C'est votre propre accès"),
        later("Nul ne relit son propre accès : un autre relecteur doit en décider."),
    ),
    "review-second": Problem(
        403,
        later("La seconde lecture revient à une autre personne"),
        later("Vous avez déjà jugé ce cas, qui est de votre service : un autre relecteur doit en décider."),
    ),
    "review-state": Problem(
        409,
        later("Ce cas a changé entre-temps"),
        later("Quelqu'un a été plus rapide, ou le délai est passé. Relisez le cas avant d'en décider."),
    ),
    "review-words": Problem(422, later("Dites-le en quelques mots"), later("Il faut au moins 10 caractères.")),
    "review-words-too-long": Problem(
        422, later("Le texte est trop long"), later("Écrivez-le en 2 000 caractères au plus.")
    ),
    "review-decision": Problem(422, later("Choisissez une décision"), later("Justifié, à expliquer ou injustifié.")),
    "contest-too-many": Problem(
        409, later("Cet accès est déjà contesté"), later("L'hôpital y répond ; appelez-le pour en dire plus.")
    ),
    "desk-phone": Problem(
        403,
        later("Le numéro connu de l'hôpital n'est pas sûr pour cette personne"),
        later("Quelqu'un d'autre peut répondre. Recevez-la à l'accueil. Ne dites pas pourquoi au téléphone."),
    ),
    "unsafe-none": Problem(
        422,
        later("Cochez au moins une adresse"),
        later("Cochez ce que quelqu'un d'autre peut lire ou entendre."),
    ),
    "desk-speaker": Problem(
        403,
        later("Cette personne n'est pas enregistrée comme représentant légal"),
        later("Faites d'abord enregistrer son lien avec le patient par les admissions, avec un justificatif."),
    ),
    "desk-minor": Problem(
        403,
        later("Un mineur demande pour lui-même à l'accueil, en personne"),
        later(
            "Au téléphone, rien n'est cherché pour lui : ses parents savent tout ce qu'on y demande. "
            "Proposez-lui de venir, avec une pièce d'identité ou sa carte Vitale."
        ),
    ),
    "desk-check": Problem(
        403,
        later("Une identité dite au téléphone ne suffit pas"),
        later("Rappelez la personne au numéro connu de l'hôpital, ou recevez-la à l'accueil, puis recommencez."),
    ),
    "desk-visit": Problem(
        422,
        later("La demande n'est pas commencée"),
        later("Cherchez d'abord le patient, puis dites qui demande et comment son identité est vérifiée."),
    ),
    "desk-answers": Problem(
        422, later("Il manque une réponse"), later("Choisissez ce qui ne va pas, et comment répondre.")
    ),
    "notice-channel": Problem(
        422, later("L'hôpital n'a pas ce moyen de prévenir"), later("Choisissez-en un autre dans la liste.")
    ),
    "period": Problem(
        422,
        later("Cette période ne se comprend pas"),
        later("Donnez un premier et un dernier jour, à un an au plus l'un de l'autre."),
    ),
    "erasure-ipp": Problem(
        422, later("Ce n'est pas un numéro de patient"), later("Donnez l'IPP : des chiffres, des lettres, des tirets.")
    ),
    "erasure-reason": Problem(422, later("Dites pourquoi"), later("Choisissez l'une des trois raisons.")),
    "erasure-month": Problem(
        422, later("Ce mois ne se comprend pas"), later("Écrivez-le ainsi : 2026-11. Il ne peut pas être à venir.")
    ),
    "erasure-own": Problem(
        403, later("C'est votre propre ordre"), later("Une autre personne doit le confirmer ; vous pouvez le retirer.")
    ),
    "erasure-settled": Problem(
        409, later("Cet ordre est déjà réglé"), later("Quelqu'un l'a confirmé ou écarté : revoyez la liste.")
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
    (NotFound, NOT_FOUND),
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
# What the web server itself answers, before any page is reached.
BY_STATUS = {
    404: NOT_FOUND,
    405: Problem(405, later("Cette page ne s'ouvre pas ainsi"), later("Reprenez depuis la liste des patients.")),
    413: _BY_CODE["too-large"],
    400: Problem(400, later("Cette demande n'a pas été comprise"), later("Revenez en arrière et recommencez.")),
}
FORM_TOO_LATE = Problem(
    403,
    later("Cette page était ouverte depuis trop longtemps"),
    later("Par sécurité, rien n'a été envoyé. Ce que vous aviez saisi est gardé : il suffit de réessayer."),
)


def problem_of(error: GatewayError) -> Problem:
    """The words for an error."""
    known = _BY_CODE.get(error.code)
    if known is not None:
        return known
    return next((problem for kind, problem in _BY_CLASS if isinstance(error, kind)), UNEXPECTED)
