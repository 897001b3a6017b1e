"""How much of the reviewers' work is late, or soon will be: counts alone."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from gateway.oversight.reviews.evidence import DAY_MS
from gateway.settings import ReviewSettings

_WAITING = text(
    """SELECT
    (SELECT COUNT(*) FROM review WHERE decided_at IS NULL AND opened_at < :opened_late) AS cases_late,
    (SELECT COUNT(*) FROM review WHERE decided_at IS NULL AND opened_at >= :opened_late
        AND opened_at < :opened_soon) AS cases_soon,
    (SELECT COUNT(*) FROM contest WHERE answered_at IS NULL AND promised_at < :now) AS contests_late,
    (SELECT COUNT(*) FROM contest WHERE answered_at IS NULL AND promised_at >= :now
        AND promised_at < :soon) AS contests_soon,
    (SELECT COUNT(*) FROM review WHERE decided_at IS NULL AND state = 'asked' AND answer_due_at < :now) AS answers_late
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Cases to decide, contests to answer and explanations owed: past their date, or within `remind_days` of it."""

    cases_late: int
    cases_soon: int
    contests_late: int
    contests_soon: int
    answers_late: int

    @property
    def late(self) -> int:
        """What is past its date."""
        return self.cases_late + self.contests_late + self.answers_late

    @property
    def soon(self) -> int:
        """What soon will be."""
        return self.cases_soon + self.contests_soon


def waiting_of(connection: Connection, settings: ReviewSettings, now: int) -> Waiting:
    """The counts now."""
    opened_late, ahead = now - settings.decide_days * DAY_MS, settings.remind_days * DAY_MS
    limits = {"opened_late": opened_late, "opened_soon": opened_late + ahead, "now": now, "soon": now + ahead}
    return Waiting(**connection.execute(_WAITING, limits).one()._mapping)
