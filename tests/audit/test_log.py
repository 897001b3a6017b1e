"""What the log promises to those who record, to the sequencer, and to whoever asks for a proof."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audit
from audit import AuditLog, MemoryLogStore, Receipt, Signer
from audit.entry import read_leaf
from audit.errors import (
    DuplicateEntryError,
    EntryError,
    NoteError,
    PendingError,
    ProofError,
    SealError,
    TreeError,
    UnknownEntryError,
)
from audit.merkle import verify_consistency
from audit.proof import InclusionProof
from audit.vault import period_of
from tests.audit.logbook import MASTER_KEY, ORIGIN, PATIENT, PERSONAL, SIGNER, STAFF, START, Dice, Logbook, entry_id
from tests.contracts.log_store_contract import undone

VERIFIER = SIGNER.verifier


def test_the_face_of_the_library_is_this_and_no_more() -> None:
    assert sorted(audit.__all__) == [
        "AuditError",
        "AuditLog",
        "Checkpoint",
        "Entry",
        "LogStore",
        "MemoryLogStore",
        "Receipt",
        "Report",
        "Signer",
        "Verifier",
        "verify_bundle",
        "write_bundle",
    ]
    assert all(hasattr(audit, name) for name in audit.__all__)


# ---- recording


def test_an_entry_is_recorded_with_the_next_number_and_a_pending_receipt() -> None:
    book = Logbook()
    receipts = [book.append() for _ in range(3)]
    entries = [read_leaf(receipt.leaf)[0] for receipt in receipts]
    assert [(entry.gateway, entry.lane, entry.counter) for entry in entries] == [("gw-1", 0, n) for n in (1, 2, 3)]
    assert {receipt.state for receipt in receipts} == {"pending"}
    assert all(receipt.disclosures == () for receipt in receipts)


def test_a_rolled_back_entry_leaves_no_gap() -> None:
    book = Logbook()
    book.append()
    with pytest.raises(DuplicateEntryError), book.store.transaction() as transaction:
        book.log.append(transaction, entry_id=entry_id(1), time=1, entry_type="x", outcome="failed")
    assert read_leaf(book.append().leaf)[0].counter == 2


def test_no_personal_value_is_in_the_leaf_nor_in_clear_in_the_store() -> None:
    book = Logbook()
    receipt = book.append()
    rows = book.store.sealed([receipt.entry_id])
    everything = receipt.leaf + b"".join(row.sealed + key.wrapped for row, key in rows)
    for secret in ("279035121518989", "PAT-TROIS", "Martin", "birth_name"):
        assert secret.encode() not in everything
    assert len(read_leaf(receipt.leaf)[1]) == 3


def test_an_entry_that_a_leaf_cannot_hold_is_refused_and_leaves_nothing() -> None:
    book = Logbook()
    with pytest.raises(EntryError):
        book.append(personal={PATIENT: {"weight": 71.5}})  # type: ignore[dict-item]
    assert book.store.pending_since() is None
    assert book.append().entry_id == entry_id(2)


def test_the_entries_of_a_subject_and_month_share_one_key() -> None:
    book = Logbook()
    for _ in range(3):
        book.append()
    keys = {(key.subject, key.key_id) for _, key in book.store.sealed([entry_id(n) for n in (1, 2, 3)])}
    assert len(keys) == 2
    october = START + 20 * 86_400_000
    book.append(time=october)
    assert list(book.store.periods(PATIENT)) == [period_of(START), period_of(october)] == ["2026-09", "2026-10"]


def test_an_entry_is_read_with_its_personal_values_and_a_history_is_paged() -> None:
    book = Logbook().fill(3)
    book.append(personal={"patient/other": {"ins": "1"}})
    assert book.log.read(book.store, entry_id(2)).personal == PERSONAL
    page = book.log.history(book.store, PATIENT, limit=2)
    assert [entry.entry_id for entry in page] == [entry_id(3), entry_id(2)]
    rest = book.log.history(book.store, PATIENT, (page[-1].time, page[-1].entry_id))
    assert [entry.entry_id for entry in rest] == [entry_id(1)]
    assert book.log.history(book.store, "patient/nobody") == []


def test_what_is_not_in_the_log_is_unknown() -> None:
    book = Logbook().fill(1)
    for ask in (book.log.read, book.log.receipt, book.log.prove_inclusion):
        with pytest.raises(UnknownEntryError):
            ask(book.store, entry_id(9))


# ---- the tree


def test_integrating_signs_a_head_over_all_pending_entries_and_nothing_twice() -> None:
    book = Logbook()
    assert book.integrate() is None
    for _ in range(3):
        book.append()
    head = book.integrate(now=5)
    assert head is not None
    assert (head.origin, head.size, head.time) == (ORIGIN, 3, 5)
    assert book.integrate() is None
    assert book.store.pending_since() is None


def test_an_integration_that_rolls_back_is_done_again_the_same() -> None:
    book = Logbook().fill(2)
    for _ in range(300):
        book.append()
    with undone(book.store.transaction) as transaction:
        lost = book.log.integrate(transaction, SIGNER, 1)
    assert lost is not None
    assert lost is not None
    assert book.integrate(now=1) == lost


def test_a_large_backlog_is_integrated_in_parts() -> None:
    book = Logbook()
    for _ in range(25):
        book.append()
    sizes = []
    while True:
        with book.store.transaction() as transaction:
            head = book.log.integrate(transaction, SIGNER, 1, limit=10)
        if head is None:
            break
        sizes.append(head.size)
    assert sizes == [10, 20, 25]


@given(st.lists(st.integers(1, 120), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_every_proof_of_a_growing_log_verifies(steps: list[int]) -> None:
    book = Logbook().fill(*steps)
    heads = list(book.store.checkpoints())
    for number in range(1, book.count + 1, 7):
        receipt = book.log.receipt(book.store, entry_id(number))
        assert receipt.verify(VERIFIER).leaf_index == number - 1
    for first in heads:
        for second in heads:
            if first.size <= second.size:
                proof = book.log.prove_consistency(book.store, first.size, second.size)
                verify_consistency(first.size, second.size, proof, first.root, second.root)
    with pytest.raises(ProofError):
        book.log.prove_consistency(book.store, 1, heads[-1].size + 1)


def test_only_the_key_of_the_log_signs_it() -> None:
    book = Logbook()
    book.append()
    with pytest.raises(NoteError), book.store.transaction() as transaction:
        book.log.integrate(transaction, Signer.from_seed("other.example", bytes(32)), 1)
    book.integrate()
    book.append()
    with pytest.raises(NoteError), book.store.transaction() as transaction:
        book.log.integrate(transaction, Signer.from_seed(ORIGIN, bytes(32)), 1)


def test_nothing_is_signed_over_a_tree_that_was_altered() -> None:
    for alter in ("tile", "head", "leaf", "forgotten head"):
        book = Logbook().fill(3)
        book.append()
        store = book.store
        if alter == "tile":
            store.put_tiles([(0, 0, bytes(96))])
        elif alter == "head":
            store._checkpoints[0, 3] = replace(store._checkpoints[0, 3], root=bytes(32))
        elif alter == "forgotten head":
            store._checkpoints.clear()
        else:
            stored = store._entries[entry_id(4)]
            store._entries[entry_id(4)] = replace(stored, leaf=stored.leaf.replace(b"success", b"refused"))
        with pytest.raises(TreeError):
            book.integrate()
        assert store.position(entry_id(4)) is None


# ---- receipts


def test_a_receipt_is_pending_until_a_head_covers_it_then_proves_offline() -> None:
    book = Logbook()
    book.append()
    pending = book.log.receipt(book.store, entry_id(1))
    assert (pending.state, pending.proof) == ("pending", None)
    with pytest.raises(PendingError):
        pending.verify(VERIFIER)
    with pytest.raises(PendingError):
        book.log.prove_inclusion(book.store, entry_id(1))
    book.integrate()
    proven = book.log.receipt(book.store, entry_id(1), ["ins"])
    verified = proven.verify(VERIFIER)
    assert verified.personal == {"ins": "279035121518989"}
    assert verified.entry.facts == {"mode": "break_glass", "minutes": 30}
    assert book.log.receipt(book.store, entry_id(1)).disclosures == ()


def test_a_receipt_file_is_about_a_kilobyte_and_is_read_back() -> None:
    book = Logbook().fill(200)
    receipt = book.log.receipt(book.store, entry_id(77), ["ins", "staff_name", "not_there"])
    text = json.dumps(receipt.to_json(), ensure_ascii=False)
    assert len(text) < 2000
    assert Receipt.from_json(text) == receipt
    assert Receipt.from_json(text).verify(VERIFIER).personal == {"ins": "279035121518989", "staff_name": "Élise Martin"}


def test_every_change_to_a_receipt_is_caught() -> None:
    book = Logbook().fill(5)
    mine, other = (book.log.receipt(book.store, entry_id(number), ["ins"]) for number in (2, 3))
    assert other.proof is not None
    for changed in (
        replace(mine, proof=other.proof),
        replace(mine, disclosures=other.disclosures),
        replace(mine, entry_id=other.entry_id),
        replace(mine, leaf=other.leaf),
        replace(mine, leaf=mine.leaf.replace(b"break_glass", b"normal")),
        replace(mine, leaf=b"{}"),
    ):
        with pytest.raises(ProofError):
            changed.verify(VERIFIER)
    with pytest.raises(NoteError):
        mine.verify(Signer.from_seed(ORIGIN, bytes(32)).verifier)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "emergency-access-audit-receipt/v1"}', "[" * 100_000, "x" * 1_000_001]
)
def test_what_is_not_a_receipt_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        Receipt.from_json(text)


def test_a_receipt_file_whose_members_disagree_is_refused() -> None:
    book = Logbook().fill(1)
    content = book.log.receipt(book.store, entry_id(1)).to_json()
    changes: list[dict[str, object]] = [{"leaf_hash": "00"}, {"disclosures": "x"}, {"disclosures": [1]}, {"proof": 1}]
    for change in changes:
        with pytest.raises(ProofError):
            Receipt.from_json(json.dumps({**content, **change}))


# ---- erasing


def test_after_an_erasure_every_proof_holds_and_the_values_are_gone() -> None:
    book = Logbook().fill(3)
    before = [book.log.receipt(book.store, entry_id(number), ["ins"]) for number in (1, 2, 3)]
    with book.store.transaction() as transaction:
        assert transaction.erase(PATIENT, "2026-09") == 3
    for number, kept in zip((1, 2, 3), before, strict=True):
        after = book.log.receipt(book.store, entry_id(number), ["ins", "staff_name"])
        assert after.leaf == kept.leaf
        assert after.verify(VERIFIER).personal == {"staff_name": "Élise Martin"}
        # What a person was given before remains theirs, and remains true.
        assert kept.verify(VERIFIER).personal == {"ins": "279035121518989"}
        assert book.log.read(book.store, entry_id(number)).personal == {STAFF: PERSONAL[STAFF]}
    assert book.log.history(book.store, PATIENT) == []
    book.append()
    assert book.log.read(book.store, entry_id(4)).personal == PERSONAL


def test_an_erased_subject_gets_a_new_key() -> None:
    book = Logbook().fill(1)
    old = book.store.data_keys([PATIENT], "2026-09")[PATIENT]
    book.store.erase(PATIENT, "2026-09")
    book.append()
    new = book.store.data_keys([PATIENT], "2026-09")[PATIENT]
    assert old.key_id != new.key_id


def test_a_disclosure_moved_to_another_entry_or_person_does_not_open() -> None:
    book = Logbook().fill(2)
    book.append(personal={"patient/42": {"ins": "other"}})
    store = book.store
    mine, theirs = (entry_id(1), PATIENT), (entry_id(3), "patient/42")
    for moved in (
        replace(store._sealed[mine], sealed=store._sealed[theirs].sealed),
        replace(store._sealed[mine], sealed=store._sealed[entry_id(2), PATIENT].sealed),
        replace(store._sealed[mine], key_id=store._sealed[theirs].key_id),
        replace(store._sealed[mine], sealed=b""),
    ):
        kept, store._sealed[mine] = store._sealed[mine], moved
        with pytest.raises(SealError):
            book.log.read(store, entry_id(1))
        store._sealed[mine] = kept


def test_an_old_master_key_still_opens_what_it_wrapped() -> None:
    book = Logbook().fill(1)
    new_key = bytes(32)
    rotated = AuditLog(ORIGIN, "gw-1", Dice(), new_key, older_master_keys=[MASTER_KEY])
    assert rotated.read(book.store, entry_id(1)).personal == PERSONAL
    forgotten = AuditLog(ORIGIN, "gw-1", Dice(), new_key)
    with pytest.raises(SealError, match="not configured"):
        forgotten.read(book.store, entry_id(1))
    with pytest.raises(SealError, match="32 bytes"):
        AuditLog(ORIGIN, "gw-1", Dice(), b"short")


def test_a_proof_names_the_latest_head() -> None:
    book = Logbook().fill(2, 3)
    proof = book.log.prove_inclusion(book.store, entry_id(1))
    assert InclusionProof.read(str(proof)) == proof
    assert proof.verify(book.log.receipt(book.store, entry_id(1)).leaf_hash, VERIFIER).size == 5
    assert isinstance(book.store, MemoryLogStore)
