"""A witness cosigns a log's heads only as they grow: one history for each log, whatever it is asked."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosignature import Cosigner, add_cosignatures
from audit.errors import NoteError
from audit.merkle import leaf_hash, prove_consistency, root_of_hashes
from audit.note import Signer
from audit.witnessing import SIZE_TYPE, AddCheckpoint, Answer, Seen, Witness, conflicting_size
from tests.audit.logbook import ORIGIN, SIGNER

COSIGNER = Cosigner.from_seed("other-hospital.example/witness", bytes(range(32)))
WITNESS = Witness(COSIGNER, [SIGNER.verifier])
STRANGER, IMPOSTOR = Signer.from_seed("x.example", bytes(32)), Signer.from_seed(ORIGIN, bytes(32))
NOW = 1_790_000_000
LEAVES = [leaf_hash(str(number).encode()) for number in range(64)]
FORKED = [*LEAVES[:3], *(leaf_hash(f"other {number}".encode()) for number in range(3, 64))]


def head(size: int, leaves: list[bytes] | None = None, shard: int = 0) -> Checkpoint:
    return sign_checkpoint(SIGNER, size, root_of_hashes((leaves or LEAVES)[:size]), 0, shard)


def request(old: int, size: int, leaves: list[bytes] | None = None, shard: int = 0) -> AddCheckpoint:
    proof = prove_consistency(old, size, lambda start, end: root_of_hashes((leaves or LEAVES)[start:end]))
    return AddCheckpoint(old, tuple(proof), head(size, leaves, shard).note)


def seen(size: int) -> Seen:
    return Seen(size, root_of_hashes(LEAVES[:size])) if size else Seen()


def test_a_head_that_grows_is_cosigned_and_remembered() -> None:
    answer = WITNESS.decide(request(3, 7), seen(3), NOW)
    assert (answer.status, answer.origin, answer.seen) == (200, ORIGIN, seen(7))
    note, added = add_cosignatures(head(7).note, answer.body, [COSIGNER.verifier])
    assert [item.time for item in added] == [NOW]
    assert COSIGNER.verifier.find(note) is not None


@pytest.mark.parametrize(
    ("asked", "last", "status"),
    [
        (request(0, 5), Seen(), 200),
        (request(5, 5), seen(5), 200),
        (request(0, 0), Seen(), 200),
        (request(3, 7), seen(4), 409),
        (request(0, 7), seen(4), 409),
        (request(5, 5, FORKED), seen(5), 409),
        (request(3, 7, FORKED), replace(seen(3), root=bytes(32)), 422),
        (request(4, 7, FORKED), seen(4), 422),
        (replace(request(3, 7), proof=()), seen(3), 422),
        (replace(request(0, 7), proof=(bytes(32),)), Seen(), 422),
        (AddCheckpoint(8, (), head(7).note), seen(8), 400),
        (AddCheckpoint(0, (), "no note"), Seen(), 400),
        (replace(request(0, 5), note=STRANGER.sign("x.example\n0\n" + "A" * 43 + "=\n")), Seen(), 404),
        (replace(request(0, 5), note=IMPOSTOR.sign(head(5).note.split("\n\n")[0] + "\n")), Seen(), 403),
    ],
)
def test_every_other_question_has_its_answer(asked: AddCheckpoint, last: Seen, status: int) -> None:
    answer = WITNESS.decide(asked, last, NOW)
    assert answer.status == status
    assert (answer.seen is not None) == (status == 200)


def test_a_conflict_says_the_size_that_was_seen() -> None:
    answer = WITNESS.decide(request(3, 7), seen(5), NOW)
    assert (answer.body, answer.content_type) == ("5\n", SIZE_TYPE)
    assert conflicting_size(answer.status, answer.body, {"Content-Type": answer.content_type}) == 5
    for other in (Answer(409, "5\n"), replace(answer, status=200), replace(answer, body="x\n")):
        assert conflicting_size(other.status, other.body, {"content-type": other.content_type}) is None


def test_a_split_view_leaves_evidence_signed_by_the_log_itself() -> None:
    forked = request(4, 7, FORKED)
    answer = WITNESS.decide(forked, seen(4), NOW)
    assert answer.evidence == forked.note


def test_each_year_of_a_known_log_is_an_origin_of_its_own() -> None:
    answer = WITNESS.decide(request(0, 5, shard=2027), Seen(), NOW)
    assert (answer.status, answer.origin) == (200, f"{ORIGIN}/2027")


def test_a_body_round_trips() -> None:
    asked = request(5, 23)
    assert AddCheckpoint.read(str(asked)) == asked
    assert str(asked).startswith("old 5\n")
    assert AddCheckpoint.read(str(request(0, 3))) == request(0, 3)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 5",
        "old 05\n\nx",
        "old -1\n\nx",
        "old ²\n\nx",
        "older 5\n\nx",
        "5\n\nx",
        "old 5\nAAAA\n\nx",
        "old 5\n!\n\nx",
        "old 99999999999999999999\n\nx",
        "old 5\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 64 + "\nx",
    ],
)
def test_a_malformed_body_is_refused(body: str) -> None:
    with pytest.raises(NoteError):
        AddCheckpoint.read(body)


@settings(max_examples=60)
@given(st.data())
def test_a_witness_never_cosigns_two_histories(data: st.DataObject) -> None:
    """Whatever it is asked, in whatever order, all heads it cosigned are heads of one growing tree."""
    last, cosigned = Seen(), list[tuple[int, bool]]()
    for _ in range(data.draw(st.integers(1, 12))):
        forked = data.draw(st.booleans())
        old = data.draw(st.sampled_from([last.size, data.draw(st.integers(0, 63))]))
        size = data.draw(st.integers(old, 63))
        answer = WITNESS.decide(request(old, size, FORKED if forked else LEAVES), last, NOW)
        if answer.seen is not None:
            last = answer.seen
            cosigned.append((size, forked))
    assert [size for size, _ in cosigned] == sorted(size for size, _ in cosigned)
    assert len({forked for size, forked in cosigned if size > 3}) <= 1
