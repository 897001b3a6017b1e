"""Days and hours as people in the hospital live them: Paris time."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from gateway.world import from_epoch_ms, to_epoch_ms

PARIS = ZoneInfo("Europe/Paris")


def paris(moment: int) -> datetime:
    """UTC epoch milliseconds as Paris time."""
    return from_epoch_ms(moment).astimezone(PARIS)


def paris_hour(moment: int) -> int:
    """0 to 23."""
    return paris(moment).hour


def paris_day(moment: int) -> str:
    """ISO date."""
    return paris(moment).date().isoformat()


def start_of(day: date) -> int:
    """The first instant of a Paris day, epoch ms."""
    return to_epoch_ms(datetime.combine(day, time(), PARIS))
