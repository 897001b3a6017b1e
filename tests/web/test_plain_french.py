"""Every French sentence that reaches a patient, measured: pages, easy reading, messages, letters, reasons."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway.notifications
from tests.web.plain_french import ease, long_words, sentences, syllables, words
from tests.web.test_patient_wording import easy, french

OUTSIDE = Path(gateway.notifications.__file__).parent / "texts.toml"
SETTINGS = Path(__file__).resolve().parents[2] / "policies" / "settings.toml"
# For the physician, who is no patient: their notice is left out.
OTHERS = frozenset({"medecin_traitant"})

# Kandel and Moles: 80 and more is easy, as a book for children of ten or eleven; 90 is very easy.
WHOLE, WHOLE_EASY = 80, 90
SENTENCE, SENTENCE_EASY = 55, 70
LEAST_WORDS = 7  # a shorter sentence is read at a glance, and the formula says nothing of it
LONGEST, LONGEST_EASY = 19, 13

# Words of four syllables and more that a patient meets, each because there is no shorter one as exact.
ALLOWED = frozenset(
    {
        *("médicaments", "représentant", "représentez", "professionnel"),
        *("information", "informations", "identité", "télécharger", "démonstration"),
        *("déconnecté", "déconnecter", "enregistré", "enregistrer"),
        *("recommencer", "recommencez", "certificats", "remboursements", "administratifs"),
        *("demandera",),
    }
)
# Easy reading knows these two alone.
ALLOWED_EASY = frozenset({"médicaments"})
# What turns one idea into two: not in easy reading.
TWISTED = ("dont", "lequel", "laquelle", "lorsque", "afin", "toutefois", "cependant", "sauf si", "en cas de", ";", "(")


def outside() -> Iterator[tuple[str, str]]:
    """What leaves the building for a patient or who represents them."""
    for name, texts in tomllib.loads(OUTSIDE.read_text(encoding="utf-8"))["fr"].items():
        if name not in OTHERS:
            whole = [texts["text"]] if "text" in texts else [texts["subject"], *texts["paragraphs"]]
            yield from ((name, text) for text in whole if not text.strip().startswith("{"))


def reasons() -> Iterator[tuple[str, str]]:
    """What a patient reads of why."""
    told = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    found = [(name, text) for name, text in _strings(told) if name == "patient_fr"]
    assert len(found) >= 5
    yield from found


def _strings(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, name)


EVERYTHING = [*french(), *outside(), *reasons()]
EASY = list(easy())


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("personne", 2), ("hôpital", 3), ("urgence", 2), ("dossier", 2), ("médicaments", 4), ("soignent", 1)),
        *(("demandée", 3), ("arrêtée", 3), ("quelqu", 1), ("ouvrir", 2), ("eau", 1), ("réseau", 2), ("oui", 1)),
        *(("confidentialité", 6), ("appelez-nous", 4), ("pitié", 2), ("naïf", 2), ("gigantesque", 3)),
    ],
)
def test_the_syllables_of_words_everybody_can_count(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula_tells_an_office_from_a_nursery_rhyme() -> None:
    office = (
        "Conformément aux dispositions réglementaires applicables, toute consultation dérogatoire du dossier médical "
        "partagé fait l'objet d'une notification électronique au titulaire."
    )
    assert ease([office]) < 20
    assert ease(["Au clair de la lune, mon ami Pierrot. Prête-moi ta plume pour écrire un mot."]) > 100


@pytest.mark.parametrize("texts", [french, outside, reasons], ids=lambda texts: str(texts.__name__))
def test_what_patients_read_is_easy_as_a_whole(texts: object) -> None:
    assert ease([text for _where, text in texts()]) >= (WHOLE if texts is not reasons else 70)  # type: ignore[operator]


def test_each_message_and_letter_is_easy_by_itself() -> None:
    by_name: dict[str, list[str]] = {}
    for name, text in outside():
        by_name.setdefault(name, []).append(text)
    assert {"patient", "letter", "sms"} <= set(by_name)
    assert {name: ease(texts) for name, texts in by_name.items() if ease(texts) < WHOLE} == {}


def test_the_easy_variant_is_very_easy() -> None:
    assert ease([text for _where, text in EASY]) >= WHOLE_EASY


@pytest.mark.parametrize(
    ("texts", "floor", "longest"), [(EVERYTHING, SENTENCE, LONGEST), (EASY, SENTENCE_EASY, LONGEST_EASY)]
)
def test_no_sentence_alone_is_hard_or_long(texts: list[tuple[str, str]], floor: int, longest: int) -> None:
    every = [(where, one) for where, text in texts for one in sentences(text)]
    assert [(where, one) for where, one in every if len(words(one)) > longest] == []
    measured = [(round(ease([one])), where, one) for where, one in every if len(words(one)) >= LEAST_WORDS]
    assert [found for found in measured if found[0] < floor] == []


def test_a_long_word_is_one_of_the_few_allowed_and_each_of_those_is_used() -> None:
    met = Counter(word for _where, text in EVERYTHING for word in long_words(text))
    assert set(met) - ALLOWED == set()
    assert ALLOWED - set(met) == set(), "a word no page uses any more is not allowed either"
    assert {word for _where, text in EASY for word in long_words(text)} <= ALLOWED_EASY


def test_a_sentence_of_easy_reading_holds_one_idea() -> None:
    every = [one.lower() for _where, text in EASY for one in sentences(text)]
    for twist in TWISTED:
        whole = f" {twist} " if twist[0].isalpha() else twist
        assert [one for one in every if whole in f" {one} "] == []
