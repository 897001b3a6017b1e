"""From a question to what Cedar reads: one professional, one dossier, documents, and the context.

Every fact is checked for its exact type before the engine sees it, so that a malformed question is named by its field
and never by its content. Codes that come from outside and are not of the vocabulary take the word `unknown`/`inconnu`,
which no permit accepts.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from policies.nomenclature import Nomenclature
from policies.nouns import Nouns
from policies.question import Action, Actor, Circumstances, ConsentBasis, Document, Mode, Patient, Purpose, Question
from policies.settings import HospitalRules

DOSSIER = "dossier"
_EXACT: Mapping[str, type] = {"str": str, "bool": bool, "int": int}
_ENUMS: Mapping[str, type[StrEnum]] = {"Mode": Mode, "Purpose": Purpose, "ConsentBasis": ConsentBasis}


class MalformedQuestionError(ValueError):
    """A question that no caller following the contract would put. Its message names fields, never values."""


def _kinds(shape: type) -> dict[str, type]:
    kinds: dict[str, type] = {}
    for field in dataclasses.fields(shape):
        name = field.type if isinstance(field.type, str) else field.type.__name__
        kinds[field.name] = _EXACT.get(name) or _ENUMS[name]
    return kinds


_FIELDS: Mapping[type, Mapping[str, type]] = {
    shape: _kinds(shape) for shape in (Actor, Patient, Circumstances, Document)
}


def check_question(question: Question) -> None:
    """Raises `MalformedQuestionError` unless every field is there, of its exact type, and the parts fit the action."""
    if type(question) is not Question:
        raise MalformedQuestionError("not a Question")
    if type(question.action) is not Action:
        raise MalformedQuestionError("action")
    wrong = [
        *_wrong(question.actor, Actor),
        *_wrong(question.patient, Patient),
        *_wrong(question.circumstances, Circumstances),
    ]
    if question.action is Action.READ_DOCUMENT:
        wrong += _wrong(question.document, Document)
    elif question.document is not None:
        wrong.append("document given to an action that reads none")
    if wrong:
        raise MalformedQuestionError(", ".join(wrong))


def _wrong(part: object, shape: type) -> list[str]:
    if type(part) is not shape:
        return [shape.__name__]
    name = shape.__name__
    return [f"{name}.{field}" for field, kind in _FIELDS[shape].items() if type(getattr(part, field)) is not kind]


class Facts:
    """Translates checked questions with the vocabulary of one version."""

    def __init__(self, nouns: Nouns, nomenclature: Nomenclature, settings: HospitalRules) -> None:
        self._nouns = nouns
        self._nomenclature = nomenclature
        self._settings = settings

    def habilitation(self, actor: Actor) -> str:
        """The profession whose matrix rows apply to this person."""
        return self._nomenclature.profession(actor.profession_system, actor.profession_code).habilitation

    def entities(self, actor: Actor, documents: Sequence[Document]) -> str:
        """The entities of one question, as Cedar JSON. Documents are named by their position."""
        everyone: list[dict[str, Any]] = [self._professional(actor), _entity("Dossier", DOSSIER, {})]
        everyone += [self._document(document, place) for place, document in enumerate(documents)]
        return json.dumps(everyone)

    def request(self, question: Question) -> dict[str, Any]:
        """The Cedar request of one question; a document read is the first of its entities."""
        reads = question.action is Action.READ_DOCUMENT
        return {
            "principal": _ref("Professional", question.actor.id),
            "action": _ref("Action", question.action.value),
            "resource": _ref("Document", "0") if reads else _ref("Dossier", DOSSIER),
            "context": json.dumps(self.context(question)),
        }

    @staticmethod
    def reading(request: dict[str, Any], place: int) -> dict[str, Any]:
        """The same request about the document at this position of its entities."""
        return {**request, "resource": _ref("Document", str(place))}

    def context(self, question: Question) -> dict[str, Any]:
        """What is true of the patient, and how the question is put."""
        patient, asked = question.patient, question.circumstances
        return {
            "mode": _ref("Mode", asked.mode.value),
            "purpose": _ref("Purpose", asked.purpose.value),
            "consent": _ref("Consent", asked.consent.value),
            "attests_incapacity_and_risk": asked.attests_incapacity_and_risk,
            "reason": self._word("Reason", asked.reason_code or "none", "unknown"),
            "reason_text_given": asked.reason_text_given,
            "reason_offered": self._settings.offers(asked.mode, asked.reason_code),
            "reason_complete": asked.reason_text_given or not self._settings.wants_text(asked.reason_code),
            "access_open": asked.access_open,
            "patient": {
                "identity_status": self._word("IdentityStatus", patient.identity_status, "unknown"),
                "dossier": self._word("DossierState", patient.dossier, "unknown"),
                "opposed_break_glass": patient.opposed_break_glass,
                "opposed_centre_15": patient.opposed_centre_15,
                "masked_in_emergency": patient.masked_in_emergency,
                "blocks_actor": patient.blocks_actor,
                "is_actor": patient.is_actor,
                "refused_this_episode": patient.refused_this_episode,
                "consent_this_episode": patient.consent_this_episode,
                "in_actor_unit": patient.in_actor_unit,
                "present": patient.present,
                "deceased": patient.deceased,
            },
        }

    def _professional(self, actor: Actor) -> dict[str, Any]:
        profession = self._nomenclature.profession(actor.profession_system, actor.profession_code)
        attributes = {
            "named": actor.named,
            "factors": actor.factors,
            "profession": _ref("Profession", profession.id),
            "care_profession": profession.care,
            "in_training": profession.in_training,
            "may_break_glass": profession.id in self._settings.break_glass_professions,
            "habilitation": _ref("Habilitation", profession.habilitation),
            "specialty": actor.specialty,
            "category": actor.category,
            "unit": actor.unit,
            "unit_kind": _ref("UnitKind", self._nomenclature.unit_kind(actor.unit)),
            "establishment": actor.establishment,
            "enrolled": actor.enrolled,
        }
        return _entity("Professional", actor.id, attributes)

    def _document(self, document: Document, place: int) -> dict[str, Any]:
        attributes = {
            "type": self._word("DocumentType", document.type_code, "inconnu"),
            "class": document.class_code,
            "status": self._word("DocumentStatus", document.status, "unknown"),
            "masked": document.masked,
            "invisible_to_patient": document.invisible_to_patient,
            "invisible_to_representatives": document.invisible_to_representatives,
            "deposited_by_actor": document.deposited_by_actor,
        }
        return _entity("Document", str(place), attributes)

    def _word(self, kind: str, word: str, otherwise: str) -> dict[str, str]:
        return _ref(kind, word if word in self._nouns.enums[kind] else otherwise)


def habilitation_entity(profession: str, types: frozenset[str]) -> str:
    """The matrix row set of one profession, as Cedar JSON."""
    return habilitation_entities({profession: types})


def habilitation_entities(readable: Mapping[str, frozenset[str]]) -> str:
    """The matrix row sets of several professions, as Cedar JSON."""
    attributes = {
        name: {"types": [_ref("DocumentType", code) for code in sorted(types)]} for name, types in readable.items()
    }
    return json.dumps([_entity("Habilitation", name, attributes[name]) for name in readable])


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _entity(kind: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"uid": _ref(kind, name), "attrs": attributes, "parents": []}
