"""Birth dates as people type them: 28/03/1979, 28-03-1979, 28.3.1979, 28 03 1979, 28031979, 1979-03-28, 19790328."""

import re
from datetime import date

from gateway.errors import InvalidRequest

OLDEST_YEAR = 1880

_DAY_FIRST = re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.\- ](?P<month>\d{1,2})[/.\- ](?P<year>\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(?P<year>\d{4})[/.\- ](?P<month>\d{1,2})[/.\- ](?P<day>\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})(?!\d)")
_COMPACT_YEAR_FIRST = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}(?!\d)")
_BORN = re.compile(r"\bn[ée]e?(?:\(e\))?\s+(?:le\s+)?$", re.IGNORECASE)


def find_birth_date(text: str) -> tuple[str, str] | None:
    """The birth date in a line of text as ISO, and the line without it (nor the `né le` before it); None: no date.

    Raises `InvalidRequest`: `query-birth-year` for a year of two digits (79 and 1879 are two people), and
    `query-birth-date` for a date that is in no calendar.
    """
    shaped = False
    for pattern in (_DAY_FIRST, _YEAR_FIRST, _COMPACT, _COMPACT_YEAR_FIRST):
        for match in pattern.finditer(text):
            shaped = True
            iso = _iso(match)
            if iso:
                return iso, f"{_BORN.sub('', text[: match.start()])} {text[match.end() :]}"
    if _SHORT_YEAR.search(text):
        raise InvalidRequest("a birth year has four digits", field="query", code="query-birth-year")
    if shaped:
        raise InvalidRequest("there is no such date", field="query", code="query-birth-date")
    return None


def parse_birth_date(text: str) -> str:
    """A birth date alone, as ISO. Raises `InvalidRequest` `query-birth-date` or `query-birth-year`."""
    found = find_birth_date(text.strip())
    if found is None or found[1].strip():
        raise InvalidRequest("not a birth date", field="birthdate", code="query-birth-date")
    return found[0]


def _iso(match: re.Match[str]) -> str:
    try:
        born = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return ""
    return born.isoformat() if born.year >= OLDEST_YEAR else ""
