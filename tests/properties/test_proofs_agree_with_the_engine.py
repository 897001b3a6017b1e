"""The prover's translation, held to Cedar itself on random rules and random questions, errors included."""

import random

import pytest
import z3

from policies import Question
from policies.lint import Parts
from policies.proving.linked import Linked
from policies.proving.solving import solver_within
from policies.proving.space import Space
from policies.proving.version import Version
from tests.properties.asking import ATOMS, questions, rule, version

EACH = 130
TRIES = 25  # versions; 3,250 questions in all


def answers(parts: Parts, asked: list[Question]) -> list[bool]:
    """What the formula of a version is worth for each question."""
    space = Space([parts])
    translated = Version(space, parts, "a")
    assert translated.untranslated() == []
    found = []
    for question in asked:
        solver = solver_within(20)
        solver.add(*space.domain, *space.fixed(question))
        assert solver.check() == z3.sat
        value = solver.model().eval(translated.allowed, model_completion=True)
        assert z3.is_true(value) or z3.is_false(value), value
        found.append(z3.is_true(value))
    return found


@pytest.mark.slow
def test_the_translation_answers_three_thousand_questions_as_cedar_does() -> None:
    chance = random.Random(5)
    allowed = errors = 0
    for turn in range(TRIES):
        parts, book = version([rule(chance, number) for number in range(6)], alone=True)
        asked = questions(turn, EACH)
        for question, decision, said in zip(asked, book.decide_many(asked), answers(parts, asked), strict=True):
            assert said == decision.allowed, (question, decision)
            allowed += decision.allowed
            errors += bool(decision.engine_faults)
    assert allowed > 500
    assert errors > 100, "overflows must be met too"


def test_every_fact_of_the_schema_is_linked_to_the_question_it_comes_from() -> None:
    """A fact left free would make counterexamples nobody can ask."""
    parts, _ = version([])
    assert Linked(Space([parts]), parts, "a").free == []


def test_each_kind_of_condition_is_translated_as_cedar_reads_it() -> None:
    asked = questions(11, 12)
    for number, atom in enumerate(ATOMS):
        text = f'@id("ESSAI-{number:02d}-x") permit(principal, action, resource) when {{ {atom} }};'
        parts, book = version([text], alone=True)
        expected = [decision.allowed for decision in book.decide_many(asked)]
        assert answers(parts, asked) == expected, atom


def test_the_shipped_rules_answer_the_same_in_the_solver_and_in_the_engine() -> None:
    parts, book = version([])
    asked = questions(12, 300)
    expected = [decision.allowed for decision in book.decide_many(asked)]
    assert answers(parts, asked) == expected
