"""The judge of an exported log: offline, with the public key alone, naming the first fault.

What it holds the bundle to, in this order: the key; every signed head (signature, growing sizes, proof that it extends
the one before) and every head kept outside (anchors); the tree of hashes against all of them; every entry against the
tree, its form, its gateway's counters, and the personal values disclosed with it; the upper tiles.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from audit.bundle import HEAD_FILE, Progress
from audit.bundle_reader import BundleReader
from audit.checkpoint import Checkpoint, open_checkpoint, read_unverified
from audit.entry_checks import Counters, Disclosures, check_leaf
from audit.errors import NoteError, ProofError
from audit.locate import name_difference
from audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_of_hashes, verify_consistency
from audit.note import Verifier
from audit.report import Fault, FaultFoundError, Report
from audit.tiles import WIDTH, tile_path, tiles_of

__all__ = ["Report", "verify_bundle"]

ENTRIES_A_STEP = 1000


def verify_bundle(
    path: Path | str, key: Verifier | str, anchors: Sequence[str] = (), progress: Progress | None = None
) -> Report:
    """Judge the bundle in the folder `path` by `key` (a vkey) and by `anchors`, signed heads kept elsewhere.

    Without an anchor a bundle cannot show that its newest entries were cut off together with their heads. Raises
    BundleError when the folder is no bundle or cannot be read, NoteError when `key` is not a vkey.
    """
    verifier = key if isinstance(key, Verifier) else Verifier(key)
    judge = _Judge(BundleReader(Path(path)), verifier)
    try:
        judge.check_key()
        judge.check_heads()
        judge.check_anchors(anchors)
        judge.check_entries(progress)
        judge.check_upper_tiles()
    except FaultFoundError as found:
        return replace(judge.report, fault=found.fault)
    return judge.report


class _Judge:
    def __init__(self, reader: BundleReader, verifier: Verifier) -> None:
        self._reader = reader
        self._verifier = verifier
        self._anchors: list[Checkpoint] = []
        self.report = Report()

    def check_key(self) -> None:
        vkey = self._reader.vkey()
        if vkey is not None and vkey != str(self._verifier):
            raise FaultFoundError("key_differs", trusted=self._verifier.name)

    def check_heads(self) -> None:
        previous = Checkpoint(self._verifier.name, 0, EMPTY_ROOT, "", 0)
        count = 0
        for line in self._reader.checkpoints():
            claimed = line.checkpoint
            head = self._opened(claimed.note, "checkpoint_signature", line=line.number)
            if head.size <= previous.size:
                raise FaultFoundError("checkpoint_order", line=line.number, size=head.size, previous=previous.size)
            try:
                verify_consistency(previous.size, head.size, line.consistency, previous.root, head.root)
            except ProofError as error:
                details = {"line": line.number, "first": previous.size, "second": head.size}
                raise FaultFoundError("consistency_proof", **details) from error
            previous, count = head, count + 1
        head = self._opened(self._reader.head_note(), "checkpoint_signature", file=HEAD_FILE)
        if (head.size, head.root) != (previous.size, previous.root):
            raise FaultFoundError("checkpoint_head", size=head.size, last=previous.size)
        self.report = replace(self.report, origin=head.origin, size=head.size, root=head.root.hex(), checkpoints=count)

    def check_anchors(self, notes: Sequence[str]) -> None:
        for number, note in enumerate(notes, 1):
            anchor = self._opened(note, "anchor_signature", anchor=number)
            if anchor.size > self.report.size:
                raise FaultFoundError("anchor_beyond", anchor=number, size=anchor.size, last=self.report.size)
            self._anchors.append(anchor)
        self._anchors.sort(key=lambda anchor: anchor.size)
        self.report = replace(self.report, anchors=len(self._anchors))

    def check_entries(self, progress: Progress | None) -> None:
        broken = self._broken_tiles()
        if broken is not None:
            # The tiles cannot show which entry is wrong, so the entries answer to the signed heads themselves.
            self._check_roots(map(leaf_hash, self._reader.entries()), "entries_rewritten")
            raise FaultFoundError(broken.code, **broken.details)
        counters = Counters()
        disclosures = Disclosures(self._reader.disclosures())
        size, index = self.report.size, -1
        lines = self._reader.entries()
        for index, (line, expected) in enumerate(zip(lines, self._reader.leaf_hashes(size), strict=False)):
            if not hmac.compare_digest(leaf_hash(line), expected):
                raise name_difference(self._reader, index, size)
            entry, digests = check_leaf(line, index)
            counters.check(entry, index)
            disclosures.check(entry, digests, index)
            if progress is not None and (index + 1) % ENTRIES_A_STEP == 0:
                progress(index + 1, size)
        self._check_end(index + 1)
        disclosures.check_end(size)
        self.report = replace(self.report, entries=size, disclosures=disclosures.count)

    def _check_end(self, read: int) -> None:
        size = self.report.size
        if read < size:
            raise FaultFoundError("entries_truncated", index=read, missing=size - read)
        if sum(1 for _ in self._reader.entries()) > size:
            raise FaultFoundError("entries_beyond", index=size)

    def check_upper_tiles(self) -> None:
        for level, index, width in tiles_of(self.report.size):
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
            self._check_roots(self._reader.leaf_hashes(self.report.size), "tile_changed")
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
        hashes = self._reader.leaf_hashes(self.report.size)
        for index, (line, node) in enumerate(zip(self._reader.entries(), hashes, strict=False)):
            if leaf_hash(line) != node:
                width = min(WIDTH, self.report.size - index // WIDTH * WIDTH)
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
                    missing = self.report.size - frontier.size
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

    def _opened(self, note: str, code: str, **place: str | int) -> Checkpoint:
        try:
            return open_checkpoint(note, self._verifier)
        except NoteError as error:
            raise FaultFoundError(code, **place, size=_claimed_size(note)) from error


def _claimed_size(note: str) -> int:
    try:
        return read_unverified(note).size
    except NoteError:
        return 0
