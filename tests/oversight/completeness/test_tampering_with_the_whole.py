"""What nobody who has the database alone can see: it was set back, signed anew, or shown differently to two readers.

Each test shows first that the check alone is content, which is why something must be kept outside, and then names the
tampering with it: a head that was kept (by the privacy officer, a witness, a time-stamp) or a receipt that was handed
out.
"""

import pytest

from audit import Receipt, Signer
from audit.checkpoint import open_checkpoint, sign_checkpoint
from audit.errors import ProofError
from audit.merkle import leaf_hash, root_of_hashes, verify_consistency
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import placed
from tests.oversight.completeness.conftest import SIGNER, Past


def forge_with_the_stolen_key(past: Past, old: bytes, new: bytes) -> None:
    """Change the words of the first opening's leaf, and hash and sign everything again, with the gateway's own key."""
    past.unlock()
    entry = past.entry_at(1)
    ((leaf,),) = past.rows("SELECT leaf FROM audit_entry WHERE entry_id = :id", id=entry)
    changed = bytes(leaf).replace(old, new)
    assert changed != bytes(leaf)
    past.sql(
        "UPDATE audit_entry SET leaf = :leaf, leaf_hash = :hash WHERE entry_id = :id",
        leaf=changed, hash=leaf_hash(changed), id=entry,
    )  # fmt: skip
    leaves = past.rows(
        """SELECT e.leaf_hash FROM audit_leaf l JOIN audit_entry e ON e.entry_id = l.entry_id ORDER BY l.leaf_index"""
    )
    hashes = [bytes(row.leaf_hash) for row in leaves]
    past.sql("UPDATE audit_tile SET hashes = :h WHERE level = 0", h=b"".join(hashes))
    for (stored,) in past.rows("SELECT size FROM audit_checkpoint"):
        shard, size = placed(stored)
        head = sign_checkpoint(SIGNER, size, root_of_hashes(hashes[:size]), 0, shard)
        past.sql("UPDATE audit_checkpoint SET root = :r, note = :n WHERE size = :s", r=head.root, n=head.note, s=stored)


def test_a_database_set_back_to_yesterday_is_shown_by_a_head_or_a_receipt_of_today(past: Past) -> None:
    yesterday = past.dump()
    past.hospital.still.pass_time(days=1)
    grant = past.open(5)
    anchor, receipt = past.seal(), past.receipt(grant)
    past.unlock()
    past.restore(yesterday)
    assert past.check().complete
    by_head = past.check(anchor)
    assert [finding.code for finding in by_head.findings] == ["anchor_beyond"]
    assert int(by_head.findings[0].details["size"]) > int(by_head.findings[0].details["last"])
    by_receipt = past.check(receipts=[receipt])
    assert [(item.code, item.row) for item in by_receipt.findings] == [("receipt_unknown", receipt.entry_id)]


def test_a_log_signed_anew_with_the_stolen_key_is_shown_by_a_head_or_a_receipt_from_before(past: Past) -> None:
    anchor, receipt = past.seal_one_more(), past.receipt(past.grants[0])
    assert past.check(anchor, receipts=[receipt]).complete
    forge_with_the_stolen_key(past, b'"first_access":true', b'"first_access":false')
    past.sql("UPDATE access_grant SET first_access = false WHERE id = :id", id=past.grants[0])
    assert past.check().complete
    assert [finding.code for finding in past.check(anchor).findings] == ["anchor_conflict"]
    assert [finding.code for finding in past.check(receipts=[receipt]).findings] == ["receipt_differs"]


def test_a_single_head_signed_with_the_stolen_key_conflicts_with_the_heads_after_it(past: Past) -> None:
    ((stored,),) = past.rows("SELECT min(size) FROM audit_checkpoint")
    shard, size = placed(stored)
    head = sign_checkpoint(SIGNER, size, bytes(32), 0, shard)
    past.sql("UPDATE audit_checkpoint SET root = :r, note = :n WHERE size = :s", r=head.root, n=head.note, s=stored)
    report = past.check()
    assert [(item.code, item.row) for item in report.findings] == [("checkpoint_conflict", str(stored))]


