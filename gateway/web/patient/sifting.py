"""Which accesses to show: what the address asks, as the portal's filter, and the addresses of its other answers."""

import re
from dataclasses import asdict
from datetime import date
from urllib.parse import urlencode

from flask import request

from gateway.portal.views import HistoryFilter
from policies import Mode

_FRENCH_DATE = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)
_LONGEST = 200


def asked_filter() -> HistoryFilter:
    """What the address asks. A day may be typed `14/07/2026` where the browser has no calendar; what is no day at all
    is left for the portal to refuse."""
    mode = request.args.get("mode", "")
    return HistoryFilter(
        since=_day(request.args.get("since", "")),
        until=_day(request.args.get("until", "")),
        mode=Mode(mode) if mode in set(Mode) else None,
        unit=request.args.get("unit", "")[:_LONGEST],
        professional=request.args.get("professional", "")[:_LONGEST],
    )


def address(root: str, asked: HistoryFilter, **more: str) -> str:
    """The page so filtered. Codes, days and opaque numbers alone: nothing personal."""
    query = {name: str(value) for name, value in {**asdict(asked), **more}.items() if value}
    return f"{root}?{urlencode(query)}" if query else root


def is_whole(asked: HistoryFilter) -> bool:
    """Whether nothing is filtered out."""
    return asked == HistoryFilter()


def _day(typed: str) -> str:
    text = typed.strip()[:_LONGEST]
    french = _FRENCH_DATE.fullmatch(text)
    if french is None:
        return text
    day, month, year = (int(part) for part in french.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text
