"""A day and a clock as people in a French hospital write them, to an instant."""

from datetime import UTC, datetime

from gateway.errors import InvalidRequest
from gateway.paris import PARIS


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
    aware = moment.replace(tzinfo=PARIS)
    if aware.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) != moment:
        raise InvalidRequest("the clocks skip this hour", field="day")
    return int(aware.timestamp() * 1000)
