"""The accesses as a month on paper: seven columns, one link a day that has some."""

from calendar import Calendar
from dataclasses import dataclass, replace
from datetime import date

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.portal.views import CalendarMonth, DayCount, HistoryFilter
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.patient.sifting import address, asked_filter
from gateway.web.patient.whose import add_page, whose_of
from gateway.web.session import holder


@dataclass(frozen=True, slots=True)
class Square:
    """One day of the month; `count` is None on a day without an access."""

    day: date
    count: DayCount | None
    link: str


def add_calendar(app: Flask) -> None:
    """`/patient/calendar?month=2026-11`."""
    add_page(app, "/calendar", calendar_page, ("GET",))


@entrance(Entrance.PATIENT)
def calendar_page(whose: str = "") -> ResponseReturnValue:
    """A month; the newest with an access unless one is asked."""
    seen = whose_of(whose)
    asked = replace(asked_filter(), since="", until="")
    history = gateway().portal.history
    try:
        month = history.month(holder(), seen.key, request.args.get("month", "")[:7], asked)
    except InvalidRequest:
        month = history.month(holder(), seen.key, "", asked)
    first = _first_day(month)
    return render_template(
        "patient/calendar.html",
        whose=seen,
        first=first,
        weeks=_weeks(month, first, seen.root, asked) if first is not None else (),
        total=sum(one.accesses for one in month.days),
        before=_month_link(seen.root, asked, month.before),
        after=_month_link(seen.root, asked, month.after),
    )


def _weeks(month: CalendarMonth, first: date, root: str, asked: HistoryFilter) -> list[list[Square | None]]:
    """Monday first, as on French walls; None outside the month."""
    counts = {one.day: one for one in month.days}

    def square(day: date) -> Square | None:
        if day.month != first.month:
            return None
        text = day.isoformat()
        link = address(root, replace(asked, since=text, until=text)) if text in counts else ""
        return Square(day, counts.get(text), link)

    return [[square(day) for day in week] for week in Calendar().monthdatescalendar(first.year, first.month)]


def _month_link(root: str, asked: HistoryFilter, month: str) -> tuple[str, date] | None:
    if not month:
        return None
    return address(f"{root}/calendar", asked, month=month), date.fromisoformat(f"{month}-01")


def _first_day(month: CalendarMonth) -> date | None:
    try:
        return date.fromisoformat(f"{month.month}-01")
    except ValueError:
        return None
