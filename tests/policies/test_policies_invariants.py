"""What holds for every question and every version: against a plain-Python oracle, and under changes of the rules."""

import csv
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import policies
from policies import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Document,
    Mode,
    Patient,
    PolicyBook,
    Purpose,
    Question,
    Sources,
)
from policies.lint import inspect
from policies.rulefile import split_rules

SHIPPED = Path(policies.__file__).parent
BOOK = PolicyBook.load(SHIPPED)
G15, G16, ROLE = "1.2.250.1.71.1.2.7", "1.2.250.1.71.1.2.8", "1.2.250.1.213.1.1.4.6"

# Mostly the fact that opens, sometimes the one that closes: random questions must be allowed often enough to matter.
mostly_true = st.sampled_from([True] * 9 + [False])
mostly_false = st.sampled_from([False] * 9 + [True])
coin = st.booleans()


def actors() -> st.SearchStrategy[Actor]:
    professions = [(G15, "10"), (G16, "10"), (G15, "60"), (G15, "21"), (G15, "40"), (G15, "50"), (G16, "21")]
    others = [(G15, "70"), (ROLE, "SECRETARIAT_MEDICAL"), ("", ""), ("", "10"), (G16, "60"), ("x", "y")]
    return st.builds(
        lambda profession, **rest: Actor(profession_system=profession[0], profession_code=profession[1], **rest),
        profession=st.sampled_from(professions * 4 + others),
        id=st.sampled_from(["p1", "p2", ""]),
        specialty=st.sampled_from(["SM59", "SM26", "", "SM59", "SM59", "SM25"]),
        category=st.sampled_from(["C", "E", "M", ""]),
        unit=st.sampled_from(["URG", "SAMU", "URG", "SAMU", "PUI", "SST", "SDIS", "", "??"]),
        establishment=st.sampled_from(["750000018", "690000015"]),
        named=mostly_true,
        factors=st.sampled_from([2, 2, 2, 3, 2, 2, 1, 0]),
        enrolled=mostly_true,
    )


def patients() -> st.SearchStrategy[Patient]:
    return st.builds(
        Patient,
        id=st.just("x"),
        identity_status=st.sampled_from(["QUAL"] * 9 + ["PROV", "VALI", "RECUP", "", "qual"]),
        dossier=st.sampled_from(["active"] * 9 + ["closed", "absent", "?"]),
        opposed_break_glass=mostly_false,
        opposed_centre_15=mostly_false,
        masked_in_emergency=coin,
        blocks_actor=mostly_false,
        is_actor=mostly_false,
        refused_this_episode=mostly_false,
        consent_this_episode=coin,
        in_actor_unit=coin,
        present=coin,
        deceased=mostly_false,
    )


def circumstances() -> st.SearchStrategy[Circumstances]:
    purposes = {Mode.NORMAL: Purpose.CARE, Mode.BREAK_GLASS: Purpose.EMERGENCY, Mode.CENTRE_15: Purpose.REGULATION}
    reasons = ["vital_emergency", "unable_to_express", "immediate_risk", "regulation", "other", "", "???"]

    def fitting(mode: Mode, purpose: Purpose | None, **rest: Any) -> Circumstances:
        return Circumstances(mode=mode, purpose=purpose or purposes[mode], **rest)

    return st.builds(
        fitting,
        mode=st.sampled_from(list(Mode)),
        purpose=st.one_of(st.none(), st.none(), st.none(), st.sampled_from(list(Purpose))),
        consent=st.sampled_from(list(ConsentBasis)),
        attests_incapacity_and_risk=mostly_true,
        reason_code=st.sampled_from(reasons),
        reason_text_given=coin,
        access_open=mostly_true,
    )


