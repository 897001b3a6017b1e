"""The period of a FHIR date search (https://hl7.org/fhir/R4/search.html#date): a start is required, an end is not.

A date without a time zone is UTC, as every instant this server gives. A date names the whole of its year, month, day,
minute or second, and the prefixes compare with that whole.
"""

import re
from datetime import UTC, datetime, timedelta

from gateway.errors import InvalidRequest

_FORM = re.compile(
    r"(eq|ge|gt|sa|le|lt|eb)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_STARTS, _ENDS = frozenset({"ge", "gt", "sa"}), frozenset({"le", "lt", "eb"})


def period_asked(values: list[str], now_ms: int) -> tuple[int, int]:
    """The start and the (excluded) end in UTC ms; without an end, everything until now.

    Raises `InvalidRequest`: `date-required` without a start, `date-invalid` for what is no date or no period.
    """
    if not values:
        raise InvalidRequest("a period is required", field="date", code="date-required")
    since: int | None = None
    until: int | None = None
    for value in values:
        prefix, first, after = _read(value)
        if prefix == "eq":
            if len(values) > 1:
                raise _invalid()
            since, until = first, after
        elif prefix in _STARTS and since is None:
            since = first if prefix == "ge" else after
        elif prefix in _ENDS and until is None:
            until = after if prefix == "le" else first
        else:
            raise _invalid()
    if since is None:
        raise InvalidRequest("the period has no start", field="date", code="date-required")
    # What was recorded in this very millisecond is of now.
    end = now_ms + 1 if until is None else until
    if until is not None and until < since:
        raise _invalid()
    return since, max(since, end)


def _read(value: str) -> tuple[str, int, int]:
    match = _FORM.fullmatch(value)
    if match is None:
        raise _invalid()
    prefix, year, month, day, hour, minute, second, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    text = f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}"
    try:
        first = datetime.fromisoformat(text).astimezone(UTC)
        after = first + _length(first, month, day, hour, second)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error
    if first.year < 1970:
        raise _invalid()
    return prefix or "eq", _ms(first), _ms(after)


def _length(first: datetime, month: str | None, day: str | None, hour: str | None, second: str | None) -> timedelta:
    if second is not None:
        return timedelta(seconds=1)
    if hour is not None:
        return timedelta(minutes=1)
    if day is not None:
        return timedelta(days=1)
    following = first.replace(year=first.year + (month is None or first.month == 12))
    following = following.replace(month=1 if month is None else first.month % 12 + 1)
    return following - first


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _invalid() -> InvalidRequest:
    return InvalidRequest("the period is not a FHIR date", field="date", code="date-invalid")
