"""Proofs out of the store: where a leaf is, under the head that serves its holder best."""

from audit.checkpoint import Checkpoint
from audit.errors import PendingError
from audit.merkle import prove_inclusion
from audit.proof import InclusionProof
from audit.rotation import KEY_ROTATED, RotationProof
from audit.sequencer import SEQUENCER
from audit.store import LogStore
from audit.tiles import TileTree


def tree_of(store: LogStore, shard: int) -> TileTree:
    """The stored tree of a shard, for one proof."""
    return TileTree(lambda level, index: store.tile(level, index, shard))


def best_head(store: LogStore, shard: int, index: int) -> Checkpoint | None:
    """The largest head that witnesses cosigned, if it covers the leaf; else the latest, if that does."""
    for head in (store.witnessed(shard), store.head(shard)):
        if head is not None and index < head.size:
            return head
    return None


def prove(store: LogStore, index: int, head: Checkpoint) -> InclusionProof:
    """The proof of a leaf in the tree of `head`, in its shard."""
    hashes = prove_inclusion(index, head.size, tree_of(store, head.shard).subtree)
    return InclusionProof(index, tuple(hashes), head.note)


def rotation_proofs(store: LogStore) -> tuple[RotationProof, ...]:
    """The log's changes of key, oldest first, each proven in the head that both keys signed."""
    proofs: list[RotationProof] = []
    for entry in store.written_by(SEQUENCER):
        if entry.type != KEY_ROTATED:
            continue
        position = store.position(entry.entry_id)
        head = None if position is None else store.covering(*position)
        if position is None or head is None:
            raise PendingError(f"the change of key {entry.entry_id} has no signed head")
        proofs.append(RotationProof(entry.leaf, str(prove(store, position[1], head))))
    return tuple(proofs)
