"""The audit log's trees in SQL: leaves, tiles and signed heads of the yearly shards (contract: `audit.LogStore`)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from audit.checkpoint import Checkpoint, read_unverified
from audit.errors import DuplicateEntryError
from audit.store import Pending
from gateway.storage import log_statements as statements
from gateway.storage.entries import MOST_PARAMETERS, ROWS_PER_FETCH, entries_by_id
from gateway.storage.shards import place, placed, places
from gateway.storage.tables import audit_checkpoint, audit_leaf, audit_tile

# "audittre" in ASCII: the advisory lock of whoever writes the tree, shared by all processes of one database.
TREE_LOCK = 0x6175646974747265


class SqlTrees:
    """What a sequencer and a prover need of the store, bound to one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"
        self._insert = postgresql.insert if self._postgresql else sqlite.insert

    def lock_tree(self) -> None:
        """See LogStore. SQLite's writing transaction is alone already; PostgreSQL waits for the advisory lock."""
        if self._postgresql:
            self._connection.execute(select(func.pg_advisory_xact_lock(TREE_LOCK)))

    def pending(self, limit: int) -> Sequence[Pending]:
        """See LogStore. The order of sequences is not that of commits: a lower one may still appear later, which is
        why the rows integrated are deleted one by one and no high-water mark is kept."""
        found: list[Pending] = []
        after = -1
        while len(found) < limit:
            wanted = {"after": after, "most": limit}
            marks = self._connection.execute(statements.PENDING, wanted).all()
            entries = entries_by_id(self._connection, [mark.entry_id for mark in marks])
            for mark in marks:
                # A mark without its entry is passed over: the completeness check tells of it.
                if entry := entries.get(mark.entry_id):
                    found.append(Pending(mark.sequence, entry.entry_id, entry.leaf, entry.leaf_hash))
            if len(marks) < limit:
                break
            after = marks[-1].sequence
        return found[:limit]

    def pending_entry(self, entry_id: str) -> Pending | None:
        """See LogStore."""
        row = self._connection.execute(statements.PENDING_ENTRY, {"entry_id": entry_id}).one_or_none()
        return None if row is None else Pending(row.sequence, row.entry_id, row.leaf, row.leaf_hash)

    def pending_since(self) -> int | None:
        """See LogStore."""
        since: int | None = self._connection.execute(statements.PENDING_SINCE).scalar()
        return since

    def add_leaves(self, first_index: int, integrated: Sequence[Pending], shard: int = 0) -> None:
        """See LogStore."""
        try:
            self._insert_leaves(place(shard, first_index), [item.entry_id for item in integrated])
        except IntegrityError as error:
            raise DuplicateEntryError(f"the tree has a leaf at or after {first_index} already") from error
        if self._postgresql:
            sequences = {"sequences": [item.sequence for item in integrated]}
            self._connection.execute(statements.INTEGRATED_IN_ARRAY, sequences)
            return
        for start in range(0, len(integrated), MOST_PARAMETERS):
            some = [item.sequence for item in integrated[start : start + MOST_PARAMETERS]]
            self._connection.execute(statements.INTEGRATED, {"sequences": some})

    def _insert_leaves(self, first: int, entry_ids: Sequence[str]) -> None:
        if self._postgresql:
            self._connection.execute(statements.LEAVES_OF_ARRAY, {"first": first, "entry_ids": list(entry_ids)})
            return
        values = [{"leaf_index": number, "entry_id": entry_id} for number, entry_id in enumerate(entry_ids, first)]
        self._connection.execute(insert(audit_leaf), values)

    def tiles(self, wanted: Collection[tuple[int, int]], shard: int = 0) -> Mapping[tuple[int, int], bytes]:
        """See LogStore."""
        rows = [(level, place(shard, index)) for level, index in sorted(wanted)]
        found: dict[tuple[int, int], bytes] = {}
        for start in range(0, len(rows), MOST_PARAMETERS // 2):
            some = rows[start : start + MOST_PARAMETERS // 2]
            for row in self._connection.execute(statements.TILES, {"wanted": some}):
                found[row.level, placed(row.tile_index)[1]] = bytes(row.hashes)
        return found

    def tile(self, level: int, index: int, shard: int = 0) -> bytes | None:
        """See LogStore."""
        wanted = {"level": level, "tile_index": place(shard, index)}
        hashes: bytes | None = self._connection.execute(statements.TILE, wanted).scalar()
        return hashes

    def put_tiles(self, tiles: Collection[tuple[int, int, bytes]], shard: int = 0) -> None:
        """See LogStore."""
        statement = self._insert(audit_tile)
        key = [audit_tile.c.level, audit_tile.c.tile_index]
        upsert = statement.on_conflict_do_update(index_elements=key, set_={"hashes": statement.excluded.hashes})
        values = [
            {"level": level, "tile_index": place(shard, index), "hashes": hashes} for level, index, hashes in tiles
        ]
        self._connection.execute(upsert, values)

    def head(self, shard: int | None = None) -> Checkpoint | None:
        """See LogStore."""
        if shard is None:
            row = self._connection.execute(statements.HEAD).one_or_none()
        else:
            row = self._connection.execute(statements.HEAD_OF_SHARD, _range(shard)).one_or_none()
        return None if row is None else _checkpoint(row)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """See LogStore."""
        values = {
            "size": place(checkpoint.shard, checkpoint.size),
            "root": checkpoint.root,
            "time": checkpoint.time,
            "note": checkpoint.note,
        }
        try:
            self._connection.execute(insert(audit_checkpoint), values)
        except IntegrityError as error:
            raise DuplicateEntryError(f"a checkpoint of {checkpoint.size} leaves is kept already") from error

    def covering(self, shard: int, index: int) -> Checkpoint | None:
        """See LogStore."""
        wanted = {"index": place(shard, index), "end": places(shard)[1]}
        row = self._connection.execute(statements.COVERING, wanted).one_or_none()
        return None if row is None else _checkpoint(row)

    def cosign(self, checkpoint: Checkpoint, witnesses: int) -> None:
        """See LogStore."""
        number = place(checkpoint.shard, checkpoint.size)
        values = {"of_size": number, "new_note": checkpoint.note, "cosigned": witnesses}
        self._connection.execute(statements.COSIGN, values)

    def witnessed(self, shard: int) -> Checkpoint | None:
        """See LogStore."""
        row = self._connection.execute(statements.WITNESSED, _range(shard)).one_or_none()
        return None if row is None else _checkpoint(row)

    def checkpoints(self, shard: int = 0) -> Iterator[Checkpoint]:
        """See LogStore."""
        streamed = statements.CHECKPOINTS.execution_options(yield_per=ROWS_PER_FETCH)
        for row in self._connection.execute(streamed, _range(shard)):
            yield _checkpoint(row)

    def shards(self) -> Sequence[int]:
        """See LogStore. One look-up a shard: from the latest head down to the one before its shard."""
        found: list[int] = []
        head = self.head()
        while head is not None:
            found.insert(0, head.shard)
            row = self._connection.execute(statements.HEAD_OF_SHARD, {"start": 0, "end": places(head.shard)[0]})
            last = row.one_or_none()
            head = None if last is None else _checkpoint(last)
        return found


def _checkpoint(row: Row[*tuple[Any, ...]]) -> Checkpoint:
    # The columns are what is stored, the note is what was signed: the log compares them before it builds on them.
    shard, size = placed(row.size)
    return Checkpoint(read_unverified(row.note).origin, size, bytes(row.root), row.note, row.time, shard)


def _range(shard: int) -> dict[str, int]:
    start, end = places(shard)
    return {"start": start, "end": end}
