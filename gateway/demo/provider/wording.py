"""The words of the demo provider's pages, in French and in English."""

from collections.abc import Mapping

LANGUAGES = ("fr", "en")

WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Connexion – fournisseur d’identité de démonstration",
        "heading": "Qui se connecte ?",
        "lead": "Démonstration : ces personnes sont fictives, aucun mot de passe n’est demandé. "
        "À l’hôpital, vous verriez ici la page de connexion de votre établissement.",
        "unknown": "Cette personne ne peut pas se connecter ici : choisissez-en une dans la liste.",
        "one_factor": "Se connecter avec un seul facteur (la passerelle refusera)",
        "cancel": "Annuler",
        "signed_out_title": "Déconnexion – fournisseur d’identité de démonstration",
        "signed_out": "Vous êtes déconnecté.",
    },
    "en": {
        "title": "Sign in – demonstration identity provider",
        "heading": "Who is signing in?",
        "lead": "Demonstration: these people are fictitious and no password is asked for. "
        "At the hospital, this would be your establishment’s own sign-in page.",
        "unknown": "This person cannot sign in here: choose one from the list.",
        "one_factor": "Sign in with one factor only (the gateway will refuse)",
        "cancel": "Cancel",
        "signed_out_title": "Signed out – demonstration identity provider",
        "signed_out": "You are signed out.",
    },
}
