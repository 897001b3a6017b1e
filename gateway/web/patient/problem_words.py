"""What went wrong, as a patient reads it: the same codes as everybody's, in words for everybody."""

from gateway.web.language import later
from gateway.web.problem_words import Problem

_CALL = later("Réessayez dans un instant. Rien n'a été perdu. Si cela recommence, appelez-nous.")
_AGAIN = later("Le service de connexion a mal répondu. Recommencez. Si cela recommence, appelez-nous.")
_BY_CODE = {
    "proof-refused": Problem(
        403,
        later("La date et le code ne vont pas ensemble"),
        later(
            "Vérifiez le code de votre message et votre date de naissance. "
            "Après cinq erreurs, attendez un quart d'heure ou appelez-nous."
        ),
    ),
    "contest-too-many": Problem(
        409,
        later("Vous avez déjà beaucoup écrit sur cet accès"),
        later("L'hôpital va vous répondre. Pour en dire plus, appelez-nous."),
    ),
    "review-words-too-long": Problem(
        422, later("Votre texte est trop long"), later("Écrivez 2 000 caractères au plus.")
    ),
    "sign-in-identity": Problem(
        403,
        later("Votre identité n'est pas complète"),
        later("Le service de connexion ne nous a pas tout dit. Appelez-nous : nous ferons autrement."),
    ),
    "sign-in-denied": Problem(
        403, later("Vous n'êtes pas connecté"), later("La connexion s'est arrêtée. Vous pouvez recommencer.")
    ),
    "sign-in-expired": Problem(
        403, later("Vous n'êtes pas connecté"), later("La connexion a pris trop de temps. Vous pouvez recommencer.")
    ),
    "sign-in-two-factors": Problem(
        403,
        later("Ce compte n'est pas assez sûr"),
        later("Recommencez avec un compte plus sûr, comme France Identité. Ou appelez-nous."),
    ),
    "sign-in-token": Problem(403, later("Vous n'êtes pas connecté"), _AGAIN),
    "sign-in-issuer": Problem(403, later("Vous n'êtes pas connecté"), _AGAIN),
    "sign-in-state": Problem(
        403, later("Vous n'êtes pas connecté"), later("La connexion s'est arrêtée. Vous pouvez recommencer.")
    ),
}
_BY_STATUS = {
    403: Problem(403, later("Cette page n'est pas pour vous"), later("Revenez au début. Ou appelez-nous.")),
    404: Problem(404, later("Cette page n'existe pas"), later("Revenez au début. Ou appelez-nous.")),
    405: Problem(405, later("Cette page n'existe pas"), later("Revenez au début. Ou appelez-nous.")),
    409: Problem(409, later("Quelque chose a changé"), later("Revenez au début et regardez de nouveau.")),
    413: Problem(413, later("C'est trop long"), later("Revenez en arrière. Écrivez un texte plus court.")),
    422: Problem(422, later("Nous n'avons pas compris"), later("Revenez en arrière et recommencez.")),
}
_LATE = Problem(
    403,
    later("Cette page était ouverte depuis longtemps"),
    later("Rien n'a été envoyé. Ce que vous avez écrit est gardé. Appuyez sur le bouton pour l'envoyer."),
)


def problem_for_patient(problem: Problem, code: str = "", *, late_form: bool = False) -> Problem:
    """The words of a problem for a patient: its code's, else its status's; never whose fault it is."""
    if late_form:
        return _LATE
    known = _BY_CODE.get(code) or _BY_STATUS.get(problem.status)
    return known or Problem(problem.status, later("Cela n'a pas marché"), _CALL)
