"""The shipped cases: they pass, they are enough, and each rule matters to one of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from policies import PolicyBook, PolicyError, Question, Sources
from policies.cases import Case, read_cases, run_case, run_cases, uncovered
from policies.lint import inspect

SHIPPED_RULES = [rule.id for rule in PolicyBook.load(Path(__file__).parents[2] / "policies").rules()]


@pytest.fixture(scope="module")
def cases(shipped: Path) -> list[Case]:
    return read_cases(shipped)


def test_every_shipped_case_is_answered_as_expected(book: PolicyBook, cases: list[Case]) -> None:
    assert [(one.case.name, one.differences) for one in run_cases(book, cases) if one.differences] == []


def test_there_are_at_least_120_cases_and_refusals_are_as_many_as_permits(cases: list[Case]) -> None:
    count = Counter(case.allow for case in cases)
    assert len(cases) >= 120
    assert count[False] >= count[True] >= 60


def test_every_case_has_its_own_name(cases: list[Case]) -> None:
    assert [name for name, times in Counter(case.name for case in cases).items() if times > 1 or not name] == []


def test_every_rule_is_shown_by_a_case(book: PolicyBook, cases: list[Case]) -> None:
    assert uncovered(book, run_cases(book, cases)) == []


def test_every_permit_has_a_case_it_allows_and_a_case_it_nearly_allows(book: PolicyBook, cases: list[Case]) -> None:
    results = run_cases(book, cases)
    allowing = {rule for one in results if one.decision.allowed for rule in one.decision.rule_ids}
    nearly = {miss.rule_id for one in results for miss in one.decision.near_misses}
    permits = {rule.id for rule in book.rules() if rule.effect == "permit"}
    assert permits - allowing == set()
    assert permits - nearly == set()


@pytest.mark.parametrize("rule_id", SHIPPED_RULES)
def test_taking_a_rule_away_breaks_a_case(shipped: Path, cases: list[Case], rule_id: str) -> None:
    parts, _ = inspect(Sources.read(shipped))
    poorer = PolicyBook.of(replace(parts, rules=tuple(rule for rule in parts.rules if rule.id != rule_id)))
    assert any(run_case(poorer, case).differences for case in cases)


@pytest.fixture(scope="module")
def refusals_under_a_blanket_permit(shipped: Path, cases: list[Case]) -> list[tuple[str, ...]]:
    """The rules that refuse each case when the hospital's rules allow everything."""
    files = {**Sources.read(shipped).files, "rules/99-essai.cedar": b"permit(principal, action, resource);"}
    parts, _ = inspect(Sources(files))
    everything = PolicyBook.of(parts)
    decisions = [everything.decide(case.question) for case in cases]
    return [decision.rule_ids for decision in decisions if not decision.allowed]


GUARDRAILS = [rule_id for rule_id in SHIPPED_RULES if rule_id.startswith("INT-")]


@pytest.mark.parametrize("rule_id", GUARDRAILS)
def test_every_guardrail_alone_refuses_what_a_blanket_permit_allows(
    refusals_under_a_blanket_permit: list[tuple[str, ...]], rule_id: str
) -> None:
    assert (rule_id,) in refusals_under_a_blanket_permit


PERSONAS: dict[str, tuple[str, str, str]] = {
    "interne": ("1.2.250.1.71.1.2.8", "10", "URG"),
    "senior": ("1.2.250.1.71.1.2.7", "10", "URG"),
    "infirmiere": ("1.2.250.1.71.1.2.7", "60", "URG"),
    "regulateur": ("1.2.250.1.71.1.2.7", "10", "SAMU"),
    "pharmacienne": ("1.2.250.1.71.1.2.7", "21", "PUI"),
    "secretaire": ("1.2.250.1.213.1.1.4.6", "SECRETARIAT_MEDICAL", "URG"),
}


@pytest.mark.parametrize("name", sorted(PERSONAS))
def test_the_personas_are_those_of_the_product(put: Callable[..., Question], name: str) -> None:
    actor = put(name).actor
    assert (actor.profession_system, actor.profession_code, actor.unit) == PERSONAS[name]
    assert actor.establishment == "750000018"
    assert put("externe").actor.establishment == "690000015"


@pytest.mark.parametrize(
    ("before", "after", "word", "nearest"),
    [
        ("user: interne", "user: intern", "intern", "interne"),
        ("patient: ordinaire", "patient: ordinair", "ordinair", "ordinaire"),
        ("context: accord", "context: accrd", "accrd", "accord"),
        ("patient: ordinaire", "patient: {like: ordinaire, decesed: true}", "decesed", "deceased"),
        ("context: accord", "context: {like: accord, mode: brk_glass}", "brk_glass", "break_glass"),
        ("action: open_dossier", "action: open_dosier", "open_dosier", "open_dossier"),
        ("user: interne", "usr: interne", "usr", "user"),
        ("allow: true", "allow: true, rule: []", "rule", "rules"),
        ("allow: true", "allow: oui", "expect.allow", ""),
        ("user: interne", "user: {id: x}", "profession_system", ""),
    ],
)
def test_a_typo_in_a_case_is_told_with_its_line_and_the_right_word(
    folder: Path, before: str, after: str, word: str, nearest: str
) -> None:
    right = "{name: n, user: interne, patient: ordinaire, action: open_dossier, context: accord, expect: {allow: true}}"
    case = f"- {right.replace(before, after)}"
    (folder / "cases" / "99-essai.yaml").write_text(f"# un essai\n\n{case}\n", encoding="utf-8")
    with pytest.raises(PolicyError) as told:
        read_cases(folder)
    (fault,) = told.value.faults
    assert (fault.file, fault.line, fault.word) == ("cases/99-essai.yaml", 3, word)
    assert fault.nearest == nearest


@pytest.mark.parametrize("text", ["", "a: 1", "- [", "- 3", "\x00"])
def test_a_case_file_that_is_not_a_list_of_cases_is_told(folder: Path, text: str) -> None:
    (folder / "cases" / "99-essai.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as told:
        read_cases(folder)
    assert all(fault.file == "cases/99-essai.yaml" for fault in told.value.faults)


def test_a_persona_that_is_like_itself_is_told_and_does_not_loop(folder: Path) -> None:
    path = folder / "cases" / "personas.yaml"
    path.write_text(path.read_text().replace("  suivie:", "  boucle: {like: boucle}\n  suivie:"))
    (folder / "cases" / "99-essai.yaml").write_text(
        "- {name: n, user: interne, patient: boucle, context: accord, expect: {allow: true}}"
    )
    with pytest.raises(PolicyError, match="boucle"):
        read_cases(folder)


def test_a_case_that_is_not_met_says_what_was_expected_and_what_was_found(book: PolicyBook, cases: list[Case]) -> None:
    wrong = replace(next(case for case in cases if case.allow), allow=False, rules=("X",), obligations=())
    told = {what for what, _, _ in run_case(book, wrong).differences}
    assert told == {"allow", "rules", "obligations"}