def documents() -> st.SearchStrategy[Document]:
    return st.builds(
        Document,
        id=st.just("d"),
        type_code=st.sampled_from(["SYNTH", "EXPPAT_3", "11502-2", "68599-0", "51969-4", "REMB", "ATTEST-RESID", "zz"]),
        class_code=st.sampled_from(["10", "11"]),
        masked=mostly_false,
        invisible_to_patient=coin,
        invisible_to_representatives=coin,
        status=st.sampled_from(["current", "archived", "obsolete", "current", "deleted", ""]),
        deposited_by_actor=coin,
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    action = draw(st.sampled_from(list(Action)))
    return Question(
        action=action,
        actor=draw(actors()),
        patient=draw(patients()),
        circumstances=draw(circumstances()),
        document=draw(documents()) if action is Action.READ_DOCUMENT else None,
    )


def readable() -> dict[str, set[str]]:
    """The matrix, read by another reader than the product's."""
    found: dict[str, set[str]] = {}
    with (SHIPPED / "matrix.csv").open(encoding="utf-8", newline="") as sheet:
        for row in csv.DictReader(sheet):
            if row["read"] == "oui":
                found.setdefault(row["profession"], set()).add(row["type_code"])
    return found


READABLE = readable()
# TRE_G15 as a whole: every code of it in the product's list is a care profession.
CARE_CODES = {10, 21, 26, 28, 31, 32, 35, 36, 37, 38, 39, 40, 50, 60, 69, 70, *range(80, 87), 91, 92, 94, 95, 96, 98}
CARE = {f"{G15}|{code}" for code in CARE_CODES} | {f"{G16}|{code}" for code in ("10", "21", "40", "50")}


def oracle(q: Question) -> bool:
    """The law and the hospital's rules, again, by hand, without Cedar."""
    a, p, c = q.actor, q.patient, q.circumstances
    key = f"{a.profession_system}|{a.profession_code}"
    training = a.profession_system == G16
    types = READABLE.get(f"{G15}|{a.profession_code}" if training else key, set()) if key in CARE else set()
    if not a.named or a.factors < 2 or not a.enrolled or key not in CARE:
        return False
    if c.purpose not in (Purpose.CARE, Purpose.EMERGENCY, Purpose.REGULATION):
        return False
    if a.unit == "SST" or a.specialty == "SM25":
        return False
    if p.identity_status != "QUAL" or p.dossier != "active" or p.blocks_actor or p.is_actor or p.deceased:
        return False
    if p.refused_this_episode and c.mode is not Mode.CENTRE_15:
        return False
    if c.mode is Mode.BREAK_GLASS and p.opposed_break_glass:
        return False
    if c.mode is Mode.CENTRE_15 and p.opposed_centre_15:
        return False
    if q.action is not Action.OPEN_DOSSIER and not c.access_open:
        return False
    regulates = a.unit == "SAMU" and key == f"{G15}|10" and c.purpose is Purpose.REGULATION
    if q.document is not None:
        return oracle_reads(q, q.document, types, regulates)
    if a.unit == "SDIS" and not (c.mode is Mode.NORMAL and c.consent is ConsentBasis.EXPLICIT):
        return False
    if c.mode is Mode.CENTRE_15:
        return regulates and c.reason_code == "regulation"
    if c.mode is Mode.BREAK_GLASS:
        reason = c.reason_code in ("vital_emergency", "unable_to_express", "immediate_risk")
        reason = reason or (c.reason_code == "other" and c.reason_text_given)
        who = training or a.profession_code in ("10", "60", "21", "50", "40")
        return who and reason and c.attests_incapacity_and_risk and c.purpose is Purpose.EMERGENCY
    team = c.consent is ConsentBasis.CARE_TEAM and p.consent_this_episode and p.in_actor_unit
    agreed = c.consent is ConsentBasis.EXPLICIT or team
    return agreed and bool(types) and c.purpose in (Purpose.CARE, Purpose.EMERGENCY)


def oracle_reads(q: Question, d: Document, types: set[str], regulates: bool) -> bool:
    c = q.circumstances
    if d.masked and not d.deposited_by_actor and (c.mode is Mode.NORMAL or not q.patient.masked_in_emergency):
        return False
    if d.type_code not in types or d.status not in ("current", "archived", "obsolete"):
        return False
    if c.mode is Mode.CENTRE_15:
        return regulates
    if c.mode is Mode.BREAK_GLASS:
        return c.purpose is Purpose.EMERGENCY
    return c.purpose in (Purpose.CARE, Purpose.EMERGENCY)


@settings(max_examples=1500, deadline=None)
@given(questions())
def test_the_rules_answer_as_the_plain_python_oracle_does(question: Question) -> None:
    decision = BOOK.decide(question)
    assert decision.allowed == oracle(question), (question, decision)
    assert decision.engine_faults == ()
    assert list(decision.rule_ids) == sorted(decision.rule_ids)
    assert len(decision.reasons_fr) == len(decision.reasons_en) == max(len(decision.rule_ids), 1)
    if decision.allowed or decision.rule_ids:
        assert decision.near_misses == ()


junk = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.dictionaries(st.text(), st.integers()),
    st.just(object()),
)


