"""What a person owes about a notice, with its deadline: the last step of every notice that no channel could carry.

A task is done when the notice leaves the person's hands; nothing else removes it. One that is late raises one alert.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.tables import notice_task


class TaskKind(StrEnum):
    """`tell`: no channel may or can carry it, a person tells the recipient. `bedside`: it was sent, and the patient,
    who was in no state to read it, is told before they leave."""

    TELL = "tell"
    BEDSIDE = "bedside"


@dataclass(frozen=True, slots=True)
class Task:
    """`done_at` is None while it is owed."""

    notice_id: str
    kind: TaskKind
    due_at: int
    done_at: int | None
    alarmed_at: int | None


_OF_NOTICE = select(notice_task).where(notice_task.c.notice_id == bindparam("of_notice")).order_by(notice_task.c.kind)
_LATE = (
    select(notice_task)
    .where(
        notice_task.c.done_at.is_(None), notice_task.c.alarmed_at.is_(None), notice_task.c.due_at <= bindparam("now")
    )
    .order_by(notice_task.c.due_at)
    .limit(bindparam("most"))
)


def owe_task(connection: Connection, notice_id: str, kind: TaskKind, *, due_at: int) -> None:
    """A person owes this from now on; a task that was done is owed again, one still owed keeps its deadline."""
    fresh = {"due_at": due_at, "done_at": None, "alarmed_at": None}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
        insert(notice_task)
        .values(notice_id=notice_id, kind=kind.value, **fresh)
        .on_conflict_do_update(
            index_elements=["notice_id", "kind"], set_=fresh, where=notice_task.c.done_at.is_not(None)
        )
    )


def hasten_task(connection: Connection, notice_id: str, kind: TaskKind, *, due_at: int) -> None:
    """Its deadline is `due_at` at the latest: the patient is leaving."""
    connection.execute(
        update(notice_task)
        .where(notice_task.c.notice_id == notice_id, notice_task.c.kind == kind.value)
        .where(notice_task.c.done_at.is_(None), notice_task.c.due_at > due_at)
        .values(due_at=due_at)
    )


def finish_tasks(connection: Connection, notice_id: str, *, at_ms: int, kinds: tuple[TaskKind, ...] = ()) -> None:
    """Nothing of these kinds (of any, when empty) is owed any more."""
    wanted = [kind.value for kind in kinds or tuple(TaskKind)]
    connection.execute(
        update(notice_task)
        .where(notice_task.c.notice_id == notice_id, notice_task.c.done_at.is_(None), notice_task.c.kind.in_(wanted))
        .values(done_at=at_ms)
    )


def tasks_of(connection: Connection, notice_id: str) -> tuple[Task, ...]:
    """What is, and was, owed about one notice."""
    rows = connection.execute(_OF_NOTICE, {"of_notice": notice_id})
    return tuple(Task(row.notice_id, TaskKind(row.kind), row.due_at, row.done_at, row.alarmed_at) for row in rows)


def late_tasks(connection: Connection, now_ms: int, *, most: int = 100) -> tuple[Task, ...]:
    """Those past their deadline nobody was alarmed about yet, the latest first."""
    rows = connection.execute(_LATE, {"now": now_ms, "most": most})
    return tuple(Task(row.notice_id, TaskKind(row.kind), row.due_at, row.done_at, row.alarmed_at) for row in rows)


def mark_alarmed(connection: Connection, task: Task, *, at_ms: int) -> bool:
    """The alert is raised. False if another worker raised it."""
    done = connection.execute(
        update(notice_task)
        .where(notice_task.c.notice_id == task.notice_id, notice_task.c.kind == task.kind.value)
        .where(notice_task.c.alarmed_at.is_(None), notice_task.c.done_at.is_(None))
        .values(alarmed_at=at_ms)
    )
    return done.rowcount == 1
