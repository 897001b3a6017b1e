"""The signed heads and the heads kept elsewhere, against the hashes of the tree: how far those hashes are what was
signed."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit import Verifier
from audit.checkpoint import Checkpoint
from audit.errors import NoteError, ProofError
from audit.merkle import HASH_BYTES, Frontier
from audit.policy import Policy
from audit.rotation import KEY_ROTATED, Rotation, rotation_of_leaf
from audit.sequencer import SEQUENCER
from audit.store import LogStore
from audit.tiles import WIDTH, split_hashes
from gateway.oversight.completeness.finding import Findings
from gateway.storage.shards import place

TABLE = "audit_checkpoint"
ANCHORS = "anchor"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head whose signature holds. `anchor` numbers those that were kept elsewhere; 0: the database's own."""

    size: int
    root: bytes
    anchor: int = 0


class Anchors:
    """Heads kept elsewhere, each held to its signature."""

    def __init__(self, notes: Sequence[str], trust: Policy, findings: Findings) -> None:
        self._kept: dict[int, list[SignedHead]] = {}
        for number, note in enumerate(notes, 1):
            findings.looked_at["anchors"] += 1
            kept = opened(note, trust)
            if kept is None:
                findings.add("anchor_signature", ANCHORS, str(number))
            else:
                self._kept.setdefault(kept.shard, []).append(SignedHead(kept.size, kept.root, number))

    def of_shard(self, shard: int) -> list[SignedHead]:
        """Those of one yearly tree, by size; they are not given again."""
        return sorted(self._kept.pop(shard, ()), key=lambda anchor: anchor.size)

    def end(self, findings: Findings) -> None:
        """Those of a tree the database does not have."""
        for anchor in (anchor for of_shard in self._kept.values() for anchor in of_shard):
            findings.add("anchor_beyond", ANCHORS, str(anchor.anchor), size=anchor.size, last=0)


class Heads:
    """Reads and judges those of one yearly tree; the heads that hold are streamed again wherever they are needed."""

    def __init__(
        self, store: LogStore, trust: Policy, findings: Findings, shard: int, anchors: Sequence[SignedHead]
    ) -> None:
        self._store = store
        self._trust = trust
        self._findings = findings
        self._anchors: list[SignedHead] = []
        self.shard = shard
        self.last = SignedHead(0, b"")
        self._judge()
        for anchor in anchors:
            if anchor.size > self.last.size:
                self._findings.add("anchor_beyond", ANCHORS, str(anchor.anchor), size=anchor.size, last=self.last.size)
            else:
                self._anchors.append(anchor)

    def _judge(self) -> None:
        """Hold every head to its signature and its columns."""
        for head in self._store.checkpoints(self.shard):
            self._findings.looked_at["checkpoints"] += 1
            row = str(place(self.shard, head.size))
            signed = opened(head.note, self._trust)
            if signed is None:
                self._findings.add("checkpoint_signature", TABLE, row)
            elif (signed.shard, signed.size, signed.root) != (self.shard, head.size, head.root):
                self._findings.add("checkpoint_differs", TABLE, row, signed=signed.size)
            else:
                self.last = SignedHead(head.size, head.root)

    def signed(self) -> Iterator[SignedHead]:
        """The heads that hold, by growing size; of one size, the anchors come after the database's own head."""
        kept = list(self._anchors)
        for head in self._store.checkpoints(self.shard):
            while kept and kept[0].size < head.size:
                yield kept.pop(0)
            signed = opened(head.note, self._trust)
            if signed is not None and (signed.shard, signed.size, signed.root) == (self.shard, head.size, head.root):
                yield SignedHead(head.size, head.root)
        yield from kept

    def judge_tiles(self) -> int:
        """Hold the stored leaf hashes to every head; returns up to which size they are what was signed.

        A head of the right key that is not of this history, though a later one is, is named: only who holds the key
        can make one. So is an anchor that is not of it.
        """
        frontier, hashes = Frontier(), self.leaf_hashes(self.last.size)
        sound, doubtful = 0, list[SignedHead]()
        for head in self.signed():
            while frontier.size < head.size and (node := next(hashes, None)) is not None:
                frontier.append(node)
            if frontier.size < head.size:
                break
            if hmac.compare_digest(frontier.root(), head.root):
                sound = max(sound, head.size if not head.anchor else 0)
            else:
                doubtful.append(head)
        for head in doubtful:
            if head.size <= sound:
                self.name_conflict(head)
        return sound

    def name_conflict(self, head: SignedHead) -> None:
        """A head that is validly signed and belongs to another history."""
        if head.anchor:
            self._findings.add("anchor_conflict", ANCHORS, str(head.anchor), size=head.size)
        else:
            self._findings.add("checkpoint_conflict", TABLE, str(place(self.shard, head.size)))

    def leaf_hashes(self, size: int) -> Iterator[bytes]:
        """The leaf hashes stored for the first `size` leaves; ends at the first that is missing."""
        for index in range((size + WIDTH - 1) // WIDTH):
            width = min(WIDTH, size - index * WIDTH)
            hashes = split_hashes((self._store.tile(0, index, self.shard) or b"")[: width * HASH_BYTES])
            yield from (node for node in hashes if len(node) == HASH_BYTES)
            if len(hashes) < width:
                return


def opened(note: str, trust: Policy) -> Checkpoint | None:
    """The head of a note that is signed by a key of the log, else None."""
    try:
        return trust.open_signed(note)
    except NoteError:
        return None


def trust_of(store: LogStore, current: Verifier) -> Policy:
    """The log's key, and those before it: back through the changes of key that the log holds, signed by both."""
    keys = [current]
    for change in reversed(list(_rotations(store))):
        if str(change.new) == str(keys[-1]):
            keys.append(change.old)
    return Policy(tuple(keys), {}, {}, "none", {})


def _rotations(store: LogStore) -> Iterator[Rotation]:
    for entry in store.written_by(SEQUENCER):
        if entry.type == KEY_ROTATED:
            try:
                yield rotation_of_leaf(entry.leaf)
            except ProofError:
                # It was altered: the tree says so, and the heads its keys signed will not open.
                continue
