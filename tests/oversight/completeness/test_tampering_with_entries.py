"""What a database administrator does to the entries themselves, in SQL, and the check that names it.

Nothing kept outside is needed here: the entries, the stored hashes and the signed heads are three accounts of one past.
"""

from collections.abc import Callable

from audit import AuditLog
from audit.merkle import leaf_hash
from audit.tile_cache import TileCache
from gateway.oversight.completeness.check import CompletenessCheck
from gateway.oversight.completeness.finding import CompletenessReport, Finding
from gateway.storage.log_store import SqlLogStore
from tests.oversight.completeness.conftest import SIGNER, Past

Found = Callable[[CompletenessReport], set[tuple[str, str]]]
REWRITE = "UPDATE audit_entry SET leaf = :leaf, leaf_hash = :hash WHERE entry_id = :id"


def only(report: CompletenessReport, code: str) -> Finding:
    """The one finding of this code."""
    (finding,) = (finding for finding in report.findings if finding.code == code)
    return finding


def rewrite(past: Past, entry_id: str, old: bytes, new: bytes) -> None:
    """Change the words of a leaf and its hash beside it."""
    ((leaf,),) = past.rows("SELECT leaf FROM audit_entry WHERE entry_id = :id", id=entry_id)
    changed = bytes(leaf).replace(old, new)
    assert changed != bytes(leaf)
    past.sql(REWRITE, leaf=changed, hash=leaf_hash(changed), id=entry_id)


def test_an_entry_that_is_changed_is_named(past: Past) -> None:
    past.unlock()
    opening = past.entry_at(1)
    rewrite(past, opening, b'"outcome":"success"', b'"outcome":"refused"')
    report = past.check()
    assert [finding.to_json() for finding in report.findings] == [
        {"code": "entry_changed", "table": "audit_entry", "row": opening, "index": 1}
    ]


def test_an_entry_whose_row_is_deleted_is_named(past: Past) -> None:
    past.unlock()
    gone = past.entry_at(2)
    past.sql("DELETE FROM audit_entry WHERE entry_id = :id", id=gone)
    report = past.check()
    assert only(report, "entry_deleted").to_json() == {
        "code": "entry_deleted", "table": "audit_entry", "row": gone, "index": 2, "count": 1,
    }  # fmt: skip
    assert only(report, "counter_gap").details["expected"] == 3
    # Its personal values are still there, and what it recorded is without its entry.
    assert {finding.code for finding in report.findings} >= {"disclosure_without_entry"}


def test_an_entry_that_is_deleted_with_its_place_and_all_places_after_it_renumbered_is_named(past: Past) -> None:
    past.unlock()
    gone = past.entry_at(2)
    past.sql("DELETE FROM audit_entry WHERE entry_id = :id", id=gone)
    past.sql("DELETE FROM audit_disclosure WHERE entry_id = :id", id=gone)
    past.sql("DELETE FROM audit_leaf WHERE entry_id = :id", id=gone)
    close_gap(past, 2)
    report = past.check()
    assert (only(report, "entry_deleted").details["index"], only(report, "entry_deleted").details["count"]) == (2, 1)
    assert only(report, "counter_gap").details["expected"] == 3
    assert "entry_changed" not in report.counts


def close_gap(past: Past, index: int) -> None:
    places = past.rows("SELECT leaf_index, entry_id FROM audit_leaf WHERE leaf_index % 1000000000000 > :i", i=index)
    for leaf_index, entry_id in sorted(places):
        past.sql("UPDATE audit_leaf SET leaf_index = :to WHERE entry_id = :id", to=leaf_index - 1, id=entry_id)


