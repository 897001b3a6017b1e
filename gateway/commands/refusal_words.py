"""Refusals at the terminal in French: the rooms say in English what stands in the way, for logs and programs.

A sentence that is not here is shown as it is, with its stable code.
"""

import re
from collections.abc import Mapping

_FRENCH: Mapping[str, str] = {
    "no case of this access": "aucun cas pour cet accès ; « gateway reviews list » les liste",
    "reviews are for the DPO": "les relectures sont à la DPO : donnez le jeton d'une personne qui a ce rôle",
    "nobody reviews their own access": "nul ne relit son propre accès",
    "the second reading is another person's": "la seconde lecture revient à une autre personne",
    "somebody else was faster": "quelqu'un d'autre a décidé entre-temps : relisez le cas",
    "say it in some words": "dites-le en 10 caractères au moins",
    "the words are too long": "les mots sont trop longs : 2 000 caractères au plus",
    "nothing was just decided there": "rien n'y a été décidé à l'instant",
    "the decision is not this person's, or no longer fresh": "cette décision est d'un autre, ou trop ancienne",
    "no such rule or effect": "règle ou effet inconnu",
    "no such contest": "aucune contestation de ce numéro",
    "the contest is answered already": "une réponse a déjà été faite à cette contestation",
    "nobody asks this person about this access": "personne ne vous demande d'explication sur cet accès",
    "nothing is asked about this access any more": "plus rien n'est demandé sur cet accès",
    "this access is contested already": "cet accès a déjà été contesté trop de fois",
    "no such access of this patient": "ce patient n'a pas cet accès",
    "a month is 2026-11, and not to come": "un mois s'écrit 2026-11, et n'est pas à venir",
    "no such patient": "patient inconnu",
    "no patient has this number": "aucun patient n'a ce numéro",
    "nobody confirms their own order": "nul ne confirme son propre ordre",
    "no such order": "aucun ordre de ce numéro ; « gateway audit erase list » les liste",
    "the order was settled already": "cet ordre a déjà été confirmé ou refusé",
    "orders to erase are for the DPO, and their confirmation for a second person": (
        "l'effacement est ordonné par la DPO et confirmé par une seconde personne"
    ),
    "this page is for the DPO and hospital IT": "c'est l'affaire de la DPO et de l'informatique",
    "no such figure": "chiffre inconnu",
    "give two dates": "donnez deux dates",
    "the first day comes before the last, within a year": "le premier jour précède le dernier, à un an au plus",
    "no such entry": "aucune entrée de ce numéro",
    "no such access of this person": "cette personne n'a pas cet accès",
    "the record is exported by the DPO": "le journal est exporté par la DPO",
    "the end comes after the start": "la fin vient après le début",
    "the token has expired": "le jeton a expiré : demandez-en un autre",
    "the token could not be judged": "le jeton n'a pas pu être jugé : le fournisseur d'identité ne répond pas",
    "no notice has this id": "aucun avis de ce numéro ; « gateway notices list » les liste",
    "no batch of letters has this name": "aucun lot de ce nom ; « gateway letters list » les liste",
    "letters may still come into this batch": "des courriers peuvent encore entrer dans ce lot : attendez le prochain",
    "nobody owes this at the bedside": "personne ne doit remettre cet avis au lit du patient",
    "give a reason of at most 500 characters": "donnez un motif, de 500 caractères au plus",
    "no such state": "état inconnu ; « gateway notices list --help » les dit",
    "no such version: give its number, or at least the first 8 digits of its digest": (
        "version inconnue : donnez son numéro, ou au moins les 8 premiers signes de son empreinte"
    ),
    "no version has such a digest": "aucune version n'a cette empreinte",
    "several versions have such a digest": (
        "plusieurs versions ont une empreinte qui commence ainsi : donnez plus de signes"
    ),
    "no version is in force yet": "aucune version n'est encore en vigueur",
    "no decision of the log has this id": "aucune décision du journal n'a ce numéro",
    "the question of this decision can no longer be read": "la question de cette décision ne peut plus être lue",
    "no such activation": "cette activation n'existe pas : « gateway policies history » donne son identifiant",
    "no such draft": "ce brouillon n'existe pas",
    "the draft is no longer open": "ce brouillon n'est plus ouvert",
    "no patient answers to this identifier": "aucun patient ne répond à cet identifiant",
    "no patient has this IPP": "aucun patient n'a cet IPP",
    "no patient has this identifier": "aucun patient n'a cet identifiant",
    "no single patient has this identifier": "cet identifiant n'est pas celui d'un seul patient",
    "the folder cannot be read": "le dossier ne peut pas être lu",
    "a period begins before it ends, and has at most 400 days": (
        "une période commence avant de finir, et a 400 jours au plus"
    ),
    "the database does not answer, or refuses the migration": (
        "la base de données ne répond pas, ou refuse la migration"
    ),
    "the database does not answer": "la base de données ne répond pas",
    "the database does not answer, or refuses the statements": (
        "la base de données ne répond pas, ou refuse les instructions"
    ),
    "the database refused the work": "la base de données a refusé le travail",
    "the commit could not be confirmed": "l'enregistrement n'a pas pu être confirmé",
    "the commit failed": "l'enregistrement a échoué",
    "no signed head covers the newest entry yet": "aucune tête signée ne couvre encore la dernière entrée",
    "not a signed compact token": "ce n'est pas un jeton d'accès signé",
    "not an access token": "ce n'est pas un jeton d'accès",
    "the signature is wrong": "la signature du jeton est fausse",
    "aud is not this API": "ce jeton n'est pas pour cette passerelle",
    "iss is not the provider's": "ce jeton ne vient pas du fournisseur d'identité de l'hôpital",
}
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"the case is (\w+) already"), "le cas est déjà « {0} »"),
    (re.compile(r"no entry (\S+)"), "aucune entrée {0}"),
    (re.compile(r"no version (\d+)"), "aucune version ne porte ce numéro : « gateway policies history » les liste"),
    (re.compile(r"the batch holds (\d+) letters"), "le lot contient {0} courriers"),
    (re.compile(r"(\w+) is not possible from this state"), "« {0} » n'est pas possible dans cet état"),
    (re.compile(r"(.+) exists and is not an empty folder"), "{0} existe et n'est pas un dossier vide"),
    (re.compile(r"entry (\S+) waits for the next checkpoint"), "l'entrée {0} attend la prochaine tête signée"),
    (re.compile(r"the folder of letters does not answer \((.+)\)"), "le dossier des courriers ne répond pas ({0})"),
    (re.compile(r"the token's claims do not do: (.+)"), "le contenu du jeton ne convient pas : {0}"),
)
_STATES = {"justified": "justifié", "unjustified": "injustifié", "asked": "explication demandée",
           "second": "attend un second relecteur", "open": "à relire", "answered": "explication reçue"}  # fmt: skip


def in_french(sentence: str) -> str:
    """The sentence in French, or as it is."""
    known = _FRENCH.get(sentence)
    if known is not None:
        return known
    for pattern, french in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return french.format(*(_STATES.get(one, one) for one in found.groups()))
    return sentence
