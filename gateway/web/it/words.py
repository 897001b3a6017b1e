"""The words of the life of the rules: states, kinds and what was just done, in the reader's language."""

from collections.abc import Mapping

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.web.language import _, later
from policies.sources import MATRIX, OBLIGATIONS, PROFESSIONS, SCHEMA, SETTINGS, UNITS, WORDS

_TABLES: Mapping[str, Mapping[str, str]] = {
    "state": {
        "staged": later("attend une approbation"),
        "approved": later("approuvée"),
        "scheduled": later("programmée"),
        "in_force": later("en vigueur"),
        "former": later("ancienne"),
    },
    "origin": {
        "folder": later("du dossier de la configuration"),
        "draft": later("d'un brouillon"),
        "release": later("complétée par une mise à jour du logiciel"),
    },
    "activation": {
        "first": later("première mise en vigueur"),
        "activate": later("activation"),
        "rollback": later("retour en arrière"),
        "release": later("mise à jour du logiciel"),
    },
    "role": {"it": later("informatique"), "dpo": later("protection des données (DPO)")},
    "draft_state": {
        "open": later("ouvert"),
        "staged": later("soumis"),
        "discarded": later("abandonné"),
    },
    "file_change": {"added": later("ajouté"), "changed": later("modifié"), "removed": later("retiré")},
    "proof": {"proved": later("prouvé"), "broken": later("contredit"), "not_proved": later("non prouvé")},
    "expectation": {
        "allow": later("réponse"),
        "rules": later("règles"),
        "obligations": later("obligations"),
        "near": later("ce qui manquait"),
    },
    "answer": {"True": later("permis"), "False": later("refusé")},
    "difference": {
        "allowed": later("nouvellement permis"),
        "refused": later("nouvellement refusé"),
        "obligations": later("autres obligations"),
        "not_proved": later("non prouvé"),
    },
    "replay": {
        "waiting": later("en attente"),
        "running": later("en cours"),
        "done": later("terminé"),
        "failed": later("échoué"),
    },
    "recipient": {"patient": later("le patient"), "medecin_traitant": later("le médecin traitant")},
    "notice_of": {
        "break_glass": later("Bris de glace"),
        "centre_15": later("SAMU-Centre 15"),
        "first_access": later("Premier accès d'un professionnel"),
        "other_access": later("Autre accès"),
    },
    "short_mode": {
        "normal": later("ordinaire"),
        "break_glass": later("bris de glace"),
        "centre_15": later("SAMU-Centre 15"),
    },
    "type_class": {
        "10": later("comptes rendus cliniques"),
        "11": later("documents de synthèse"),
        "31": later("imagerie médicale"),
        "42": later("ordonnances et prescriptions"),
        "43": later("dispensations"),
        "44": later("plans et protocoles de soins"),
        "45": later("autres documents partagés"),
        "52": later("certificats, vaccinations, TROD"),
        "60": later("données de remboursement"),
        "90": later("expression du patient"),
        "95": later("pièces administratives"),
    },
    "done": {
        "approved": later("Votre approbation est enregistrée."),
        "activated": later("Cette version est activée. Chaque passerelle la suit en moins de 5 secondes."),
        "scheduled": later("L'activation est programmée."),
        "rolled-back": later("Retour fait. Chaque passerelle suit en moins de 5 secondes."),
        "cancelled": later("L'activation programmée est annulée."),
        "staged": later("Le brouillon est devenu une version. Une autre personne doit l'approuver."),
        "discarded": later("Le brouillon est abandonné. Rien n'a changé dans les règles."),
        "saved": later("Enregistré dans le brouillon."),
        "removed": later("Le fichier est retiré du brouillon."),
        "imported": later("Le tableau est importé dans le brouillon."),
        "alert-settled": later("L'alerte est classée, et le journal dit par qui."),
        "nothing-changed": later("Rien n'avait changé : rien n'est enregistré."),
        "case-added": later("Le cas est ajouté. Voici ce que les règles y répondent."),
    },
}
_BAD_NEWS: Mapping[str, str] = {
    "bad-name": later(
        "Choisissez un dossier, et un nom fait de lettres sans accent, de chiffres, de points et de tirets."
    ),
}
_FILES: Mapping[str, str] = {
    SCHEMA: later("Les noms que les règles peuvent employer"),
    MATRIX: later("Qui lit quel type de document (matrice)"),
    UNITS: later("Les unités de l'hôpital"),
    SETTINGS: later("Les réglages : durées, motifs, professions, messages"),
    OBLIGATIONS: later("Les obligations et leurs mots"),
    WORDS: later("Les mots des explications"),
    PROFESSIONS: later("La liste des professions (garde-fou)"),
}
_FOLDERS: Mapping[str, str] = {
    "rules": later("Règles"),
    "cases": later("Cas : réponses attendues"),
    "guardrails": later("Garde-fous : seulement avec l'accord du DPO"),
    "invariants": later("Ce qu'aucune version ne doit permettre : seulement avec l'accord du DPO"),
}


def add_words(app: Flask) -> None:
    """The filter `it_word` and what a page says of what was just done."""
    app.jinja_env.filters["it_word"] = _it_word
    app.jinja_env.globals.update(good_news=good_news, bad_news=bad_news, about_file=about_file)


@pass_context
def _it_word(_context: Context, code: object, table: str) -> str:
    # Taking the context keeps Jinja from computing it once for all, in the language of the first reader.
    known = _TABLES[table].get(str(code))
    return _(known) if known is not None else str(code)


def good_news(code: str) -> str:
    """What was just done, "" for a code no page of ours gave."""
    known = _TABLES["done"].get(code)
    return _(known) if known is not None else ""


def bad_news(code: str) -> str:
    """Why nothing was done, "" for a code no page of ours gave."""
    known = _BAD_NEWS.get(code)
    return _(known) if known is not None else ""


def about_file(path: str) -> str:
    """What a file is for, in a few words."""
    known = _FILES.get(path) or _FOLDERS.get(path.partition("/")[0], "")
    return _(known) if known else ""
