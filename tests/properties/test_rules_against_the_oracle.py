"""The rules held to a plain-Python oracle over thousands of random questions, and to a permit of everything."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from policies import Action, ConsentBasis, Mode, PolicyBook, Question, Sources
from policies.findings import Verdict
from policies.lint import inspect
from policies.prover import prove
from policies.rulefile import split_rules
from tests.properties.asking import PEOPLE, SHIPPED, questions
from tests.properties.oracle import Oracle

BLANKET = "permit(principal, action, resource);"
NUMBER = 5_000
ORACLE = Oracle(SHIPPED)
PHYSICIAN = PEOPLE[0]
RULE_FILES = sorted(path.name for path in (SHIPPED / "rules").glob("*.cedar"))


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """5,000 random questions, about one in eight of which is allowed."""
    return questions(20261122, NUMBER)


def blanketed(file: str, place: int) -> Sources:
    """The shipped rules with the blanket permit put before the rule at this place of this file."""
    files = dict(Sources.read(SHIPPED).files)
    texts = [text.text for text in split_rules(file, files[f"rules/{file}"].decode())]
    files[f"rules/{file}"] = "\n".join([*texts[:place], BLANKET, *texts[place:]]).encode()
    return Sources(files)


def test_the_rules_answer_five_thousand_questions_as_the_oracle_does(asked: list[Question]) -> None:
    decisions = PolicyBook.load(SHIPPED).decide_many(asked)
    differing = [
        (question, decision)
        for question, decision in zip(asked, decisions, strict=True)
        if decision.allowed != ORACLE.allows(question)
    ]
    assert differing == []
    for decision in decisions:
        assert decision.engine_faults == ()
        assert list(decision.rule_ids) == sorted(decision.rule_ids)
        assert len(decision.reasons_fr) == len(decision.reasons_en) == max(len(decision.rule_ids), 1)
    allowed = Counter(
        (question.action, question.circumstances.mode)
        for question, decision in zip(asked, decisions, strict=True)
        if decision.allowed
    )
    assert min(allowed[action, mode] for action in Action for mode in Mode) >= 20, "agreement on refusals says little"


def otherwise(question: Question) -> Iterator[Question]:
    """The same question with one of the facts that a person may state or mend changed."""
    how, who = question.circumstances, question.actor
    for basis in ConsentBasis:
        yield replace(question, circumstances=replace(how, consent=basis))
    for reason in ("vital_emergency", "regulation"):
        yield replace(question, circumstances=replace(how, reason_code=reason))
    yield replace(question, circumstances=replace(how, attests_incapacity_and_risk=True))
    yield replace(question, circumstances=replace(how, access_open=True))
    yield replace(question, actor=replace(who, unit="SAMU"))
    yield replace(question, actor=replace(who, profession_system=PHYSICIAN[0], profession_code=PHYSICIAN[1]))


def test_what_is_nearly_allowed_though_a_rule_forbids_it_opens_with_that_one_fact(asked: list[Question]) -> None:
    book = PolicyBook.load(SHIPPED)
    nearly = 0
    for question in asked[:1500]:
        decision = book.decide(question)
        if decision.rule_ids and decision.near_misses:
            nearly += 1
            assert not decision.allowed
            assert any(book.decide(other).allowed for other in otherwise(question)), (question, decision)
    assert nearly >= 20


def test_everything_permitted_still_lets_in_nobody_the_oracle_refuses_over_five_thousand_questions(
    asked: list[Question],
) -> None:
    parts, _ = inspect(blanketed(RULE_FILES[0], 0))
    decisions = PolicyBook.of(parts).decide_many(asked)
    refusals: Counter[str] = Counter()
    differing = []
    for question, decision in zip(asked, decisions, strict=True):
        against = ORACLE.never(question)
        refusals.update(against)
        if decision.allowed != ORACLE.allows_with_everything_permitted(question):
            differing.append((question, decision, against))
    assert differing == []
    assert min(refusals.values()) >= 20, refusals
    assert len(refusals) == 22


@pytest.mark.parametrize("file", RULE_FILES)
def test_everything_permitted_anywhere_in_the_rules_is_proven_to_break_no_invariant(file: str) -> None:
    """No insurer, no opposed patient, no blocked professional: for every question, not only those of a test."""
    chance = random.Random(file)
    here = len(split_rules(file, (SHIPPED / "rules" / file).read_text()))
    report = prove(blanketed(file, chance.randint(0, here)))
    assert report.trouble is None
    assert {finding.invariant for finding in report.findings} >= {
        "JAMAIS-03-assureur",
        "JAMAIS-12-professionnel-bloque",
        "JAMAIS-16-opposition-bris-de-glace",
        "JAMAIS-17-opposition-centre-15",
    }
    assert {finding.verdict for finding in report.findings} == {Verdict.PROVED}
    assert report.holds
