"""A question as it was written with its decision, read back: total, and tolerant of what older versions did not write.

The form is `dataclasses.asdict(question)`, as kept with each decision of the log.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies.question import Action, Actor, Circumstances, ConsentBasis, Document, Mode, Patient, Purpose, Question

_ENUMS: Mapping[str, type[StrEnum]] = {"Mode": Mode, "Purpose": Purpose, "ConsentBasis": ConsentBasis}
_EXACT: Mapping[str, type] = {"str": str, "bool": bool, "int": int}


class UnreadableQuestionError(ValueError):
    """What is recorded is no question of today. `fr` and `en` name the facts at fault, never their values."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedQuestion:
    """A question of the past, with the answer given then."""

    entry_id: str  # of the audit entry that records the decision
    time: int  # UTC, milliseconds since the epoch
    question: Question
    allowed_then: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReplayable:
    """A recorded decision whose question cannot be put any more, and why."""

    entry_id: str
    fr: str
    en: str


def recorded_question(entry_id: str, time: int, facts: object, allowed_then: bool) -> RecordedQuestion | NotReplayable:
    """What a log entry holds, ready to be replayed or to be counted as not replayable. Never raises."""
    try:
        question = question_from_json(facts)
    except UnreadableQuestionError as trouble:
        return NotReplayable(entry_id=entry_id, fr=trouble.fr, en=trouble.en)
    return RecordedQuestion(entry_id=entry_id, time=time, question=question, allowed_then=allowed_then)


def question_from_json(facts: object) -> Question:
    """The question `dataclasses.asdict` wrote as JSON. Raises `UnreadableQuestionError` on anything else.

    A fact that today's rules no longer know is left out; one they need and that was not yet recorded is an error: a
    replay never invents a fact.
    """
    whole = _table(facts, "question")
    try:
        action = Action(_one(whole, "action", str))
    except ValueError:
        raise _unreadable("action") from None
    document = whole.get("document")
    if (document is None) == (action is Action.READ_DOCUMENT):
        raise _unreadable("document")
    return Question(
        action=action,
        actor=_part(Actor, whole.get("actor"), "actor"),
        patient=_part(Patient, whole.get("patient"), "patient"),
        circumstances=_part(Circumstances, whole.get("circumstances"), "circumstances"),
        document=_part(Document, document, "document") if document is not None else None,
    )


def _part(shape: type, facts: object, name: str) -> Any:
    table = _table(facts, name)
    fields = dataclasses.fields(shape)
    absent = [f"{name}.{field.name}" for field in fields if field.name not in table]
    if absent:
        said = ", ".join(absent)
        raise UnreadableQuestionError(f"fait non enregistré à l'époque : {said}", f"fact not recorded then: {said}")
    values: dict[str, object] = {}
    for field in fields:
        kind = field.type if isinstance(field.type, str) else field.type.__name__
        values[field.name] = _value(table[field.name], kind, f"{name}.{field.name}")
    return shape(**values)


def _value(value: object, kind: str, name: str) -> object:
    if kind in _ENUMS:
        try:
            return _ENUMS[kind](str(value))
        except ValueError:
            raise _unreadable(name) from None
    if type(value) is not _EXACT[kind]:
        raise _unreadable(name)
    return value


def _one(table: Mapping[str, Any], name: str, kind: type) -> Any:
    if type(table.get(name)) is not kind and not isinstance(table.get(name), StrEnum):
        raise _unreadable(name)
    return table[name]


def _table(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _unreadable(name)
    return value


def _unreadable(name: str) -> UnreadableQuestionError:
    return UnreadableQuestionError(f"fait illisible : {name}", f"unreadable fact: {name}")
