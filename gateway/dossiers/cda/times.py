"""HL7 v3 points in time (TS): `20190328`, `201903`, `20190328111700+0100`... at the precision the source gave."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TS = re.compile(r"^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d+)?([+-]\d{2}:?\d{2}|Z)?$")
_FRENCH_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b(?:\s*à\s*(\d{1,2})\s*[h:]\s*(\d{2}))?")


def iso_date(value: str) -> str:
    """ISO 8601 at the source's precision: `2019`, `2019-03`, `2019-03-28`, `2019-03-28T10:20`; "" when not a date."""
    match = _TS.match(value)
    if match is None:
        return ""
    year, month, day, hour, minute = match.group(1, 2, 3, 4, 5)
    date = "-".join(part for part in (year, month, day) if part)
    if not _is_real(date):
        return ""
    # Midnight to the second is how a plain date is written by careless software.
    if day and hour and minute and (hour, minute) != ("00", "00"):
        return f"{date}T{hour}:{minute}"
    return date


def moment(value: str) -> datetime | None:
    """An aware moment. A time without an offset is French legal time; a plain date is its midnight."""
    match = _TS.match(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        naive = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return naive.replace(tzinfo=_zone(offset))


def french_date(text: str) -> str:
    """The first jj/mm/aaaa of a text as an ISO date, "" when there is none."""
    match = _FRENCH_DATE.search(text)
    if match is None:
        return ""
    day, month, year = match.group(1, 2, 3)
    date = f"{year}-{int(month):02}-{int(day):02}"
    return date if _is_real(date) else ""


def _zone(offset: str | None) -> tzinfo:
    if offset == "Z":
        return UTC
    if offset:
        digits = offset[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        # Beyond a day an offset is a typing mistake: the time is then read as UTC.
        if shift < timedelta(hours=24):
            return timezone(-shift if offset[0] == "-" else shift)
        return UTC
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        return UTC


def _is_real(date: str) -> bool:
    year, month, day = (*date.split("-"), "01", "01")[:3]
    try:
        datetime(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
