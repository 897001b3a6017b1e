"""The contract of `audit.LogStore` on years, witnesses and the numbers of people, run against every store there is."""

from dataclasses import replace

from audit.checkpoint import Checkpoint, sign_checkpoint
from tests.contracts.log_store_contract import SIGNER, Begin, entry, record, undone


def head(size: int, shard: int) -> Checkpoint:
    return sign_checkpoint(SIGNER, size, size.to_bytes(32, "big"), 5000 + size, shard)


class LogShardsContract:
    """What the yearly shards ask of a store, and the counts of people's entries."""

    def test_a_year_is_a_tree_of_its_own(self, begin: Begin) -> None:
        entries = record(begin, 1, 2, 3)
        with begin() as store:
            store.lock_tree()
            first, second, third = store.pending(9)
            store.add_leaves(0, [first, second], 2026)
            store.add_leaves(0, [third], 2027)
            store.put_tiles([(0, 0, b"a" * 64)], 2026)
            store.put_tiles([(0, 0, b"b" * 32)], 2027)
        with begin() as store:
            assert [store.position(item.entry_id) for item in entries] == [(2026, 0), (2026, 1), (2027, 0)]
            assert list(store.leaves(0, 9, 2026)) == entries[:2]
            assert list(store.leaves(1, 9, 2026)) == entries[1:2]
            assert list(store.leaves(0, 9, 2027)) == entries[2:]
            assert list(store.leaves(0, 9)) == []
            assert (store.tile(0, 0, 2026), store.tile(0, 0, 2027), store.tile(0, 0)) == (b"a" * 64, b"b" * 32, None)

    def test_the_heads_of_each_year_are_kept_apart_and_the_latest_year_leads(self, begin: Begin) -> None:
        with begin() as store:
            assert store.shards() == []
            for size, shard in ((900, 2026), (7, 0), (1, 2027), (5, 2027), (1000, 2026)):
                store.add_checkpoint(head(size, shard))
        with undone(begin) as store:
            store.add_checkpoint(head(1, 2028))
        with begin() as store:
            assert list(store.shards()) == [0, 2026, 2027]
            assert store.head() == head(5, 2027)
            assert store.head(2026) == head(1000, 2026)
            assert store.head(2025) is None
            assert list(store.checkpoints(2026)) == [head(900, 2026), head(1000, 2026)]
            assert store.covering(2026, 899) == head(900, 2026)
            assert store.covering(2026, 900) == head(1000, 2026)
            assert store.covering(2026, 1000) is None
            assert store.covering(0, 0) == head(7, 0)

    def test_a_head_gains_cosignatures_and_the_largest_that_has_one_is_found(self, begin: Begin) -> None:
        with begin() as store:
            for size, shard in ((7, 2026), (8, 2026), (9, 2026), (9, 2027)):
                store.add_checkpoint(head(size, shard))
            assert store.witnessed(2026) is None
        cosigned = replace(head(8, 2026), note=head(8, 2026).note + "— witness AAAAAAAA\n")
        with undone(begin) as store:
            store.cosign(replace(cosigned, size=9), 1)
        with begin() as store:
            store.cosign(cosigned, 1)
        with begin() as store:
            assert store.witnessed(2026) == cosigned
            assert store.witnessed(2027) is None
            assert list(store.checkpoints(2026)) == [head(7, 2026), cosigned, head(9, 2026)]

    def test_the_entries_of_one_gateway_are_found_in_their_order(self, begin: Begin) -> None:
        mine = [entry(1, 2, "log:sequencer"), entry(2, 1, "log:sequencer"), entry(3, 1, "log:sequencer", 1)]
        with begin() as store:
            for item in (*mine, entry(4)):
                store.add_entry(item)
        with begin() as store:
            assert list(store.written_by("log:sequencer")) == [mine[1], mine[0], mine[2]]
            found = store.pending_entry(mine[1].entry_id)
            assert found is not None
            assert (found.entry_id, found.leaf) == (mine[1].entry_id, mine[1].leaf)
            assert store.pending_entry(entry(9).entry_id) is None

    def test_the_entries_about_a_person_are_counted_and_a_rollback_gives_numbers_back(self, begin: Begin) -> None:
        with begin() as store:
            assert store.next_numbers(["patient/2", "patient/1"]) == {"patient/1": 1, "patient/2": 1}
            assert store.next_numbers(["patient/1"]) == {"patient/1": 2}
        with undone(begin) as store:
            assert store.next_numbers(["patient/1", "patient/3"]) == {"patient/1": 3, "patient/3": 1}
        with begin() as store:
            assert store.next_numbers(["patient/1", "patient/3"]) == {"patient/1": 3, "patient/3": 1}
