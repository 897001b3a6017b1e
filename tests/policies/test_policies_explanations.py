"""A refusal says what was missing, in words an intern understands, in both languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies import PolicyBook, Question, Sources
from policies.explain import Explanation
from policies.facts import MalformedQuestionError
from policies.lint import inspect

Put = Callable[..., Question]


@pytest.mark.parametrize(
    ("user", "patient", "context", "rule", "fr", "en"),
    [
        (
            "senior",
            "ordinaire",
            "sans_accord",
            "SOIN-01",
            "l'accord du patient n'est pas recueilli",
            "agreement has not",
        ),
        (
            "interne",
            "ordinaire",
            "sans_accord",
            "URG-01",
            "l'accord du patient n'est pas recueilli",
            "agreement has not",
        ),
        ("infirmiere", "ordinaire", "equipe", "SOIN-02", "l'équipe n'a pas encore recueilli", "not yet recorded"),
        (
            "interne",
            "ordinaire",
            {"like": "bris_de_glace", "attests_incapacity_and_risk": False},
            "BDG-02",
            "vous n'attestez pas que le patient ne peut pas s'exprimer",
            "you do not attest",
        ),
        (
            "senior",
            "ordinaire",
            {"like": "bris_de_glace", "reason_code": "other"},
            "BDG-01",
            "le motif choisi n'est pas précisé par écrit",
            "not explained in writing",
        ),
        ("senior", "ordinaire", "regulation", "SAMU-01", "réservé au médecin régulateur", "regulating physician"),
        (
            "infirmiere_samu",
            "ordinaire",
            "regulation",
            "SAMU-01",
            "votre profession doit être : Médecin",
            "must be: Physician",
        ),
        ("kinesitherapeute", "ordinaire", "accord", "SOIN-01", "aucun type de document", "no type of document"),
    ],
)
def test_a_near_miss_names_the_one_missing_condition(
    book: PolicyBook, put: Put, user: str, patient: str, context: Any, rule: str, fr: str, en: str
) -> None:
    misses = {miss.rule_id[: len(rule)]: miss for miss in book.decide(put(user, patient, context)).near_misses}
    assert fr in misses[rule].missing_fr
    assert en in misses[rule].missing_en


@pytest.mark.parametrize(
    ("document", "fr"),
    [
        ("residence", "votre profession n'est pas habilitée à lire ce type de document"),
        ("etat_inconnu", "l'état du document doit être : en vigueur ou archivé ou obsolète"),
    ],
)
def test_an_unreadable_document_says_why(book: PolicyBook, put: Put, document: str, fr: str) -> None:
    (miss,) = book.decide(put("senior", context="accord_ouvert", document=document)).near_misses
    assert miss.missing_fr == fr


def test_another_door_is_never_a_near_miss(book: PolicyBook, put: Put) -> None:
    """The mode is chosen, not missing: a refusal of the ordinary door does not preach the emergency one."""
    for context in ("sans_accord", "equipe"):
        for miss in book.decide(put("senior", context=context)).near_misses:
            assert miss.rule_id.startswith(("SOIN", "URG"))


def test_a_forbid_is_its_own_reason(book: PolicyBook, put: Put) -> None:
    decision = book.decide(put("senior", "opposee_bris_de_glace", "bris_de_glace"))
    assert decision.near_misses == ()
    assert decision.reasons_fr == ("Le patient s'est opposé par avance au bris de glace.",)
    assert decision.reasons_en == ("The patient opposed break-glass access beforehand.",)


@pytest.mark.parametrize(
    ("context", "forbid", "missing"),
    [
        ("sans_accord", "INT-21", "l'accord du patient n'est pas recueilli"),
        (
            {"like": "bris_de_glace", "attests_incapacity_and_risk": False},
            "INT-19",
            "vous n'attestez pas que le patient ne peut pas s'exprimer et que sa santé court un risque immédiat",
        ),
        ({"like": "bris_de_glace", "reason_code": "?"}, "INT-20", "aucun des motifs proposés n'est choisi"),
    ],
)
def test_a_forbid_that_the_missing_condition_would_lift_does_not_hide_it(
    book: PolicyBook, put: Put, context: object, forbid: str, missing: str
) -> None:
    decision = book.decide(put("senior", context=context))
    assert [rule_id[:6] for rule_id in decision.rule_ids] == [forbid]
    assert missing in [miss.missing_fr for miss in decision.near_misses]


def test_nobody_is_told_which_purpose_to_claim(book: PolicyBook, put: Put) -> None:
    for purpose in ("insurance", "employment", "banking", "pharmaceutical", "other"):
        assert book.decide(put("senior", context={"like": "accord", "purpose": purpose})).near_misses == ()


def test_a_refusal_by_no_rule_still_has_a_sentence(book: PolicyBook, put: Put) -> None:
    decision = book.decide(put("senior", context={"like": "accord", "purpose": "regulation"}))
    assert decision.rule_ids == ()
    assert len(decision.reasons_fr) == len(decision.reasons_en) == 1


def test_a_refusal_says_nothing_of_what_a_document_is(book: PolicyBook, put: Put) -> None:
    decision = book.decide(put("dentiste", context="accord_ouvert", document="psychiatrie"))
    said = " ".join([*decision.reasons_fr, *decision.reasons_en, *(miss.missing_fr for miss in decision.near_misses)])
    assert "psychiatr" not in said.lower()
    assert "68599-0" not in said


def test_an_explanation_tells_each_condition_of_each_permit_of_the_door(book: PolicyBook, put: Put) -> None:
    told: Explanation = book.explain(put("senior", "suivie", "equipe"))
    assert told.decision.allowed
    conditions = {one.rule_id: one.conditions for one in told.considered}
    assert set(conditions) == {
        "SOIN-01-accord-explicite",
        "SOIN-02-equipe-de-soins",
        "URG-01-interne-sans-carte",
        "URG-02-interne-equipe-de-soins",
    }
    assert all(condition.holds for condition in conditions["SOIN-02-equipe-de-soins"])
    assert [one.text for one in conditions["SOIN-01-accord-explicite"] if not one.holds] == [
        'context.consent == Consent::"explicit"'
    ]


def test_a_malformed_question_is_not_explained(book: PolicyBook) -> None:
    nothing: Any = None
    with pytest.raises(MalformedQuestionError):
        book.explain(nothing)


def test_every_fact_and_value_of_the_schema_has_words_in_both_languages(shipped: Path) -> None:
    parts, _ = inspect(Sources.read(shipped))
    assert set(parts.nouns.facts) - set(parts.words.facts) == set()
    for path, kind in parts.nouns.facts.items():
        words = parts.words.facts[path]
        assert all(words.label)
        assert path not in words.label
        if kind == "Bool":
            assert None not in (words.missing, words.unwanted), path
    spoken = {name: set(values) for name, values in parts.words.values.items()}
    assert {name: set(values) - spoken.get(name, set()) for name, values in parts.nouns.enums.items()} == {
        **{name: set() for name in parts.nouns.enums},
        "DocumentType": set(parts.nouns.enums["DocumentType"]),  # its labels are in the matrix
    }


def test_no_permit_of_the_hospital_lacks_plain_words(book: PolicyBook, put: Put) -> None:
    """Every condition that can be missing is said in words, never as a formula."""
    questions = [
        put("secretaire", context="sans_accord"),
        put("secretaire", context={"like": "bris_de_glace", "attests_incapacity_and_risk": False, "reason_code": ""}),
        put("secretaire", context={"like": "regulation", "reason_code": "", "purpose": "other"}),
        *(put("secretaire", context=context, document="etat_inconnu") for context in ("sans_accord", "bris_de_glace")),
        put("secretaire", context="regulation", document="residence"),
    ]
    said = [part for question in questions for one in book.explain(question).considered for part in one.conditions]
    assert len(said) > 40
    for part in said:
        assert "context." not in part.lacking_fr + part.lacking_en
        assert "principal." not in part.lacking_fr + part.lacking_en
        assert part.lacking_fr != part.lacking_en


ODD = '@id("ESSAI-01-x") @reason("r") @reason_en("r") @obligations("")\npermit(principal, action, resource) when {'


@pytest.mark.parametrize(
    ("when", "fr"),
    [
        ("context.access_open && principal.factors >= 3", "facteurs d'authentification : au moins 3"),
        ('context.access_open && principal.unit == "REA"', "votre unité : REA"),
        ('context.access_open && principal.category != "C"', "votre catégorie : autre que C"),
        ('context.access_open && principal.unit like "R*"', "condition non remplie"),
        ("context.access_open && !(context.patient.present)", "le patient est dans l'établissement"),
        ("context.access_open} unless { context.patient.present", "le patient est dans l'établissement"),
    ],
)
def test_a_rule_of_the_hospital_explains_itself_too(
    with_rules: Callable[[str], Sources], put: Put, when: str, fr: str
) -> None:
    changed = PolicyBook.build(with_rules(f"{ODD} {when} }};"))
    user = {"like": "senior", "category": "C"}
    misses = changed.decide(put(user, context={"like": "bris_de_glace_ouvert", "purpose": "care"})).near_misses
    (said,) = [miss.missing_fr for miss in misses if miss.rule_id == "ESSAI-01-x"]
    assert said.startswith(fr)


def test_several_rules_oblige_together_and_the_shortest_delay_wins(
    with_rules: Callable[[str], Sources], put: Put
) -> None:
    more = ODD.replace('""', '"limit:2h;cosign:senior:1d;review:dpo"') + " context.access_open };"
    changed = PolicyBook.build(with_rules(more))
    decision = changed.decide(put("interne", context="bris_de_glace_ouvert", action="extend_access"))
    assert decision.rule_ids == ("BDG-02-interne-sans-carte", "ESSAI-01-x")
    assert decision.obligations == (
        "cosign:senior:24h",
        "limit:30min",
        "notify:medecin_traitant",
        "notify:patient",
        "review:dpo",
    )


def test_obligations_are_said_in_words(book: PolicyBook) -> None:
    assert book.obligation_words("limit:30min", "fr") == "l'accès se ferme seul après 30 min"
    assert book.obligation_words("cosign:senior:24h", "en") == "countersigned by a senior within 24 h"
    assert book.obligation_words("notify:medecin_traitant", "fr") == "information de : le médecin traitant"
    assert book.obligation_words("alert:securite", "en") == "alert to: the security officer"
