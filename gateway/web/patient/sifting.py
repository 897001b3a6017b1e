"""Which accesses to show: what the address asks, as the portal's filter, and the addresses of its other answers."""

from dataclasses import asdict
from urllib.parse import urlencode

from flask import request

from gateway.portal.views import HistoryFilter
from gateway.web.parts import gateway
from gateway.web.patient.written_day import read_day
from gateway.web.times import local
from policies import Mode

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
    day = read_day(text, local(gateway().world.now()).date())
    return day.isoformat() if day is not None else text
