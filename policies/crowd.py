"""Many questions of many people asked of the engine in a few calls, for a replay of the past.

One call shares one set of entities, so two questions in which the same person differs (another unit, another sign-in)
go into different calls. A question that breaks the contract is left out, to be asked by itself.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cedarpy

from policies.engine import Engine, Verdict, is_trouble
from policies.facts import Facts, MalformedQuestionError, check_question
from policies.question import Actor, Document, Question

AT_ONCE = 250  # questions in one call


@dataclass(slots=True)
class _Call:
    """Questions that can share one set of entities."""

    actors: dict[str, Actor] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)


class Crowd:
    """Asks one version. `everyone` holds the entities shared by every question: each profession's readable types."""

    def __init__(self, engine: Engine, facts: Facts, everyone: cedarpy.Entities) -> None:
        self._engine = engine
        self._facts = facts
        self._everyone = everyone

    def verdicts(self, questions: Sequence[Question]) -> list[Verdict | None]:
        """One verdict a question, in order; None for one that must be asked alone. Never raises."""
        found: list[Verdict | None] = [None] * len(questions)
        for call in _calls(questions):
            asked = [questions[place] for place in call.places]
            try:
                requests, entities = self._put(asked)
                verdicts = self._engine.ask(requests, self._engine.entities(self._everyone, entities))
            except BaseException as trouble:
                if not is_trouble(trouble):
                    raise
                continue
            for place, verdict in zip(call.places, verdicts, strict=True):
                found[place] = verdict if not verdict.faults else None
        return found

    def _put(self, questions: Sequence[Question]) -> tuple[list[dict[str, Any]], str]:
        requests: list[dict[str, Any]] = []
        documents: dict[Document, int] = {}
        for question in questions:
            request = self._facts.request(question)
            if question.document is not None:
                place = documents.setdefault(question.document, len(documents))
                request = self._facts.reading(request, place)
            requests.append(request)
        actors = {question.actor.id: question.actor for question in questions}
        people = [json.loads(self._facts.entities(actor, []))[0] for actor in actors.values()]
        rest = json.loads(self._facts.entities(questions[0].actor, list(documents)))[1:]
        return requests, json.dumps([*people, *rest])


def _calls(questions: Sequence[Question]) -> Iterator[_Call]:
    """The questions in calls of `AT_ONCE` at most, each person the same throughout one call."""
    waiting = [place for place, question in enumerate(questions) if _fits(question)]
    while waiting:
        call, later = _Call(), []
        for place in waiting:
            actor = questions[place].actor
            if len(call.places) < AT_ONCE and call.actors.setdefault(actor.id, actor) == actor:
                call.places.append(place)
            else:
                later.append(place)
        yield call
        waiting = later


def _fits(question: Question) -> bool:
    try:
        check_question(question)
    except MalformedQuestionError:
        return False
    return True