def test_an_entry_that_is_inserted_is_named(past: Past, found: Found) -> None:
    past.unlock()
    first, invented = past.entry_at(0), "00000000-0000-4000-8000-0000000000ff"
    places = past.rows("SELECT leaf_index, entry_id FROM audit_leaf WHERE leaf_index % 1000000000000 >= 4")
    for leaf_index, entry_id in sorted(places, reverse=True):
        past.sql("UPDATE audit_leaf SET leaf_index = :to WHERE entry_id = :id", to=leaf_index + 1, id=entry_id)
    ((leaf,),) = past.rows("SELECT leaf FROM audit_entry WHERE entry_id = :id", id=first)
    forged = bytes(leaf).replace(first.encode(), invented.encode()).replace(b'"counter":1', b'"counter":999')
    past.sql(
        """INSERT INTO audit_entry (entry_id, time, type, gateway, lane, counter, leaf, leaf_hash)
        SELECT :new, time, type, gateway, lane, 999, :leaf, :hash FROM audit_entry WHERE entry_id = :id""",
        new=invented, leaf=forged, hash=leaf_hash(forged), id=first,
    )  # fmt: skip
    past.sql("INSERT INTO audit_leaf (leaf_index, entry_id) VALUES (:place, :id)", place=min(places)[0], id=invented)
    report = past.check()
    assert only(report, "entry_inserted").to_json() == {
        "code": "entry_inserted", "table": "audit_entry", "row": invented, "index": 4, "count": 1,
    }  # fmt: skip
    assert only(report, "counter_gap").details["found"] == 999
    assert "entries_beyond" not in report.counts


def test_entries_that_are_reordered_are_named(past: Past) -> None:
    one, other = past.entry_at(3), past.entry_at(6)
    ((place,),) = past.rows("SELECT leaf_index FROM audit_leaf WHERE entry_id = :id", id=one)
    past.sql("UPDATE audit_leaf SET leaf_index = -1 WHERE entry_id = :id", id=one)
    past.sql("UPDATE audit_leaf SET leaf_index = :at WHERE entry_id = :id", at=place, id=other)
    past.sql("UPDATE audit_leaf SET leaf_index = :at WHERE entry_id = :id", at=place + 3, id=one)
    report = past.check()
    moved = [finding for finding in report.findings if finding.code == "entry_reordered"]
    assert [(item.row, item.details["index"], item.details["belongs"]) for item in moved] == [
        (other, 3, 6),
        (one, 6, 3),
    ]


def test_a_tail_that_is_cut_off_without_its_heads_is_named(past: Past) -> None:
    past.unlock()
    size = past.check().size
    for index in (size - 1, size - 2):
        entry = past.entry_at(index)
        for table in ("audit_leaf", "audit_disclosure", "audit_entry"):
            past.sql(f"DELETE FROM {table} WHERE entry_id = :id", id=entry)
    report = past.check()
    assert only(report, "entries_truncated").details == {"index": size - 2, "missing": 2}
    # The lane's counter remembers them too.
    assert only(report, "lane_cut").details["counter"] == size


def test_two_patients_whose_personal_values_are_swapped_are_named(past: Past) -> None:
    one, other = (past.receipt(grant).entry_id for grant in past.grants[:2])
    values = {
        entry: past.rows(
            "SELECT sealed, subject FROM audit_disclosure WHERE entry_id = :id AND subject LIKE 'patient/%'", id=entry
        )[0]
        for entry in (one, other)
    }
    for entry, of in ((one, other), (other, one)):
        past.sql(
            "UPDATE audit_disclosure SET sealed = :sealed WHERE entry_id = :id AND subject = :subject",
            sealed=values[of].sealed, id=entry, subject=values[entry].subject,
        )  # fmt: skip
    report = past.check()
    assert {(item.code, item.table, item.row, item.details["subject"]) for item in report.findings} == {
        ("disclosure_altered", "audit_disclosure", one, values[one].subject),
        ("disclosure_altered", "audit_disclosure", other, values[other].subject),
    }


def test_personal_values_that_are_given_to_another_patient_with_their_key_are_named(past: Past, found: Found) -> None:
    one, other = past.patients[:2]
    entry = past.receipt(past.grants[0]).entry_id
    past.sql(
        "UPDATE audit_disclosure SET subject = :new WHERE entry_id = :id AND subject = :old",
        new=f"patient/{other}", id=entry, old=f"patient/{one}",
    )  # fmt: skip
    assert found(past.check()) == {("disclosure_altered", "audit_disclosure")}


