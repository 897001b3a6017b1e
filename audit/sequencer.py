"""The sequencer's work: put pending entries into the tree of the year, sign its head, turn the year, change the key.

Everything here runs in one transaction of the caller, alone (`LogStore.lock_tree`). It is the only place where the
log's private key signs. A year is a tree of its own, named `origin/2026`; it begins at 00:00 UTC on 1 January (months
of the disclosure keys are UTC too, and UTC knows no summer time), and its leaf 0 holds the last head of the year
before: who follows that chain has followed the whole log.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from audit.entry import Entry, Fact, entry_id_at, leaf_bytes, read_leaf
from audit.errors import EntryError, NoteError, TreeError
from audit.merkle import leaf_hash
from audit.note import Signer, split_note
from audit.rotation import KEY_ROTATED, sign_rotation
from audit.store import LogStore, Pending, StoredEntry
from audit.tiles import TileTree, grow, tiles_on_path

# The writer of the log's own entries: it has a lane of its own, so their order never mixes with a gateway's.
SEQUENCER = "log:sequencer"
YEAR_BEGUN = "log.year_begun"

Random = Callable[[int], bytes]


def year_of(time: int) -> int:
    """The shard of an instant: its year, UTC."""
    return datetime.fromtimestamp(time // 1000, UTC).year


def integrate(
    store: LogStore, signer: Signer, now_ms: int, limit: int, *, random: Random, yearly: bool
) -> Checkpoint | None:
    """Take up to `limit` pending entries into the tree and sign its head; None when there was nothing to do.

    With `yearly`, a year that has ended is closed first, even when nothing waits. Raises TreeError, NoteError.
    """
    store.lock_tree()
    head = store.head()
    shard = _shard_at(now_ms, head, yearly=yearly)
    first: list[Pending] = []
    if head is not None and shard > head.shard:
        _checked_size(store, head, signer, _reader(store, head.shard, head))
        first.append(_record_own(store, YEAR_BEGUN, {"checkpoint": head.note}, now_ms, random))
        head = None
    items = _with_first(first, store.pending(limit))
    return _extend(store, shard, head, items, signer, signer, now_ms) if items else None


def rotate(
    store: LogStore, old: Signer, new: Signer, now_ms: int, limit: int, *, random: Random, yearly: bool
) -> Checkpoint:
    """Change the log's key: record the change, signed by both keys, and sign the head that covers it by both.

    Raises NoteError for keys that are not two keys of one log, or when the last head is not signed by `old`.
    """
    if old.name != new.name or str(old.verifier) == str(new.verifier):
        raise NoteError("a rotation needs two different keys of the same name")
    integrate(store, old, now_ms, limit, random=random, yearly=yearly)
    head = store.head()
    shard = _shard_at(now_ms, head, yearly=yearly)
    statement = sign_rotation(old, new, now_ms)
    own = _record_own(store, KEY_ROTATED, {"statement": statement}, now_ms, random)
    # Nothing else comes with it: what is pending waits for the next head.
    return _extend(store, shard, head, [own], new, old, now_ms)


def _shard_at(now_ms: int, head: Checkpoint | None, *, yearly: bool) -> int:
    # A clock set back never reopens a year.
    return max(head.shard if head else 0, year_of(now_ms) if yearly else 0)


def _extend(
    store: LogStore,
    shard: int,
    head: Checkpoint | None,
    items: Sequence[Pending],
    signer: Signer,
    before: Signer,
    now_ms: int,
) -> Checkpoint:
    """`before` signed the last head; where it is not `signer`, both sign the new one."""
    for item in items:
        _check_pending(item)
    read = _reader(store, shard, head)
    size = _checked_size(store, head, before, read)
    grown = {(level, index): tile for level, index, tile in grow(size, [item.leaf_hash for item in items], read)}
    store.put_tiles([(level, index, tile) for (level, index), tile in grown.items()], shard)
    store.add_leaves(size, items, shard)
    new_size = size + len(items)
    root = TileTree(lambda level, index: grown.get((level, index)) or read(level, index)).root(new_size)
    checkpoint = sign_checkpoint(signer, new_size, root, now_ms, shard)
    if before is not signer:
        line = before.of_shard(shard).line(split_note(checkpoint.note)[0])
        checkpoint = replace(checkpoint, note=checkpoint.note + line)
    store.add_checkpoint(checkpoint)
    return checkpoint


def _reader(store: LogStore, shard: int, head: Checkpoint | None) -> Callable[[int, int], bytes | None]:
    """Each tile is read once, for the check of the old root and for growing; those of the right edge, which is all that
    both need, together. None is kept for the next time: what was edited meanwhile would not be seen."""
    edge = {} if head is None else store.tiles(tiles_on_path(head.size - 1, head.size), shard)
    return functools.cache(lambda level, index: edge.get((level, index)) or store.tile(level, index, shard))


def _checked_size(
    store: LogStore, head: Checkpoint | None, signer: Signer, read: Callable[[int, int], bytes | None]
) -> int:
    if head is None:
        return 0
    signed = open_checkpoint(head.note, signer.verifier, head.time)
    # Over a change of key both sign, the new one first: from there on the old one signs nothing.
    if split_note(head.note)[1][0].key_id != signer.verifier.of_shard(head.shard).key_id:
        raise NoteError("the key of this log was changed: this process still signs with the old one")
    if (signed.shard, signed.size, signed.root) != (head.shard, head.size, head.root):
        raise TreeError(f"the stored head of size {head.size} differs from the note that was signed")
    if TileTree(read).root(head.size) != head.root:
        raise TreeError(f"the stored tree of {head.size} leaves no longer has the root that was signed")
    return head.size


def _record_own(store: LogStore, entry_type: str, facts: dict[str, Fact], time: int, random: Random) -> Pending:
    lane, counter = store.next_counter(SEQUENCER)
    entry_id = entry_id_at(time, random)
    entry = Entry(entry_id, time, SEQUENCER, lane, counter, entry_type, "success", "", "", facts, {})
    leaf = leaf_bytes(entry, ())
    store.add_entry(StoredEntry(entry_id, time, entry_type, SEQUENCER, lane, counter, leaf, leaf_hash(leaf)))
    item = store.pending_entry(entry_id)
    if item is None:
        raise TreeError("an entry of the log itself was not marked pending")
    return item


def _with_first(first: Sequence[Pending], pending: Sequence[Pending]) -> list[Pending]:
    own = {item.entry_id for item in first}
    return [*first, *(item for item in pending if item.entry_id not in own)]


def _check_pending(item: Pending) -> None:
    try:
        entry, _ = read_leaf(item.leaf)
    except EntryError as error:
        raise TreeError(f"the recorded leaf of entry {item.entry_id} was altered: {error}") from error
    if entry.entry_id != item.entry_id or leaf_hash(item.leaf) != item.leaf_hash:
        raise TreeError(f"the recorded leaf of entry {item.entry_id} was altered before it reached the tree")
