"""The entries as the database holds them, streamed: those of the tree by position, then those that wait."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from audit.store import StoredEntry
from gateway.storage.entries import entries_of_leaves, stored_entry
from gateway.storage.log_statements import ENTRY
from gateway.storage.shards import NO_PLACE
from gateway.storage.tables import audit_entry, audit_leaf, audit_pending

ROWS_PER_FETCH = 1_000
_WAITING = (
    select(audit_pending.c.sequence, *ENTRY)
    .select_from(audit_entry)
    .join(audit_leaf, audit_leaf.c.entry_id == audit_entry.c.entry_id, isouter=True)
    .join(audit_pending, audit_pending.c.entry_id == audit_entry.c.entry_id, isouter=True)
    .where(audit_leaf.c.entry_id.is_(None))
    .order_by(audit_pending.c.sequence)
)
_STRAY_MARKS = (
    select(audit_pending.c.entry_id)
    .join(audit_entry, audit_entry.c.entry_id == audit_pending.c.entry_id, isouter=True)
    .join(audit_leaf, audit_leaf.c.entry_id == audit_pending.c.entry_id, isouter=True)
    .where(~and_(audit_entry.c.entry_id.is_not(None), audit_leaf.c.entry_id.is_(None)))
)
_HOW_MANY = select(func.count()).select_from(audit_entry)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One place of the record. `index` is the position in the tree, None while the entry waits; `stored` is None when
    the tree names an entry that is not there; `marked` is False when a waiting entry has no pending mark."""

    index: int | None
    entry_id: str
    stored: StoredEntry | None
    marked: bool = True


def in_the_tree(connection: Connection) -> Iterator[Recorded]:
    """Every row of `audit_leaf` with its entry, by position."""
    for index, entry_id, stored in entries_of_leaves(connection, 0, NO_PLACE):
        yield Recorded(index, entry_id, stored)


def waiting(connection: Connection) -> Iterator[Recorded]:
    """Every entry that the tree does not hold, in the order in which the sequencer would take them."""
    for row in connection.execute(_WAITING.execution_options(yield_per=ROWS_PER_FETCH)):
        yield Recorded(None, row.entry_id, stored_entry(row), row.sequence is not None)


def stray_marks(connection: Connection) -> Iterator[str]:
    """The entry ids of pending marks whose entry does not exist, or is in the tree already."""
    yield from connection.execute(_STRAY_MARKS.execution_options(yield_per=ROWS_PER_FETCH)).scalars()


def how_many(connection: Connection) -> int:
    """All entries: the length of the progress bar."""
    found: int = connection.execute(_HOW_MANY).scalar_one()
    return found
