"""Figures of the accesses themselves: how often the glass is broken, for what, and after whose arrival."""

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import Connection, text

from gateway.oversight.figures.figure import Figure, Label, Period, share, text_label
from gateway.paris import paris_day

HOUR_MS = 3_600_000
MOST_UNITS = 6
# What was opened that long before the admission was typed belongs to it: the door comes before the desk.
BEFORE_DESK_MS = 6 * HOUR_MS

_PER_HOUR_AND_UNIT = text(
    f"""SELECT opened_at / {HOUR_MS} AS hour, unit, COUNT(*) AS accesses FROM review
    WHERE opened_at >= :start AND opened_at < :end AND mode <> 'normal' GROUP BY 1, 2"""  # noqa: S608
)
_PER_HOUR = text(
    f"""SELECT opened_at / {HOUR_MS} AS hour, COUNT(*) AS accesses,
        SUM(CASE WHEN mode <> 'normal' THEN 1 ELSE 0 END) AS emergency
    FROM access_grant WHERE opened_at >= :start AND opened_at < :end GROUP BY 1"""  # noqa: S608
)
_REASONS = text(
    """SELECT reason_code, COUNT(*) AS accesses FROM review WHERE opened_at >= :start AND opened_at < :end
    AND mode <> 'normal' GROUP BY reason_code ORDER BY 2 DESC, 1"""
)
_WITHOUT_ADMISSION = text(
    """SELECT unit, COUNT(*) AS accesses, SUM(CASE WHEN explained_by = '' THEN 1 ELSE 0 END) AS without
    FROM review WHERE opened_at >= :start AND opened_at < :end AND mode <> 'normal' AND weighed_at IS NOT NULL
    GROUP BY unit ORDER BY 2 DESC, 1"""
)
_PASSAGES = text(
    f"""SELECT a.admitted_at / {HOUR_MS} AS hour, COUNT(*) AS passages, SUM(CASE WHEN EXISTS (
            SELECT 1 FROM access_grant g JOIN document_opening o ON o.grant_id = g.id
            WHERE g.patient_id = a.patient_id AND g.opened_at >= a.admitted_at - {BEFORE_DESK_MS}
            AND g.opened_at <= COALESCE(a.discharged_at, :now)) THEN 1 ELSE 0 END) AS consulted
    FROM admission a WHERE a.unit = :unit AND a.admitted_at >= :start AND a.admitted_at < :end
    AND a.cancelled_at IS NULL GROUP BY 1"""  # noqa: S608
)


def break_glass_days(connection: Connection, period: Period) -> Figure:
    """Emergency accesses by day and unit; the busiest units by name, the others together."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(_PER_HOUR_AND_UNIT, _span(period)):
        counts[(paris_day(row.hour * HOUR_MS), row.unit or "?")] += row.accesses
    totals: Counter[str] = Counter()
    for (_, unit), number in counts.items():
        totals[unit] += number
    named = [unit for unit, _ in totals.most_common(MOST_UNITS)]
    rest = set(totals) - set(named)
    series: list[Label] = [text_label(unit) for unit in named]
    if rest:
        series.append((("series", "other_units"),))
    rows = []
    for day in period.days:
        values = [counts[(day, unit)] for unit in named]
        if rest:
            values.append(sum(counts[(day, unit)] for unit in rest))
        rows.append((text_label(day), tuple(values)))
    return Figure(key="break_glass_days", head="day", series=tuple(series), rows=tuple(rows),
                  drawn=tuple(range(len(series))), chart="columns")  # fmt: skip


def share_days(connection: Connection, period: Period) -> Figure:
    """Share of the accesses that broke the glass, by day."""
    every: Counter[str] = Counter()
    emergency: Counter[str] = Counter()
    for row in connection.execute(_PER_HOUR, _span(period)):
        day = paris_day(row.hour * HOUR_MS)
        every[day] += row.accesses
        emergency[day] += row.emergency
    rows = tuple(
        (text_label(day), (emergency[day], every[day], share(emergency[day], every[day]))) for day in period.days
    )
    whole = share(sum(emergency.values()), sum(every.values()))
    return Figure(
        key="share_days",
        head="day",
        series=((("series", "emergency"),), (("series", "all"),), (("series", "share"),)),
        rows=rows,
        drawn=(2,),
        chart="columns",
        unit="percent",
        notes={} if whole is None else {"share": whole},
    )


def reasons(connection: Connection, period: Period) -> Figure:
    """Reasons given for the emergency accesses."""
    found = connection.execute(_REASONS, _span(period)).all()
    total = sum(row.accesses for row in found)
    rows = tuple(((("reason", row.reason_code),), (row.accesses, share(row.accesses, total))) for row in found)
    return Figure(key="reasons", head="reason", series=((("series", "accesses"),), (("series", "share"),)), rows=rows,
                  drawn=(0,), chart="bars")  # fmt: skip


def without_admission(connection: Connection, period: Period) -> Figure:
    """Share of the emergency accesses that no admission explains, by the reader's unit."""
    found = connection.execute(_WITHOUT_ADMISSION, _span(period))
    rows = tuple(
        (text_label(row.unit or "?"), (row.accesses, row.without, share(row.without, row.accesses))) for row in found
    )
    series: tuple[Label, ...] = ((("series", "emergency"),), (("series", "without_admission"),), (("series", "share"),))
    return Figure(
        key="without_admission", head="unit", series=series, rows=rows, drawn=(2,), chart="bars", unit="percent"
    )


def dossiers_per_passages(connection: Connection, period: Period, unit: str, now: int) -> Figure:
    """Of 100 passages through the emergency department, in how many the shared record was consulted, by week.

    Consulted: a document was opened from six hours before the admission was typed until the discharge.
    """
    passages: Counter[str] = Counter()
    consulted: Counter[str] = Counter()
    for row in connection.execute(_PASSAGES, {**_span(period), "unit": unit, "now": now}):
        week = monday_of(paris_day(row.hour * HOUR_MS))
        passages[week] += row.passages
        consulted[week] += row.consulted
    weeks = dict.fromkeys(monday_of(day) for day in period.days)
    rows = tuple(
        (text_label(week), (consulted[week], passages[week], share(consulted[week], passages[week]))) for week in weeks
    )
    series: tuple[Label, ...] = ((("series", "consulted"),), (("series", "passages"),), (("series", "per_100"),))
    return Figure(
        key="dossiers_per_passages", head="week", series=series, rows=rows, drawn=(2,), chart="columns", unit="per_100"
    )


def monday_of(day: str) -> str:
    """The Monday of an ISO date's week."""
    moment = date.fromisoformat(day)
    return (moment - timedelta(days=moment.weekday())).isoformat()


def _span(period: Period) -> dict[str, int]:
    return {"start": period.start, "end": period.end}
