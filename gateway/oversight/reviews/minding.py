"""The worker's round over the cases: weighs the new ones and those whose admissions changed, reminds, tells what is
late. Each part is bounded, so that a round never keeps anybody from writing for long.
"""

from collections.abc import Callable

from sqlalchemy import text

from gateway.oversight.reviews.case import StepKind
from gateway.oversight.reviews.evidence import DAY_MS, HOUR_MS
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.steps import leave_step
from gateway.oversight.reviews.weighing import CASES_PER_COMMIT, Weighing
from gateway.settings import ReviewSettings
from gateway.storage.alerts import raise_alert, resolve_alerts
from gateway.storage.database import Database
from gateway.storage.journal import patient_subject, take_turns
from gateway.storage.transaction import Transaction
from gateway.world import World

MOST_REMINDED = 50
MOST_COMMITS_A_ROUND = 20
ADMISSIONS_EVERY_MS = 30_000
# Emergency accesses older than the reviews themselves, e.g. of a database migrated from a version without them.
ADOPT_EVERY_MS = 6 * HOUR_MS
OVERDUE_EVERY_MS = DAY_MS

_UNIT = {"sqlite": "json_extract(g.staff, '$.unit')", "postgresql": "g.staff::json ->> 'unit'"}
_ADOPT = """INSERT INTO review (grant_id, patient_id, staff_key, unit, mode, reason_code, opened_at)
    SELECT g.id, g.patient_id, g.staff_key, COALESCE({unit}, ''), g.mode, g.reason_code, g.opened_at
    FROM access_grant g WHERE g.mode <> 'normal' AND NOT EXISTS (SELECT 1 FROM review r WHERE r.grant_id = g.id)"""
_TO_REMIND = text(
    """SELECT grant_id, patient_id FROM review WHERE state = 'asked' AND decided_at IS NULL AND reminded_at IS NULL
    AND answer_due_at < :limit LIMIT :most"""
)
_REMIND = text(
    "UPDATE review SET reminded_at = :now WHERE grant_id = :grant_id AND state = 'asked' AND reminded_at IS NULL"
)
_LATE = text(
    """SELECT (SELECT COUNT(*) FROM review WHERE decided_at IS NULL AND opened_at < :limit) AS cases,
        (SELECT COUNT(*) FROM contest WHERE answered_at IS NULL AND promised_at < :soon) AS contests,
        (SELECT COUNT(*) FROM review WHERE decided_at IS NULL AND state = 'asked'
         AND answer_due_at < :now) AS answers"""
)


class Minding:
    """Called on and on by the worker; raises what the database raises."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        settings: ReviewSettings,
        recorder: ReviewRecorder,
        weighing: Weighing,
        watch_shares: Callable[[], object],
    ) -> None:
        self._database = database
        self._world = world
        self._settings = settings
        self._recorder = recorder
        self._weighing = weighing
        self._watch_shares = watch_shares
        self._done_at: dict[str, int] = {}

    def round(self) -> None:
        """One round; most rounds find nothing to do and ask little of the database."""
        for _ in range(MOST_COMMITS_A_ROUND):
            if self._weighing.weigh_new() < CASES_PER_COMMIT:
                break
        if self._is_time("adopt", ADOPT_EVERY_MS):
            self.adopt()
        if self._is_time("admissions", ADMISSIONS_EVERY_MS):
            self._weighing.weigh_changed()
            self.remind()
        if self._is_time("shares", HOUR_MS):
            self._watch_shares()
        if self._is_time("overdue", OVERDUE_EVERY_MS):
            self.tell_overdue()

    def adopt(self) -> int:
        """Give a case to every emergency access that has none; how many there were."""
        statement = text(_ADOPT.format(unit=_UNIT[self._database.dialect]))
        return self._database.transact(lambda tx: tx.connection.execute(statement).rowcount)

    def remind(self) -> int:
        """Remind the readers whose explanation is due soon: their page and header say so. How many were."""
        now = self._world.epoch_ms()

        def unit(tx: Transaction) -> int:
            limit = now + self._settings.remind_days * DAY_MS
            rows = tx.connection.execute(_TO_REMIND, {"limit": limit, "most": MOST_REMINDED}).all()
            take_turns(tx, [patient_subject(row.patient_id) for row in rows])
            reminded = 0
            for row in rows:
                if tx.connection.execute(_REMIND, {"now": now, "grant_id": row.grant_id}).rowcount == 1:
                    leave_step(
                        tx, self._world, self._recorder, StepKind.REMINDED, row.grant_id, row.patient_id, None,
                        by="gateway",
                    )  # fmt: skip
                    reminded += 1
            return reminded

        return self._database.transact(unit)

    def tell_overdue(self) -> None:
        """An alert a day while cases, contests or explanations are past their date, or nearly."""
        now = self._world.epoch_ms()
        remind = self._settings.remind_days * DAY_MS
        parameters = {"limit": now - self._settings.decide_days * DAY_MS + remind, "soon": now + remind, "now": now}

        def unit(tx: Transaction) -> None:
            late = tx.connection.execute(_LATE, parameters).one()
            # Yesterday's numbers are over, whatever today's are.
            resolve_alerts(tx.connection, "reviews-late", now)
            if late.cases or late.contests or late.answers:
                tell_late(tx, self._world, cases=late.cases, contests=late.contests, answers=late.answers)

        self._database.transact(unit)

    def _is_time(self, name: str, every_ms: int) -> bool:
        now, last = self._world.epoch_ms(), self._done_at.get(name)
        if last is not None and 0 <= now - last < every_ms:
            return False
        self._done_at[name] = now
        return True


def tell_late(tx: Transaction, world: World, *, cases: int, contests: int, answers: int) -> None:
    """The alert: how many of each are at or near the end of their time."""
    detail = (
        f"{cases} cases to decide, {contests} contests to answer and "
        f"{answers} explanations are at or near the end of their time"
    )
    raise_alert(tx.connection, world, "reviews-late", detail)
