"""Days as people write them: `03/05/1980`, `3.5.80`, `3 mai 1980`, `1980-05-03`, or in three boxes."""

import re
from datetime import date

_LONGEST = 40
_NUMBER = re.compile(r"\d+", re.ASCII)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th)\b", re.ASCII)
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
# By their first letters: enough to tell them apart, accents left aside, French before English.
_MONTHS = (
    ("janv", "jan"),
    ("fev", "feb"),
    ("mars", "mar"),
    ("avr", "apr"),
    ("mai", "may"),
    ("juin", "jun"),
    ("juil", "jul"),
    ("aou", "aug"),
    ("sept", "sep"),
    ("oct", "oct"),
    ("nov", "nov"),
    ("dec", "dec"),
)
_ACCENTS = str.maketrans("éèêûù", "eeeuu")


def read_day(text: str, today: date) -> date | None:
    """The day a person wrote, day before month; None where there is no such day in it.

    A year of two digits is the latest one that is not to come: `80` is 1980, and in 2026 `26` is 2026.
    """
    words = _ORDINAL.sub(r"\1", text.strip()[:_LONGEST].lower().translate(_ACCENTS))
    compact = _COMPACT.fullmatch(words)
    parts = list(compact.groups()) if compact else [one for one in re.split(r"[\s/.,\-]+", words) if one]
    if len(parts) == 4 and parts[1] == "de":
        parts.pop(1)
    if len(parts) != 3:
        return None
    if _NUMBER.fullmatch(parts[0]) and len(parts[0]) == 4:
        parts.reverse()
    day, month, year = parts[0], _month(parts[1]), parts[2]
    if not month or not _NUMBER.fullmatch(day) or not _NUMBER.fullmatch(year) or len(year) not in (2, 4):
        return None
    try:
        return date(int(year) if len(year) == 4 else _century(int(year), today) + int(year), month, int(day))
    except ValueError:
        return None


def read_boxes(day: str, month: str, year: str, today: date) -> date | None:
    """The day written in three boxes, or whole in the first one that is not empty."""
    boxes = [one.strip() for one in (day, month, year)]
    filled = [one for one in boxes if one]
    return read_day(filled[0] if len(filled) == 1 else "/".join(boxes), today)


def _month(text: str) -> int:
    """1 to 12; 0 for what is no month."""
    if _NUMBER.fullmatch(text):
        return int(text) if len(text) <= 2 else 0
    return next((number for number, names in enumerate(_MONTHS, 1) if text.startswith(names)), 0)


def _century(year: int, today: date) -> int:
    century = today.year - today.year % 100
    return century if century + year <= today.year else century - 100
