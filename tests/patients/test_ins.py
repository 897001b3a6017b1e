"""The matricule INS: its key, Corsica, and which kind of number is accepted where."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidIns
from gateway.patients.ins import (
    OID_DEMO,
    OID_NIA,
    OID_NIR,
    OID_TEST,
    PRODUCTION_OIDS,
    TEST_OIDS,
    Ins,
    ins_key,
    parse_ins,
)

EVERY_OID = PRODUCTION_OIDS | TEST_OIDS


@st.composite
def first_13(draw: st.DrawFn) -> str:
    head = draw(st.from_regex(r"[1-478][0-9]{2}(0[1-9]|1[0-2])", fullmatch=True))
    department = draw(st.sampled_from(["2A", "2B"]) | st.from_regex(r"[0-9]{2}", fullmatch=True))
    return head + department + draw(st.from_regex(r"[0-9]{6}", fullmatch=True))


def vectors(samples: Path, table: str, column: str) -> list[dict[str, str]]:
    with (samples.parent / "tables" / table).open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row[column]]


def test_every_published_vector_is_accepted_or_refused_as_published(samples: Path) -> None:
    rows = vectors(samples, "ins_key_vectors.csv", "matricule")
    assert len(rows) >= 16
    for row in rows:
        if row["expected_key_ok"] == "True":
            assert parse_ins(row["matricule"], OID_TEST, allowed_oids=EVERY_OID).value == row["matricule"]
        else:
            with pytest.raises(InvalidIns) as refusal:
                parse_ins(row["matricule"], OID_TEST, allowed_oids=EVERY_OID)
            assert refusal.value.code == "ins-key"


def test_every_published_test_patient_of_the_dmp_has_a_valid_key(samples: Path) -> None:
    rows = vectors(samples, "test_patients_dmp.csv", "ins")
    assert len(rows) > 80
    for row in rows:
        assert parse_ins(row["ins"], OID_TEST, allowed_oids=TEST_OIDS).value == row["ins"]


@given(first_13())
def test_a_number_with_its_own_key_is_accepted_spaces_and_case_forgiven(number: str) -> None:
    typed = f" {number[0]} {number[1:3]} {number[3:5]} {number[5:7].lower()} {number[7:]} {ins_key(number)} "
    assert parse_ins(typed, OID_NIR, allowed_oids=PRODUCTION_OIDS) == Ins(number + ins_key(number), OID_NIR)


@given(first_13(), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(number: str, place: int, shift: int) -> None:
    whole = number + ins_key(number)
    if not whole[place].isdigit() or (place == 5 and not whole[6].isdigit()):
        return
    wrong = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]
    with pytest.raises(InvalidIns) as refusal:
        parse_ins(wrong, OID_NIR, allowed_oids=EVERY_OID)
    assert refusal.value.code == "ins-key"


@given(first_13(), st.integers(0, 13))
def test_two_neighbours_exchanged_are_always_caught(number: str, place: int) -> None:
    whole = number + ins_key(number)
    wrong = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    if wrong == whole:
        return
    with pytest.raises(InvalidIns):
        parse_ins(wrong, OID_NIR, allowed_oids=EVERY_OID)


@given(first_13())
def test_a_key_is_two_digits_from_01_to_97(number: str) -> None:
    key = ins_key(number)
    assert len(key) == 2
    assert 1 <= int(key) <= 97


def test_the_two_departments_of_corsica_are_read_as_19_and_18() -> None:
    assert ins_key("188102A172951") == ins_key("1881019172951")
    assert ins_key("188102B172951") == ins_key("1881018172951") == "65"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "ins-length"),
        ("2790351215189", "ins-length"),
        ("2790351215189890", "ins-length"),
        ("2790351215189AB", "ins-characters"),
        ("27903512C518989", "ins-characters"),
        ("188102C17295165", "ins-characters"),
        ("188103A17295165", "ins-characters"),
        ("２７９０３５１２１５１８９８９", "ins-characters"),
        ("279035121518988", "ins-key"),
    ],
)
def test_a_malformed_number_is_refused_by_name_and_never_repeated(typed: str, code: str) -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_ins(typed, OID_TEST, allowed_oids=TEST_OIDS)
    assert refusal.value.code == code
    assert not typed or typed not in str(refusal.value)


@pytest.mark.parametrize("oid", [OID_TEST, OID_DEMO])
def test_a_test_number_is_refused_in_production(oid: str) -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_ins("279035121518989", oid, allowed_oids=PRODUCTION_OIDS)
    assert refusal.value.code == "ins-oid-forbidden"


@pytest.mark.parametrize("oid", [OID_NIR, OID_NIA])
def test_a_real_number_is_refused_in_the_demo(oid: str) -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_ins("279035121518989", oid, allowed_oids=TEST_OIDS)
    assert refusal.value.code == "ins-oid-forbidden"


@pytest.mark.parametrize("oid", ["", "1.2.250.1.213.1.4.2", "1.2.250.1.213.1.4.8.1"])
def test_an_oid_that_is_no_ins_is_refused_as_unknown(oid: str) -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_ins("279035121518989", oid, allowed_oids=EVERY_OID)
    assert refusal.value.code == "ins-oid-unknown"
