"""The state of each notice, as the people who mind them see it: what waits, for what, until when, and by which ways it
went. No address, no code, no name: the hospital's number of the patient alone, for who goes to the bedside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, func, select

from gateway.notifications import outbox
from gateway.notifications.attempts import Attempt, attempts_of
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.outages import down_channels
from gateway.notifications.tasks import Task, TaskKind, tasks_of
from gateway.storage.tables import notice, notice_task, patient

PAGE = 50

_HUMAN_TASKS = (
    select(func.count())
    .select_from(notice)
    .join(notice_task, notice_task.c.notice_id == notice.c.id)
    .where(notice.c.state.in_((NoticeState.PERSON.value, NoticeState.HELD.value)))
    .where(notice_task.c.kind == TaskKind.TELL.value, notice_task.c.done_at.is_(None))
)
_IPP = select(patient.c.ipp).where(patient.c.id == bindparam("patient_id"))


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One notice. `late`: a person should have acted by now."""

    notice: Notice
    ipp: str
    tasks: tuple[Task, ...]  # those still owed
    late: bool


@dataclass(frozen=True, slots=True)
class Board:
    """`counts` are of all notices, `lines` the page of those asked for, oldest first; `late` counts overdue tasks.

    Every notice ends `delivered`, or is a human task: a person owes it, with a deadline, because no channel could carry
    it, or because a rule or a person holds it back; what is neither is on its way.
    """

    counts: dict[NoticeState, int]
    lines: tuple[BoardLine, ...]
    late: int
    down: tuple[str, ...]  # channels that are down
    further: bool  # there are more than the page holds
    human_tasks: int

    @property
    def delivered(self) -> int:
        """Proved to have arrived."""
        return self.counts[NoticeState.DELIVERED]

    @property
    def held(self) -> int:
        """Those of the human tasks that are held back."""
        return self.counts[NoticeState.HELD]

    @property
    def on_the_way(self) -> int:
        """Neither arrived, nor a person's, nor closed by one."""
        return sum(self.counts.values()) - self.delivered - self.human_tasks - self.counts[NoticeState.CLOSED]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One notice with everything that was tried and is owed."""

    line: BoardLine
    attempts: tuple[Attempt, ...]
    told_with: tuple[str, ...]


def read_board(
    connection: Connection,
    *,
    only: Sequence[NoticeState],
    late_only: bool,
    now_ms: int,
    start: int = 0,
    without: Collection[str] = (),
) -> Board:
    """A page of `PAGE` notices in these states (all when empty), from the `start`th on, `without` those of these
    patients."""
    wanted = (
        _wanted(only, late_only, now_ms)
        .where(notice.c.patient_id.not_in(list(without)))
        .offset(max(start, 0))
        .limit(PAGE + 1)
    )
    found = connection.scalars(wanted).all()
    lines = [_line(connection, str(notice_id), now_ms) for notice_id in found[:PAGE]]
    return Board(
        counts=outbox.counts(connection),
        lines=tuple(line for line in lines if line is not None),
        late=int(connection.execute(select(func.count()).select_from(_late(now_ms).subquery())).scalar_one()),
        down=tuple(sorted(down_channels(connection))),
        further=len(found) > PAGE,
        human_tasks=int(connection.execute(_HUMAN_TASKS).scalar_one()),
    )


def read_sheet(connection: Connection, notice_id: str, *, now_ms: int) -> Sheet | None:
    """Everything about one notice; None for an unknown id."""
    line = _line(connection, notice_id, now_ms)
    if line is None:
        return None
    return Sheet(line, attempts_of(connection, notice_id), outbox.told_with(connection, notice_id))


def _wanted(only: Sequence[NoticeState], late_only: bool, now_ms: int) -> Select[tuple[str]]:
    query = select(notice.c.id).order_by(notice.c.created_at, notice.c.id)
    if only:
        query = query.where(notice.c.state.in_([state.value for state in only]))
    return query.where(notice.c.id.in_(_late(now_ms))) if late_only else query


def _late(now_ms: int) -> Select[tuple[str]]:
    return select(notice_task.c.notice_id).where(notice_task.c.done_at.is_(None), notice_task.c.due_at <= now_ms)


def _line(connection: Connection, notice_id: str, now_ms: int) -> BoardLine | None:
    found = outbox.find(connection, notice_id)
    if found is None:
        return None
    owed = tuple(task for task in tasks_of(connection, notice_id) if task.done_at is None)
    ipp = connection.execute(_IPP, {"patient_id": found.patient_id}).scalar_one()
    return BoardLine(found, ipp, owed, any(task.due_at <= now_ms for task in owed))
