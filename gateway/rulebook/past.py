"""The audited past as questions: every opening the log decided in a period, read back from the sealed record."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, tuple_

from audit import AuditError, AuditLog
from audit.disclosure import check_disclosures
from audit.entry import read_leaf
from gateway.errors import NotFound
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import audit_entry
from policies.recorded import NotReplayable, RecordedQuestion, recorded_question

OPENED, REFUSED = "access.opened", "access.refused"
ROWS_AT_ONCE = 500
QUESTION = "question"
_entry = audit_entry.c
_ASKED = select(_entry.entry_id, _entry.time, _entry.type, _entry.leaf).where(_entry.type.in_((OPENED, REFUSED)))


@dataclass(frozen=True, slots=True)
class Erased:
    """A decision whose question was erased, with the personal values of its time, or never kept."""

    entry_id: str


Remembered = RecordedQuestion | NotReplayable | Erased


def count_past(connection: Connection, since: int, until: int) -> int:
    """How many openings were decided in [since, until), UTC epoch ms."""
    asked = _ASKED.where(_entry.time >= since, _entry.time < until).subquery()
    return connection.execute(select(func.count()).select_from(asked)).scalar_one()


def read_past(connection: Connection, log: AuditLog, since: int, until: int) -> Iterator[list[Remembered]]:
    """The openings decided in [since, until), in the order of their time, some hundred at once.

    Each question is compared with what its leaf commits to: one that was altered is not replayable.
    """
    last: tuple[int, str] | None = None
    while True:
        some = _ASKED.where(_entry.time >= since, _entry.time < until)
        if last is not None:
            some = some.where(tuple_(_entry.time, _entry.entry_id) > tuple_(*last))
        rows = connection.execute(some.order_by(_entry.time, _entry.entry_id).limit(ROWS_AT_ONCE)).all()
        if not rows:
            return
        last = (rows[-1].time, rows[-1].entry_id)
        opened = _opened(connection, log, [row.entry_id for row in rows])
        yield [_remembered(row.entry_id, row.time, row.type, bytes(row.leaf), opened) for row in rows]


def find_question(connection: Connection, log: AuditLog, entry_id: str) -> RecordedQuestion:
    """The question of one entry. Raises `NotFound` when there is none, or none that can be read any more."""
    row = connection.execute(_ASKED.where(_entry.entry_id == entry_id)).one_or_none()
    if row is None:
        raise NotFound("no decision of the log has this id")
    found = _remembered(row.entry_id, row.time, row.type, bytes(row.leaf), _opened(connection, log, [entry_id]))
    if not isinstance(found, RecordedQuestion):
        raise NotFound("the question of this decision can no longer be read")
    return found


def _opened(connection: Connection, log: AuditLog, entry_ids: list[str]) -> dict[str, list[str]]:
    store = SqlLogStore(connection)
    try:
        return log.disclosures(store, entry_ids)
    except AuditError:
        # One row was altered or moved: the others are opened one by one.
        return {entry_id: _one(store, log, entry_id) for entry_id in entry_ids}


def _one(store: SqlLogStore, log: AuditLog, entry_id: str) -> list[str]:
    try:
        return log.disclosures(store, [entry_id]).get(entry_id, [])
    except AuditError:
        return ["altered"]


def _remembered(entry_id: str, time: int, entry_type: str, leaf: bytes, opened: dict[str, list[str]]) -> Remembered:
    disclosures = opened.get(entry_id, [])
    if not disclosures:
        return Erased(entry_id)
    try:
        values = check_disclosures(disclosures, read_leaf(leaf)[1])
    except AuditError:
        said = "l'écriture a été altérée", "the entry was altered"
        return NotReplayable(entry_id=entry_id, fr=said[0], en=said[1])
    if QUESTION not in values:
        return Erased(entry_id)
    return recorded_question(entry_id, time, values[QUESTION], entry_type == OPENED)
