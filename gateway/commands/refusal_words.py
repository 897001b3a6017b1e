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
    "not a signed compact token": "ce n'est pas un jeton d'accès signé",
    "not an access token": "ce n'est pas un jeton d'accès",
    "the signature is wrong": "la signature du jeton est fausse",
    "aud is not this API": "ce jeton n'est pas pour cette passerelle",
    "iss is not the provider's": "ce jeton ne vient pas du fournisseur d'identité de l'hôpital",
}
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"the case is (\w+) already"), "le cas est déjà « {0} »"),
    (re.compile(r"no entry (\S+)"), "aucune entrée {0}"),
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
