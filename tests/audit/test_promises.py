"""A pending receipt is signed by a gateway the log vouches for, and shows later what the log dropped."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit import AuditLog, MemoryLogStore, Receipt, Report, verify_bundle, write_bundle
from audit.errors import NoteError, PendingError, ProofError
from audit.messages import fault_text
from audit.promise import open_promise, read_promise, receipt_signer
from tests.audit.logbook import MASTER_KEY, ORIGIN, SIGNER, START, Dice, Logbook, entry_id

VERIFIER = SIGNER.verifier


def promised(book: Logbook) -> Receipt:
    """A new entry, answered before any head covers it."""
    return book.log.promise(book.store, book.append(), START + 500)


def as_file(receipt: Receipt) -> str:
    return json.dumps(receipt.to_json())


@pytest.fixture
def book() -> Logbook:
    """Three entries sealed, and the receipt key listed."""
    book = Logbook()
    assert book.announce()
    return book.fill(3)


def judged(book: Logbook, folder: Path, *receipts: Receipt) -> Report:
    write_bundle(book.log, book.store, VERIFIER, folder)
    return verify_bundle(folder, VERIFIER, [as_file(receipt) for receipt in receipts])


def code(report: Report) -> str:
    assert report.fault is not None
    assert all(fault_text(report.fault.code, report.fault.details, tongue) for tongue in (0, 1))
    return report.fault.code


def test_a_pending_receipt_is_checked_with_the_log_s_public_key_alone(book: Logbook) -> None:
    receipt = Receipt.from_json(as_file(promised(book)))
    promise = receipt.verify_promise(VERIFIER)
    assert (promise.entry_id, promise.gateway, promise.time) == (receipt.entry_id, "gw-1", START + 500)
    assert promise.leaf_hash == receipt.leaf_hash
    with pytest.raises(PendingError):
        receipt.verify(VERIFIER)


def test_the_receipt_key_is_listed_once(book: Logbook) -> None:
    assert not book.announce()


def test_every_process_of_a_gateway_signs_with_the_same_key_and_other_gateways_with_others() -> None:
    keys = {str(receipt_signer(ORIGIN, gateway, MASTER_KEY).verifier) for gateway in ("gw-1", "gw-1", "gw-2")}
    assert len(keys) == 2
    assert str(receipt_signer(ORIGIN, "gw-1", bytes(32)).verifier) not in keys


def test_before_the_key_is_covered_the_promise_waits_for_the_exported_log(tmp_path: Path) -> None:
    book = Logbook()
    book.announce()
    receipt = promised(book)
    with pytest.raises(PendingError):
        receipt.verify_promise(VERIFIER)
    book.integrate()
    assert judged(book, tmp_path / "bundle", receipt).receipts == 1


def test_a_kept_promise_meets_its_entry(book: Logbook, tmp_path: Path) -> None:
    kept = [promised(book), promised(book)]
    book.integrate()
    report = judged(book, tmp_path / "bundle", *kept)
    assert report.verified
    assert report.receipts == 2


def test_the_last_rows_of_a_lane_deleted_with_the_counter_turned_back_are_named(book: Logbook, tmp_path: Path) -> None:
    kept = promised(book)
    _forget(book.store, kept)
    book.integrate()
    assert judged(book, tmp_path / "alone").verified
    assert code(judged(book, tmp_path / "bundle", kept)) == "receipt_missing"


def test_another_entry_in_the_place_of_a_deleted_one_is_named(book: Logbook, tmp_path: Path) -> None:
    kept = promised(book)
    _forget(book.store, kept)
    book.append()
    book.integrate()
    assert judged(book, tmp_path / "alone").verified
    assert code(judged(book, tmp_path / "bundle", kept)) == "receipt_conflict"


def test_the_entry_itself_replaced_before_it_was_sealed_is_named(book: Logbook, tmp_path: Path) -> None:
    kept = promised(book)
    _forget(book.store, kept)
    book.count -= 1
    book.append(outcome="failed")
    book.integrate()
    assert code(judged(book, tmp_path / "bundle", kept)) == "receipt_conflict"


def test_a_proven_receipt_is_an_anchor_too(book: Logbook, tmp_path: Path) -> None:
    kept = book.log.receipt(book.store, entry_id(2))
    assert judged(book, tmp_path / "bundle", kept).receipts == 1
    other = Logbook()
    other.announce()
    other.fill(2)
    assert code(judged(other, tmp_path / "cut", kept)) == "anchor_beyond"
    rewritten = Logbook()
    rewritten.announce()
    rewritten.append()
    rewritten.append(outcome="failed")
    rewritten.fill(2)
    assert code(judged(rewritten, tmp_path / "rewritten", kept)) == "anchor_conflict"


def test_a_stranger_s_promise_proves_nothing(book: Logbook, tmp_path: Path) -> None:
    stranger = AuditLog(ORIGIN, "gw-1", Dice(), bytes(32))
    receipt = book.append()
    forged = stranger.promise(book.store, receipt, START)
    listed = book.log.promise(book.store, receipt, START)
    with pytest.raises(NoteError):
        replace(forged, promise_key=listed.promise_key).verify_promise(VERIFIER)
    book.integrate()
    assert code(judged(book, tmp_path / "bundle", forged)) == "receipt_untrusted"


def test_a_promise_of_another_leaf_or_by_another_gateway_proves_nothing(book: Logbook) -> None:
    mine, other = promised(book), promised(book)
    with pytest.raises(ProofError):
        replace(mine, promise=other.promise).verify_promise(VERIFIER)
    assert mine.promise is not None
    with pytest.raises(NoteError):
        open_promise(mine.promise, receipt_signer(ORIGIN, "gw-2", MASTER_KEY).verifier)
    forged = receipt_signer(ORIGIN, "gw-2", MASTER_KEY).sign(mine.promise.split("\n\n")[0] + "\n")
    with pytest.raises(NoteError):
        open_promise(forged, receipt_signer(ORIGIN, "gw-2", MASTER_KEY).verifier)


def test_the_key_of_a_promise_must_be_in_the_log(book: Logbook) -> None:
    receipt = promised(book)
    assert receipt.promise_key is not None
    unlisted = replace(receipt.promise_key, leaf=receipt.leaf)
    with pytest.raises(ProofError):
        replace(receipt, promise_key=unlisted).verify_promise(VERIFIER)
    elsewhere = Logbook()
    elsewhere.announce(START + 1)
    elsewhere.fill(3)
    foreign = elsewhere.log.promise(elsewhere.store, elsewhere.append(), START).promise_key
    assert foreign is not None
    mixed = replace(receipt.promise_key, leaf=foreign.leaf)
    with pytest.raises(ProofError):
        replace(receipt, promise_key=mixed).verify_promise(VERIFIER)


@pytest.mark.parametrize(
    ("old", "new"),
    [("/v1\n", "/v2\n"), ("gw-1 0 ", "gw-1 0 0 "), ("gw-1 0 ", "gw-1 x "), (f"\n{START + 500}\n", "\n-1\n")],
)
def test_what_is_not_exactly_a_promise_is_refused(book: Logbook, old: str, new: str) -> None:
    promise = promised(book).promise
    assert promise is not None
    assert old in promise
    with pytest.raises(NoteError):
        read_promise(promise.replace(old, new, 1))


def test_a_receipt_without_proof_and_promise_is_no_anchor(book: Logbook, tmp_path: Path) -> None:
    assert code(judged(book, tmp_path / "bundle", book.append())) == "receipt_untrusted"


def _forget(store: MemoryLogStore, receipt: Receipt) -> None:
    """What a database administrator can do before the next head: delete the last row, turn the counter back."""
    entry = store._entries.pop(receipt.entry_id)
    store._numbers.discard((entry.gateway, entry.lane, entry.counter))
    store._counters[entry.gateway] -= 1
    store._pending = {sequence: other for sequence, other in store._pending.items() if other != receipt.entry_id}
    for place in [place for place in store._sealed if place[0] == receipt.entry_id]:
        del store._sealed[place]
