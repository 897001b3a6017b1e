"""A figure: labelled rows of numbers, one column a series. Its chart, its table and its CSV are this one value."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from gateway.errors import InvalidRequest
from gateway.paris import start_of

LONGEST_DAYS = 366
# What a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Label = tuple[tuple[str, str], ...]  # (kind of word, code), e.g. ("notice", "sent") or ("text", "URG")
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of Paris, both included."""

    first: date
    last: date

    @property
    def start(self) -> int:
        """The first instant, UTC epoch ms."""
        return start_of(self.first)

    @property
    def end(self) -> int:
        """The first instant after it."""
        return start_of(self.last + timedelta(days=1))

    @property
    def days(self) -> tuple[str, ...]:
        """ISO dates, in order."""
        return tuple((self.first + timedelta(days=n)).isoformat() for n in range((self.last - self.first).days + 1))


def period_between(first: str, last: str, today: date, usual_days: int = 30) -> Period:
    """The period asked for by two ISO dates, the last 30 days where one is empty.

    Raises `InvalidRequest` (`period`): no dates, the wrong way round, or longer than a year.
    """
    try:
        end = date.fromisoformat(last) if last else today
        start = date.fromisoformat(first) if first else end - timedelta(days=usual_days - 1)
    except (ValueError, OverflowError):
        raise InvalidRequest("give two dates", field="period", code="period") from None
    if not 0 <= (end - start).days < LONGEST_DAYS or start.year < 2000 or end.year > 2200:
        raise InvalidRequest("the first day comes before the last, within a year", field="period", code="period")
    return Period(start, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`drawn`: the series that are charted, each a strip of its own; the table has them all. `unit` is of the drawn
    ones: `count`, `percent`, `per_100`, `seconds`. `notes` are single numbers beside the rows."""

    key: str
    head: str  # kind of the row labels: day, week, unit, reason...
    series: tuple[Label, ...]
    rows: tuple[tuple[Label, tuple[Number, ...]], ...]
    drawn: tuple[int, ...]
    chart: Literal["columns", "bars"]
    unit: Literal["count", "percent", "per_100", "seconds"] = "count"
    notes: Mapping[str, float] = field(default_factory=dict)
    # The series that hold where the usual begins, where it ends, and whether the drawn value is outside (1) or not (0).
    usual: tuple[int, int, int] | None = None

    @property
    def empty(self) -> bool:
        """Nothing to draw."""
        return not any(value for _, values in self.rows for value in values)

    def to_csv(self) -> str:
        """RFC 4180, commas, codes instead of words; an apostrophe before what a spreadsheet would run."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([self.head, *(_plain(label) for label in self.series)])
        for label, values in self.rows:
            writer.writerow([_plain(label), *("" if value is None else value for value in values)])
        return out.getvalue()


def text_label(word: str) -> Label:
    """A label that is its own word: a unit, a date."""
    return (("text", word),)


def share(part: int, whole: int) -> float | None:
    """Per cent with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def _plain(label: Label) -> str:
    text = " ".join(code for _, code in label)
    return f"'{text}" if text.startswith(_FORMULA) else text
