"""The key of the log changes by an entry both keys sign; whoever knows either key follows, and nobody else's counts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit import Receipt, Report, Signer, verify_bundle, write_bundle
from audit.checkpoint import open_checkpoint, sign_checkpoint
from audit.entry import Fact, leaf_bytes, read_leaf
from audit.errors import NoteError, ProofError
from audit.merkle import leaf_hash, root_of_hashes
from audit.messages import fault_text
from audit.rotation import open_rotation, rotation_of_leaf, sign_rotation
from audit.sequencer import SEQUENCER
from audit.tiles import grow
from tests.audit.logbook import ORIGIN, SIGNER, START, Logbook, entry_id
from tests.audit.test_years import at

SECOND = Signer.from_seed(ORIGIN, bytes(range(1, 33)))
THIRD = Signer.from_seed(ORIGIN, bytes(range(2, 34)))
THIEF = Signer.from_seed(ORIGIN, bytes(range(3, 35)))
KEYS = [SIGNER, SECOND, THIRD]


@pytest.fixture
def book() -> Logbook:
    """Two changes of key, entries before, between and after; one entry is pending at a change."""
    book = Logbook().fill(5)
    book.append()
    book.rotate(SECOND)
    book.fill(4, 3)
    book.rotate(THIRD)
    return book.fill(2)


def judged(book: Logbook, folder: Path, key: Signer) -> Report:
    write_bundle(book.log, book.store, book.signer.verifier, folder)
    return verify_bundle(folder, key.verifier)


def code(report: Report) -> str:
    assert report.fault is not None
    assert all(fault_text(report.fault.code, report.fault.details, tongue) for tongue in (0, 1))
    return report.fault.code


@pytest.mark.parametrize("key", KEYS)
def test_a_log_that_changed_its_key_verifies_from_any_of_its_keys(book: Logbook, tmp_path: Path, key: Signer) -> None:
    report = judged(book, tmp_path / "bundle", key)
    assert report.verified
    assert (report.rotations, report.entries) == (2, 17)


def test_a_key_that_was_never_the_log_s_verifies_nothing(book: Logbook, tmp_path: Path) -> None:
    assert code(judged(book, tmp_path / "bundle", THIEF)) == "key_differs"


def test_the_first_head_over_the_change_is_signed_by_both_keys(book: Logbook) -> None:
    heads = list(book.store.checkpoints())
    both = [head for head in heads if _opens(head.note, SIGNER) and _opens(head.note, SECOND)]
    assert len(both) == 1
    after = [head for head in heads if head.size > both[0].size]
    assert after
    assert not any(_opens(head.note, SIGNER) for head in after)


def test_a_process_that_missed_the_change_is_stopped_at_once() -> None:
    book = Logbook().fill(2)
    book.rotate(SECOND)
    book.append()
    with book.store.transaction() as store, pytest.raises(NoteError):
        book.log.integrate(store, SIGNER, START)
    assert book.integrate() is not None


def test_after_the_change_the_old_key_signs_nothing(book: Logbook) -> None:
    book.append()
    with book.store.transaction() as store, pytest.raises(NoteError):
        book.log.integrate(store, SECOND, START)
    with book.store.transaction() as store, pytest.raises(NoteError):
        book.log.rotate(store, SIGNER, THIEF, START)


@pytest.mark.parametrize("key", KEYS)
def test_every_receipt_verifies_from_any_key(book: Logbook, key: Signer) -> None:
    for number in range(1, book.count + 1):
        receipt = Receipt.from_json(_json(book.log.receipt(book.store, entry_id(number))))
        assert receipt.verify(key.verifier).entry.entry_id == entry_id(number)


def test_a_receipt_with_a_rotation_that_is_not_in_the_log_is_refused(book: Logbook) -> None:
    receipt = book.log.receipt(book.store, entry_id(1))
    logged = receipt.rotations[0]
    stolen = sign_rotation(SIGNER, THIEF, START)
    forged = replace(logged, leaf=_leaf_with(book, {"statement": stolen}))
    with pytest.raises((ProofError, NoteError)):
        replace(receipt, rotations=(forged, *receipt.rotations[1:])).verify(SIGNER.verifier)
    with pytest.raises(NoteError):
        replace(receipt, rotations=()).verify(SIGNER.verifier)


def test_a_thief_s_heads_are_named_when_no_entry_announces_the_key(tmp_path: Path) -> None:
    book = Logbook().fill(5)
    thieves = Logbook(book.store)
    thieves.count = book.count
    thieves.append()
    _forge_next_head(thieves)
    assert code(judged(thieves, tmp_path / "bundle", SIGNER)) in {"rotation_unlogged", "key_differs"}
    (tmp_path / "bundle" / "log.vkey").write_text(str(SIGNER.verifier))
    assert code(verify_bundle(tmp_path / "bundle", SIGNER.verifier)) == "rotation_unlogged"


def test_a_thief_who_goes_on_signing_with_the_old_key_is_named(book: Logbook, tmp_path: Path) -> None:
    head = book.store.head()
    assert head is not None
    text = head.note.split("\n\n")[0] + "\n"
    book.store._checkpoints[0, head.size] = replace(head, note=SIGNER.sign(text))
    assert code(judged(book, tmp_path / "bundle", SIGNER)) in {"checkpoint_signature", "rotation_unlogged"}


def test_a_rotation_entry_that_one_key_did_not_sign_is_named(tmp_path: Path) -> None:
    book = Logbook().fill(3)
    statement = sign_rotation(SIGNER, SECOND, START)
    alone = "\n".join(statement.split("\n")[:-2]) + "\n"
    with book.store.transaction() as store:
        book.log.append(
            store,
            entry_id=entry_id(99),
            time=START,
            entry_type="log.key_rotated",
            outcome="success",
            facts={"statement": alone},
        )
    book.integrate()
    assert code(judged(book, tmp_path / "bundle", SIGNER)) == "rotation_invalid"


def test_a_rotation_whose_head_only_the_new_key_signed_is_named(book: Logbook, tmp_path: Path) -> None:
    head = next(head for head in book.store.checkpoints() if _opens(head.note, SIGNER) and _opens(head.note, SECOND))
    text = head.note.split("\n\n")[0] + "\n"
    book.store._checkpoints[0, head.size] = replace(head, note=SECOND.sign(text))
    assert code(judged(book, tmp_path / "bundle", SIGNER)) == "rotation_invalid"


def test_keys_change_in_any_year_and_old_years_still_verify(tmp_path: Path) -> None:
    book = Logbook(yearly=True)
    for year, new in ((2026, SECOND), (2027, None), (2028, THIRD)):
        book.append(time=at(year))
        book.integrate(at(year))
        if new is not None:
            book.rotate(new, at(year, 7))
    book.integrate(at(2029))
    for key in KEYS:
        assert judged(book, tmp_path / str(key.verifier.key_id.hex()), key).verified
        for number in (1, 2, 3):
            assert book.log.receipt(book.store, entry_id(number)).verify(key.verifier)


def test_a_rotation_needs_two_keys_of_this_log() -> None:
    book = Logbook().fill(1)
    for new in (SIGNER, Signer.from_seed("other.example", bytes(32))):
        with book.store.transaction() as store, pytest.raises(NoteError):
            book.log.rotate(store, SIGNER, new, START)


def test_an_altered_statement_is_no_rotation() -> None:
    statement = sign_rotation(SIGNER, SECOND, START)
    assert str(open_rotation(statement).new) == str(SECOND.verifier)
    for altered in (
        statement.replace(str(START), str(START + 1), 1),
        statement.replace(str(SECOND.verifier), str(THIEF.verifier), 1),
        statement.replace("/v1", "/v2", 1),
        sign_rotation(SIGNER, SIGNER, START),
    ):
        with pytest.raises(NoteError):
            open_rotation(altered)
    with pytest.raises(ProofError):
        rotation_of_leaf(b"{}")


def _opens(note: str, key: Signer) -> bool:
    try:
        open_checkpoint(note, key.verifier)
    except NoteError:
        return False
    return True


def _json(receipt: Receipt) -> str:
    return json.dumps(receipt.to_json())


def _leaf_with(book: Logbook, facts: dict[str, Fact]) -> bytes:
    own = book.store.written_by(SEQUENCER)[0]
    entry, _ = read_leaf(own.leaf)
    return leaf_bytes(replace(entry, facts=facts), ())


def _forge_next_head(book: Logbook) -> None:
    """The thief holds the database and a key of their own, not the log's."""
    with book.store.transaction() as store:
        pending = store.pending(10)
        hashes = [leaf_hash(entry.leaf) for entry in store.leaves(0, 5)]
        store.put_tiles(list(grow(5, [item.leaf_hash for item in pending], store.tile)))
        store.add_leaves(5, pending)
        root = root_of_hashes([*hashes, *(item.leaf_hash for item in pending)])
        store.add_checkpoint(sign_checkpoint(THIEF, 6, root, START))
