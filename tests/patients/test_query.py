"""The one search field: whatever a hand or a scanner puts in it becomes one typed query, or a clear no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidIns, InvalidRequest
from gateway.patients.ins import OID_TEST, PRODUCTION_OIDS, TEST_OIDS
from gateway.patients.query import BraceletQuery, InsQuery, IppQuery, NameQuery, ins_query, name_query, parse_query
from tests.patients.test_datamatrix import BLOCKS, scan


@pytest.mark.parametrize(
    "text", ["279035121518989", "2 79 03 51 215 189 89", " 2.79.03.51.215.189.89\r\n", "2-79-03-51-215-189 89"]
)
def test_fifteen_characters_are_a_matricule_in_every_kind_accepted_here(text: str) -> None:
    assert parse_query(text, allowed_oids=TEST_OIDS) == InsQuery("279035121518989", TEST_OIDS)
    assert parse_query(text, allowed_oids=PRODUCTION_OIDS) == InsQuery("279035121518989", PRODUCTION_OIDS)


def test_a_corsican_matricule_may_be_typed_in_lower_case() -> None:
    assert parse_query("1 88 10 2b 172 951 65", allowed_oids=TEST_OIDS) == InsQuery("188102B17295165", TEST_OIDS)


def test_a_matricule_with_a_wrong_key_is_refused_and_not_searched_as_a_hospital_number() -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_query("279035121518988", allowed_oids=TEST_OIDS)
    assert refusal.value.code == "ins-key"


@pytest.mark.parametrize("text", ["2790351215189", "2 79 03 51 215 189", "188102B172951"])
def test_a_nir_without_its_key_is_refused_in_so_many_words(text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_query(text, allowed_oids=TEST_OIDS)
    assert refusal.value.code == "query-nir-without-key"


@pytest.mark.parametrize(
    ("text", "ipp"),
    [
        ("8000000017", "8000000017"),
        ("imp-0001", "IMP-0001"),
        (" A1234 \r", "A1234"),
        ("IPP 2790351215189", "2790351215189"),
        ("ipp: 42", "42"),
        ("IPP n° 42", "42"),
        ("1234567890121", "1234567890121"),
        ("28031979", "28031979"),
    ],
)
def test_a_hospital_number_is_recognised(text: str, ipp: str) -> None:
    assert parse_query(text, allowed_oids=TEST_OIDS) == IppQuery(ipp)


def test_a_scanned_bracelet_asks_by_its_number_and_keeps_its_traits_for_want_of_it() -> None:
    query = parse_query(scan(BLOCKS, "") + "\r", allowed_oids=TEST_OIDS)
    assert query == BraceletQuery(
        InsQuery("279035121518989", frozenset({OID_TEST})),
        NameQuery(frozenset({("PATTROIS", "DOMINIQUE")}), "1979-03-28"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "PAT-TROIS Dominique 28/03/1979",
        "pat trois dominique 28-03-1979",
        "Dominique Pat-Trois 28031979",
        "1979-03-28 DOMINIQUE PATTROIS",
        "Pat‑Trois, Domínique, née le 28.3.1979",
        "PAT-TROIS Dominique né(e) le 28 03 1979",
        "dominique 19790328 pat'trois",
        "  PAT-TROIS\tDominique\n28/3/1979 ",
    ],
)
def test_names_and_birth_date_are_understood_in_any_order_and_spelling(text: str) -> None:
    query = parse_query(text, allowed_oids=TEST_OIDS)
    assert isinstance(query, NameQuery)
    assert query.birth_date == "1979-03-28"
    assert ("PATTROIS", "DOMINIQUE") in query.readings


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "query-empty"),
        ("  \r\n", "query-empty"),
        ("x" * 401, "query-too-long"),
        ("A B C D E F G H I J K L M 28/03/1979", "query-too-long"),
        ("PAT-TROIS Dominique", "query-needs-birth-date"),
        ("DOMINIQUE", "query-needs-birth-date"),
        ("28/03/1979", "query-needs-names"),
        ("28-03-1979", "query-needs-names"),
        ("1979-03-28", "query-needs-names"),
        ("PATTROIS 28/03/1979", "query-needs-given-name"),
        ("PAT-TROIS Dominique 28/03/79", "query-birth-year"),
        ("PAT-TROIS Dominique 31/02/1979", "query-birth-date"),
        ("PAT-TROIS Dominique 28/13/1979", "query-birth-date"),
        ("PAT-TROIS Dominique 28/03/1479", "query-birth-date"),
        ("IPP: a b", "query-ipp"),
        ("IS010000", "datamatrix-incomplete"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_query(text, allowed_oids=TEST_OIDS)
    assert refusal.value.code == code


def test_three_fields_make_one_reading() -> None:
    assert name_query("Pat-Trois", "Dominique", "28/03/1979") == NameQuery(
        frozenset({("PATTROIS", "DOMINIQUE")}), "1979-03-28"
    )


@pytest.mark.parametrize(
    ("family", "given", "born", "code"),
    [
        ("-", "Dominique", "1979-03-28", "query-needs-names"),
        ("Pat", "", "1979-03-28", "query-needs-given-name"),
        ("Pat", "Dominique", "", "query-birth-date"),
        ("Pat", "Dominique", "le 1979-03-28", "query-birth-date"),
        ("Pat", "Dominique", "28/03/79", "query-birth-year"),
    ],
)
def test_three_fields_are_checked_one_by_one(family: str, given: str, born: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        name_query(family, given, born)
    assert refusal.value.code == code


def test_a_matricule_is_asked_in_its_own_kind_when_the_kind_is_given() -> None:
    assert ins_query("279035121518989", frozenset({OID_TEST})).oids == {OID_TEST}


@given(st.text(max_size=60))
def test_any_text_becomes_a_query_or_a_refusal_that_does_not_repeat_it(text: str) -> None:
    try:
        parse_query(text, allowed_oids=TEST_OIDS)
    except InvalidRequest as refusal:
        repeated = len(text.strip()) > 8 and text.strip() in str(refusal)
    else:
        repeated = False
    assert not repeated
