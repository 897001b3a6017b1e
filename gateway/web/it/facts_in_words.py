"""The facts of a question as people say them: what a proof shows, what a replay opens. No identifier of anybody."""

from collections.abc import Iterable, Iterator, Mapping

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.web.it.imagined import ACTOR_FACTS, ASKING_FACTS, DOCUMENT_FACTS, PATIENT_FACTS, choices
from gateway.web.language import _, language, later
from gateway.web.parts import gateway

Facts = Iterable[tuple[str, str]]  # (fact, value), as `gateway.rulebook.asked.facts_of` gives them
# The facts that say how it is, under the words of the form that asks for them: (label, list of that form).
_CHOSEN: Mapping[str, tuple[str, str]] = {
    "action": (later("Action"), "action"),
    "actor.category": (later("Catégorie"), "category"),
    "actor.factors": (later("Connexion prouvée par"), "factors"),
    "patient.identity_status": (later("Identité INS"), "identity_status"),
    "patient.dossier": (later("Dossier partagé"), "dossier"),
    "circumstances.mode": (later("Mode"), "mode"),
    "circumstances.purpose": (later("Finalité"), "purpose"),
    "circumstances.consent": (later("Accord du patient"), "consent"),
    "circumstances.reason_code": (later("Motif d'urgence"), "reason"),
    "document.class_code": (later("Classe"), "class"),
    "document.status": (later("État du document"), "status"),
}
_WRITTEN: Mapping[str, str] = {
    "actor.specialty": later("Spécialité (code)"),
    "actor.unit": later("Unité (code)"),
    "actor.establishment": later("Établissement (FINESS)"),
}
_TRUE: Mapping[str, str] = {
    **{f"actor.{name}": text for name, text in ACTOR_FACTS},
    **{f"circumstances.{name}": text for name, text in ASKING_FACTS},
    **{f"patient.{name}": text for name, text in PATIENT_FACTS},
    **{f"document.{name}": text for name, text in DOCUMENT_FACTS},
    # Two facts have a shorter name in the form.
    "circumstances.attests_incapacity_and_risk": dict(ASKING_FACTS)["attests"],
    "circumstances.reason_text_given": dict(ASKING_FACTS)["reason_text"],
}
_WHOSE: Mapping[str, str] = {"patient": later("Patient"), "document": later("Document")}
# What a question that opens nothing may lack: worth saying even where it is false.
_EVEN_FALSE = ("actor.named", "actor.enrolled")
_ATTESTED = "circumstances.attests_incapacity_and_risk"


def add_facts_in_words(app: Flask) -> None:
    """The filters `facts_in_words` and `profession_name`."""
    app.jinja_env.filters["facts_in_words"] = _filter
    app.jinja_env.filters["profession_name"] = _named


@pass_context
def _filter(_context: Context, facts: Facts) -> list[tuple[str, str]]:
    # Taking the context keeps Jinja from computing it once for all, in the language of the first reader.
    return list(facts_in_words(facts))


@pass_context
def _named(_context: Context, profession: str) -> str:
    for one in gateway().rules.current().professions():
        if one.id == profession:
            return one.label_fr if language() == "fr" else one.label_en
    return profession


def facts_in_words(facts: Facts) -> Iterator[tuple[str, str]]:
    """(label, value) in the reader's language, in the order of the facts; a fact without words is shown as it is."""
    known = dict(facts)
    offered = choices()
    for fact, value in known.items():
        if fact == "actor.profession_system":
            continue
        if fact == "actor.profession_code":
            yield _("Profession"), _profession(known.get("actor.profession_system", ""), value)
        elif fact == "document.type_code":
            yield _("Type de document"), _type(value)
        elif fact in _CHOSEN:
            label, words = _CHOSEN[fact]
            yield _(label), dict(offered[words]).get(value, value)
        elif fact in _WRITTEN:
            yield _(_WRITTEN[fact]), value
        elif fact in _TRUE:
            yield _about(fact), _("oui")
        else:
            yield fact, value
    for fact in _EVEN_FALSE:
        if fact not in known:
            yield _about(fact), _("non")
    if known.get("circumstances.mode") == "break_glass" and _ATTESTED not in known:
        yield _about(_ATTESTED), _("non")


def _about(fact: str) -> str:
    """`Patient : a bloqué ce professionnel`; what is said of who asks stands alone."""
    whose = _WHOSE.get(fact.partition(".")[0])
    said = _(_TRUE[fact])
    return _("%(whose)s : %(said)s") % {"whose": _(whose), "said": said} if whose else said


def _profession(system: str, code: str) -> str:
    key = f"{system}|{code}"
    for one in gateway().rules.current().professions():
        if one.key == key:
            return one.label_fr if language() == "fr" else one.label_en
    return key


def _type(code: str) -> str:
    labels = {row.type_code: row.type_label for row in gateway().rules.current().matrix()}
    return f"{labels[code]} ({code})" if code in labels else code
