"""Proofs out of the store: where a leaf is, under the head that serves its holder best."""

from collections.abc import Callable, Collection, Mapping, Sequence

from audit.checkpoint import Checkpoint
from audit.disclosure import read_disclosure
from audit.errors import PendingError, ProofError
from audit.history import GIVEN, History, HistoryEntry
from audit.merkle import prove_consistency, prove_inclusion, verify_inclusion
from audit.numbers import number_of
from audit.older_head import OlderHead
from audit.proof import InclusionProof
from audit.rotation import KEY_ROTATED, RotationProof
from audit.sequencer import SEQUENCER
from audit.store import LogStore, StoredEntry
from audit.tile_cache import TileCache
from audit.tiles import TileTree, tiles_on_path

OwnDisclosures = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]
ENTRIES_AT_ONCE = 500


def tree_of(store: LogStore, shard: int) -> TileTree:
    """The stored tree of a shard, for proofs of one moment; nothing of it comes out of a cache."""
    return TileTree(lambda level, index: store.tile(level, index, shard))


def best_head(store: LogStore, shard: int, index: int) -> Checkpoint | None:
    """The largest head that witnesses cosigned, if it covers the leaf; else the latest, if that does."""
    for head in (store.witnessed(shard), store.head(shard)):
        if head is not None and index < head.size:
            return head
    return None


def prove(store: LogStore, index: int, head: Checkpoint, cache: TileCache | None = None) -> InclusionProof:
    """The proof of a leaf in the tree of `head`, in its shard."""
    return InclusionProof(index, paths_of(store, head, [index], cache)[index], head.note)


def paths_of(
    store: LogStore, head: Checkpoint, indexes: Collection[int], cache: TileCache | None = None
) -> dict[int, tuple[bytes, ...]]:
    """The path of each of these leaves to the root of `head`. Tiles that lead to that root are kept in the cache."""
    size = head.size
    wanted = set[tuple[int, int]]().union(*(tiles_on_path(index, size) for index in indexes))
    known = cache.known(head.shard, size, wanted) if cache is not None else {}
    read = store.tiles(wanted - known.keys(), head.shard)
    tree = TileTree(lambda level, index: store.tile(level, index, head.shard), {**read, **known})
    paths = {index: tuple(prove_inclusion(index, size, tree.subtree)) for index in indexes}
    if cache is None:
        return paths
    if all(_leads(tree.subtree(index, index + 1), index, path, head) for index, path in paths.items()):
        cache.keep(head.shard, size, read)
        return paths
    # Either the store was edited, or set back under a cache that remembers: the store alone is to answer for it.
    cache.forget()
    return paths_of(store, head, indexes)


def _leads(leaf: bytes, index: int, path: tuple[bytes, ...], head: Checkpoint) -> bool:
    try:
        verify_inclusion(leaf, index, head.size, path, head.root)
    except ProofError:
        return False
    return True


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


def history_of(store: LogStore, subject: str, own: OwnDisclosures, cache: TileCache | None = None) -> History:
    """All proven entries about a person as one file; `own(entry_ids)` gives the disclosures that are theirs.

    Raises PendingError when an entry about them is not covered by a head yet: wait for the next one.
    """
    stored: list[StoredEntry] = []
    while page := store.entries_about(
        subject, (stored[-1].time, stored[-1].entry_id) if stored else None, ENTRIES_AT_ONCE
    ):
        stored.extend(page)
    placed: list[tuple[int, int, StoredEntry]] = []
    for entry in stored:
        position = store.position(entry.entry_id)
        if position is None:
            raise PendingError(f"entry {entry.entry_id} waits for the next checkpoint")
        placed.append((*position, entry))
    placed.sort(key=lambda item: item[:2])
    opened: dict[str, Sequence[str]] = {}
    for start in range(0, len(stored), ENTRIES_AT_ONCE):
        opened.update(own([entry.entry_id for entry in stored[start : start + ENTRIES_AT_ONCE]]))
    placed = _until_made(placed, {entry_id: _number(values, subject) for entry_id, values in opened.items()})
    heads = {shard: _history_head(store, shard, placed) for shard in sorted({shard for shard, _, _ in placed})}
    paths = {
        shard: paths_of(store, head, [index for of, index, _ in placed if of == shard], cache)
        for shard, head in heads.items()
    }
    order = list(heads)
    return History(
        subject,
        tuple(head.note for head in heads.values()),
        tuple(
            HistoryEntry(
                entry.leaf,
                tuple(opened.get(entry.entry_id, ())),
                order.index(shard),
                index,
                paths[shard][index],
            )
            for shard, index, entry in placed
        ),
        rotation_proofs(store),
        tuple(filter(None, (_cosigned(store, place, head) for place, head in enumerate(heads.values())))),
    )


def _cosigned(store: LogStore, place: int, head: Checkpoint) -> OlderHead | None:
    """What witnesses saw of the head's tree, where the head itself is too new for them."""
    seen = store.witnessed(head.shard)
    if seen is None or seen.size >= head.size:
        return None
    return OlderHead(
        place, seen.note, tuple(prove_consistency(seen.size, head.size, tree_of(store, head.shard).subtree))
    )


def _until_made(
    placed: Sequence[tuple[int, int, StoredEntry]], numbers: Mapping[str, int]
) -> list[tuple[int, int, StoredEntry]]:
    """Without what was recorded after the newest making of a history: that one closes the file."""
    makings = [numbers.get(entry.entry_id, 0) for _, _, entry in placed if entry.type == GIVEN]
    last = max(makings, default=0)
    return [item for item in placed if not last or numbers.get(item[2].entry_id, 0) <= last]


def _number(disclosures: Sequence[str], subject: str) -> int:
    return number_of(dict(map(read_disclosure, disclosures)), subject) or 0


def _history_head(store: LogStore, shard: int, placed: Sequence[tuple[int, int, StoredEntry]]) -> Checkpoint:
    last = max(index for of, index, _ in placed if of == shard)
    head = best_head(store, shard, last)
    if head is None:
        raise PendingError("the newest entry of the history waits for the next checkpoint")
    return head
