"""A trust file says whose log, and how many witnesses; a cosignature counts only if it is theirs and of this head."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import verify_bundle, write_bundle
from audit.cosignature import CosignatureVerifier, Cosigner, add_cosignatures
from audit.errors import NoteError, QuorumError
from audit.note import split_note
from audit.policy import Policy
from tests.audit.logbook import ORIGIN, SIGNER, Logbook, entry_id

WITNESSES = [Cosigner.from_seed(f"hospital-{number}.example/witness", bytes([number] * 32)) for number in range(5)]
NOTE = SIGNER.sign(f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
NOW = 1_790_000_000


def policy(*lines: str) -> Policy:
    names = [f"witness W{number} {witness.verifier}" for number, witness in enumerate(WITNESSES)]
    return Policy.read("\n".join([f"log {SIGNER.verifier}", *names, *lines]) + "\n")


def cosigned(note: str, *witnesses: int) -> str:
    return note + "".join(WITNESSES[number].cosign(note, NOW + number) for number in witnesses)


@pytest.mark.parametrize(
    ("lines", "enough", "too_few"),
    [
        (["quorum none"], [], None),
        (["quorum W1"], [1], [0, 2, 3, 4]),
        (["group G any W0 W1", "quorum G"], [1], [2, 3]),
        (["group G all W0 W1", "quorum G"], [0, 1], [0, 4]),
        (["group G 2 W0 W1 W2", "quorum G"], [0, 2], [2, 3, 4]),
        (["group A 2 W0 W1 W2", "group B any W3 W4", "group C all A B", "quorum C"], [0, 1, 4], [0, 1, 2]),
    ],
)
def test_a_quorum_is_what_the_groups_say(lines: list[str], enough: list[int], too_few: list[int] | None) -> None:
    asked = policy(*lines)
    assert asked.open(cosigned(NOTE, *enough)).origin == ORIGIN
    if too_few is not None:
        with pytest.raises(QuorumError):
            asked.open(cosigned(NOTE, *too_few))


@given(st.sets(st.integers(min_value=0, max_value=4)), st.integers(min_value=1, max_value=5))
def test_n_of_five_is_reached_by_exactly_n_or_more(signed: set[int], least: int) -> None:
    asked = policy(f"group G {least} W0 W1 W2 W3 W4", "quorum G")
    assert asked.satisfied(asked.cosignatures(cosigned(NOTE, *signed))) == (len(signed) >= least)


def test_the_published_example_of_a_cosignature_is_understood() -> None:
    """c2sp.org/tlog-cosignature, the example: the line holds key id, POSIX time and 64 bytes."""
    line = (
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5"
        "nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    _, signatures = split_note(f"x\n\n{line}")
    assert int.from_bytes(signatures[0].signature[:8], "big") == 1679315147
    assert len(signatures[0].signature) == 72


def test_cosignatures_do_not_count_for_another_head_another_time_or_another_key() -> None:
    asked = policy("quorum W1")
    line = WITNESSES[1].cosign(NOTE, NOW)
    other = SIGNER.sign(f"{ORIGIN}\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
    impostor = Cosigner.from_seed(WITNESSES[1].name, bytes(32)).cosign(NOTE, NOW)
    name, payload = line.removeprefix("— ").rstrip("\n").split(" ")
    flipped = f"— {name} {payload[:10]}{'A' if payload[10] != 'A' else 'B'}{payload[11:]}\n"
    for note in (other + line, NOTE + impostor, NOTE + flipped):
        with pytest.raises(QuorumError):
            asked.open(note)
    assert asked.open(NOTE + impostor + line).size == 0


def test_a_head_the_log_did_not_sign_counts_for_nothing_however_cosigned() -> None:
    text = split_note(NOTE)[0]
    with pytest.raises(NoteError):
        policy("quorum none").open(cosigned(f"{text}\n" + WITNESSES[0].cosign(NOTE, NOW), 1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log x\nquorum none\n",
        f"log {SIGNER.verifier}\n",
        f"log {SIGNER.verifier}\nquorum none\nquorum none\n",
        f"log {SIGNER.verifier}\nlog {SIGNER.verifier.of_shard(2026)}\nquorum none\n",
        f"witness none {WITNESSES[0].verifier}\nquorum none\n",
        f"witness A {WITNESSES[0].verifier}\nwitness A {WITNESSES[1].verifier}\nquorum A\n",
        f"witness A {WITNESSES[0].verifier}\nwitness B {WITNESSES[0].verifier}\nquorum A\n",
        f"witness A {SIGNER.verifier}\nquorum A\n",
        f"log {WITNESSES[0].verifier}\nquorum none\n",
        "quorum A\n",
        f"group G any A\nwitness A {WITNESSES[0].verifier}\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G 2 A\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G 0 A\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G 01 A\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G any A A\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G any A\ngroup H any A\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G any none\nquorum G\n",
        f"witness A {WITNESSES[0].verifier}\ngroup G any\nquorum G\n",
        "trust everybody\nquorum none\n",
        "quorum none\r\n",
        "quorum none\n\x00",
    ],
)
def test_a_trust_file_with_a_mistake_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Policy.read(text)


def test_comments_blanks_tabs_and_addresses_are_allowed() -> None:
    read = Policy.read(
        f"# the log\n\t log  {SIGNER.verifier} https://hospital.example/log \n\n   # witnesses\n"
        f"witness\tété {WITNESSES[0].verifier} https://witness.example/\nquorum été"
    )
    assert read.urls == {"été": "https://witness.example/"}
    assert read.open(cosigned(NOTE, 0)).origin == ORIGIN


def test_a_witness_s_answer_is_added_once_and_foreign_lines_are_left_out() -> None:
    known = [WITNESSES[1].verifier, WITNESSES[2].verifier]
    answer = "".join(WITNESSES[number].cosign(NOTE, NOW) for number in (0, 1, 1, 2))
    note, added = add_cosignatures(NOTE, answer, known)
    assert [item.name for item in added] == [WITNESSES[1].name, WITNESSES[2].name]
    assert add_cosignatures(note, answer, known) == (note, [])
    other = SIGNER.sign(f"{ORIGIN}\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
    for false in (WITNESSES[1].cosign(other, NOW), "nonsense\n"):
        with pytest.raises(NoteError):
            add_cosignatures(NOTE, false, known)


def test_a_witness_s_keys_round_trip_and_are_no_log_keys() -> None:
    for witness in WITNESSES:
        assert str(Cosigner(witness.private_text()).verifier) == str(witness.verifier)
        assert str(CosignatureVerifier(str(witness.verifier))) == str(witness.verifier)
        assert witness.private_text() not in repr(witness)
    for wrong in (str(SIGNER.verifier), "x", str(WITNESSES[0].verifier)[:-4] + "AAA="):
        with pytest.raises(NoteError):
            CosignatureVerifier(wrong)
    with pytest.raises(NoteError):
        Cosigner(SIGNER.private_text())


def test_receipts_use_the_head_that_witnesses_cosigned(tmp_path: Path) -> None:
    book = Logbook().fill(3)
    asked = policy("group G 2 W0 W1 W2", "quorum G")
    head = book.store.head()
    assert head is not None
    note, added = add_cosignatures(
        head.note, "".join(WITNESSES[n].cosign(head.note, NOW) for n in (0, 1)), _verifiers(asked)
    )
    with book.store.transaction() as store:
        store.cosign(replace(head, note=note), len(added))
    book.fill(2)
    assert book.log.receipt(book.store, entry_id(2)).verify(asked).checkpoint.size == 3
    with pytest.raises(QuorumError):
        book.log.receipt(book.store, entry_id(5)).verify(asked)
    write_bundle(book.log, book.store, SIGNER.verifier, tmp_path / "bundle")
    report = verify_bundle(tmp_path / "bundle", asked)
    assert report.verified
    assert report.witnessed == 3
    fault = verify_bundle(tmp_path / "bundle", policy("quorum W4")).fault
    assert fault is not None
    assert fault.code == "quorum_missing"


def _verifiers(asked: Policy) -> list[CosignatureVerifier]:
    return list(asked.witnesses.values())
