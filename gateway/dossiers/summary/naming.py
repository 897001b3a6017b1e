"""How an entry names its subject: where the narrative says it, else the label and the codes that stand for it."""

from dataclasses import dataclass

from gateway.dossiers.cda.narrative import NarrativeIndex, Span
from gateway.dossiers.cda.xml import Element, attribute, child, children, local_name, words
from gateway.dossiers.summary.coded import codes_of, label_of, reach, span_of, value_type, value_words
from gateway.dossiers.summary.routing import Route
from gateway.dossiers.summary.sheet import Code, SectionKey

_NAMED_BY_VALUE = frozenset({SectionKey.ALLERGIES, SectionKey.PROBLEMS, SectionKey.HISTORY})


@dataclass(frozen=True, slots=True)
class Named:
    """How an entry names its subject."""

    span: Span | None
    label: str
    codes: tuple[Code, ...]
    bare: bool = False
    answer: str = ""  # the coded value, said when the narrative cannot be found


def observed(observation: Element, route: Route, index: NarrativeIndex) -> Named:
    """An allergy by its agent, a problem by its value, any other observation by what was asked."""
    value, code = child(observation, "value"), child(observation, "code")
    for participant in children(observation, "participant"):
        agent = child(participant, "participantRole", "playingEntity")
        if agent is not None and participant.get("typeCode") == "CSM":
            agent_code = child(agent, "code")
            span = span_of(index, child(agent_code, "originalText"), child(agent, "name"))
            label = words(child(agent, "name")) or label_of(agent_code)
            if span or label:
                return Named(span, label, codes_of(agent_code))
    for relation in children(observation, "entryRelationship"):
        drug = child(relation, "substanceAdministration")
        if drug is not None and route.key is SectionKey.ALLERGIES:
            return medicine(drug, index)
    label = label_of(value) if value_type(value) in {"CD", "CE", "ST", ""} else ""
    label = label or (words(value) if value_type(value) == "ST" else "")
    if route.key in _NAMED_BY_VALUE and (label or child(value, "originalText") is not None):
        span = span_of(index, child(value, "originalText"), child(observation, "text"), child(code, "originalText"))
        text_only = Named(span, label_of(code), codes_of(code), bare=True)
        return Named(span, label, codes_of(value)) if label or span else text_only
    span = span_of(index, child(observation, "text"), child(code, "originalText"), child(value, "originalText"))
    answer = value_words(value)
    bare = not answer and route.key is SectionKey.ALLERGIES
    return Named(span, label_of(code), codes_of(code), bare=bare and span is None, answer=answer)


def medicine(administration: Element, index: NarrativeIndex) -> Named:
    """A medicine or a vaccine by its product; its ATC class is among the codes."""
    material = reach(administration, "consumable", "manufacturedProduct", "manufacturedMaterial")
    return _material(material, administration, index)


def _material(material: Element | None, statement: Element, index: NarrativeIndex) -> Named:
    code = reach(material, "code")
    classes = (
        () if material is None else (one for one in material.iter() if local_name(one) == "generalizedMedicineClass")
    )
    codes = (*codes_of(code), *(found for one in classes for found in codes_of(reach(one, "code"))))
    originals = [child(one, "originalText") for one in (code, *children(code, "translation"))]
    span = span_of(index, *originals, child(statement, "text"))
    label = attribute(code, "displayName") or words(reach(material, "name")) or label_of(code)
    label = label or next((found.label for found in codes if found.label), "")
    return Named(span, label, codes)


def supplied(supply: Element, index: NarrativeIndex) -> Named:
    """A dispensed product, or a device."""
    product = reach(supply, "product", "manufacturedProduct", "manufacturedMaterial")
    if product is not None:
        return _material(product, supply, index)
    code = child(supply, "participant", "participantRole", "playingDevice", "code")
    model = words(child(supply, "participant", "participantRole", "playingDevice", "manufacturerModelName"))
    span = span_of(index, child(code, "originalText"), child(supply, "text"))
    return Named(span, label_of(code) or model, codes_of(code))


def done(statement: Element, index: NarrativeIndex) -> Named:
    """An act, a stay, or any statement that is what its code says."""
    code = child(statement, "code")
    span = span_of(index, child(code, "originalText"), child(statement, "text"))
    return Named(span, label_of(code), codes_of(code))
