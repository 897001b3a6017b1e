"""Derives the tree again from the entries: three accounts of one past (entries, stored hashes, signed heads), and which
of them is wrong."""

import hmac
from collections.abc import Iterator

from audit.merkle import HASH_BYTES, Frontier, leaf_hash, root_of_hashes
from audit.store import LogStore
from audit.tiles import WIDTH, split_hashes, tiles_of
from gateway.oversight.completeness.differences import MOST_COMPARED, Difference, name_differences
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.heads import Heads, SignedHead
from gateway.oversight.completeness.recorded import Recorded
from gateway.storage.shards import place, placed

TILES = "audit_tile"
LEAVES = "audit_leaf"


class TreeCheck:
    """Fed with the entries of the tree by position, `end` says the rest.

    Up to `sound` the stored hashes are what was signed, so there they say which entry is wrong. Beyond it the entries
    answer to the signed heads themselves: if they agree the hashes were edited, if not entries and hashes both were.
    """

    def __init__(self, heads: Heads, findings: Findings) -> None:
        self._heads = heads
        self._findings = findings
        self._sound = heads.judge_tiles()
        self._hashes = heads.leaf_hashes(heads.last.size)
        self._frontier = Frontier()
        self._signed: Iterator[SignedHead] = heads.signed()
        self._next_head = next(self._signed, None)
        self._differences: list[Difference] = []
        self._odd_tiles: list[int] = []
        self._judged_until = 0
        self._rewritten = False
        self._beyond, self._first_beyond = 0, ""

    def take(self, entry: Recorded) -> None:
        """The next row of `audit_leaf`."""
        index = placed(entry.index or 0)[1]
        if index >= self._heads.last.size:
            self._beyond += 1
            self._first_beyond = self._first_beyond or entry.entry_id
            return
        while self._frontier.size < index:
            self._place("", None)
        self._place(entry.entry_id, None if entry.stored is None else leaf_hash(entry.stored.leaf))

    def end(self, store: LogStore) -> None:
        """No more rows: the end of the tree, and what is above the leaves."""
        reached, size = self._frontier.size, self._heads.last.size
        while self._frontier.size < size:
            self._place("", None)
        inserted = name_differences(self._without_cut_tail(reached), self._findings)
        if self._beyond > inserted:
            # What an insertion pushed out at the end is told with the insertion.
            self._findings.add("entries_beyond", LEAVES, self._first_beyond, index=size, count=self._beyond - inserted)
        self._judge_upper_tiles(store)

    def _judge_upper_tiles(self, store: LogStore) -> None:
        """Every hash above the leaves is the root of the full tile below it, and no tile is there that none needs."""
        if self._sound < self._heads.last.size:
            return
        for level, index, width in tiles_of(self._heads.last.size):
            tile = store.tile(level, index, self._heads.shard) or b""
            self._findings.looked_at["tiles"] += 1
            if len(tile) != width * HASH_BYTES:
                self._findings.add(
                    "tile_width", TILES, self._row(level, index), hashes=len(tile) // HASH_BYTES, needed=width
                )
            elif level > 0:
                below = (
                    store.tile(level - 1, index * WIDTH + position, self._heads.shard) or b""
                    for position in range(width)
                )
                roots = (root_of_hashes(split_hashes(lower)) for lower in below)
                for position, (node, root) in enumerate(zip(split_hashes(tile), roots, strict=True)):
                    if node != root:
                        self._findings.add("tile_changed", TILES, self._row(level, index), index=position)

    def _place(self, entry_id: str, found: bytes | None) -> None:
        index = self._frontier.size
        stored = next(self._hashes, None)
        if index < self._sound and stored is not None:
            if found is None or not hmac.compare_digest(found, stored):
                self._differs(Difference(index, entry_id, stored, found))
            # The signed hash goes on, so that one fault does not make every later head look wrong.
            self._frontier.append(stored)
        else:
            if found is None:
                self._differs(Difference(index, entry_id, stored or bytes(HASH_BYTES), None))
            elif stored != found and len(self._odd_tiles) < MOST_COMPARED:
                self._odd_tiles.append(index)
            self._frontier.append(found or stored or bytes(HASH_BYTES))
        self._judge_heads()

    def _judge_heads(self) -> None:
        while self._next_head is not None and self._next_head.size <= self._frontier.size:
            head = self._next_head
            self._next_head = next(self._signed, None)
            if head.size <= self._sound or self._rewritten:
                continue
            if hmac.compare_digest(self._frontier.root(), head.root):
                self._name_odd_tiles()
                self._judged_until = head.size
            elif head.anchor:
                self._heads.name_conflict(head)
            else:
                # What comes after it differs as a consequence: it is not judged again.
                self._rewritten = True
                start = max(self._judged_until, self._sound)
                self._findings.add("entries_rewritten", "audit_entry", "", start=start, end=head.size)

    def _name_odd_tiles(self) -> None:
        for index in self._odd_tiles:
            self._findings.add("tile_changed", TILES, self._row(0, index // WIDTH), index=index)
        self._odd_tiles.clear()

    def _row(self, level: int, index: int) -> str:
        return f"{level}/{place(self._heads.shard, index)}"

    def _differs(self, difference: Difference) -> None:
        if len(self._differences) < MOST_COMPARED:
            self._differences.append(difference)

    def _without_cut_tail(self, reached: int) -> list[Difference]:
        """The differences, without a tail that is simply missing: that is one finding."""
        size = self._heads.last.size
        tail = [item for item in self._differences if item.index >= reached]
        others = [item for item in self._differences if item.index < reached]
        if reached < size and not any(item.found is not None for item in others):
            self._findings.add("entries_truncated", LEAVES, "", index=reached, missing=size - reached)
            return others
        return others + tail
