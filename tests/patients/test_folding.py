"""Names compared: no accent, hyphen, apostrophe, ligature or case tells two spellings apart."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.patients.folding import first_given_name, fold, given_name_keys, name_key

LETTERS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=40)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Pat-Trois", "PAT TROIS"),
        ("L’Hôte-Lœuf", "L HOTE LOEUF"),
        ("d'Aÿ de Nœux", "D AY DE NOEUX"),
        ("  LE   GOFF ", "LE GOFF"),
        ("Ægidius", "AEGIDIUS"),
        ("Peña-Łukasz", "PENA LUKASZ"),
        ("Zoé\u00a0Anaïs", "ZOE ANAIS"),
        ("FRANÇOIS‑XAVIER", "FRANCOIS XAVIER"),
        ("王", ""),
        ("", ""),
    ],
)
def test_a_name_folds_to_plain_upper_case_words(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(LETTERS)
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(LETTERS)
def test_case_and_unicode_form_never_matter(name: str) -> None:
    assert fold(unicodedata.normalize("NFD", name)) == fold(unicodedata.normalize("NFC", name))
    if name.upper().lower() == name.lower():
        assert name_key(name.upper()) == name_key(name.lower())


def test_three_spellings_of_one_name_have_one_key() -> None:
    assert name_key("Le Goff") == name_key("LE-GOFF") == name_key("LEGOFF")


def test_any_run_of_given_names_and_the_used_one_answer() -> None:
    keys = given_name_keys("Jean-Pierre Marc", "Jipé")
    assert keys == {"JEAN", "PIERRE", "MARC", "JEANPIERRE", "PIERREMARC", "JEANPIERREMARC", "JIPE"}
    assert given_name_keys("") == frozenset()


def test_the_first_given_name_keeps_its_hyphen() -> None:
    assert first_given_name("Jean-Pierre Marc") == "Jean-Pierre"
    assert first_given_name("") == ""
