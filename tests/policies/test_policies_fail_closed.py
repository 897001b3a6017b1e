"""The face never says yes on any trouble: of the engine, of a rule, of a fact, of the question."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from policies import Decision, PolicyBook, PolicyError, Question, Sources
from policies.engine import Engine
from policies.facts import Facts, habilitation_entity
from policies.lint import inspect
from policies.nouns import read_nouns
from policies.question import Document
from policies.sources import SCHEMA

BLANKET = "permit(principal, action, resource);"
GUARD = "forbid(principal, action, resource) when { principal.factors < 2 };"

Put = Callable[..., Question]


def refused_by_trouble(decision: Decision) -> bool:
    return not decision.allowed and decision.engine_faults != () and decision.rule_ids == ()


@pytest.fixture(scope="module")
def engine(shipped: Any) -> Engine:
    """Two rules only: everything is allowed, unless fewer than two factors."""
    trees = cedarpy.policies_to_pst(BLANKET + GUARD).static_policies
    nouns = read_nouns((shipped / SCHEMA).read_text())
    return Engine({"P": trees["policy0"], "F": trees["policy1"]}, nouns.schema)


@pytest.fixture(scope="module")
def facts(book: PolicyBook, shipped: Any) -> Facts:
    parts, _ = inspect(Sources.read(shipped))
    return Facts(parts.nouns, parts.nomenclature, parts.settings)


def test_cedar_itself_would_allow_when_a_forbid_meets_an_absent_entity(shipped: Any, facts: Facts, put: Put) -> None:
    """Why this face exists: the engine alone answers Allow here, and only its error list tells."""
    nouns = read_nouns((shipped / SCHEMA).read_text())
    nobody = cedarpy.Entities.from_json_str("[]", nouns.schema)
    request = facts.request(put("senior"))
    answer = cedarpy.is_authorized(request, BLANKET + GUARD, nobody, nouns.schema)
    assert answer.decision is cedarpy.Decision.Allow
    assert answer.diagnostics.errors


def test_an_absent_entity_is_a_refusal(engine: Engine, facts: Facts, put: Put) -> None:
    nobody = engine.base_entities("[]")
    (verdict,) = engine.ask([facts.request(put("senior"))], nobody)
    assert not verdict.allowed
    assert verdict.faults
    assert verdict.rule_ids == ()


def test_the_same_question_with_its_entities_is_allowed(engine: Engine, facts: Facts, put: Put) -> None:
    question = put("senior")
    base = engine.base_entities(habilitation_entity("medecin", frozenset()))
    entities = engine.entities(base, facts.entities(question.actor, []))
    (verdict,) = engine.ask([facts.request(question)], entities)
    assert verdict.allowed
    assert verdict.rule_ids == ("P",)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("factors", "2"), ("factors", True), ("named", 1), ("profession", {"type": "Profession", "id": "medcin"})],
)
def test_an_entity_of_a_wrong_type_is_never_built(
    engine: Engine, facts: Facts, put: Put, attribute: str, value: object
) -> None:
    people = json.loads(facts.entities(put("senior").actor, []))
    people[0]["attrs"][attribute] = value
    with pytest.raises(ValueError, match="schema"):
        engine.entities(engine.base_entities("[]"), json.dumps(people))


def test_an_entity_without_an_attribute_is_never_built(engine: Engine, facts: Facts, put: Put) -> None:
    people = json.loads(facts.entities(put("senior").actor, []))
    del people[0]["attrs"]["factors"]
    with pytest.raises(ValueError, match="schema"):
        engine.entities(engine.base_entities("[]"), json.dumps(people))


@pytest.mark.parametrize("broken", ["mode", "patient", "access_open"])
def test_a_context_without_a_fact_is_a_refusal(engine: Engine, facts: Facts, put: Put, broken: str) -> None:
    question = put("senior")
    entities = engine.entities(engine.base_entities("[]"), facts.entities(question.actor, []))
    context = facts.context(question)
    del context[broken]
    (verdict,) = engine.ask([{**facts.request(question), "context": context}], entities)
    assert not verdict.allowed
    assert verdict.faults


@pytest.mark.parametrize(
    "request_",
    [{}, {"principal": "?"}, {"principal": None, "action": None, "resource": None, "context": None}, None, 3],
)
def test_a_request_the_engine_cannot_read_is_a_refusal(engine: Engine, request_: Any) -> None:
    verdicts = engine.ask([request_], engine.base_entities("[]"))
    assert [verdict.allowed for verdict in verdicts] == [False]
    assert verdicts[0].faults


def test_entities_the_engine_cannot_read_are_a_refusal(engine: Engine, facts: Facts, put: Put) -> None:
    not_entities: Any = object()
    verdicts = engine.ask([facts.request(put("senior"))] * 3, not_entities)
    assert [verdict.allowed for verdict in verdicts] == [False, False, False]
    assert all(verdict.faults for verdict in verdicts)


@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_a_rule_that_errors_while_deciding_is_a_refusal(with_rules: Any, put: Put, effect: str) -> None:
    """Overflow passes every check of the schema and only shows when asked."""
    overflow = (
        f'@id("ESSAI-01-debordement") @reason("r") @reason_en("r") @obligations("") {effect}'
        '(principal, action == Action::"open_dossier", resource) '
        "when { principal.factors * 9223372036854775807 == 1 };"
    )
    with pytest.raises(PolicyError, match="does not fit"):
        PolicyBook.build(with_rules(overflow))
    parts, _ = inspect(with_rules(overflow))
    decision = PolicyBook.of(parts).decide(put("senior"))
    assert refused_by_trouble(decision)
    assert "ESSAI-01-debordement" in decision.engine_faults[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  factors: Long,", "  factors: String,"),
        ("  factors: Long,", "  factors: Long,\n  badge: String,"),
        ("  factors: Long,", ""),
        ('enum ["normal", "break_glass", "centre_15"]', 'enum ["ordinaire", "urgence"]'),
        ("    deceased: Bool,", "    deceased: Bool,\n    age: Long,"),
        ("    deceased: Bool,", ""),
    ],
)
def test_a_schema_that_no_longer_fits_the_facts_never_becomes_a_permit(
    shipped: Any, put: Put, before: str, after: str
) -> None:
    files = dict(Sources.read(shipped).files)
    schema = files[SCHEMA].decode()
    assert before in schema
    files[SCHEMA] = schema.replace(before, after).encode()
    files["rules/99-essai.cedar"] = BLANKET.encode()
    with pytest.raises(PolicyError):
        PolicyBook.build(Sources(files))
    parts, _ = inspect(Sources(files))
    broken = PolicyBook.of(parts)
    for context in ("accord", "bris_de_glace"):
        assert refused_by_trouble(broken.decide(put("senior", context=context)))


def test_a_malformed_document_refuses_the_whole_list(book: PolicyBook, put: Put) -> None:
    question = put("senior", context="accord_ouvert", document="synthese")
    assert question.document is not None
    bad: Document = replace(question.document, masked="non")  # type: ignore[arg-type]
    decisions = book.decide_documents(question, [question.document, bad])
    assert len(decisions) == 2
    assert all(refused_by_trouble(decision) for decision in decisions)


def test_a_list_asked_as_an_opening_is_refused(book: PolicyBook, put: Put) -> None:
    document = put("senior", context="accord_ouvert", document="synthese").document
    assert document is not None
    (decision,) = book.decide_documents(put("senior"), [document])
    assert refused_by_trouble(decision)


def test_a_read_without_its_document_is_refused(book: PolicyBook, put: Put) -> None:
    question = put("senior", context="accord_ouvert", document="synthese")
    assert refused_by_trouble(book.decide(replace(question, document=None)))


def test_a_fault_names_fields_and_never_values(book: PolicyBook, put: Put) -> None:
    question = put("senior")
    patient = replace(question.patient, deceased="MARTIN Jeanne 279035121518989")  # type: ignore[arg-type]
    decision = book.decide(replace(question, patient=patient))
    assert decision.engine_faults == ("MalformedQuestionError: Patient.deceased",)
    odd = replace(question, actor=replace(question.actor, id='MARTIN "Jeanne" \ud800'))
    assert "MARTIN" not in " ".join(book.decide(odd).engine_faults)


def test_a_list_of_a_hundred_documents_gets_the_answers_each_would_get_alone(book: PolicyBook, put: Put) -> None:
    kinds = ("synthese", "masque", "residence", "archive", "type_inconnu", "etat_inconnu", "psychiatrie")
    questions = [put("dentiste", context="accord_ouvert", document=kinds[n % len(kinds)]) for n in range(100)]
    alone = [replace(book.decide(question), near_misses=()) for question in questions]
    together = book.decide_documents(questions[0], [q.document for q in questions if q.document is not None])
    assert together == alone
    assert {decision.allowed for decision in together} == {True, False}
    assert book.decide_documents(questions[0], []) == []


class PanicException(BaseException):
    """What a panic of a Rust extension looks like: not an Exception."""


class Raising(list[dict[str, Any]]):
    """Requests whose reading raises."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__([{}, {}])
        self._raised = raised

    def __iter__(self) -> Iterator[dict[str, Any]]:
        raise self._raised


@pytest.mark.parametrize("raised", [PanicException("boom"), MemoryError(), RecursionError(), ValueError('x "secret"')])
def test_whatever_is_raised_inside_the_engine_is_a_refusal(engine: Engine, raised: BaseException) -> None:
    verdicts = engine.ask(Raising(raised), engine.base_entities("[]"))
    assert [verdict.allowed for verdict in verdicts] == [False, False]
    assert "secret" not in verdicts[0].faults[0]


def test_an_order_to_stop_is_not_an_answer(engine: Engine) -> None:
    with pytest.raises(KeyboardInterrupt):
        engine.ask(Raising(KeyboardInterrupt()), engine.base_entities("[]"))


def test_one_book_answers_many_threads_at_once_as_it_answers_one(book: PolicyBook, put: Put) -> None:
    asked = [
        put(user, patient, context)
        for user in ("interne", "senior", "secretaire", "regulateur")
        for patient in ("ordinaire", "opposee_bris_de_glace", "suivie")
        for context in ("accord", "equipe", "bris_de_glace", "regulation")
    ]
    alone = [book.decide(question) for question in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(book.decide, asked * 10))
    assert together == alone * 10
    assert {decision.allowed for decision in alone} == {True, False}
