"""The entries of the record in words: what was done, what each fact is, and values as people say them.

A type or a fact that is not here is shown by its own name: a newer part of the gateway never makes the log unreadable.
"""

import re
from collections.abc import Mapping, Sized

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.web.dpo.words import TABLES as REVIEW_TABLES
from gateway.web.dpo.words import dpo_word, log_value
from gateway.web.language import _, later
from gateway.web.times import day_and_clock, partial_date
from gateway.web.wording import has_word, reason, word

TYPES: Mapping[str, str] = {
    "access.opened": later("dossier ouvert"),
    "access.resumed": later("dossier repris"),
    "access.refused": later("ouverture refusée"),
    "access.extended": later("accès prolongé"),
    "access.extension_refused": later("prolongation refusée"),
    "access.ended": later("dossier fermé"),
    "access.withdrawn": later("accès retiré par les règles"),
    "access.reading_refused": later("lecture refusée : accès terminé"),
    "documents.listed": later("liste des documents affichée"),
    "summary.opened": later("synthèse demandée"),
    "summary.delivered": later("synthèse affichée"),
    "document.opened": later("document demandé"),
    "document.refused": later("document refusé"),
    "document.delivered": later("document remis"),
    "document.failed": later("document non remis"),
    "patient.searched": later("patient cherché"),
    "patient.search_refused": later("recherche refusée"),
    "patient.ed_list": later("liste du service affichée"),
    "notice.sent": later("message envoyé"),
    "notice.delivered": later("message arrivé"),
    "notice.undelivered": later("message non arrivé"),
    "notice.printed": later("lettre imprimée"),
    "notice.escalated": later("message passé au canal suivant"),
    "notice.relayed": later("message passé à un serveur qui ne rend pas compte"),
    "notice.perhaps_sent": later("message peut-être envoyé, sans réponse"),
    "notice.retry": later("message à renvoyer"),
    "notice.interrupted": later("envoi interrompu"),
    "notice.held": later("message retenu"),
    "notice.handed_to_person": later("message confié à une personne"),
    "notice.changed": later("message changé par une personne"),
    "notice.viewed": later("avis lu par le patient"),
    "notice.proof_refused": later("preuve du patient refusée"),
    "history.given": later("historique entier remis"),
    "history.viewed": later("historique lu par le patient ou son représentant"),
    "history.receipt_given": later("reçu remis au patient"),
    "choice.blocked": later("professionnel bloqué"),
    "choice.unblocked": later("blocage levé"),
    "choice.emergency": later("choix d'urgence changé"),
    "choice.notices": later("choix des messages changé"),
    "desk.viewed": later("guichet : consultation pour un patient"),
    "session.signed_in": later("connexion"),
    "session.signed_out": later("déconnexion"),
    "session.refused": later("connexion refusée"),
    "log.viewed": later("journal consulté"),
    "log.searched": later("journal cherché"),
    "log.receipt_given": later("reçu remis"),
    "log.exported": later("journal exporté"),
    "log.key_rotated": later("clé du journal changée"),
    "log.receipt_key": later("clé des reçus publiée"),
    "log.year_begun": later("année du journal commencée"),
    "policies.loaded": later("règles chargées"),
    "policies.load_failed": later("règles illisibles"),
    "policies.taken_in": later("règles reprises du dossier"),
    "policies.staged": later("règles proposées"),
    "policies.stage_refused": later("proposition de règles refusée"),
    "policies.approved": later("règles approuvées"),
    "policies.step_refused": later("étape des règles refusée"),
    "policies.activated": later("règles mises en vigueur"),
    "policies.activation_scheduled": later("mise en vigueur prévue"),
    "policies.activation_cancelled": later("mise en vigueur annulée"),
    "policies.rolled_back": later("retour aux règles d'avant"),
    "policies.replayed": later("règles rejouées sur le passé"),
    "policies.draft_started": later("brouillon de règles commencé"),
    "policies.draft_changed": later("brouillon de règles changé"),
    "policies.draft_discarded": later("brouillon de règles abandonné"),
    "alert.settled": later("alerte classée"),
    "record.erased": later("valeurs personnelles effacées"),
    "record.erasure_ordered": later("effacement ordonné"),
    "record.erasure_refused": later("effacement refusé"),
    "review.queue_viewed": later("cas à relire consultés"),
    "review.figures_viewed": later("chiffres consultés"),
    "review.case_viewed": later("cas consulté"),
    "review.explanations_viewed": later("demandes d'explication lues"),
    "review.rule_set": later("règle de clôture changée"),
}
FACTS: Mapping[str, str] = {
    "access": later("accès"),
    "mode": later("mode"),
    "reason": later("motif"),
    "consent": later("accord"),
    "first_access": later("premier accès"),
    "expires_at": later("jusqu'à"),
    "rules": later("règles"),
    "near_misses": later("presque permis par"),
    "obligations": later("obligations"),
    "notices": later("messages"),
    "notice": later("message"),
    "recipient": later("destinataire"),
    "attempt": later("essai"),
    "channel": later("canal"),
    "reference": later("référence"),
    "perhaps_sent": later("peut-être parti déjà"),
    "uncertain": later("envois incertains"),
    "to": later("envoyé à"),
    "proves_at": later("vaut preuve le"),
    "duplicate": later("doublon"),
    "failure": later("échec"),
    "due_at": later("échéance"),
    "rule": later("règle"),
    "effect": later("effet"),
    "action": later("action"),
    "patient_refuses": later("le patient refuse"),
    "engine_fault": later("règles en panne"),
    "document": later("document"),
    "documents": later("documents"),
    "documents_count": later("nombre de documents"),
    "documents_sha256": later("empreinte de leur liste"),
    "not_summarised": later("non lus dans la synthèse"),
    "bytes": later("octets"),
    "code": later("code"),
    "by": later("par"),
    "found": later("trouvés"),
    "unit": later("service"),
    "shown": later("affichés"),
    "proof": later("preuve"),
    "door": later("porte"),
    "since": later("depuis"),
    "until": later("avant le"),
    "before": later("avant"),
    "own": later("pour soi-même"),
    "first": later("premier jour"),
    "last": later("dernier jour"),
    "type": later("type"),
    "entry": later("entrée"),
    "entries": later("entrées"),
    "format": later("format"),
    "with_names": later("avec les noms"),
    "order": later("ordre"),
    "through": later("jusqu'au mois"),
    "period": later("mois"),
    "keys": later("clés"),
    "months": later("mois gardés"),
    "kept_from": later("gardé depuis"),
    "accesses": later("accès"),
    "episode": later("venue"),
    "admitted_at": later("admis le"),
    "contest": later("contestation"),
    "wish": later("demande"),
    "promised_at": later("réponse promise avant le"),
    "receipts": later("reçus"),
    "alert": later("alerte"),
    "alerts": later("alertes"),
    "risk": later("risque"),
    "was": later("était"),
    "what": later("quoi"),
    "figure": later("chiffre"),
    "version": later("version"),
    "origin": later("origine"),
    "files": later("fichiers"),
    "draft": later("brouillon"),
    "activation": later("mise en vigueur"),
    "effective_at": later("en vigueur le"),
    "turn": later("tour"),
    "scheduled": later("à l'heure prévue"),
    "trouble": later("ennui"),
    "cases": later("cas"),
    "cases_failed": later("cas contredits"),
    "proved": later("preuves"),
    "unproved": later("non prouvés"),
    "faults": later("fautes"),
    "base": later("à partir de la version"),
    "paths": later("fichiers changés"),
    "revision": later("révision"),
    "as": later("en tant que"),
    "replay": later("essai sur le passé"),
    "questions": later("questions"),
    "guardrails_changed": later("garde-fous changés"),
    "codes": later("codes"),
    "step": later("étape"),
    "key": later("clé"),
    "statement": later("déclaration"),
    "checkpoint": later("tête"),
    "side": later("pour"),
    "check": later("identité vérifiée par"),
    "ended": later("accès fermés aussitôt"),
    "still_blocked": later("reste bloqué"),
    "setting": later("réglage"),
    "allowed": later("permis"),
    "all_accesses": later("tous les accès"),
    "large_print": later("gros caractères"),
    "language": later("langue"),
    "channels": later("canaux"),
    # sealed values
    "staff": later("professionnel"),
    "patient": later("patient"),
    "holder": later("titulaire"),
    "viewer": later("lecteur"),
    "question": later("question aux règles"),
    "reason_text": later("motif écrit"),
    "asked": later("cherché"),
    "words": later("mots"),
    "why": later("pourquoi"),
    "history_number": later("n° dans l'historique"),
    "erased_numbers": later("numéros effacés"),
}
_INSTANTS = frozenset(
    {"expires_at", "due_at", "since", "until", "before", "effective_at", "proves_at", "promised_at", "admitted_at"}
)
_DAYS = frozenset({"first", "last", "through", "period", "kept_from"})
_EARLIEST_MS = 946_684_800_000  # 2000: a number below is not an instant
# Of no use to a reader; who checks has them in the receipt and in the file.
LEFT_OUT = frozenset(
    {"question", "asked_for", "history_number", "documents_sha256", "case_sha256", "block", "kept", "text"}
)
_SHORT_LIST = 3
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OF_REVIEWS = {
    "recipient": "recipient",
    "to": "recipient",
    "wish": "wish",
    "side": "side",
    "as": "role",
    "channel": "channel",
    "effect": "effect",
    "was": "case_state",
    "what": "what",
    "figure": "figure",
}


