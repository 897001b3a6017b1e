"""The judge of one yearly shard of an exported log: its heads, its hashes, its entries."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.bundle import HEAD_FILE, Progress
from audit.bundle_reader import BundleReader
from audit.checkpoint import Checkpoint, read_unverified
from audit.entry import read_leaf
from audit.entry_checks import Counters, Disclosures, check_leaf
from audit.errors import EntryError, NoteError, ProofError
from audit.kept import KeptReceipts
from audit.key_chain import KeyChain
from audit.locate import name_difference
from audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_of_hashes, verify_consistency
from audit.report import Fault, FaultFoundError
from audit.sequencer import YEAR_BEGUN
from audit.tiles import WIDTH, tile_path, tiles_of

ENTRIES_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class Context:
    """What the shards of one log share."""

    chain: KeyChain
    counters: Counters
    kept: KeptReceipts


class ShardJudge:
    """Judges the shard number `number` (0-based) of the log; `before` is the last head of the shard before it.

    Every check raises FaultFoundError at the first fault.
    """

    def __init__(self, reader: BundleReader, number: int, context: Context, before: Checkpoint | None) -> None:
        self._reader = reader
        self._number = number
        self._context = context
        self._before = before
        self._anchors: list[Checkpoint] = []
        self.head = Checkpoint("", 0, EMPTY_ROOT, "", 0)
        self.checkpoints = 0
        self.witnessed = 0
        self.disclosures = 0

    @property
    def size(self) -> int:
        """How many leaves the last head covers."""
        return self.head.size

    def check_heads(self) -> None:
        previous = self.head
        for line in self._reader.checkpoints():
            claimed = line.checkpoint
            head = self._opened(claimed.note, line=line.number)
            if head.size <= previous.size:
                raise FaultFoundError("checkpoint_order", line=line.number, size=head.size, previous=previous.size)
            if previous.note and head.origin != previous.origin:
                raise FaultFoundError("checkpoint_order", line=line.number, size=head.size, previous=previous.size)
            try:
                verify_consistency(previous.size, head.size, line.consistency, previous.root, head.root)
            except ProofError as error:
                details = {"line": line.number, "first": previous.size, "second": head.size}
                raise FaultFoundError("consistency_proof", **details) from error
            self._context.chain.check_covering(claimed.note, self._number, previous.size, head.size)
            if self._context.chain.quorum(claimed.note):
                self.witnessed = head.size
            previous, self.checkpoints = head, self.checkpoints + 1
        head = self._opened(self._reader.head_note(), file=HEAD_FILE)
        if (head.origin, head.size, head.root) != (previous.origin or head.origin, previous.size, previous.root):
            raise FaultFoundError("checkpoint_head", size=head.size, last=previous.size)
        if self._context.chain.quorum(head.note):
            self.witnessed = head.size
        self.head = head
        self._check_link()

    def _check_link(self) -> None:
        """Leaf 0 of a year holds the last head of the year before; the first of all years has no such leaf."""
        linked = self._linked_head()
        before = self._before
        if before is None:
            if linked is not None:
                raise FaultFoundError("shard_missing", missing=linked.origin)
            return
        years = {"before": before.origin, "after": self.head.origin}
        if linked is None:
            raise FaultFoundError("shard_unlinked", **years)
        if (linked.origin, linked.size, linked.root) != (before.origin, before.size, before.root):
            raise FaultFoundError("shard_unlinked", **years)

    def _linked_head(self) -> Checkpoint | None:
        try:
            entry, _ = read_leaf(next(self._reader.entries(), b""))
            note = entry.facts.get("checkpoint")
            return read_unverified(note) if entry.type == YEAR_BEGUN and isinstance(note, str) else None
        except (EntryError, NoteError):
            return None

    def take_anchors(self, anchors: Sequence[tuple[int, Checkpoint]]) -> None:
        """Heads kept outside, with their number on the command line, that are of this shard."""
        for number, anchor in anchors:
            if anchor.size > self.size:
                raise FaultFoundError("anchor_beyond", anchor=number, size=anchor.size, last=self.size)
            self._anchors.append(anchor)
        self._anchors.sort(key=lambda anchor: anchor.size)

    def check_entries(self, progress: Progress | None) -> None:
        broken = self._broken_tiles()
        if broken is not None:
            # The tiles cannot show which entry is wrong, so the entries answer to the signed heads themselves.
            self._check_roots(map(leaf_hash, self._reader.entries()), "entries_rewritten")
            raise FaultFoundError(broken.code, **broken.details)
        disclosures = Disclosures(self._reader.disclosures())
        size, index = self.size, -1
        lines = self._reader.entries()
        for index, (line, expected) in enumerate(zip(lines, self._reader.leaf_hashes(size), strict=False)):
            if not hmac.compare_digest(leaf_hash(line), expected):
                raise name_difference(self._reader, index, size)
            entry, digests = check_leaf(line, index)
            self._context.counters.check(entry, index)
            self._context.kept.check(entry, line)
            disclosures.check(entry, digests, index)
            if progress is not None and (index + 1) % ENTRIES_A_STEP == 0:
                progress(index + 1, size)
        self._check_end(index + 1)
        disclosures.check_end(size)
        self.disclosures = disclosures.count

    def _check_end(self, read: int) -> None:
        size = self.size
        if read < size:
            raise FaultFoundError("entries_truncated", index=read, missing=size - read)
        if sum(1 for _ in self._reader.entries()) > size:
            raise FaultFoundError("entries_beyond", index=size)

    def check_upper_tiles(self) -> None:
        for level, index, width in tiles_of(self.size):
            if level == 0:
                continue
            hashes = self._reader.tile(level, index, width)
            # A hash of a tile is the root of the full tile below it.
            below = (self._reader.tile(level - 1, index * WIDTH + position, WIDTH) for position in range(width))
            if any(node != root_of_hashes(tile) for node, tile in zip(hashes, below, strict=True)):
                raise FaultFoundError("tile_changed", file=tile_path(level, index, width))

    def _broken_tiles(self) -> Fault | None:
        """The fault of the tiles of level 0, if they do not give the signed roots."""
        try:
            self._check_roots(self._reader.leaf_hashes(self.size), "tile_changed")
        except FaultFoundError as found:
            # Wrong history is a fault of its own, not one of the tiles.
            if found.fault.code == "anchor_conflict":
                raise
            if found.fault.code != "tile_changed" or "file" in found.fault.details:
                return found.fault
            return self._first_wrong_tile(found.fault)
        return None

    def _first_wrong_tile(self, fault: Fault) -> Fault:
        """Name the tile and the hash that differ from the entries, where the entries tell."""
        hashes = self._reader.leaf_hashes(self.size)
        for index, (line, node) in enumerate(zip(self._reader.entries(), hashes, strict=False)):
            if leaf_hash(line) != node:
                width = min(WIDTH, self.size - index // WIDTH * WIDTH)
                return Fault("tile_changed", {"file": tile_path(0, index // WIDTH, width), "index": index})
        return fault

    def _check_roots(self, hashes: Iterable[bytes], code: str) -> None:
        """Hold a stream of leaf hashes to every signed head and every anchor."""
        frontier = Frontier()
        stream = iter(hashes)
        previous, conflict = 0, None
        for head, anchor in self._heads_and_anchors():
            while frontier.size < head.size:
                node = next(stream, None)
                if node is None:
                    missing = self.size - frontier.size
                    raise FaultFoundError("entries_truncated", index=frontier.size, missing=missing)
                frontier.append(node)
            agrees = hmac.compare_digest(frontier.root(), head.root)
            if anchor:
                conflict = conflict or (None if agrees else head.size)
                continue
            if not agrees:
                raise FaultFoundError(code, start=previous, end=head.size)
            if conflict is not None:
                raise FaultFoundError("anchor_conflict", size=conflict)
            previous = head.size
        if conflict is not None:
            raise FaultFoundError("anchor_conflict", size=conflict)

    def _heads_and_anchors(self) -> Iterator[tuple[Checkpoint, bool]]:
        """By tree size, anchors before the bundle's own head that covers them."""
        waiting = list(self._anchors)
        for line in self._reader.checkpoints():
            while waiting and waiting[0].size <= line.checkpoint.size:
                yield waiting.pop(0), True
            yield line.checkpoint, False

    def _opened(self, note: str, **place: str | int) -> Checkpoint:
        chain = self._context.chain
        try:
            return chain.open(note, self._number)
        except NoteError as error:
            # After heads that held, a head by a key nobody announced is a change of key that was not logged.
            changed = self.checkpoints > 0 and "line" in place and chain.is_other_key(note)
            code = "rotation_unlogged" if changed else "checkpoint_signature"
            raise FaultFoundError(code, **place, size=_claimed_size(note)) from error


def _claimed_size(note: str) -> int:
    try:
        return read_unverified(note).size
    except NoteError:
        return 0
