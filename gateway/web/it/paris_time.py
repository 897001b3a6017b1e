"""A day and a clock as people in a French hospital write them, to an instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.errors import InvalidRequest

_ZONE = ZoneInfo("Europe/Paris")


def instant(day: str, clock: str) -> int:
    """UTC epoch ms of `2026-03-28`, `03:27` in Paris; of an hour that comes twice in autumn, the first.

    Raises `InvalidRequest` (field `day`) when it is no such moment, the hour skipped in spring included.
    """
    try:
        moment = datetime.fromisoformat(f"{day.strip()}T{clock.strip()}")
    except ValueError:
        raise InvalidRequest("not a day and an hour", field="day") from None
    if moment.tzinfo is not None:
        raise InvalidRequest("the hour is of Paris", field="day")
    aware = moment.replace(tzinfo=_ZONE)
    if aware.astimezone(UTC).astimezone(_ZONE).replace(tzinfo=None) != moment:
        raise InvalidRequest("the clocks skip this hour", field="day")
    return int(aware.timestamp() * 1000)
