"""The log: record an entry in the caller's transaction, put what is recorded into the signed tree, prove it is there.

Two kinds of process use it. Those that record call `append`, last in the transaction that does what it records. One
sequencer at a time calls `integrate`; it alone holds the signing key. Nothing that is recorded waits for it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from audit.checkpoint import Checkpoint
from audit.disclosure import check_disclosures, digest, make_disclosure, read_disclosure
from audit.entry import Entry, Fact, Json, Outcome, leaf_bytes, read_leaf
from audit.errors import NoteError, PendingError, ProofError, UnknownEntryError
from audit.history import History
from audit.merkle import leaf_hash, prove_consistency
from audit.note import Signer
from audit.numbers import NUMBER, Erased, as_ranges, erased_of, number_of
from audit.promise import RECEIPT_KEY, ListedKey, receipt_key_entry, receipt_signer, sign_promise
from audit.proof import InclusionProof
from audit.proving import best_head, history_of, prove, rotation_proofs, tree_of
from audit.receipt import Receipt
from audit.sequencer import integrate, rotate
from audit.store import LogStore, Sealed, StoredEntry, WrappedKey
from audit.tile_cache import TileCache
from audit.vault import Vault

# One integration reads its entries at once; 4,096 leaves of 1 kB are 4 MB.
MOST_PER_INTEGRATION = 4096


class AuditLog:
    """One log, as seen by one gateway instance. Holds no state about entries: all of it is in the store, but a cache of
    tiles under signed heads, for proofs.

    - `origin`: the log's name, in every checkpoint, e.g. `chu.example/acces-urgence`.
    - `gateway`: this instance, in every entry. Several processes may share it: concurrent transactions number their
      entries in different lanes. The number belongs to the transaction (see `LogStore.next_counter`): the store gives
      it again after a rollback or a crash, so in each lane the committed counters are 1, 2, 3... and a gap can only
      come from a row that was deleted.
    - `random(n)`: n unpredictable bytes, for salts, nonces and keys.
    - `master_key`: 32 bytes that wrap the data keys; `older_master_keys` still open what they wrapped.
    - `yearly`: each calendar year (UTC) is a tree of its own, `origin/2026` (see sequencer.py).
    - `counted(subject)`: whether the entries about this subject are numbered, so that a history of them can be shown
      complete (see history.py). Entries about one counted subject are recorded one after the other.
    - `tiles`: the tiles that proofs keep (see tile_cache.py); None: they read the store each time.
    """

    def __init__(
        self,
        origin: str,
        gateway: str,
        random: Callable[[int], bytes],
        master_key: bytes,
        older_master_keys: Sequence[bytes] = (),
        *,
        yearly: bool = False,
        counted: Callable[[str], bool] = lambda subject: False,
        tiles: TileCache | None = None,
    ) -> None:
        self.origin = origin
        self.gateway = gateway
        self._random = random
        self._yearly = yearly
        self._counted = counted
        self._tiles = tiles
        self._vault = Vault(random, master_key, older_master_keys)
        self._receipt_signer = receipt_signer(origin, gateway, master_key)

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
            personal=self._numbered(store, personal or {}),
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

    def counted_among(self, subjects: Iterable[str]) -> tuple[str, ...]:
        """Those whose entries are numbered, sorted: for a store that takes an entry's numbers all at once."""
        return tuple(sorted(subject for subject in subjects if self._counted(subject)))

    # ---- the tree

    def integrate(
        self, store: LogStore, signer: Signer, now_ms: int, limit: int = MOST_PER_INTEGRATION
    ) -> Checkpoint | None:
        """Put pending entries into the tree and sign its new head: one call, in one transaction of the caller.

        Returns the head, or None when nothing was pending. At most `limit` entries at once: call again while
        `head.size` grows. Before signing it makes sure that the stored tree still has the root it signed last.
        Raises TreeError when it does not, NoteError when `signer` is not this log's key; then nothing is signed.
        """
        self._check_name(signer)
        return integrate(store, signer, now_ms, limit, random=self._random, yearly=self._yearly)

    def rotate(self, store: LogStore, old: Signer, new: Signer, now_ms: int) -> Checkpoint:
        """Change the key that signs, in one transaction: an entry that both keys sign, and a head that both sign.

        From then on `integrate` takes `new` alone. Raises as `integrate`, and NoteError for keys of another log.
        """
        self._check_name(new)
        limit = MOST_PER_INTEGRATION
        return rotate(store, old, new, now_ms, limit, random=self._random, yearly=self._yearly)

    def announce_receipt_key(self, store: LogStore, now_ms: int) -> bool:
        """List this gateway's receipt key in the log, once; True when it was not listed yet. Call it at start."""
        key = self._receipt_signer.verifier
        entry_id = receipt_key_entry(key)
        if store.entry(entry_id) is not None:
            return False
        facts = {"key": str(key)}
        self.append(store, entry_id=entry_id, time=now_ms, entry_type=RECEIPT_KEY, outcome="success", facts=facts)
        return True

    # ---- proving

    def prove_inclusion(self, store: LogStore, entry_id: str) -> InclusionProof:
        """The proof that the entry is in the tree of the latest checkpoint.

        Raises UnknownEntryError when there is no such entry, PendingError while it waits.
        """
        position = store.position(entry_id)
        head = None if position is None else best_head(store, *position)
        if position is None or head is None:
            if store.entry(entry_id) is None:
                raise UnknownEntryError(f"no entry {entry_id}")
            raise PendingError(f"entry {entry_id} waits for the next checkpoint")
        return prove(store, position[1], head, self._tiles)

    def prove_consistency(self, store: LogStore, first: int, second: int, shard: int | None = None) -> list[bytes]:
        """The RFC 6962 proof that the tree of `second` leaves extends that of `first`, in a shard (None: the latest).

        Raises ProofError unless 0 <= first <= second <= the size of the latest checkpoint.
        """
        head = store.head(shard)
        if head is None or second > head.size:
            raise ProofError(f"the log has no signed tree of {second} leaves")
        return prove_consistency(first, second, tree_of(store, head.shard).subtree)

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
        rotations = rotation_proofs(store)
        position = store.position(entry_id)
        head = None if position is None else best_head(store, *position)
        if position is None or head is None:
            return Receipt(entry_id, stored.leaf, shown, rotations=rotations)
        return Receipt(
            entry_id, stored.leaf, shown, str(prove(store, position[1], head, self._tiles)), rotations=rotations
        )

    def promise(self, store: LogStore, pending: Receipt, now_ms: int) -> Receipt:
        """The same pending receipt, signed by this gateway: the holder can show later that the log dropped the entry.

        `pending` is what `append` returned, its transaction committed, or a pending `receipt`.
        """
        entry, _ = read_leaf(pending.leaf)
        signed = sign_promise(self._receipt_signer, self.origin, pending.leaf, entry, now_ms)
        listed = store.entry(receipt_key_entry(self._receipt_signer.verifier))
        position = None if listed is None else store.position(listed.entry_id)
        head = None if position is None else best_head(store, *position)
        if listed is None or position is None or head is None:
            return replace(pending, promise=signed)
        key = ListedKey(listed.leaf, str(prove(store, position[1], head, self._tiles)))
        return replace(pending, promise=signed, promise_key=key)

    def history_receipt(self, store: LogStore, subject: str) -> History:
        """All entries about a person as one file, each with its proof and what is sealed for that person alone.

        Record that it was made first, about the same person, by an entry of the type `history.GIVEN`: it closes the
        file, and what is recorded meanwhile is left to the next one. Raises PendingError until a head covers all of
        them, SealError when a row was altered or moved.
        """

        def own(entry_ids: Sequence[str]) -> dict[str, list[str]]:
            mine = [(row, key) for row, key in store.sealed(entry_ids) if row.subject == subject]
            return {row.entry_id: self._vault.open(row, key) for row, key in mine}

        return history_of(store, subject, own, self._tiles)

    def erase(self, store: LogStore, subject: str, period: str) -> Erased:
        """Delete a person's disclosures and keys of a month, and say which numbers are gone with them.

        Record it about the same person in the same transaction, in a later month, with `Erased.personal()` among the
        values sealed for them: else their next history shows a gap. A row that no longer opens is erased all the same.
        """
        values = self._vault.opened_in(store, subject, period) if self._counted(subject) else []
        numbers = [number for value in values if (number := number_of(value, subject)) is not None]
        ranges = as_ranges(numbers, [span for value in values for span in erased_of(value, subject)])
        return Erased(subject, store.erase(subject, period), tuple(ranges))

    def disclosures(self, store: LogStore, entry_ids: Sequence[str]) -> dict[str, list[str]]:
        """The disclosures of each of these entries that has any left. Raises SealError."""
        opened: dict[str, list[str]] = {}
        for row, key in store.sealed(entry_ids):
            opened.setdefault(row.entry_id, []).extend(self._vault.open(row, key))
        return opened

    def open_sealed(self, row: Sealed, key: WrappedKey) -> list[str]:
        """The disclosures of one row, for who checks row by row. Raises SealError."""
        return self._vault.open(row, key)

    def _opened(self, store: LogStore, stored: Sequence[StoredEntry]) -> list[Entry]:
        sealed = store.sealed([item.entry_id for item in stored]) if stored else ()
        entries: list[Entry] = []
        for item in stored:
            entry, digests = read_leaf(item.leaf)
            rows = [(row, key) for row, key in sealed if row.entry_id == item.entry_id]
            personal = {row.subject: check_disclosures(self._vault.open(row, key), digests) for row, key in rows}
            entries.append(replace(entry, personal=personal))
        return entries

    def _numbered(self, store: LogStore, personal: Mapping[str, Mapping[str, Json]]) -> dict[str, dict[str, Json]]:
        """The personal values, with its number for each subject whose history is counted."""
        sealed = {subject: dict(values) for subject, values in personal.items()}
        counted = self.counted_among(sealed)
        numbers = store.next_numbers(counted) if counted else {}
        for place, subject in enumerate(counted, 1):
            sealed[subject][NUMBER if place == 1 else f"{NUMBER}.{place}"] = [subject, numbers[subject]]
        return sealed

    def _check_name(self, signer: Signer) -> None:
        if signer.name != self.origin:
            raise NoteError(f"the signing key is of {signer.name}, the log is {self.origin}")
