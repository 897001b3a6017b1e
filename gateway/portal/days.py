"""Days and months as patients live them: Paris time."""

import re
from datetime import date, timedelta

from gateway.errors import InvalidRequest
from gateway.paris import start_of

_MONTH = re.compile(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)
ALWAYS = (0, 2**53 - 1)


def span_of_days(since: str, until: str) -> tuple[int, int]:
    """The first instant of the one day and the first after the other (epoch ms); an empty day is no bound.

    Raises `InvalidRequest` (`period`).
    """
    first = ALWAYS[0] if not since else start_of(_day(since))
    last = ALWAYS[1] if not until else start_of(_day(until) + timedelta(days=1))
    if first >= last:
        raise InvalidRequest("the period ends before it begins", field="until", code="period")
    return first, last


def span_of_month(month: str) -> tuple[int, int]:
    """The same of a month, `2026-11`. Raises `InvalidRequest` (`period`)."""
    if _MONTH.fullmatch(month) is None:
        raise InvalidRequest("a month is written 2026-11", field="month", code="period")
    year, number = int(month[:4]), int(month[5:])
    return start_of(date(year, number, 1)), start_of(date(year + number // 12, number % 12 + 1, 1))


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest("a day is written 2026-11-22", field="day", code="period") from error
    if not 1900 <= day.year <= 2199:
        raise InvalidRequest("no such year", field="day", code="period")
    return day
