"""Signed notes and checkpoints, as C2SP writes them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import Signer, Verifier
from audit.checkpoint import open_checkpoint, read_unverified, sign_checkpoint
from audit.errors import NoteError, ProofError
from audit.merkle import leaf_hash, node_hash
from audit.note import split_note
from audit.proof import InclusionProof
from tests.audit.logbook import ORIGIN, SIGNER

# The example of the Go package golang.org/x/mod/sumdb/note: a key and a note that nobody here made.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ROOT = leaf_hash(b"root")
CHECKPOINT = sign_checkpoint(SIGNER, 42, ROOT, 7)


def test_a_note_signed_by_the_go_implementation_verifies_and_ours_is_the_same_byte_for_byte() -> None:
    assert Verifier(GO_VKEY).open(GO_NOTE) == GO_TEXT
    signer = Signer(GO_SKEY)
    assert signer.sign(GO_TEXT) == GO_NOTE
    assert str(signer.verifier) == GO_VKEY
    assert signer.private_text() == GO_SKEY


def test_a_signer_never_shows_its_secret() -> None:
    assert SIGNER.private_text() not in repr(SIGNER)
    assert repr(SIGNER) == f"Signer({ORIGIN})"
    with pytest.raises(NoteError) as refusal:
        Signer(GO_SKEY.replace("c74f20a3", "c74f20a4"))
    assert "AYEKFA" not in str(refusal.value)


def test_a_checkpoint_is_three_lines_signed() -> None:
    origin, size, root, empty, signature, rest = CHECKPOINT.note.split("\n")
    assert (origin, size, empty, rest) == (ORIGIN, "42", "", "")
    assert signature.startswith(f"— {ORIGIN} ")
    assert root.endswith("=")
    assert open_checkpoint(CHECKPOINT.note, SIGNER.verifier, 7) == CHECKPOINT
    assert read_unverified(CHECKPOINT.note, 7) == CHECKPOINT


def test_a_cosignature_of_somebody_else_is_passed_over() -> None:
    other = Signer.from_seed("witness.example", bytes(32)).sign(CHECKPOINT.note.split("\n\n")[0] + "\n")
    both = CHECKPOINT.note + other.split("\n\n")[1]
    assert open_checkpoint(both, SIGNER.verifier).root == ROOT


def test_a_checkpoint_of_another_key_is_refused() -> None:
    other = Signer.from_seed(ORIGIN, bytes(32))
    with pytest.raises(NoteError, match="not signed"):
        open_checkpoint(sign_checkpoint(other, 42, ROOT, 7).note, SIGNER.verifier)


def test_a_checkpoint_of_another_log_is_refused_though_the_key_signed_it() -> None:
    note = SIGNER.sign(f"other.example\n42\n{CHECKPOINT.note.split(chr(10))[2]}\n")
    with pytest.raises(NoteError, match=r"other\.example"):
        open_checkpoint(note, SIGNER.verifier)


@given(st.data())
@settings(max_examples=300)
def test_a_flipped_bit_anywhere_in_a_checkpoint_is_caught(data: st.DataObject) -> None:
    raw = bytearray(CHECKPOINT.note.encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((NoteError, UnicodeDecodeError)):
        open_checkpoint(raw.decode(), SIGNER.verifier)


@pytest.mark.parametrize(
    "body",
    [
        "origin\n42\n",
        f"{ORIGIN}\n042\nAAAA\n",
        f"{ORIGIN}\n-1\nAAAA\n",
        f"{ORIGIN}\n４２\nAAAA\n",
        f"{ORIGIN}\n42\nAAAA\n",
        f"{ORIGIN}\n42\n!\n",
        f"{ORIGIN}\n" + "9" * 30 + "\nAAAA\n",
        f"{ORIGIN}\n\n42\n",
    ],
)
def test_a_signed_note_that_is_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(NoteError):
        open_checkpoint(SIGNER.sign(body), SIGNER.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n- a AAAA\n",
        "text\n\n— a\n",
        "text\n\n— a AAAA\n",
        "te\rxt\n\n— a AAAAAAAA\n",
        "x" * 1_000_001,
        "text\n\n" + "— a AAAAAAAA\n" * 101,
    ],
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        split_note(note)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+b",
        "a+00000000+AAAA",
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("Peter", "Pe ter"),
        GO_VKEY + "=",
        GO_VKEY.replace("+ARpc", "+BRpc"),
    ],
)
def test_what_is_not_a_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier(vkey)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_thirty_two_bytes(seed: bytes) -> None:
    with pytest.raises(NoteError):
        Signer.from_seed(ORIGIN, seed)


@pytest.mark.parametrize("text", ["", GO_VKEY, GO_SKEY + "A", "PRIVATE+KEY+a+b"])
def test_what_is_not_a_signing_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Signer(text)


# ---- the tlog-proof text

LEAF, SIBLING = leaf_hash(b"leaf"), leaf_hash(b"sibling")
PROOF = str(InclusionProof(1, (SIBLING,), sign_checkpoint(SIGNER, 2, node_hash(SIBLING, LEAF), 0).note))


def test_a_proof_is_one_text_that_verifies_offline() -> None:
    assert PROOF.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    assert InclusionProof.read(PROOF).verify(LEAF, SIGNER.verifier).size == 2
    extra = PROOF.replace("\nindex", "\nextra AAAA\nindex", 1)
    assert InclusionProof.read(extra).verify(LEAF, SIGNER.verifier).size == 2


@given(st.data())
@settings(max_examples=300)
def test_a_flipped_bit_anywhere_in_a_proof_is_caught(data: st.DataObject) -> None:
    raw = bytearray(PROOF.encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((NoteError, ProofError, UnicodeDecodeError)):
        InclusionProof.read(raw.decode()).verify(LEAF, SIGNER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROOF.replace("@v1", "@v2"),
        PROOF.replace("index 1", "index 01"),
        PROOF.replace("index 1", "index -1"),
        PROOF.replace("index 1\n", ""),
        PROOF.replace("index 1\n", "index 1\nAAAA\n"),
        PROOF.replace("index 1\n", "index 1\n" + PROOF.split("\n")[2] + "\n"),
        PROOF.replace("index 1\n", "index 1\n" + (PROOF.split("\n")[2] + "\n") * 64),
    ],
)
def test_what_is_not_a_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        InclusionProof.read(text).verify(LEAF, SIGNER.verifier)
