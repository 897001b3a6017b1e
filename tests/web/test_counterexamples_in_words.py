"""A counterexample reads the same at a terminal and on the page: every fact and value has words in both languages."""

import dataclasses
from dataclasses import replace

import pytest

from gateway.web.it import facts_in_words, imagined
from policies import Action, ConsentBasis, Mode, Purpose, Question
from policies.question_words import ATTESTED, LABELS, TRUE, VALUES, Names, question_lines
from tests.web.test_translations import english, strings_of

NAMES = Names(
    {"1.2.250.1.71.1.2.8|10": ("médecin en formation", "physician in training")}, {"VSM": "Volet de synthèse"}
)
ENUMS = {
    "action": Action, "circumstances.mode": Mode, "circumstances.purpose": Purpose,
    "circumstances.consent": ConsentBasis,
}  # fmt: skip


def a_question(**changes: str) -> Question:
    facts = {**imagined.FIRST, "type": "VSM", **changes}
    return imagined.question_of(facts, "750000018")


def test_a_counterexample_is_told_in_words_and_by_the_names_of_the_hospitals_own_files() -> None:
    question = a_question(action="read_document", attests="0", blocks_actor="1", masked="1", factors="0")
    assert list(question_lines(question, "fr", NAMES)) == [
        "Action : lire un document",
        "Profession : médecin en formation",
        "Catégorie : étudiant",
        "Unité (code) : URG",
        "Établissement (FINESS) : 750000018",
        "personne nommée (et non un logiciel) : oui",
        "Connexion prouvée par : aucun",
        "établissement enrôlé pour l'accès sans carte : oui",
        "Identité INS : qualifiée",
        "Dossier partagé : actif",
        "Patient : a bloqué ce professionnel : oui",
        "Patient : admis dans l'unité du professionnel : oui",
        "Patient : présent dans l'établissement : oui",
        "Mode : bris de glace",
        "Finalité : urgence",
        "Accord du patient : aucun accord",
        "atteste l'incapacité et le risque immédiat : non",
        "Motif d'urgence : urgence vitale",
        "un accès à ce dossier est déjà ouvert : oui",
        "Type de document : Volet de synthèse (VSM)",
        "Classe : 10 – compte rendu",
        "Document : masqué par le patient : oui",
        "État du document : en vigueur",
    ]
    words = " ".join(question_lines(question, "en", NAMES))
    assert "Mode: break-glass" in words
    assert "Profession: physician in training" in words
    assert "_" not in words


def test_a_name_from_a_file_cannot_disturb_the_terminal() -> None:
    unsafe = Names({"1.2.250.1.71.1.2.8|10": ("\x1b[2Jinterne", "x")}, {})
    assert "Profession : ?[2Jinterne" in list(question_lines(a_question(), "fr", unsafe))
    assert "Profession : 1.2.250.1.71.1.2.8|10" in list(question_lines(a_question(), "fr"))


def test_every_fact_of_a_question_has_words() -> None:
    question = a_question(action="read_document")
    for part in ("actor", "patient", "circumstances", "document"):
        for field in dataclasses.fields(getattr(question, part)):
            fact = f"{part}.{field.name}"
            if field.name not in ("id", "profession_system", "profession_code"):
                assert fact in LABELS or fact in TRUE, fact
    for fact, enumeration in ENUMS.items():
        assert {one.value for one in enumeration} <= set(VALUES[fact]), fact


def test_an_unattested_break_glass_says_so_and_an_ordinary_access_does_not() -> None:
    question = a_question(attests="0")
    ordinary = replace(question, circumstances=replace(question.circumstances, mode=Mode.NORMAL))
    said = f"{TRUE[ATTESTED][0]} : non"
    assert said in list(question_lines(question, "fr"))
    assert said not in list(question_lines(ordinary, "fr"))


@pytest.mark.parametrize("fact", [*LABELS, *TRUE])
def test_the_terminal_says_what_the_page_says(fact: str) -> None:
    catalogue = english()
    whole = {**{name: label for name, (label, _) in facts_in_words._CHOSEN.items()}, **facts_in_words._WRITTEN}
    whole |= {**facts_in_words._TRUE, "actor.profession": "Profession", "document.type_code": "Type de document"}
    french, said = {**LABELS, **TRUE}[fact]
    assert (french, [said]) == (whole[fact], list(strings_of(catalogue, french)))
    if fact in VALUES:
        offered = dict(imagined._CHOICES[facts_in_words._CHOSEN[fact][1]])
        assert {value: pair[0] for value, pair in VALUES[fact].items()} == offered
        for pair in VALUES[fact].values():
            assert [pair[1]] == list(strings_of(catalogue, pair[0]))
