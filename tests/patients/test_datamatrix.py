"""The INS Datamatrix as scanners really type it: with GS, without, with something else in its place, in any order."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidIns, InvalidRequest
from gateway.patients.datamatrix import GS, is_datamatrix, parse_datamatrix
from gateway.patients.ins import OID_NIR, OID_TEST, PRODUCTION_OIDS, TEST_OIDS, Ins

HEADER = "IS010000000000000000000000"
BLOCKS = {
    "S1": "279035121518989",
    "S2": OID_TEST,
    "S3": "DOMINIQUE MARIE-LOUISE",
    "S4": "PAT-TROIS",
    "S5": "F",
    "S6": "28-03-1979",
    "S7": "51215",
}
LONGEST = {"S1": 15, "S2": 20, "S3": 100, "S4": 100, "S5": 1, "S6": 10, "S7": 5}


def scan(blocks: dict[str, str], gs: str = GS) -> str:
    """What the encoder writes: GS after a variable block shorter than its maximum and not the last one."""
    last = list(blocks)[-1]
    return HEADER + "".join(
        tag + value + (gs if len(value) < LONGEST[tag] and tag != last else "") for tag, value in blocks.items()
    )


def assert_is_dominique(text: str) -> None:
    scanned = parse_datamatrix(text, allowed_oids=TEST_OIDS)
    assert scanned.ins == Ins("279035121518989", OID_TEST)
    assert scanned.traits.birth_name == "PAT-TROIS"
    assert scanned.traits.given_names == "DOMINIQUE MARIE-LOUISE"
    assert (scanned.traits.birth_date, scanned.traits.sex) == ("1979-03-28", "F")
    assert scanned.traits.birth_place == "51215"


@pytest.mark.parametrize(
    "gs",
    [GS, "", " ", "<GS>", "{GS}", "[GS]", "^]", "\\x1d", "\\u001D", "\u241d", "\x1c", "\x1e", "\x1f", "%1D"],
)
def test_a_bracelet_reads_the_same_whatever_the_scanner_makes_of_the_separator(gs: str) -> None:
    assert_is_dominique(scan(BLOCKS, gs))


@pytest.mark.parametrize("gs", [GS, ""])
def test_the_blocks_may_come_in_any_order(gs: str) -> None:
    for order in itertools.permutations(BLOCKS):
        assert_is_dominique(scan({tag: BLOCKS[tag] for tag in order}, gs))


@pytest.mark.parametrize("before", ["", "]d1", "]d2", "\x02", " "])
@pytest.mark.parametrize("after", ["", "\r", "\r\n", "\n", "\t", "\x03\r", GS + "\r"])
def test_what_a_keyboard_wedge_adds_around_the_scan_is_forgiven(before: str, after: str) -> None:
    assert_is_dominique(before + scan(BLOCKS) + after)
    assert_is_dominique(before + scan(BLOCKS, "").lower() + after)


def test_a_scanner_set_for_a_us_keyboard_on_a_french_computer_is_understood() -> None:
    seen = str.maketrans("1234567890-.'AQZWM", "&é\"'(-è_çà):ùQAWZ?")
    assert_is_dominique(scan(BLOCKS, "").translate(seen))


@given(
    st.text("ABCDRS '-", min_size=1, max_size=30).filter(lambda name: name.strip() == name != ""),
    st.text("ABCDRS '-", min_size=1, max_size=30).filter(lambda name: name.strip() == name != ""),
    st.booleans(),
)
def test_any_names_without_digits_read_back_with_and_without_separators(given: str, name: str, gs: bool) -> None:
    scanned = parse_datamatrix(scan({**BLOCKS, "S3": given, "S4": name}, GS if gs else ""), allowed_oids=TEST_OIDS)
    assert scanned.traits.birth_name == name
    assert scanned.traits.given_names == " ".join(given.split())


def test_a_name_of_the_longest_length_needs_no_separator() -> None:
    long = {**BLOCKS, "S3": "A" * 100, "S4": "B" * 100}
    scanned = parse_datamatrix(scan(long), allowed_oids=TEST_OIDS)
    assert (scanned.traits.given_names, scanned.traits.birth_name) == ("A" * 100, "B" * 100)


def test_a_tag_inside_a_name_is_part_of_the_name_when_separators_are_there() -> None:
    odd = {**BLOCKS, "S3": "LOUISS4XS5", "S4": "DES6UX"}
    scanned = parse_datamatrix(scan(odd), allowed_oids=TEST_OIDS)
    assert (scanned.traits.given_names, scanned.traits.birth_name) == ("LOUISS4XS5", "DES6UX")


def test_a_tag_inside_a_name_without_separators_is_refused_never_guessed() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_datamatrix(scan({**BLOCKS, "S3": "LOUISS4X"}, ""), allowed_oids=TEST_OIDS)
    assert refusal.value.code == "datamatrix-ambiguous"


def test_the_birthplace_may_be_missing_and_the_sex_indeterminate() -> None:
    blocks = {tag: value for tag, value in BLOCKS.items() if tag != "S7"}
    scanned = parse_datamatrix(scan({**blocks, "S5": "I"}), allowed_oids=TEST_OIDS)
    assert (scanned.traits.birth_place, scanned.traits.sex) == ("", "U")


@pytest.mark.parametrize("lost", ["S1", "S2", "S3", "S4", "S5", "S6"])
def test_a_scan_without_one_of_its_blocks_is_refused_as_incomplete(lost: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_datamatrix(scan({tag: value for tag, value in BLOCKS.items() if tag != lost}), allowed_oids=TEST_OIDS)
    assert refusal.value.code == "datamatrix-incomplete"


@pytest.mark.parametrize("gs", [GS, ""])
def test_a_scan_cut_anywhere_is_refused_or_lacks_the_birthplace_only(gs: str) -> None:
    whole = scan(BLOCKS, gs)
    for length in range(len(HEADER), len(whole)):
        if whole[:length].endswith("28-03-1979"):
            continue
        with pytest.raises(InvalidRequest) as refusal:
            parse_datamatrix(whole[:length], allowed_oids=TEST_OIDS)
        assert refusal.value.code == "datamatrix-incomplete"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("IS01", "datamatrix-incomplete"),
        (scan(BLOCKS).replace("IS01", "IS02", 1), "datamatrix-version"),
        (scan({**BLOCKS, "S6": "31-02-1979"}), "datamatrix-birth-date"),
        (scan({**BLOCKS, "S6": "28-0X-1979"}), "datamatrix-birth-date"),
        (scan(BLOCKS) + GS + "S9X", "datamatrix-incomplete"),
        (scan(BLOCKS) + "S4AUTRE", "datamatrix-incomplete"),
        (HEADER + "S1" * 300, "datamatrix-too-long"),
    ],
)
def test_a_scan_that_cannot_be_read_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_datamatrix(text, allowed_oids=TEST_OIDS)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("blocks", "allowed", "code"),
    [
        ({"S1": "279035121518988"}, TEST_OIDS, "ins-key"),
        ({"S1": "2790351215X8989"}, TEST_OIDS, "ins-characters"),
        ({"S2": "1.2.250.1.213.1.4.12"}, TEST_OIDS, "ins-oid-unknown"),
        ({"S2": OID_NIR}, TEST_OIDS, "ins-oid-forbidden"),
        ({}, PRODUCTION_OIDS, "ins-oid-forbidden"),
    ],
)
def test_a_scanned_number_is_checked_like_a_typed_one(
    blocks: dict[str, str], allowed: frozenset[str], code: str
) -> None:
    with pytest.raises(InvalidIns) as refusal:
        parse_datamatrix(scan({**BLOCKS, **blocks}), allowed_oids=allowed)
    assert refusal.value.code == code


@given(st.text(max_size=120))
def test_no_noise_after_the_header_ever_raises_anything_but_a_clear_refusal(noise: str) -> None:
    with contextlib.suppress(InvalidRequest):
        parse_datamatrix(HEADER + noise, allowed_oids=TEST_OIDS)


@pytest.mark.parametrize("text", ["", "IS", "ISABELLE MARTIN 28/03/1979", "279035121518989", "IS2024"])
def test_other_lines_are_not_taken_for_a_datamatrix(text: str) -> None:
    assert not is_datamatrix(text)
