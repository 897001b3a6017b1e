"""The contract of `audit.LogStore`, run against every store there is: subclass it and give the `begin` fixture."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import pytest

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.errors import DuplicateEntryError
from audit.note import Signer
from audit.store import LogStore, Pending, Sealed, StoredEntry, WrappedKey

# Opens a transaction: kept when the block ends, undone when it raises.
Begin: TypeAlias = Callable[[], AbstractContextManager[LogStore]]

SIGNER = Signer.from_seed("hospital.example/log", bytes(range(32)))


class Undone(Exception):
    """Raised in a block to roll it back."""


@contextmanager
def undone(begin: Begin) -> Iterator[LogStore]:
    """A transaction that is rolled back when the block ends."""
    try:
        with begin() as store:
            yield store
            raise Undone
    except Undone:
        return


def entry(number: int, counter: int | None = None, gateway: str = "gw", lane: int = 0) -> StoredEntry:
    leaf = f'{{"n":{number}}}'.encode()
    leaf_hash = hashlib.sha256(b"\x00" + leaf).digest()
    return StoredEntry(
        f"00000000-0000-4000-8000-{number:012d}",
        1000 + number,
        "test.made",
        gateway,
        lane,
        counter if counter is not None else number,
        leaf,
        leaf_hash,
    )


def sealed(of: StoredEntry, subject: str, key_id: str, period: str = "2026-11") -> Sealed:
    return Sealed(of.entry_id, subject, period, of.time, key_id, b"sealed " + of.leaf)


def head(size: int) -> Checkpoint:
    return sign_checkpoint(SIGNER, size, hashlib.sha256(str(size).encode()).digest(), 5000 + size)


def record(begin: Begin, *numbers: int, rows: Sequence[Sealed] = ()) -> list[StoredEntry]:
    entries = [entry(number) for number in numbers]
    with begin() as store:
        for item in entries:
            store.add_entry(item, [row for row in rows if row.entry_id == item.entry_id])
    return entries


class LogStoreContract:
    """Every promise of the Protocol that one thread can see."""

    # ---- recording

    def test_counters_of_a_gateway_start_at_one_and_go_up_by_one(self, begin: Begin) -> None:
        with begin() as store:
            lane, counter = store.next_counter("gw")
            assert counter == 1
            assert store.next_counter("gw") == (lane, 2)
        with begin() as store:
            assert store.next_counter("gw") == (lane, 3)
            assert store.next_counter("other")[1] == 1

    def test_a_counter_whose_transaction_rolled_back_is_issued_again(self, begin: Begin) -> None:
        with begin() as store:
            lane, _ = store.next_counter("gw")
        with undone(begin) as store:
            assert store.next_counter("gw") == (lane, 2)
        with begin() as store:
            assert store.next_counter("gw") == (lane, 2)

    def test_the_very_first_counter_is_issued_again_too(self, begin: Begin) -> None:
        with undone(begin) as store:
            store.next_counter("gw")
        with begin() as store:
            assert store.next_counter("gw") == (0, 1)

    def test_a_recorded_entry_is_read_back_byte_for_byte_and_is_pending(self, begin: Begin) -> None:
        (recorded,) = record(begin, 1)
        with begin() as store:
            assert store.entry(recorded.entry_id) == recorded
            assert store.position(recorded.entry_id) is None
            store.lock_tree()
            (pending,) = store.pending(10)
            assert (pending.entry_id, pending.leaf, pending.leaf_hash) == (
                recorded.entry_id,
                recorded.leaf,
                recorded.leaf_hash,
            )

    def test_an_entry_that_was_rolled_back_leaves_nothing(self, begin: Begin) -> None:
        with undone(begin) as store:
            store.add_data_key(WrappedKey("k", "patient/1", "2026-11", "m", b"w"))
            store.add_entry(entry(1), [sealed(entry(1), "patient/1", "k")])
            assert store.entry(entry(1).entry_id) == entry(1)
        with begin() as store:
            assert store.entry(entry(1).entry_id) is None
            assert store.pending_since() is None
            assert list(store.pending(10)) == []
            assert store.data_keys(["patient/1"], "2026-11") == {}
            assert list(store.sealed([entry(1).entry_id])) == []
            assert list(store.entries_about("patient/1", None, 10)) == []

    def test_an_entry_id_is_recorded_once(self, begin: Begin) -> None:
        record(begin, 1)
        with pytest.raises(DuplicateEntryError), begin() as store:
            store.add_entry(entry(1, counter=99))

    def test_a_number_of_a_lane_is_recorded_once(self, begin: Begin) -> None:
        record(begin, 1)
        with pytest.raises(DuplicateEntryError), begin() as store:
            store.add_entry(entry(2, counter=1))

    def test_the_same_number_in_another_lane_or_gateway_is_another_number(self, begin: Begin) -> None:
        record(begin, 1)
        with begin() as store:
            store.add_entry(entry(2, counter=1, lane=1))
            store.add_entry(entry(3, counter=1, gateway="other"))
            assert len(store.pending(10)) == 3

    def test_an_unknown_entry_is_none(self, begin: Begin) -> None:
        with begin() as store:
            assert store.entry(entry(7).entry_id) is None
            assert store.position(entry(7).entry_id) is None
            assert list(store.sealed([])) == []

    # ---- disclosures

    def test_a_data_key_is_found_by_subject_and_period(self, begin: Begin) -> None:
        key = WrappedKey("k1", "patient/1", "2026-11", "m", b"\x00wrapped\xff")
        with begin() as store:
            assert store.data_keys(["patient/1"], "2026-11") == {}
            store.add_data_key(key)
        with begin() as store:
            assert store.data_keys(["patient/1"], "2026-11") == {"patient/1": key}
            assert store.data_keys(["patient/1"], "2026-12") == {}
            assert store.data_keys(["patient/2"], "2026-11") == {}

    def test_two_keys_of_one_subject_and_period_can_both_be_kept(self, begin: Begin) -> None:
        keys = [WrappedKey(name, "patient/1", "2026-11", "m", name.encode()) for name in ("a", "b")]
        first, second = entry(1), entry(2)
        with begin() as store:
            for key, item in zip(keys, (first, second), strict=True):
                store.add_data_key(key)
                store.add_entry(item, [sealed(item, "patient/1", key.key_id)])
        with begin() as store:
            found = store.sealed([second.entry_id, first.entry_id])
            assert [(row.entry_id, key.key_id) for row, key in found] == [(first.entry_id, "a"), (second.entry_id, "b")]

    def test_disclosures_come_by_entry_and_subject_each_with_its_key(self, begin: Begin) -> None:
        one, two = entry(1), entry(2)
        key = WrappedKey("k", "patient/1", "2026-11", "m", b"w")
        other = WrappedKey("o", "staff/1", "2026-11", "m", b"x")
        rows = [sealed(one, "staff/1", "o"), sealed(one, "patient/1", "k"), sealed(two, "patient/1", "k")]
        with begin() as store:
            store.add_data_key(key)
            store.add_data_key(other)
        record(begin, 1, 2, rows=rows)
        with begin() as store:
            assert list(store.sealed([one.entry_id])) == [(rows[1], key), (rows[0], other)]
            assert [row for row, _ in store.sealed([two.entry_id, one.entry_id])] == [rows[1], rows[0], rows[2]]

    def test_the_history_of_a_subject_is_paged_newest_first(self, begin: Begin) -> None:
        rows = [
            *(sealed(entry(number), "patient/1", "k") for number in (1, 2, 3, 4)),
            sealed(entry(5), "patient/2", "o"),
        ]
        with begin() as store:
            store.add_data_key(WrappedKey("k", "patient/1", "2026-11", "m", b"w"))
            store.add_data_key(WrappedKey("o", "patient/2", "2026-11", "m", b"w"))
        entries = record(begin, 1, 2, 3, 4, 5, rows=rows)
        with begin() as store:
            page = store.entries_about("patient/1", None, 3)
            assert list(page) == [entries[3], entries[2], entries[1]]
            rest = store.entries_about("patient/1", (page[-1].time, page[-1].entry_id), 3)
            assert list(rest) == [entries[0]]

    def test_erasing_takes_the_disclosures_and_keys_of_that_subject_and_period_only(self, begin: Begin) -> None:
        one, two = entry(1), entry(2)
        rows = [
            sealed(one, "patient/1", "a", "2026-10"),
            sealed(one, "patient/2", "c", "2026-10"),
            sealed(two, "patient/1", "b"),
        ]
        with begin() as store:
            for key_id, subject, period in (
                ("a", "patient/1", "2026-10"),
                ("b", "patient/1", "2026-11"),
                ("c", "patient/2", "2026-10"),
            ):
                store.add_data_key(WrappedKey(key_id, subject, period, "m", b"w"))
        record(begin, 1, 2, rows=rows)
        with begin() as store:
            assert list(store.periods("patient/1")) == ["2026-10", "2026-11"]
            assert store.erase("patient/1", "2026-10") == 1
        with begin() as store:
            assert list(store.periods("patient/1")) == ["2026-11"]
            assert [row.subject for row, _ in store.sealed([one.entry_id])] == ["patient/2"]
            assert [row.subject for row, _ in store.sealed([two.entry_id])] == ["patient/1"]
            assert list(store.entries_about("patient/1", None, 9)) == [two]
            assert store.entry(one.entry_id) == one
            assert store.erase("patient/1", "2026-10") == 0

    def test_an_erasure_that_rolls_back_erases_nothing(self, begin: Begin) -> None:
        with begin() as store:
            store.add_data_key(WrappedKey("a", "patient/1", "2026-11", "m", b"w"))
        (one,) = record(begin, 1, rows=[sealed(entry(1), "patient/1", "a")])
        with undone(begin) as store:
            store.erase("patient/1", "2026-11")
        with begin() as store:
            assert len(store.sealed([one.entry_id])) == 1

    # ---- the tree

    def test_pending_entries_come_in_order_and_no_more_than_asked(self, begin: Begin) -> None:
        entries = record(begin, 1, 2, 3)
        with begin() as store:
            store.lock_tree()
            assert [item.entry_id for item in store.pending(2)] == [item.entry_id for item in entries[:2]]
            assert store.pending_since() == entries[0].time

    def test_integrated_entries_get_their_places_and_leave_the_pending_ones(self, begin: Begin) -> None:
        entries = record(begin, 1, 2, 3)
        with begin() as store:
            store.lock_tree()
            store.add_leaves(0, store.pending(2))
        with begin() as store:
            assert [store.position(item.entry_id) for item in entries] == [(0, 0), (0, 1), None]
            assert list(store.leaves(0, 10)) == entries[:2]
            assert list(store.leaves(1, 2)) == entries[1:2]
            assert list(store.leaves(2, 2)) == []
            assert store.pending_since() == entries[2].time
            store.add_leaves(2, store.pending(10))
            assert store.pending_since() is None

    def test_a_place_in_the_tree_is_given_once(self, begin: Begin) -> None:
        record(begin, 1, 2)
        with begin() as store:
            store.add_leaves(0, store.pending(1))
        with pytest.raises(DuplicateEntryError), begin() as store:
            store.add_leaves(0, store.pending(1))
        with begin() as store:
            assert len(store.pending(9)) == 1

    def test_only_the_pending_rows_that_were_integrated_are_removed(self, begin: Begin) -> None:
        record(begin, 1, 2, 3)
        with begin() as store:
            chosen: list[Pending] = list(store.pending(9))
            store.add_leaves(0, [chosen[0], chosen[2]])
        with begin() as store:
            assert [item.entry_id for item in store.pending(9)] == [chosen[1].entry_id]

    def test_a_tile_is_replaced_by_its_wider_state(self, begin: Begin) -> None:
        with begin() as store:
            assert store.tile(0, 0) is None
            store.put_tiles([(0, 0, b"a" * 32), (1, 5, b"b" * 32)])
        with begin() as store:
            store.put_tiles([(0, 0, b"a" * 64)])
        with undone(begin) as store:
            store.put_tiles([(0, 0, b"c" * 96), (0, 1, b"c" * 32)])
        with begin() as store:
            assert store.tile(0, 0) == b"a" * 64
            assert store.tile(1, 5) == b"b" * 32
            assert store.tile(0, 1) is None
            assert store.tiles({(0, 0), (0, 1), (1, 5)}) == {(0, 0): b"a" * 64, (1, 5): b"b" * 32}
            assert store.tiles({(0, 0)}, 2026) == {}

    def test_the_head_is_the_checkpoint_of_the_largest_tree(self, begin: Begin) -> None:
        with begin() as store:
            assert store.head() is None
            store.add_checkpoint(head(7))
        with begin() as store:
            store.add_checkpoint(head(300))
        with undone(begin) as store:
            store.add_checkpoint(head(301))
        with begin() as store:
            assert store.head() == head(300)
            assert list(store.checkpoints()) == [head(7), head(300)]

    def test_a_tree_size_is_signed_once(self, begin: Begin) -> None:
        with begin() as store:
            store.add_checkpoint(head(7))
        with pytest.raises(DuplicateEntryError), begin() as store:
            store.add_checkpoint(head(7))