@settings(max_examples=300, deadline=None)
@given(junk)
def test_decide_never_raises_and_never_says_yes_to_what_is_no_question(thing: Any) -> None:
    decision = BOOK.decide(thing)
    assert not decision.allowed
    assert decision.engine_faults


@settings(max_examples=800, deadline=None)
@given(st.data())
def test_decide_never_raises_and_never_says_yes_when_one_fact_is_of_a_wrong_type(data: st.DataObject) -> None:
    question = data.draw(questions())
    parts = ["actor", "patient", "circumstances"] + (["document"] if question.document is not None else [])
    name = data.draw(st.sampled_from(parts))
    part = getattr(question, name)
    field = data.draw(st.sampled_from([one.name for one in fields(part)]))
    value = data.draw(junk)
    assume(type(value) is not type(getattr(part, field)))
    decision = BOOK.decide(replace(question, **{name: replace(part, **{field: value})}))
    assert not decision.allowed
    assert decision.engine_faults


@settings(max_examples=200, deadline=None)
@given(questions(), st.text(), st.text(), st.text(), st.text())
def test_decide_never_raises_on_any_text(question: Question, a: str, b: str, c: str, d: str) -> None:
    actor = replace(question.actor, id=a, unit=b, specialty=c, profession_code=d)
    patient = replace(question.patient, id=a, identity_status=b)
    circumstances_ = replace(question.circumstances, reason_code=c)
    asked = replace(question, actor=actor, patient=patient, circumstances=circumstances_)
    decision = BOOK.decide(asked)
    if decision.allowed:
        assert oracle(asked)


def versions(text: str) -> PolicyBook:
    """The shipped rules with one more file, loaded without the checks that would refuse it."""
    files = {**Sources.read(SHIPPED).files, "rules/99-essai.cedar": text.encode()}
    parts, _ = inspect(Sources(files))
    return PolicyBook.of(parts)


BLANKET = versions("permit(principal, action, resource);")


@settings(max_examples=600, deadline=None)
@given(questions())
def test_a_blanket_permit_lets_no_insurer_no_opposed_no_blocked_no_one_factor_in(question: Question) -> None:
    actor, patient, asked = question.actor, question.patient, question.circumstances
    decision = BLANKET.decide(question)
    never = (
        asked.purpose in (Purpose.INSURANCE, Purpose.EMPLOYMENT, Purpose.BANKING, Purpose.PHARMACEUTICAL)
        or (asked.mode is Mode.BREAK_GLASS and patient.opposed_break_glass)
        or (asked.mode is Mode.CENTRE_15 and patient.opposed_centre_15)
        or patient.blocks_actor
        or actor.factors < 2
        or not actor.named
        or not actor.enrolled
        or patient.identity_status != "QUAL"
        or patient.deceased
        or f"{actor.profession_system}|{actor.profession_code}" not in CARE
        or (
            question.document is not None
            and question.document.masked
            and not question.document.deposited_by_actor
            and (asked.mode is Mode.NORMAL or not patient.masked_in_emergency)
        )
    )
    if never:
        assert not decision.allowed
    assert decision.allowed or decision.rule_ids, "the blanket permit is in force: only a forbid refuses"


