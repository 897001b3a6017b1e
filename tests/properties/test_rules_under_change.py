"""What must hold however the rules are ordered, split, added to or cut, and whatever is asked."""

import math
import random
from dataclasses import fields, replace
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import Action, Decision, PolicyBook, Question, Sources
from policies.lint import Parts, inspect
from policies.proving.solving import solver_within
from policies.proving.space import Space
from policies.proving.version import Version
from policies.rulefile import split_rules
from tests.properties.asking import SHIPPED, questions, rule, version

BOOK = PolicyBook.load(SHIPPED)
BASE, _ = inspect(Sources.read(SHIPPED))


@pytest.mark.parametrize("seed", range(4))
def test_the_decision_depends_neither_on_the_order_of_the_rules_nor_on_their_files(seed: int) -> None:
    chance = random.Random(seed)
    files = dict(Sources.read(SHIPPED).files)
    texts = [
        text.text
        for name in sorted(files)
        if name.startswith("rules/")
        for text in split_rules(name, files.pop(name).decode())
    ]
    chance.shuffle(texts)
    cuts = sorted(chance.sample(range(len(texts) + 1), 3))
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(texts)], strict=True)):
        files[f"rules/{chance.randrange(1000):03d}-{number}.cedar"] = "\n\n".join(texts[start:end]).encode()
    other = PolicyBook.build(Sources(files))
    for question in questions(seed, 300):
        assert replace(other.decide(question), book_digest="") == replace(BOOK.decide(question), book_digest="")


def proven_never_to_allow_more(parts: Parts) -> bool:
    """Whether no question at all is allowed by this version and refused by the shipped one."""
    space = Space([BASE, parts])
    before, after = Version(space, BASE, "a"), Version(space, parts, "b")
    solver = solver_within(20)
    solver.add(space.domain)
    assert solver.check(before.allowed) == z3.sat
    return bool(solver.check(after.allowed, z3.Not(before.allowed)) == z3.unsat)


def test_a_permit_added_is_seen_to_allow_more() -> None:
    """Without this, the proofs below could hold for the wrong reason."""
    parts, _ = version(['@id("ESSAI-00-x") permit(principal, action, resource);'])
    assert not proven_never_to_allow_more(parts)


@pytest.mark.parametrize("seed", range(8))
def test_a_forbid_added_never_allows_more(seed: int) -> None:
    """Over random questions, and proven over all of them."""
    parts, stricter = version([rule(random.Random(seed), 0, effect="forbid")])
    asked = questions(seed, 400)
    for before, after in zip(BOOK.decide_many(asked), stricter.decide_many(asked), strict=True):
        assert before.allowed or not after.allowed
    assert proven_never_to_allow_more(parts)


@pytest.mark.parametrize("lost", [one.id for one in BASE.rules if one.effect == "permit"])
def test_a_permit_removed_never_allows_more(lost: str) -> None:
    parts = replace(BASE, rules=tuple(one for one in BASE.rules if one.id != lost))
    poorer = PolicyBook.of(parts)
    asked = questions(7, 300)
    for before, after in zip(BOOK.decide_many(asked), poorer.decide_many(asked), strict=True):
        assert before.allowed or not after.allowed
    assert proven_never_to_allow_more(parts)


class _Text(str):
    """A text that is not exactly a str."""


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just(math.nan),
    st.just(math.inf),
    st.integers(),
    st.just(2**70),
    st.just("\ud800"),
    st.just("x" * 200_000),
    st.just("\x00"),
    st.text(),
    st.binary(),
    st.booleans(),
    st.just(_Text("QUAL")),
    st.lists(st.none()),
    st.dictionaries(st.text(), st.none()),
    st.builds(object),
    st.sampled_from([Action.OPEN_DOSSIER, Decision, Question]),
)


def yes_to_what_is_no_question(asked: Any) -> bool:
    """Whether any way of asking says yes."""
    decision = BOOK.decide(asked)
    several = BOOK.decide_many([asked, asked])
    assert len(several) == 2
    return decision.allowed or any(one.allowed for one in several)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 199), st.data())
def test_the_face_never_raises_and_never_says_yes_to_a_malformed_question(seed: int, data: st.DataObject) -> None:
    question = ALLOWED[seed % len(ALLOWED)]
    names = ["action", "actor", "patient", "circumstances", "document"]
    name = data.draw(st.sampled_from(names))
    part = getattr(question, name)
    odd = data.draw(ODD)
    if name != "action" and part is not None and data.draw(st.booleans()):
        field = data.draw(st.sampled_from([one.name for one in fields(part)]))
        whole = type(odd) is type(getattr(part, field))
        changed = replace(question, **{name: replace(part, **{field: odd})})
    else:
        whole = False
        changed = replace(question, **{name: odd})
        if changed == question:
            return
    said_yes = yes_to_what_is_no_question(changed)
    assert not said_yes or whole


@settings(max_examples=60, deadline=None)
@given(ODD)
def test_the_face_never_says_yes_to_what_is_no_question_at_all(odd: Any) -> None:
    assert not yes_to_what_is_no_question(odd)
    assert not any(one.allowed for one in BOOK.decide_documents(odd, [odd]))


_ASKED = questions(3, 600)
ALLOWED = [question for question, said in zip(_ASKED, BOOK.decide_many(_ASKED), strict=True) if said.allowed]


def test_the_malformed_questions_start_from_questions_that_are_allowed() -> None:
    assert len(ALLOWED) > 40