def test_a_stored_hash_that_is_edited_is_told_from_an_edited_entry(past: Past) -> None:
    ((index, hashes),) = past.rows("SELECT tile_index, hashes FROM audit_tile WHERE level = 0")
    edited = bytearray(hashes)
    edited[32 * 5] ^= 1
    past.sql("UPDATE audit_tile SET hashes = :h WHERE level = 0", h=bytes(edited))
    report = past.check()
    assert [finding.to_json() for finding in report.findings] == [
        {"code": "tile_changed", "table": "audit_tile", "row": f"0/{index}", "index": 5}
    ]


def test_an_entry_that_is_rewritten_with_its_stored_hash_is_placed_between_two_heads(past: Past) -> None:
    past.unlock()
    rewrite(past, past.entry_at(1), b'"outcome":"success"', b'"outcome":"refused"')
    ((leaf,),) = past.rows("SELECT leaf FROM audit_entry WHERE entry_id = :id", id=past.entry_at(1))
    ((hashes,),) = past.rows("SELECT hashes FROM audit_tile WHERE level = 0")
    edited = bytes(hashes)[:32] + leaf_hash(bytes(leaf)) + bytes(hashes)[64:]
    past.sql("UPDATE audit_tile SET hashes = :h WHERE level = 0", h=edited)
    details = only(past.check(), "entries_rewritten").details
    assert details["start"] == 0
    assert int(details["end"]) > 1


def test_pending_marks_that_are_deleted_are_named(past: Past) -> None:
    past.open(5)
    waiting = past.rows("SELECT entry_id FROM audit_pending ORDER BY sequence")
    past.sql("DELETE FROM audit_pending")
    report = past.check()
    assert [(item.code, item.table) for item in report.findings] == [("mark_missing", "audit_pending")] * len(waiting)
    assert {item.row for item in report.findings} == {row.entry_id for row in waiting}


def test_an_entry_that_is_deleted_before_it_reached_the_tree_leaves_its_number_missing(past: Past) -> None:
    past.unlock()
    past.hospital.open(past.hospital.add_patient(5))
    ((entry,),) = past.rows("SELECT entry_id FROM audit_pending")
    for table in ("audit_pending", "audit_disclosure", "audit_entry"):
        past.sql(f"DELETE FROM {table} WHERE entry_id = :id", id=entry)
    report = past.check()
    assert report.counts["lane_cut"] == 1
    assert only(report, "grant_without_entry").details["entry"] == entry
    # And once more entries followed it into the tree, the gap is there for every reader of an export too.
    past.open(6)
    past.seal()
    assert past.check().counts["counter_gap"] == 1


def test_a_stored_hash_that_is_edited_after_a_proof_kept_it_is_found_in_the_database(past: Past) -> None:
    cached = AuditLog("test/log", "gateway-test", past.hospital.still.world.random_bytes, bytes(32), tiles=TileCache())
    entry = past.entry_at(5)

    def prove() -> None:
        with past.database.reading() as connection:
            store = SqlLogStore(connection)
            stored = store.entry(entry)
            assert stored is not None
            cached.prove_inclusion(store, entry).verify(stored.leaf_hash, SIGNER.verifier)

    prove()
    ((index, hashes),) = past.rows("SELECT tile_index, hashes FROM audit_tile WHERE level = 0")
    past.sql("UPDATE audit_tile SET hashes = :h WHERE level = 0", h=bytes(32) + bytes(hashes)[32:])
    prove()
    check = CompletenessCheck(database=past.database, log=cached, verifier=SIGNER.verifier)
    assert [finding.to_json() for finding in check.run().findings] == [
        {"code": "tile_changed", "table": "audit_tile", "row": f"0/{index}", "index": 0}
    ]