def test_the_blanket_permit_of_these_tests_does_open_what_no_rule_opens() -> None:
    """Without this, the guardrail test above could hold for the wrong reason."""
    question = Question(
        action=Action.OPEN_DOSSIER,
        actor=replace(example(), unit="URG"),
        patient=patient_like(),
        circumstances=Circumstances(
            mode=Mode.NORMAL,
            purpose=Purpose.CARE,
            consent=ConsentBasis.NONE,
            attests_incapacity_and_risk=False,
            reason_code="",
            reason_text_given=False,
            access_open=False,
        ),
    )
    assert not BOOK.decide(question).allowed
    assert BLANKET.decide(question).allowed


def example() -> Actor:
    return Actor(
        id="p",
        profession_system=G15,
        profession_code="10",
        specialty="SM59",
        category="M",
        unit="URG",
        establishment="750000018",
        named=True,
        factors=2,
        enrolled=True,
    )


def patient_like() -> Patient:
    facts: dict[str, Any] = {one.name: False for one in fields(Patient)}
    return Patient(**{**facts, "id": "x", "identity_status": "QUAL", "dossier": "active"})


FORBIDS = [
    versions(f'@id("ESSAI-01-x") @reason("r") @reason_en("r") forbid(principal, action, resource) when {{ {when} }};')
    for when in (
        "context.patient.present",
        'principal.unit == "URG"',
        'context.reason == Reason::"other"',
        "context.access_open && principal.in_training",
    )
]


@settings(max_examples=200, deadline=None)
@given(questions(), st.sampled_from(FORBIDS))
def test_a_forbid_added_never_allows_more(question: Question, stricter: PolicyBook) -> None:
    assert BOOK.decide(question).allowed or not stricter.decide(question).allowed


def without(rule_id: str) -> PolicyBook:
    parts, _ = inspect(Sources.read(SHIPPED))
    return PolicyBook.of(replace(parts, rules=tuple(rule for rule in parts.rules if rule.id != rule_id)))


PERMITS_REMOVED = [without(rule.id) for rule in BOOK.rules() if rule.effect == "permit"]


@settings(max_examples=200, deadline=None)
@given(questions(), st.sampled_from(PERMITS_REMOVED))
def test_a_permit_removed_never_allows_more(question: Question, poorer: PolicyBook) -> None:
    assert BOOK.decide(question).allowed or not poorer.decide(question).allowed


def shuffled(order: list[int], cut: int) -> PolicyBook:
    """The same rules in another order, split over two files at another place."""
    files = dict(Sources.read(SHIPPED).files)
    texts: list[str] = []
    for name in [name for name in files if name.startswith("rules/")]:
        texts += [rule.text for rule in split_rules(name, files.pop(name).decode())]
    mixed = [texts[place % len(texts)] for place in order if place < len(texts)]
    assert sorted(mixed) == sorted(texts)
    files["rules/z.cedar"] = "\n".join(mixed[:cut]).encode()
    files["rules/a.cedar"] = '\n// \u00e9 ; "\n'.join(mixed[cut:]).encode()
    return PolicyBook.build(Sources(files))


RULES_OF_IT = sum(not rule.guardrail for rule in BOOK.rules())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.permutations(range(RULES_OF_IT)),
    st.integers(0, RULES_OF_IT),
    st.lists(questions(), min_size=20, max_size=20),
)
def test_the_decision_does_not_depend_on_the_order_or_the_files_of_the_rules(
    order: list[int], cut: int, asked: list[Question]
) -> None:
    other = shuffled(order, cut)
    for question in asked:
        one, two = BOOK.decide(question), other.decide(question)
        assert replace(one, book_digest="") == replace(two, book_digest="")


@pytest.mark.parametrize("action", list(Action))
def test_the_oracle_says_yes_often_enough_for_its_agreement_to_mean_something(
    action: Action, put: Callable[..., Question]
) -> None:
    context = "bris_de_glace_ouvert"
    document = {"document": "synthese"} if action is Action.READ_DOCUMENT else {}
    question = put("interne", context=context, action=action.value, **document)
    assert oracle(question)
    assert BOOK.decide(question).allowed
