"""A log store in memory, for tests and tools. It keeps the contract of `LogStore`, one transaction at a time."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from audit.checkpoint import Checkpoint
from audit.errors import DuplicateEntryError
from audit.store import Pending, Sealed, StoredEntry, WrappedKey


class MemoryLogStore:
    """Everything in dictionaries. `with store.transaction():` undoes on an exception whatever was written inside.

    Transactions of several threads wait for each other, so one lane, 0, is enough.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._undo: list[Callable[[], object]] = []
        self._counters: dict[str, int] = {}
        self._subjects: dict[str, int] = {}
        self._entries: dict[str, StoredEntry] = {}
        self._numbers: set[tuple[str, int, int]] = set()
        self._keys: dict[str, WrappedKey] = {}
        self._sealed: dict[tuple[str, str], Sealed] = {}
        self._pending: dict[int, str] = {}
        self._next_sequence = 1
        self._leaves: dict[int, list[str]] = {}
        self._positions: dict[str, tuple[int, int]] = {}
        self._tiles: dict[tuple[int, int, int], bytes] = {}
        self._checkpoints: dict[tuple[int, int], Checkpoint] = {}
        self._witnessed: set[tuple[int, int]] = set()

    @contextmanager
    def transaction(self) -> Iterator["MemoryLogStore"]:
        """One unit of work: kept when the block ends, undone when it raises."""
        with self._lock:
            self._undo = []
            try:
                yield self
            except BaseException:
                for undo in reversed(self._undo):
                    undo()
                raise
            finally:
                self._undo = []

    # ---- recording

    def next_counter(self, gateway: str) -> tuple[int, int]:
        """See LogStore."""
        last = self._counters.get(gateway, 0)
        self._counters[gateway] = last + 1
        self._undo.append(lambda: self._counters.__setitem__(gateway, last))
        return 0, last + 1

    def next_numbers(self, subjects: Sequence[str]) -> Mapping[str, int]:
        """See LogStore."""
        before = dict(self._subjects)
        self._undo.append(lambda: setattr(self, "_subjects", before))
        numbers = {subject: before.get(subject, 0) + 1 for subject in subjects}
        self._subjects = {**before, **numbers}
        return numbers

    def add_entry(self, entry: StoredEntry, sealed: Sequence[Sealed] = ()) -> None:
        """See LogStore."""
        number = (entry.gateway, entry.lane, entry.counter)
        if entry.entry_id in self._entries or number in self._numbers:
            raise DuplicateEntryError(f"entry {entry.entry_id} or its number is recorded already")
        sequence = self._next_sequence
        self._next_sequence += 1
        self._entries[entry.entry_id] = entry
        self._numbers.add(number)
        self._pending[sequence] = entry.entry_id
        self._undo.append(lambda: self._entries.pop(entry.entry_id))
        self._undo.append(lambda: self._numbers.discard(number))
        self._undo.append(lambda: self._pending.pop(sequence))
        places = {(row.entry_id, row.subject): row for row in sealed}
        self._sealed.update(places)
        self._undo.append(lambda: [self._sealed.pop(place, None) for place in places])

    def data_keys(self, subjects: Sequence[str], period: str) -> Mapping[str, WrappedKey]:
        """See LogStore."""
        wanted = set(subjects)
        return {key.subject: key for key in self._keys.values() if key.period == period and key.subject in wanted}

    def add_data_key(self, key: WrappedKey) -> None:
        """See LogStore."""
        self._keys[key.key_id] = key
        self._undo.append(lambda: self._keys.pop(key.key_id, None))

    # ---- reading

    def entry(self, entry_id: str) -> StoredEntry | None:
        """See LogStore."""
        return self._entries.get(entry_id)

    def written_by(self, gateway: str) -> Sequence[StoredEntry]:
        """See LogStore."""
        own = [entry for entry in self._entries.values() if entry.gateway == gateway]
        return sorted(own, key=lambda entry: (entry.lane, entry.counter))

    def position(self, entry_id: str) -> tuple[int, int] | None:
        """See LogStore."""
        return self._positions.get(entry_id)

    def sealed(self, entry_ids: Sequence[str]) -> Sequence[tuple[Sealed, WrappedKey]]:
        """See LogStore."""
        wanted = set(entry_ids)
        rows = sorted((row for row in self._sealed.values() if row.entry_id in wanted), key=_place)
        return [(row, self._keys[row.key_id]) for row in rows if row.key_id in self._keys]

    def entries_about(self, subject: str, before: tuple[int, str] | None, limit: int) -> Sequence[StoredEntry]:
        """See LogStore."""
        places = sorted((row.time, row.entry_id) for row in self._sealed.values() if row.subject == subject)
        older = [place for place in reversed(places) if before is None or place < before]
        return [self._entries[entry_id] for _, entry_id in older[:limit]]

    def leaves(self, start: int, end: int, shard: int = 0) -> Iterator[StoredEntry]:
        """See LogStore."""
        for entry_id in self._leaves.get(shard, [])[start:end]:
            yield self._entries[entry_id]

    # ---- the tree

    def lock_tree(self) -> None:
        """See LogStore: a transaction is alone here already."""

    def pending(self, limit: int) -> Sequence[Pending]:
        """See LogStore."""
        chosen = sorted(self._pending.items())[:limit]
        rows = [(sequence, self._entries[entry_id]) for sequence, entry_id in chosen]
        return [Pending(sequence, entry.entry_id, entry.leaf, entry.leaf_hash) for sequence, entry in rows]

    def pending_entry(self, entry_id: str) -> Pending | None:
        """See LogStore."""
        return next((item for item in self.pending(len(self._pending)) if item.entry_id == entry_id), None)

    def pending_since(self) -> int | None:
        """See LogStore."""
        return min((self._entries[entry_id].time for entry_id in self._pending.values()), default=None)

    def add_leaves(self, first_index: int, integrated: Sequence[Pending], shard: int = 0) -> None:
        """See LogStore."""
        leaves = self._leaves.setdefault(shard, [])
        if first_index != len(leaves):
            raise DuplicateEntryError(f"the tree has {len(leaves)} leaves, not {first_index}")
        before, pending = len(leaves), dict(self._pending)
        for index, item in enumerate(integrated, first_index):
            leaves.append(item.entry_id)
            self._positions[item.entry_id] = (shard, index)
            del self._pending[item.sequence]

        def undo() -> None:
            for entry_id in leaves[before:]:
                del self._positions[entry_id]
            del leaves[before:]
            self._pending = pending

        self._undo.append(undo)

    def tiles(self, wanted: Collection[tuple[int, int]], shard: int = 0) -> Mapping[tuple[int, int], bytes]:
        """See LogStore."""
        found = {place: self.tile(*place, shard) for place in wanted}
        return {place: hashes for place, hashes in found.items() if hashes is not None}

    def tile(self, level: int, index: int, shard: int = 0) -> bytes | None:
        """See LogStore."""
        return self._tiles.get((shard, level, index))

    def put_tiles(self, tiles: Collection[tuple[int, int, bytes]], shard: int = 0) -> None:
        """See LogStore."""
        before = {(shard, level, index): self._tiles.get((shard, level, index)) for level, index, _ in tiles}

        def undo() -> None:
            for place, tile in before.items():
                if tile is None:
                    self._tiles.pop(place, None)
                else:
                    self._tiles[place] = tile

        self._tiles.update({(shard, level, index): hashes for level, index, hashes in tiles})
        self._undo.append(undo)

    def head(self, shard: int | None = None) -> Checkpoint | None:
        """See LogStore."""
        places = [place for place in self._checkpoints if shard in (None, place[0])]
        return self._checkpoints[max(places)] if places else None

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See LogStore."""
        place = checkpoint.shard, checkpoint.size
        if place in self._checkpoints:
            raise DuplicateEntryError(f"a checkpoint of {checkpoint.size} leaves is kept already")
        self._checkpoints[place] = checkpoint
        self._undo.append(lambda: self._checkpoints.pop(place))

    def covering(self, shard: int, index: int) -> Checkpoint | None:
        """See LogStore."""
        return next((head for head in self.checkpoints(shard) if head.size > index), None)

    def cosign(self, checkpoint: Checkpoint, witnesses: int) -> None:
        """See LogStore."""
        place = checkpoint.shard, checkpoint.size
        before, witnessed = self._checkpoints[place], set(self._witnessed)
        self._checkpoints[place] = replace(before, note=checkpoint.note)
        if witnesses:
            self._witnessed.add(place)

        def undo() -> None:
            self._checkpoints[place] = before
            self._witnessed = witnessed

        self._undo.append(undo)

    def witnessed(self, shard: int) -> Checkpoint | None:
        """See LogStore."""
        places = [place for place in self._witnessed if place[0] == shard]
        return self._checkpoints[max(places)] if places else None

    def checkpoints(self, shard: int = 0) -> Iterator[Checkpoint]:
        """See LogStore."""
        for place in sorted(place for place in self._checkpoints if place[0] == shard):
            yield self._checkpoints[place]

    def shards(self) -> Sequence[int]:
        """See LogStore."""
        return sorted({shard for shard, _ in self._checkpoints})

    # ---- erasing

    def erase(self, subject: str, period: str) -> int:
        """See LogStore."""
        rows = {place: row for place, row in self._sealed.items() if (row.subject, row.period) == (subject, period)}
        keys = {key_id: key for key_id, key in self._keys.items() if (key.subject, key.period) == (subject, period)}
        for place in rows:
            del self._sealed[place]
        for key_id in keys:
            del self._keys[key_id]
        self._undo.append(lambda: self._sealed.update(rows))
        self._undo.append(lambda: self._keys.update(keys))
        return len(rows)

    def periods(self, subject: str) -> Sequence[str]:
        """See LogStore."""
        return sorted({key.period for key in self._keys.values() if key.subject == subject})


def _place(row: Sealed) -> tuple[str, str]:
    return row.entry_id, row.subject
