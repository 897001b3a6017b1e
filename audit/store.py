"""What the log needs of a store: the Protocol is the contract, promise by promise.

A `LogStore` is bound to one open transaction of its caller and lives no longer than it. It never commits and never
rolls back. A store is finished only when it passes `tests/contracts/log_store_contract.py`, as the two here do:
`MemoryLogStore`, and the gateway's SQL store on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One recorded leaf with what stores index. `leaf` is kept byte for byte; `leaf_hash` is its RFC 6962 hash."""

    entry_id: str
    time: int
    type: str
    gateway: str
    lane: int
    counter: int
    leaf: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key of one subject and period (`2026-11`), encrypted under the master key whose id is `master`."""

    key_id: str
    subject: str
    period: str
    master: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """The disclosures of one entry for one subject, encrypted under the data key `key_id`. `time` is the entry's."""

    entry_id: str
    subject: str
    period: str
    time: int
    key_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that is recorded and not yet in the tree. `sequence` orders them and names the pending row."""

    sequence: int
    entry_id: str
    leaf: bytes
    leaf_hash: bytes


class LogStore(Protocol):
    """Where the record is kept. Errors of the driver (connection lost, disk full) pass through unchanged.

    Reads see the caller's own writes of the same transaction. Everything written here becomes visible to others,
    and durable, when the caller commits, and not before; if the caller rolls back, nothing of it remains, the
    counter numbers included.
    """

    # ---- recording

    def next_counter(self, gateway: str) -> tuple[int, int]:
        """The (lane, counter) of this transaction's next entry for `gateway`; counters of a lane start at 1.

        A lane is held by at most one open transaction, from this call to its end; concurrent transactions get
        different lanes and do not wait for each other. A number whose transaction rolled back, or whose process
        died, is issued again. Hence in every lane the committed numbers are always 1..n without a gap: a gap is
        tampering, never an accident.
        """
        ...

    def next_numbers(self, subjects: Sequence[str]) -> Mapping[str, int]:
        """The next number of each subject's own entries; they start at 1. Like the counters they belong to the
        transaction: a rollback gives them back. Concurrent transactions about one subject wait for each other, from
        here to their end; the subjects are taken in sorted order, so two such transactions never wait in a circle."""
        ...

    def data_keys(self, subjects: Sequence[str], period: str) -> Mapping[str, WrappedKey]:
        """One key of the period for each of these subjects that has any. None of them can be erased by others before
        this transaction ends."""
        ...

    def add_data_key(self, key: WrappedKey) -> None:
        """Keep a new key. Several keys of one subject and period may exist (two first entries at the same time)."""
        ...

    def add_entry(self, entry: StoredEntry, sealed: Sequence[Sealed] = ()) -> None:
        """Record the entry with its encrypted disclosures (one row per subject), and mark it pending. Raises
        DuplicateEntryError if its id, or its gateway, lane and counter, is recorded already; the transaction may then
        be unusable and is to be rolled back."""
        ...

    # ---- reading

    def entry(self, entry_id: str) -> StoredEntry | None:
        """The recorded entry, pending or integrated, or None."""
        ...

    def written_by(self, gateway: str) -> Sequence[StoredEntry]:
        """All entries of a gateway, by lane and counter: for the log's own few, not for a real gateway's millions."""
        ...

    def position(self, entry_id: str) -> tuple[int, int] | None:
        """The (shard, 0-based index) of the entry in its tree; None while it is pending, or unknown."""
        ...

    def sealed(self, entry_ids: Sequence[str]) -> Sequence[tuple[Sealed, WrappedKey]]:
        """The encrypted disclosures of these entries that are still there, by entry and subject, each with its key."""
        ...

    def entries_about(self, subject: str, before: tuple[int, str] | None, limit: int) -> Sequence[StoredEntry]:
        """The entries holding disclosures of `subject`, newest first by (time, entry_id), at most `limit`, all
        strictly older than `before` in that order (None: from the newest). Entries erased for it are not listed."""
        ...

    def leaves(self, start: int, end: int, shard: int = 0) -> Iterator[StoredEntry]:
        """The entries at positions start..end-1 of the shard's tree, in order, streamed. Stops early at its end."""
        ...

    # ---- the trees: one for each yearly shard (named by its year), or a single one, 0

    def lock_tree(self) -> None:
        """Wait to be the only writer of the tree until this transaction ends. Recording entries is not hindered."""
        ...

    def pending(self, limit: int) -> Sequence[Pending]:
        """Committed entries that are not in the tree yet, by sequence, at most `limit`. Entries of one lane come in
        the order of their counters. Requires `lock_tree`."""
        ...

    def pending_entry(self, entry_id: str) -> Pending | None:
        """The one pending entry of this id. Requires `lock_tree`."""
        ...

    def pending_since(self) -> int | None:
        """The time (ms) of the pending entry that came first, None when all are integrated: the sequencer's alarm."""
        ...

    def add_leaves(self, first_index: int, integrated: Sequence[Pending], shard: int = 0) -> None:
        """Give the entries the positions first_index, first_index+1... and remove exactly their pending rows."""
        ...

    def tiles(self, wanted: Collection[tuple[int, int]], shard: int = 0) -> Mapping[tuple[int, int], bytes]:
        """Those of these tiles (level, index) that are kept, all read at once."""
        ...

    def tile(self, level: int, index: int, shard: int = 0) -> bytes | None:
        """The stored hashes (32 bytes each, 1 to 256) of a C2SP tile of height 8, as wide as it has grown; or None."""
        ...

    def put_tiles(self, tiles: Collection[tuple[int, int, bytes]], shard: int = 0) -> None:
        """Store (level, index, hashes), replacing the narrower state of the same tile."""
        ...

    def head(self, shard: int | None = None) -> Checkpoint | None:
        """The signed checkpoint of the largest tree of the shard (None: of the latest shard), None before the first."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed head. Raises DuplicateEntryError when one of that shard and tree size exists."""
        ...

    def covering(self, shard: int, index: int) -> Checkpoint | None:
        """The first signed head of the shard that covers the leaf at `index`."""
        ...

    def cosign(self, checkpoint: Checkpoint, witnesses: int) -> None:
        """Replace the note of a kept head by the one in `checkpoint`, which has gained cosignatures: `witnesses` of
        them in all. Shard, size and root stay."""
        ...

    def witnessed(self, shard: int) -> Checkpoint | None:
        """The largest head of the shard that has a cosignature, None when none has."""
        ...

    def checkpoints(self, shard: int = 0) -> Iterator[Checkpoint]:
        """All signed heads of the shard by growing tree size, streamed."""
        ...

    def shards(self) -> Sequence[int]:
        """The shards that have a signed head, oldest first."""
        ...

    # ---- erasing

    def erase(self, subject: str, period: str) -> int:
        """Delete the subject's disclosures and keys of the period; returns how many entries lost disclosures. The
        leaves stay, so every proof still holds. Recording that it was erased is the caller's, as an entry."""
        ...

    def periods(self, subject: str) -> Sequence[str]:
        """The periods for which the subject still has a key, oldest first."""
        ...
