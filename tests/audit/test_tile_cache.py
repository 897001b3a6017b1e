"""Tiles kept for proofs: fewer reads, the same proofs, a bound; and nothing edited in the store stays hidden."""

import random
import threading
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.errors import ProofError, TreeError
from audit.memory import MemoryLogStore
from audit.merkle import HASH_BYTES, leaf_hash, root_of_hashes
from audit.proving import paths_of, prove
from audit.store import StoredEntry
from audit.tile_cache import TileCache, width_under
from audit.tiles import WIDTH, grow
from tests.audit.logbook import SIGNER, Logbook, entry_id

LEAVES = [leaf_hash(str(number).encode()) for number in range(1500)]


class CountingStore(MemoryLogStore):
    """Says how many tiles were asked of it."""

    asked = 0

    def tiles(self, wanted: Collection[tuple[int, int]], shard: int = 0) -> Mapping[tuple[int, int], bytes]:
        self.asked += len(wanted)
        return super().tiles(wanted, shard)


def tree(size: int, leaves: list[bytes] = LEAVES) -> tuple[CountingStore, Checkpoint]:
    """A store that holds the tiles of the first leaves, and an unsigned head of them."""
    store = CountingStore()
    store.put_tiles([*grow(0, leaves[:size], store.tile)])
    return store, Checkpoint("test/log", size, root_of_hashes(leaves[:size]), "note", 0, 0)


def verify(leaves: list[bytes], index: int, head: Checkpoint, store: MemoryLogStore, cache: TileCache) -> None:
    prove(store, index, head, cache).verify_in(leaves[index], head)


@given(
    st.lists(st.integers(1, len(LEAVES)), min_size=1, max_size=4),
    st.integers(0, 2**32),
    st.integers(0, 12 * WIDTH * HASH_BYTES),
)
def test_a_proof_is_the_same_whatever_is_kept(sizes: list[int], seed: int, most_bytes: int) -> None:
    store, _ = tree(len(LEAVES))
    cache, dice = TileCache(most_bytes), random.Random(seed)
    for size in sizes:
        head = tree(size)[1]
        indexes = [dice.randrange(size) for _ in range(3)]
        assert paths_of(store, head, indexes, cache) == paths_of(store, head, indexes)
        assert cache.held_bytes <= most_bytes


def test_a_second_proof_under_the_same_head_reads_nothing() -> None:
    store, head = tree(1500)
    cache = TileCache()
    verify(LEAVES, 700, head, store, cache)
    asked = store.asked
    assert asked > 0
    verify(LEAVES, 701, head, store, cache)
    assert store.asked == asked


def test_full_tiles_serve_later_heads_and_the_right_edge_is_read_again() -> None:
    store, later = tree(1500)
    cache, earlier = TileCache(), tree(1200)[1]
    verify(LEAVES, 700, earlier, store, cache)
    before = store.asked
    verify(LEAVES, 700, later, store, cache)
    # Tiles 0/5 and 1/0 have grown since; 0/2, where the leaf is, has not.
    assert store.asked == before + 2


def test_what_a_head_does_not_cover_is_not_kept() -> None:
    cache = TileCache()
    cache.keep(0, 300, {(0, 0): b"x" * WIDTH * HASH_BYTES, (0, 1): b"y" * WIDTH * HASH_BYTES, (0, 2): b"z" * 32})
    assert [width_under(300, 0, index) for index in range(3)] == [256, 44, -212]
    assert cache.held_bytes == (256 + 44) * HASH_BYTES
    assert set(cache.known(0, 300, [(0, 0), (0, 1), (0, 2)])) == {(0, 0), (0, 1)}
    # The narrow one is that head's alone.
    assert set(cache.known(0, 301, [(0, 0), (0, 1)])) == {(0, 0)}
    assert cache.known(2026, 300, [(0, 0)]) == {}


def test_a_tile_edited_after_it_was_kept_still_proves_what_was_signed() -> None:
    store, head = tree(1500)
    cache = TileCache()
    verify(LEAVES, 700, head, store, cache)
    edit(store, 0, 2)
    verify(LEAVES, 700, head, store, cache)
    with pytest.raises(ProofError):
        prove(store, 700, head).verify_in(LEAVES[700], head)


def test_a_tile_edited_before_it_was_kept_is_not_kept() -> None:
    store, head = tree(1500)
    cache, true = TileCache(), store.tile(0, 2)
    assert true is not None
    edit(store, 0, 2)
    with pytest.raises(ProofError):
        verify(LEAVES, 700, head, store, cache)
    store.put_tiles([(0, 2, true)])
    verify(LEAVES, 700, head, store, cache)


def test_a_store_that_was_set_back_is_proven_by_what_it_holds_now() -> None:
    store, head = tree(1500)
    cache = TileCache()
    verify(LEAVES, 1100, head, store, cache)
    others = [*LEAVES[:1000], *(leaf_hash(b"other" + leaf) for leaf in LEAVES[1000:])]
    restored, other_head = tree(1500, others)
    verify(others, 1100, other_head, restored, cache)


def edit(store: MemoryLogStore, level: int, index: int) -> None:
    tile = store.tile(level, index)
    assert tile is not None
    store.put_tiles([(level, index, bytes(HASH_BYTES) + tile[HASH_BYTES:])])


def test_a_sequencer_that_shares_the_log_with_a_cache_still_sees_an_edited_tile() -> None:
    book = Logbook(tiles=TileCache())
    for _ in range(300):
        book.append(personal={})
    book.integrate()
    book.log.prove_inclusion(book.store, entry_id(5)).verify(stored_leaf(book, 5), SIGNER.verifier)
    edit(book.store, 0, 0)
    edit(book.store, 0, 1)
    # Of what is kept the proof still holds; who signs reads the store.
    book.log.prove_inclusion(book.store, entry_id(5)).verify(stored_leaf(book, 5), SIGNER.verifier)
    book.append(personal={})
    with pytest.raises(TreeError):
        book.integrate()


def stored_leaf(book: Logbook, number: int) -> bytes:
    stored: StoredEntry | None = book.store.entry(entry_id(number))
    assert stored is not None
    return stored.leaf_hash


def test_threads_share_one_cache() -> None:
    store, _ = tree(1500)
    cache, faults = TileCache(3 * WIDTH * HASH_BYTES), list[BaseException]()
    heads = [tree(size)[1] for size in (300, 900, 1500)]

    def work(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(60):
                head = dice.choice(heads)
                verify(LEAVES, dice.randrange(head.size), head, store, cache)
                if dice.random() < 0.05:
                    cache.forget()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert cache.held_bytes <= 3 * WIDTH * HASH_BYTES