def add_log_words(app: Flask) -> None:
    """Filters of the templates that show entries."""
    app.jinja_env.filters.update(entry_type=_entry_type, told_facts=_told_facts)


def entry_type(code: str) -> str:
    """What was done, in words."""
    kind = code.removeprefix("review.")
    if code in TYPES:
        return _(TYPES[code])
    return dpo_word(kind, "step") if kind != code and kind in REVIEW_TABLES["step"] else code


def told_facts(values: Mapping[str, object], ipps: Mapping[str, str]) -> list[tuple[str, str]]:
    """The facts or the sealed values of an entry, each with its name: what is empty, no, or of no use is left out.
    `ipps`: the hospital's number of a patient, by id."""
    told = []
    for name, value in values.items():
        kind = name.partition(".")[0]
        if kind in LEFT_OUT or value is None or value is False or (isinstance(value, Sized) and not len(value)):
            continue
        if kind in ("patient", "found") and str(value) in ipps:
            told.append((_("patient"), f"IPP {ipps[str(value)]}"))
        else:
            text = fact_value(value, name)
            if text:
                told.append((fact_name(name), text))
    return told


def fact_name(name: str) -> str:
    """What a fact is; `found.3` is told as `found`."""
    known = FACTS.get(name) or FACTS.get(name.partition(".")[0])
    return _(known) if known is not None else name


def fact_value(value: object, name: str) -> str:
    """A fact's value as people say it."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if name in _INSTANTS and isinstance(value, int) and value > _EARLIEST_MS:
        return day_and_clock(value)
    if name == "reason":
        known = reason(str(value))
        return known if known != value else dpo_word(value, "erasure_reason")
    if name in _DAYS:
        return partial_date(str(value))
    if name in ("mode", "consent") and has_word(value, name):
        return word(value, name)
    if name in _OF_REVIEWS:
        return dpo_word(value, _OF_REVIEWS[name])
    if isinstance(value, list | tuple) and len(value) > _SHORT_LIST:
        return str(len(value))
    return _UUID.sub(lambda found: found[0][:8], log_value(value))


# Taking the context keeps Jinja from computing them once for all, in the language of the first reader.
@pass_context
def _entry_type(_context: Context, code: str) -> str:
    return entry_type(code)


@pass_context
def _told_facts(_context: Context, values: Mapping[str, object], ipps: Mapping[str, str]) -> list[tuple[str, str]]:
    return told_facts(values, ipps)
