"""Figures of what is done after an access: reviews, notices, contests; and how fast a summary is on the screen."""

from collections import Counter
from statistics import median

from sqlalchemy import Connection, text

from gateway.oversight.figures.accesses import monday_of
from gateway.oversight.figures.figure import Figure, Label, Period, text_label
from gateway.paris import paris_day

DAY_MS = 24 * 3_600_000
DELAYS_DAYS = (1, 3, 7, 15, 30)
WAITS_SECONDS = (5, 10, 15, 30, 60, 120)
# A longer wait is a pause, not a way to the summary.
LONGEST_WAIT_MS = 600_000
MOST_MEASURED = 5_000

_DELAYS = text("SELECT decided_at - opened_at AS delay FROM review WHERE decided_at >= :start AND decided_at < :end")
_NOTICES = text(
    """SELECT channel, state, COUNT(*) AS notices FROM notice WHERE created_at >= :start AND created_at < :end
    GROUP BY channel, state ORDER BY 3 DESC, 1, 2"""
)
_CONTESTS = text(
    """SELECT received_at, promised_at, answered_at FROM contest WHERE received_at >= :start AND received_at < :end"""
)
# From the log itself, which outlives the sessions: a sign-in, and the first summary the same person opened after it.
_WAITS = text(
    f"""SELECT (SELECT MIN(x.time) FROM audit_disclosure x JOIN audit_entry y ON y.entry_id = x.entry_id
            WHERE x.subject = d.subject AND x.time >= e.time AND x.time <= e.time + {LONGEST_WAIT_MS}
            AND y.type = 'summary.opened') - e.time AS wait
    FROM audit_entry e JOIN audit_disclosure d ON d.entry_id = e.entry_id
    WHERE e.type = 'session.signed_in' AND e.time >= :start AND e.time < :end ORDER BY e.time DESC LIMIT :most"""  # noqa: S608
)


def review_delay(connection: Connection, period: Period) -> Figure:
    """Time from the access to the decision, of the cases decided in the period."""
    delays = sorted(row.delay for row in connection.execute(_DELAYS, _span(period)))
    notes = {"median_days": round(median(delays) / DAY_MS, 1)} if delays else {}
    return _histogram("review_delay", "delay", delays, DELAYS_DAYS, DAY_MS, "cases", notes)


def notices(connection: Connection, period: Period) -> Figure:
    """Notices made in the period, by channel and state as they are now."""
    rows = tuple(
        ((("channel", row.channel or "none"), ("notice", row.state)), (row.notices,))
        for row in connection.execute(_NOTICES, _span(period))
    )
    return Figure(key="notices", head="channel_state", series=((("series", "notices"),),), rows=rows, drawn=(0,),
                  chart="bars")  # fmt: skip


def contests(connection: Connection, period: Period) -> Figure:
    """Contests received by week, those answered, and those answered later than promised."""
    received: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for row in connection.execute(_CONTESTS, _span(period)):
        week = monday_of(paris_day(row.received_at))
        received[week] += 1
        answered[week] += row.answered_at is not None
        late[week] += row.answered_at is not None and row.answered_at > row.promised_at
    weeks = dict.fromkeys(monday_of(day) for day in period.days)
    rows = tuple((text_label(week), (received[week], answered[week], late[week])) for week in weeks)
    series: tuple[Label, ...] = ((("series", "received"),), (("series", "answered"),), (("series", "answered_late"),))
    return Figure(key="contests", head="week", series=series, rows=rows, drawn=(0,), chart="columns")


def sign_in_to_summary(connection: Connection, period: Period) -> Figure:
    """From a sign-in to the first summary opened after it, where that took ten minutes at most (the latest 5,000)."""
    found = connection.execute(_WAITS, {**_span(period), "most": MOST_MEASURED}).scalars()
    waits = sorted(wait for wait in found if wait is not None and 0 <= wait <= LONGEST_WAIT_MS)
    notes = {}
    if waits:
        notes = {
            "median_seconds": round(median(waits) / 1000, 1),
            "p95_seconds": round(waits[min(len(waits) - 1, int(0.95 * len(waits)))] / 1000, 1),
        }
    return _histogram("sign_in_to_summary", "wait", waits, WAITS_SECONDS, 1000, "sign_ins", notes)


def _histogram(
    key: str, head: str, values: list[int], limits: tuple[int, ...], scale: int, counted: str, notes: dict[str, float]
) -> Figure:
    """How many values are at most each limit and above the one before; the last row is what is above them all."""
    rows: list[tuple[Label, tuple[int, ...]]] = []
    lower = -1
    for limit in limits:
        rows.append((((head, f"up_to_{limit}"),), (sum(lower < value <= limit * scale for value in values),)))
        lower = limit * scale
    rows.append((((head, f"over_{limits[-1]}"),), (sum(value > lower for value in values),)))
    return Figure(key=key, head=head, series=((("series", counted),),), rows=tuple(rows), drawn=(0,), chart="bars",
                  notes=notes)  # fmt: skip


def _span(period: Period) -> dict[str, int]:
    return {"start": period.start, "end": period.end}
