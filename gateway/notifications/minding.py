"""What time alone brings about: a notice nobody proved goes on to the next channel, a posted letter counts as
delivered, a person's late task raises an alarm, a patient who leaves hastens what is owed at their bedside.

Any number of workers may mind one outbox: each step looks again inside its own transaction.
"""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, or_, select, text, update

from gateway.notifications import attempts, outbox
from gateway.notifications.attempts import AttemptState
from gateway.notifications.delivery import move_on, prove, unproved
from gateway.notifications.notice import WAITING, NoticeState
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.tasks import Task, TaskKind, hasten_task, late_tasks, mark_alarmed
from gateway.settings import DeliverySettings
from gateway.storage.alerts import raise_alert
from gateway.storage.database import Database
from gateway.storage.tables import notice
from gateway.storage.transaction import Transaction
from gateway.world import World

ALERT_KIND = "notice-task-overdue"
NO_PROOF = "no-proof"
NOT_PRINTED = "letter-not-printed"
DAY_MS = 86_400_000
MOST = 100

_WAITING = tuple(sorted(state.value for state in WAITING))
_UNPROVED = (
    select(notice.c.id)
    .where(notice.c.state == NoticeState.SENT.value, notice.c.proof_due_at.is_not(None))
    # Further ahead than any honest deadline: set by a clock that has since jumped back.
    .where(or_(notice.c.proof_due_at <= bindparam("now"), notice.c.proof_due_at > bindparam("latest")))
    .order_by(notice.c.proof_due_at)
    .limit(MOST)
)
_LEADERS = select(notice.c.id).where(notice.c.state.in_((*_WAITING, NoticeState.SENDING.value))).scalar_subquery()
_STRANDED = (
    update(notice)
    .where(notice.c.state.in_(_WAITING), notice.c.rides_with.is_not(None), notice.c.rides_with.not_in(_LEADERS))
    .values(rides_with=None)
)
_LEAVING = text(
    """SELECT t.notice_id, MAX(a.discharged_at) AS left_at FROM notice_task t JOIN notice n ON n.id = t.notice_id
    JOIN admission a ON a.patient_id = n.patient_id AND a.discharged_at >= n.created_at
    WHERE t.kind = 'bedside' AND t.done_at IS NULL AND t.due_at > a.discharged_at
    AND NOT EXISTS (SELECT 1 FROM admission b WHERE b.patient_id = n.patient_id AND b.discharged_at IS NULL
        AND b.cancelled_at IS NULL)
    GROUP BY t.notice_id LIMIT 100"""
)


class Minding:
    """Runs beside the courier, in the worker."""

    def __init__(
        self, *, database: Database, world: World, recorder: NoticeRecorder, settings: DeliverySettings
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        # The longest a proof is honestly awaited: for a letter, from its printing on.
        self._longest_ms = max(settings.proof_hours * 3_600_000, settings.letter_days * DAY_MS) + 3_600_000

    def run_due(self, keep_going: Callable[[], bool]) -> int:
        """One round; how much there was to do. Raises `RecordUnavailable`, `Unavailable`."""
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            overdue = self._overdue(connection, now)
            tasks = late_tasks(connection, now)
            leaving = connection.execute(_LEAVING).all()
            stranded = connection.execute(select(_STRANDED_EXISTS)).scalar()
        if stranded:
            self._database.transact(lambda tx: tx.connection.execute(_STRANDED).rowcount)
        for row in leaving:
            self._database.transact(partial(_hasten, notice_id=row.notice_id, left_at=row.left_at))
        done = 0
        for step in (*map(self._proof_step, overdue), *map(self._alarm_step, tasks)):
            if not keep_going():
                break
            self._database.transact(step)
            done += 1
        return done + len(leaving)

    def _overdue(self, connection: Connection, now: int) -> Sequence[str]:
        return connection.execute(_UNPROVED, {"now": now, "latest": now + self._longest_ms}).scalars().all()

    def _proof_step(self, notice_id: str) -> Callable[[Transaction], None]:
        return lambda tx: self._proof_is_over(tx, notice_id)

    def _alarm_step(self, task: Task) -> Callable[[Transaction], None]:
        return lambda tx: self._alarm(tx, task)

    def _proof_is_over(self, tx: Transaction, notice_id: str) -> None:
        now = self._world.epoch_ms()
        if notice_id not in self._overdue(tx.connection, now):
            return
        found = outbox.find(tx.connection, notice_id, lock=True)
        if found is None:
            return
        taken = unproved(tx.connection, found)
        posted = [one for one in taken if one.state is AttemptState.PRINTED]
        if posted:
            for one in posted:
                attempts.prove(tx.connection, one, now_ms=now)
            prove(tx, self._recorder, found, channel=found.channel, proof="printed", now_ms=now)
            return
        why = NOT_PRINTED if found.channel == "letter" else NO_PROOF
        for one in taken:
            attempts.refute(tx.connection, one, failure=why, now_ms=now)
        move_on(tx, self._recorder, found, failure=why, now_ms=now)

    def _alarm(self, tx: Transaction, task: Task) -> None:
        if mark_alarmed(tx.connection, task, at_ms=self._world.epoch_ms()):
            raise_alert(tx.connection, self._world, ALERT_KIND, f"{task.kind.value} {task.notice_id}")


_STRANDED_EXISTS = (
    select(notice.c.id)
    .where(notice.c.state.in_(_WAITING), notice.c.rides_with.is_not(None), notice.c.rides_with.not_in(_LEADERS))
    .exists()
)


def _hasten(tx: Transaction, notice_id: str, left_at: int) -> None:
    hasten_task(tx.connection, notice_id, TaskKind.BEDSIDE, due_at=left_at)