def test_a_head_of_another_key_or_with_other_columns_is_named(past: Past) -> None:
    sizes = [row.size for row in past.rows("SELECT size FROM audit_checkpoint ORDER BY size")]
    past.sql("UPDATE audit_checkpoint SET note = replace(note, 'test', 'tost') WHERE size = :s", s=sizes[0])
    past.sql("UPDATE audit_checkpoint SET root = :r WHERE size = :s", r=bytes(32), s=sizes[1])
    assert {(item.code, item.row) for item in past.check().findings} == {
        ("checkpoint_signature", str(sizes[0])),
        ("checkpoint_differs", str(sizes[1])),
    }


def test_an_old_head_played_again_leaves_entries_that_no_head_covers(past: Past) -> None:
    sizes = sorted(row.size for row in past.rows("SELECT size FROM audit_checkpoint"))
    newest = past.rows("SELECT note FROM audit_checkpoint WHERE size = :s", s=sizes[-1])[0].note
    past.sql("DELETE FROM audit_checkpoint WHERE size > :s", s=sizes[1])
    report = past.check()
    assert {(item.code, item.details.get("count")) for item in report.findings if item.table == "audit_leaf"} == {
        ("entries_beyond", sizes[-1] - sizes[1])
    }
    # Cut together with the entries it covers nothing of that is left to see: the head that was kept sees it.
    past.unlock()
    assert "anchor_beyond" in past.check(newest).counts


def test_an_entry_deleted_with_all_its_traces_before_it_was_sealed_is_shown_by_the_receipt_of_its_patient(
    past: Past,
) -> None:
    before = past.dump()
    grant = past.open(5)
    receipt = past.receipt(grant)
    assert receipt.state == "pending"
    past.unlock()
    past.restore(before)
    # The number was turned back with the rows: nothing in the database knows of it any more.
    assert past.check().complete
    # But the gateway had signed that it recorded it: what the patient holds accuses, a forged receipt does not.
    forged = Receipt(receipt.entry_id, receipt.leaf)
    assert [(item.code, item.row) for item in past.check(receipts=[receipt, forged]).findings] == [
        ("receipt_unknown", receipt.entry_id),
        ("receipt_untrusted", receipt.entry_id),
    ]


def test_two_readers_who_were_shown_two_histories_find_out_by_comparing_their_heads(past: Past) -> None:
    fork = past.dump()
    past.open(5)
    shown_to_one = past.seal()
    past.unlock()
    past.restore(fork)
    past.open(6)
    shown_to_other = past.seal()
    assert past.check().complete
    assert past.check(shown_to_other).complete
    report = past.check(shown_to_one, shown_to_other)
    assert [(item.code, item.row) for item in report.findings] == [("anchor_conflict", "1")]
    # A witness is a reader who asks for the proof each time: of this log it gets none for the head it cosigned before.
    witnessed, offered = (open_checkpoint(note, SIGNER.verifier) for note in (shown_to_one, shown_to_other))
    with past.database.reading() as connection:
        proof = past.hospital.log.prove_consistency(SqlLogStore(connection), witnessed.size, offered.size)
    with pytest.raises(ProofError):
        verify_consistency(witnessed.size, offered.size, proof, witnessed.root, offered.root)


def test_a_head_that_is_no_head_of_this_log_is_refused_as_an_anchor(past: Past) -> None:
    report = past.check("not a note", past.rows("SELECT note FROM audit_checkpoint LIMIT 1")[0].note)
    assert [(item.code, item.row) for item in report.findings] == [("anchor_signature", "1")]


def test_heads_of_the_key_before_a_change_of_key_still_hold(past: Past) -> None:
    new = Signer.from_seed("test/log", bytes(range(32)))
    now = past.hospital.still.world.epoch_ms()
    past.database.transact(lambda tx: past.hospital.log.rotate(SqlLogStore(tx.connection), SIGNER, new, now))
    assert past.checker(new).run().findings == ()
