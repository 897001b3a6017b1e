"""A concrete question out of the solver, as ordinary as it can be, and Cedar's own word on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import z3
from cedarpy import pst

from policies.book import PolicyBook
from policies.engine import Engine
from policies.facts import Facts, habilitation_entity
from policies.lint import Parts
from policies.proving.space import PROFESSION, Space, text
from policies.proving.terms import Formula
from policies.question import Decision, Question

_PATIENCE = 2.0  # seconds
_TRUE = ("actor.named", "actor.enrolled")
_FIRST = {
    PROFESSION: ("1.2.250.1.71.1.2.7|10",),
    "patient.identity_status": ("QUAL",),
    "patient.dossier": ("active",),
    "document.status": ("current",),
    "document.type_code": ("SYNTH", "11490-0"),
    "action": ("open_dossier",),
    "circumstances.mode": ("normal",),
    "circumstances.purpose": ("care",),
    "circumstances.consent": ("none", "explicit"),
    "circumstances.reason_code": ("", "vital_emergency", "regulation"),
}
_TEXTS = {"actor.id": "p1", "patient.id": "x1", "document.id": "d1", "actor.category": "C", "document.class_code": "11"}


def ordinary(space: Space, parts: Parts) -> list[Formula]:
    """What an everyday question looks like, the facts people look at first: preferred, never required."""
    texts = {"actor.unit": next(iter(parts.nomenclature.units), "")}
    texts["actor.establishment"] = next(iter(sorted(parts.settings.enrolled)), "")
    wanted = [value if path in _TRUE else z3.Not(value) for path, value in space.bools.items()]
    wanted += [number == 2 for number in space.longs.values()]
    for path, words in _FIRST.items():
        choice = space.choices[path]
        wanted += [choice.is_(word) for word in words if word in choice.words]
    for path, variable in space.texts.items():
        wanted.append(variable == text({**_TEXTS, **texts}.get(path, "")))
    return wanted


def example(solver: z3.Solver, space: Space, wanted: Sequence[Formula]) -> Question | None:
    """A question that meets the solver's claims and as many of the wishes as it can; None when it gives none.

    Wishes are looked at for `_PATIENCE` in all: a plain question matters less than having one.
    """
    if solver.check() != z3.sat:
        return None
    model: Any = solver.model()
    kept: list[Formula] = []
    waiting = [list(wanted)]
    ends = time.monotonic() + _PATIENCE
    while waiting and time.monotonic() < ends:
        some = waiting.pop()
        if solver.check(*kept, *some) == z3.sat:
            kept += some
            model = solver.model()
        elif len(some) > 1:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
    return space.question(model)


@dataclass(frozen=True, slots=True)
class Judge:
    """Cedar itself, asked about one concrete question: the book of a version, and single rules outside it."""

    book: PolicyBook
    parts: Parts

    def decide(self, question: Question) -> Decision:
        """The version's own answer."""
        return self.book.decide(question)

    def matches(self, tree: pst.Template, question: Question) -> bool:
        """Whether a question meets the scope and the conditions of one rule, by Cedar."""
        alone = pst.Template(
            id="alone",
            effect="permit",
            principal=tree.principal,
            action=tree.action,
            resource=tree.resource,
            clauses=tree.clauses,
            annotations=pst.FrozenMap(),
        )
        engine = Engine({"alone": alone}, self.parts.nouns.schema)
        facts = Facts(self.parts.nouns, self.parts.nomenclature, self.parts.settings)
        profession = facts.habilitation(question.actor)
        readable = self.parts.matrix.readable.get(profession, frozenset())
        base = engine.base_entities(habilitation_entity(profession, readable))
        documents = [] if question.document is None else [question.document]
        entities = engine.entities(base, facts.entities(question.actor, documents))
        verdict = engine.ask([facts.request(question)], entities)[0]
        return verdict.allowed or bool(verdict.faults)
