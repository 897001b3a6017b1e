"""What a person does about a notice: look, send again, hold back, release, or say they told the recipient themselves.

Each change has a reason and is recorded in the commit that makes it. Nothing here can make a notice disappear.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.errors import InvalidRequest, NotFound
from gateway.notifications import outbox
from gateway.notifications.attempts import Attempt, attempts_of
from gateway.notifications.board import Board, Sheet, read_board, read_sheet
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.settling import put, unhook_riders
from gateway.notifications.tasks import Task, TaskKind, finish_tasks, owe_task, tasks_of
from gateway.patients.directory import family_of_staff
from gateway.settings import DeliverySettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

LONGEST_REASON = 500
IN_PERSON = "in_person"  # the `channel` of a notice a person gave

HOUR_MS = 3_600_000

_RETRIABLE = (NoticeState.PENDING, NoticeState.RELEASED, NoticeState.ESCALATED, NoticeState.PERSON)
_HOLDABLE = (NoticeState.PENDING, NoticeState.RELEASED, NoticeState.ESCALATED, NoticeState.PERSON)
_GIVEABLE = (NoticeState.PERSON, NoticeState.HELD)
_CLOSABLE = (NoticeState.HELD,)


class NoticeOperations:
    """Every change raises `NotFound` for an unknown id, and `InvalidRequest` for an empty or too long reason
    (`notice-reason`) or for a notice whose state does not allow it, or has just changed (`notice-state`)."""

    def __init__(
        self, *, database: Database, world: World, recorder: NoticeRecorder, settings: DeliverySettings | None = None
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._task_ms = (settings or DeliverySettings()).task_hours * HOUR_MS

    def list(self, only: Sequence[NoticeState] = (), *, most: int = 200) -> tuple[Notice, ...]:
        """The notices in these states (all when empty), oldest first."""
        with self._database.reading() as connection:
            return outbox.states(connection, only, most=most)

    def counts(self) -> dict[NoticeState, int]:
        """How many notices are in each state."""
        with self._database.reading() as connection:
            return outbox.counts(connection)

    def show(self, notice_id: str) -> Notice:
        """One notice. Raises `NotFound`."""
        with self._database.reading() as connection:
            return _existing(outbox.find(connection, notice_id))

    def board(self, only: Sequence[str] = (), *, late_only: bool = False, start: int = 0, viewer: str = "") -> Board:
        """A page of the notices in these states (words of `NoticeState`; all when empty). Those of the `viewer` (a
        staff key) and of whom they represent are left out: a hold tells what a minor hid (R1111-50). Raises
        `InvalidRequest` for an unknown word."""
        try:
            wanted = [NoticeState(word) for word in only]
        except ValueError:
            raise InvalidRequest("no such state", field="state") from None
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            own = family_of_staff(connection, viewer) if viewer else frozenset()
            return read_board(connection, only=wanted, late_only=late_only, now_ms=now, start=start, without=own)

    def sheet(self, notice_id: str, *, viewer: str = "") -> Sheet:
        """One notice with its ways and what is owed. Raises `NotFound`, of the `viewer`'s own too (see `board`)."""
        with self._database.reading() as connection:
            found = read_sheet(connection, notice_id, now_ms=self._world.epoch_ms())
            if found is None:
                raise NotFound("no notice has this id")
            _not_their_own(connection, found.line.notice, viewer)
        return found

    def retry(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """Send it now, with all its attempts before it: after an address was mended, or rather than wait."""
        return self._change(notice_id, "retry", _RETRIABLE, NoticeState.PENDING, reason, by)

    def hold(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """Keep it back until it is released, e.g. because the address is not safe for the patient."""
        return self._change(notice_id, "hold", _HOLDABLE, NoticeState.HELD, reason, by, word="held-by-person")

    def release(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """Send a held notice; no rule holds it again."""
        return self._change(notice_id, "release", (NoticeState.HELD,), NoticeState.RELEASED, reason, by)

    def hand_over(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """The recipient was told in person or on the phone: the task is done. `reason` says how."""
        return self._change(notice_id, "handed_over", _GIVEABLE, NoticeState.SENT, reason, by, channel=IN_PERSON)

    def close(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """Nobody may be told of a held notice: its holder is dead, and no heir has a right to it (L1110-4 V)."""
        return self._change(notice_id, "close", _CLOSABLE, NoticeState.CLOSED, reason, by)

    def told_at_bedside(self, notice_id: str, *, reason: str, by: str) -> Notice:
        """The patient, who could not read what was sent to them, was told before they left. Raises `InvalidRequest`
        (`notice-state`) when nobody owes them that."""
        said, now = _said(reason), self._world.epoch_ms()

        def unit(tx: Transaction) -> Notice:
            found = _existing(outbox.find(tx.connection, notice_id))
            _not_their_own(tx.connection, found, by)
            owed = [one for one in tasks_of(tx.connection, notice_id) if one.done_at is None]
            if TaskKind.BEDSIDE not in {one.kind for one in owed}:
                raise InvalidRequest("nobody owes this at the bedside", field="state", code="notice-state")
            finish_tasks(tx.connection, notice_id, at_ms=now, kinds=(TaskKind.BEDSIDE,))
            self._recorder.notice_changed_by_person(tx, found, action="told_at_bedside", reason=said, by=by)
            return found

        return self._database.transact(unit)

    def attempts(self, notice_id: str) -> tuple[Attempt, ...]:
        """Every way it was sent, oldest first."""
        with self._database.reading() as connection:
            return attempts_of(connection, notice_id)

    def tasks(self, notice_id: str) -> tuple[Task, ...]:
        """What a person owes, or owed, about it."""
        with self._database.reading() as connection:
            return tasks_of(connection, notice_id)

    def _change(
        self,
        notice_id: str,
        action: str,
        allowed: tuple[NoticeState, ...],
        state: NoticeState,
        reason: str,
        by: str,
        *,
        word: str = "",
        channel: str = "",
    ) -> Notice:
        said, now = _said(reason), self._world.epoch_ms()

        def unit(tx: Transaction) -> Notice:
            before = _existing(outbox.find(tx.connection, notice_id))
            _not_their_own(tx.connection, before, by)
            if before.state not in allowed or not put(
                tx.connection, before, state, word=word, now_ms=now, channel=channel
            ):
                raise InvalidRequest(f"{action} is not possible from this state", field="state", code="notice-state")
            unhook_riders(tx.connection, notice_id)
            if state is NoticeState.HELD:
                owe_task(tx.connection, notice_id, TaskKind.TELL, due_at=now + self._task_ms)
            elif state in (NoticeState.SENT, NoticeState.CLOSED):
                finish_tasks(tx.connection, notice_id, at_ms=now)
            else:
                finish_tasks(tx.connection, notice_id, at_ms=now, kinds=(TaskKind.TELL,))
            self._recorder.notice_changed_by_person(tx, before, action=action, reason=said, by=by)
            return _existing(outbox.find(tx.connection, notice_id))

        return self._database.transact(unit)


def _said(reason: str) -> str:
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise InvalidRequest("give a reason of at most 500 characters", field="reason", code="notice-reason")
    return said


def _not_their_own(connection: Connection, notice: Notice, key: str) -> None:
    """Nobody minds the notices of their own, nor learns that there are any."""
    if key and notice.patient_id in family_of_staff(connection, key):
        raise NotFound("no notice has this id")


def _existing(found: Notice | None) -> Notice:
    if found is None:
        raise NotFound("no notice has this id")
    return found
