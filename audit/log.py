"""The log: record an entry in the caller's transaction, put what is recorded into the signed tree, prove it is there.

Two kinds of process use it. Those that record call `append`, last in the transaction that does what it records. One
sequencer at a time calls `integrate`; it alone holds the signing key. Nothing that is recorded waits for it.
"""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from audit.disclosure import check_disclosures, digest, make_disclosure, read_disclosure
from audit.entry import Entry, Fact, Json, Outcome, leaf_bytes, read_leaf
from audit.errors import EntryError, NoteError, PendingError, ProofError, TreeError, UnknownEntryError
from audit.merkle import leaf_hash, prove_consistency, prove_inclusion
from audit.note import Signer
from audit.proof import InclusionProof
from audit.receipt import Receipt
from audit.store import LogStore, Pending, StoredEntry
from audit.tiles import TileTree, grow
from audit.vault import Vault

# One integration reads its entries at once; 4,096 leaves of 1 kB are 4 MB.
MOST_PER_INTEGRATION = 4096


class AuditLog:
    """One log, as seen by one gateway instance. Holds no state about entries: all of it is in the store.

    - `origin`: the log's name, in every checkpoint, e.g. `chu.example/acces-urgence`.
    - `gateway`: this instance, in every entry. Several processes may share it: concurrent transactions number their
      entries in different lanes. The number belongs to the transaction (see `LogStore.next_counter`): the store gives
      it again after a rollback or a crash, so in each lane the committed counters are 1, 2, 3... and a gap can only
      come from a row that was deleted.
    - `random(n)`: n unpredictable bytes, for salts, nonces and keys.
    - `master_key`: 32 bytes that wrap the data keys; `older_master_keys` still open what they wrapped.
    """

    def __init__(
        self,
        origin: str,
        gateway: str,
        random: Callable[[int], bytes],
        master_key: bytes,
        older_master_keys: Sequence[bytes] = (),
    ) -> None:
        self.origin = origin
        self.gateway = gateway
        self._random = random
        self._vault = Vault(random, master_key, older_master_keys)

    def append(
        self,
        store: LogStore,
        *,
        entry_id: str,
        time: int,
        entry_type: str,
        outcome: Outcome,
        purpose: str = "",
        policy_version: str = "",
        facts: Mapping[str, Fact] | None = None,
        personal: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Receipt:
        """Record one entry in the caller's transaction, and return its pending receipt (nothing disclosed).

        The members are those of `Entry`; `personal` is subject -> name -> value. Raises EntryError for what a leaf
        cannot hold, DuplicateEntryError for an `entry_id` recorded before; the caller then rolls back. Costs one
        update (counter), one select (keys), and the inserts of entry, disclosures and pending mark.
        """
        lane, counter = store.next_counter(self.gateway)
        entry = Entry(
            entry_id=entry_id,
            time=time,
            gateway=self.gateway,
            lane=lane,
            counter=counter,
            type=entry_type,
            outcome=outcome,
            purpose=purpose,
            policy_version=policy_version,
            facts=facts or {},
            personal=personal or {},
        )
        by_subject = {
            subject: [make_disclosure(name, value, self._random) for name, value in values.items()]
            for subject, values in entry.personal.items()
        }
        leaf = leaf_bytes(entry, [digest(item) for disclosures in by_subject.values() for item in disclosures])
        rows = self._vault.seal(store, entry_id, time, by_subject)
        stored = StoredEntry(entry_id, time, entry_type, self.gateway, lane, counter, leaf, leaf_hash(leaf))
        store.add_entry(stored, rows)
        return Receipt(entry_id, leaf)

    # ---- the tree

    def integrate(
        self, store: LogStore, signer: Signer, now_ms: int, limit: int = MOST_PER_INTEGRATION
    ) -> Checkpoint | None:
        """Put pending entries into the tree and sign its new head: one call, in one transaction of the caller.

        Returns the head, or None when nothing was pending. At most `limit` entries at once: call again while
        `head.size` grows. Before signing it makes sure that the stored tree still has the root it signed last.
        Raises TreeError when it does not, NoteError when `signer` is not this log's key; then nothing is signed.
        """
        if signer.name != self.origin:
            raise NoteError(f"the signing key is of {signer.name}, the log is {self.origin}")
        store.lock_tree()
        pending = store.pending(limit)
        if not pending:
            return None
        for item in pending:
            _check_pending(item)
        # Each tile of the right edge is read once, for the check of the old root and for growing.
        read = functools.cache(store.tile)
        size = self._checked_size(store.head(), signer, read)
        grown = {(level, index): tile for level, index, tile in grow(size, [item.leaf_hash for item in pending], read)}
        store.put_tiles([(level, index, tile) for (level, index), tile in grown.items()])
        store.add_leaves(size, pending)
        new_size = size + len(pending)
        root = TileTree(lambda level, index: grown.get((level, index)) or read(level, index)).root(new_size)
        checkpoint = sign_checkpoint(signer, new_size, root, now_ms)
        store.add_checkpoint(checkpoint)
        return checkpoint

    def prove_inclusion(self, store: LogStore, entry_id: str) -> InclusionProof:
        """The proof that the entry is in the tree of the latest checkpoint.

        Raises UnknownEntryError when there is no such entry, PendingError while it waits.
        """
        index, head = store.leaf_index(entry_id), store.head()
        if index is None or head is None or index >= head.size:
            if store.entry(entry_id) is None:
                raise UnknownEntryError(f"no entry {entry_id}")
            raise PendingError(f"entry {entry_id} waits for the next checkpoint")
        hashes = prove_inclusion(index, head.size, TileTree(store.tile).subtree)
        return InclusionProof(index, tuple(hashes), head.note)

    def prove_consistency(self, store: LogStore, first: int, second: int) -> list[bytes]:
        """The RFC 6962 proof that the tree of `second` leaves extends that of `first`.

        Raises ProofError unless 0 <= first <= second <= the size of the latest checkpoint.
        """
        head = store.head()
        if second > (head.size if head else 0):
            raise ProofError(f"the log has no signed tree of {second} leaves")
        return prove_consistency(first, second, TileTree(store.tile).subtree)

    # ---- reading

    def read(self, store: LogStore, entry_id: str) -> Entry:
        """The entry with the personal values that are still there, each checked against the leaf.

        Raises UnknownEntryError; SealError or DisclosureError when a row was altered or moved.
        """
        stored = store.entry(entry_id)
        if stored is None:
            raise UnknownEntryError(f"no entry {entry_id}")
        return self._opened(store, [stored])[0]

    def history(
        self, store: LogStore, subject: str, before: tuple[int, str] | None = None, limit: int = 50
    ) -> list[Entry]:
        """The entries about a subject, newest first, with personal values; the next page starts `before` the
        (time, entry_id) of the last one. Raises as `read` does."""
        return self._opened(store, store.entries_about(subject, before, limit))

    def receipt(self, store: LogStore, entry_id: str, reveal: Collection[str] = ()) -> Receipt:
        """The receipt to hand out: with its proof once a checkpoint covers the entry, pending before.

        Only the personal values named in `reveal` are disclosed; a name that was erased or never there is left out.
        Raises UnknownEntryError; SealError or DisclosureError when a disclosure was altered or moved.
        """
        stored = store.entry(entry_id)
        if stored is None:
            raise UnknownEntryError(f"no entry {entry_id}")
        disclosures = [item for row, key in store.sealed([entry_id]) for item in self._vault.open(row, key)]
        _, digests = read_leaf(stored.leaf)
        check_disclosures(disclosures, digests)
        shown = tuple(item for item in disclosures if read_disclosure(item)[0] in reveal)
        head, index = store.head(), store.leaf_index(entry_id)
        if head is None or index is None or index >= head.size:
            return Receipt(entry_id, stored.leaf, shown)
        return Receipt(entry_id, stored.leaf, shown, str(self.prove_inclusion(store, entry_id)))

    def disclosures(self, store: LogStore, entry_ids: Sequence[str]) -> dict[str, list[str]]:
        """The disclosures of each of these entries that has any left. Raises SealError."""
        opened: dict[str, list[str]] = {}
        for row, key in store.sealed(entry_ids):
            opened.setdefault(row.entry_id, []).extend(self._vault.open(row, key))
        return opened

    def _opened(self, store: LogStore, stored: Sequence[StoredEntry]) -> list[Entry]:
        sealed = store.sealed([item.entry_id for item in stored]) if stored else ()
        entries: list[Entry] = []
        for item in stored:
            entry, digests = read_leaf(item.leaf)
            rows = [(row, key) for row, key in sealed if row.entry_id == item.entry_id]
            personal = {row.subject: check_disclosures(self._vault.open(row, key), digests) for row, key in rows}
            entries.append(replace(entry, personal=personal))
        return entries

    def _checked_size(self, head: Checkpoint | None, signer: Signer, read: Callable[[int, int], bytes | None]) -> int:
        if head is None:
            return 0
        signed = open_checkpoint(head.note, signer.verifier, head.time)
        if (signed.size, signed.root) != (head.size, head.root):
            raise TreeError(f"the stored head of size {head.size} differs from the note that was signed")
        if TileTree(read).root(head.size) != head.root:
            raise TreeError(f"the stored tree of {head.size} leaves no longer has the root that was signed")
        return head.size


def _check_pending(item: Pending) -> None:
    try:
        entry, _ = read_leaf(item.leaf)
    except EntryError as error:
        raise TreeError(f"the recorded leaf of entry {item.entry_id} was altered: {error}") from error
    if entry.entry_id != item.entry_id or leaf_hash(item.leaf) != item.leaf_hash:
        raise TreeError(f"the recorded leaf of entry {item.entry_id} was altered before it reached the tree")
