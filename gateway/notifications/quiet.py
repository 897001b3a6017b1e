"""Quiet hours in Paris: when a channel that makes a noise may be used next, on nights of 23, 24 or 25 hours."""

from datetime import UTC, datetime, time, timedelta

from gateway.paris import PARIS, paris
from gateway.world import to_epoch_ms


def next_allowed(now_ms: int, quiet_from: str, quiet_until: str) -> int:
    """`now_ms` outside the quiet hours, else the moment they end. The hours are `HH:MM` as Paris clocks show them; the
    same hour twice: never quiet."""
    first, last = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    here = paris(now_ms)
    clock = here.time()
    overnight = first > last
    quiet = (clock >= first or clock < last) if overnight else first <= clock < last
    if not quiet:
        return now_ms
    day = here.date() + timedelta(days=1) if overnight and clock >= first else here.date()
    # On the night an hour comes twice, the first one ends the quiet; one that is left out, an hour later by the clock.
    ends = to_epoch_ms(datetime.combine(day, last, PARIS).astimezone(UTC))
    return max(ends, now_ms)
