"""The face of the room: what it offers, and that what it offers is stable, complete and immutable."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import policies
from policies import PolicyBook, Question


def test_the_room_offers_these_names_and_no_other() -> None:
    assert sorted(policies.__all__) == [
        "Action",
        "Actor",
        "Circumstances",
        "ConsentBasis",
        "Decision",
        "Document",
        "Fault",
        "HospitalRules",
        "Mode",
        "NearMiss",
        "OfferedReason",
        "Patient",
        "PolicyBook",
        "PolicyError",
        "Purpose",
        "Question",
        "Rule",
        "Sources",
    ]
    assert all(hasattr(policies, name) for name in policies.__all__)


def test_every_rule_in_force_can_be_shown(book: PolicyBook, shipped: Path) -> None:
    for rule in book.rules():
        lines = (shipped / rule.file).read_text(encoding="utf-8").splitlines()
        assert lines[rule.line - 1] == f'@id("{rule.id}")'
        assert rule.text.startswith(lines[rule.line - 1])
        assert rule.text.endswith(";")
        assert rule.reason_fr.endswith((".", ")"))
        assert rule.reason_en.endswith((".", ")"))
        assert rule.effect == "forbid" if rule.guardrail else rule.effect in ("permit", "forbid")
    assert [rule.id for rule in book.rules()] == sorted(rule.id for rule in book.rules())


def test_no_two_rules_say_the_same_sentence(book: PolicyBook) -> None:
    for reasons in ([one.reason_fr for one in book.rules()], [one.reason_en for one in book.rules()]):
        assert len(set(reasons)) == len(reasons)


def test_a_decision_and_a_question_cannot_be_changed(book: PolicyBook, put: Callable[..., Question]) -> None:
    question = put("secretaire")
    decision = book.decide(question)
    with pytest.raises(FrozenInstanceError):
        decision.allowed = True  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        question.actor.factors = 2  # type: ignore[misc]


def test_the_same_question_always_gets_the_same_answer(book: PolicyBook, put: Callable[..., Question]) -> None:
    question = put("interne", context="bris_de_glace")
    assert len({book.decide(question) for _ in range(50)}) == 1
    assert book.decide(question).book_digest == book.digest


def test_the_matrix_says_its_source_on_every_row_and_claims_no_official_one(book: PolicyBook) -> None:
    rows = book.matrix()
    assert len(rows) > 500
    assert all(row.source and "arrêté" not in row.source.lower() for row in rows)


def test_physicians_read_every_type_but_the_residence_certificate_and_what_is_no_care_document(
    book: PolicyBook,
) -> None:
    closed = {row.type_code for row in book.matrix() if row.profession == "medecin" and not row.read}
    assert closed == {"ATTEST-RESID", "PIECE-IDENTITE", "FEUILLE-DE-STYLE", "EXPORT_DUI", "E1762"}


def test_the_code_10_is_a_physician_in_one_system_and_an_intern_in_the_other(book: PolicyBook) -> None:
    named = {one.key: one.id for one in book.professions()}
    assert named["1.2.250.1.71.1.2.7|10"] == "medecin"
    assert named["1.2.250.1.71.1.2.8|10"] == "medecin_en_formation"
