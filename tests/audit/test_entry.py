"""A leaf has one spelling, holds nothing personal, and refuses what JSON readers would not agree on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import audit
from audit import Entry
from audit.disclosure import check_disclosures, digest, make_disclosure, read_disclosure
from audit.entry import MAX_INTEGER, Fact, Json, leaf_bytes, read_leaf
from audit.errors import DisclosureError, EntryError
from tests.audit.logbook import Dice, entry_id

ENTRY = Entry(
    entry_id=entry_id(1),
    time=1_790_000_000_000,
    gateway="gw-1",
    lane=0,
    counter=1,
    type="access.opened",
    outcome="success",
    purpose="BTG",
    policy_version="sha256:0123",
    facts={"mode": "break_glass", "rules": ["1", "9"], "shown": True, "minutes": 30},
    personal={},
)

NAMES = st.from_regex(r"[a-z][a-z0-9_.]{0,10}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
FACTS: st.SearchStrategy[Mapping[str, Fact]] = st.dictionaries(
    NAMES, st.one_of(TEXTS, INTEGERS, st.booleans(), st.lists(TEXTS, max_size=3), st.lists(INTEGERS, max_size=3))
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), INTEGERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def test_the_leaf_is_canonical_json_as_the_readme_shows_it() -> None:
    leaf = leaf_bytes(ENTRY, ["b", "a"]).decode()
    assert leaf in (Path(audit.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert leaf == (
        '{"_sd":["a","b"],"_sd_alg":"sha-256","counter":1,'
        '"facts":{"minutes":30,"mode":"break_glass","rules":["1","9"],"shown":true},'
        '"gateway":"gw-1","id":"00000000-0000-4000-8000-000000000001","lane":0,"outcome":"success",'
        '"policy":"sha256:0123","purpose":"BTG","time":1790000000000,"type":"access.opened","v":1}'
    )


@given(FACTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_a_leaf_is_what_the_rfc_8785_library_writes(
    facts: Mapping[str, Fact], digests: list[str], purpose: str
) -> None:
    leaf = leaf_bytes(replace(ENTRY, facts=facts, purpose=purpose), digests)
    assert leaf == rfc8785.dumps(json.loads(leaf))


@pytest.mark.parametrize("text", ["".join(map(chr, range(0x80))), "é\u2028\u2029\ufeff\U0001f600/", "\u007f\u0080"])
def test_every_character_is_written_as_the_rfc_says(text: str) -> None:
    leaf = leaf_bytes(replace(ENTRY, facts={"text": text, "z": [1, 2**53 - 1], "a": True}), ())
    assert leaf == rfc8785.dumps(json.loads(leaf))
    assert json.loads(leaf)["facts"]["text"] == text


@given(FACTS, st.lists(TEXTS, max_size=3))
def test_a_leaf_is_read_back_as_the_entry_it_was(facts: Mapping[str, Fact], digests: list[str]) -> None:
    entry = replace(ENTRY, facts=facts)
    leaf = leaf_bytes(entry, digests)
    assert read_leaf(leaf) == (entry, tuple(sorted(digests)))
    assert b"\n" not in leaf


@pytest.mark.parametrize(
    "change",
    [
        {"entry_id": "1"},
        {"entry_id": entry_id(1).upper().replace("0", "A")},
        {"time": 1.5},
        {"time": -1},
        {"time": True},
        {"time": 2**53},
        {"counter": "1"},
        {"gateway": ""},
        {"gateway": "a b"},
        {"type": "Access"},
        {"outcome": "ok"},
        {"purpose": "x" * 257},
        {"policy_version": 1},
        {"facts": {"mode": 1.0}},
        {"facts": {"mode": None}},
        {"facts": {"mode": {"a": 1}}},
        {"facts": {"mode": ["a", 1]}},
        {"facts": {"Mode": 1}},
        {"facts": {"mode": 2**53}},
        {"personal": {"patient 1": {"name": "x"}}},
        {"personal": {"patient/1": {"_sd": "x"}}},
        {"personal": {"patient/1": {"time": 1}}},
        {"personal": {"patient/1": {"weight": 71.5}}},
        {"personal": {"patient/1": {"nested": {"weight": [71.5]}}}},
        {"personal": {"patient/1": {"name": "x"}, "staff/1": {"name": "y"}}},
    ],
)
def test_an_entry_that_readers_could_disagree_on_is_refused_without_repeating_its_value(
    change: dict[str, Any],
) -> None:
    with pytest.raises(EntryError) as refusal:
        replace(ENTRY, **change)
    assert "71.5" not in str(refusal.value)


def test_a_leaf_longer_than_a_tile_entry_can_be_is_refused() -> None:
    with pytest.raises(EntryError, match="65535"):
        leaf_bytes(replace(ENTRY, facts={"long": "x" * 65_500}), [])


def test_a_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(EntryError):
        leaf_bytes(replace(ENTRY, facts={"text": "\ud800"}), [])


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        leaf_bytes(ENTRY, []) + b"\n",
        leaf_bytes(ENTRY, []).replace(b'"v":1', b'"v":2'),
        leaf_bytes(ENTRY, []).replace(b'"v":1', b'"v":1,"x":1'),
        leaf_bytes(ENTRY, []).replace(b'"counter":1', b'"counter": 1'),
        leaf_bytes(ENTRY, []).replace(b'"counter":1', b'"counter":1,"counter":1'),
        leaf_bytes(ENTRY, []).replace(b'"counter":1', b'"counter":1.0'),
        leaf_bytes(ENTRY, []).replace(b'"purpose":"BTG"', b'"purpose":["BTG"]'),
        leaf_bytes(ENTRY, []).replace(b'"gateway":"gw-1"', b'"gateway":7'),
        leaf_bytes(ENTRY, []).replace(b'"outcome":"success"', b'"outcome":[]'),
        leaf_bytes(ENTRY, []).replace(b'"_sd":[]', b'"_sd":"a"'),
        leaf_bytes(ENTRY, []).replace(b'"_sd":[]', b'"_sd":["b","a"]'),
        leaf_bytes(ENTRY, []).replace(b'"_sd_alg":"sha-256"', b'"_sd_alg":"md5"'),
        leaf_bytes(replace(ENTRY, facts={}), []).replace(b'"facts":{}', b'"facts":[]'),
    ],
)
def test_what_is_not_the_one_spelling_of_a_leaf_is_refused(leaf: bytes) -> None:
    with pytest.raises(EntryError):
        read_leaf(leaf)


# ---- disclosures


@given(NAMES, VALUES)
def test_a_disclosure_is_read_back_and_matches_its_digest(name: str, value: Json) -> None:
    disclosure = make_disclosure(name, value, Dice())
    assert read_disclosure(disclosure) == (name, json.loads(json.dumps(value)))
    assert check_disclosures([disclosure], [digest(disclosure)]) == {name: json.loads(json.dumps(value))}


def test_a_digest_is_that_of_the_rfc() -> None:
    # RFC 9901 section 4.2.3, its first example.
    disclosure = "WyI2cU1RdlJMNWhhaiIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest(disclosure) == "uutlBuYeMDyjLLTpf6Jxi7yNkEF35jdyWMn9U7b_RYY"
    assert read_disclosure(disclosure) == ("family_name", "Möbius")


def test_equal_values_have_different_digests() -> None:
    dice = Dice()
    assert digest(make_disclosure("ins", "1", dice)) != digest(make_disclosure("ins", "1", dice))


def test_a_disclosure_of_something_else_is_refused() -> None:
    dice = Dice()
    mine, other = make_disclosure("ins", "1", dice), make_disclosure("ins", "2", dice)
    with pytest.raises(DisclosureError, match="does not match"):
        check_disclosures([other], [digest(mine)])
    with pytest.raises(DisclosureError, match="twice"):
        check_disclosures([mine, mine], [digest(mine)])


@pytest.mark.parametrize(
    "text", ["", "é", "!!!!", "e30", "WyJzYWx0Il0", "WyJhIiwxLDJd", "WyJhIiwiYiIsMS41XQ", "W" * 200_000]
)
def test_what_is_not_a_disclosure_is_refused(text: str) -> None:
    with pytest.raises(DisclosureError):
        read_disclosure(text)
