"""Which claims are abandoned: those held unchanged for as long as a claim lasts, before one observer's eyes and by a
clock nobody sets.

A courier that lives lets a notice go well within that time. The clock on the wall cannot tell a courier that died from
one that is sending, for it may be set at any moment; and a notice taken from a courier that lives would go twice.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.notifications import outbox
from gateway.world import World


class ClaimWatch:
    """What this process has seen of everybody's claims; thread-safe. A process that starts sees them for the first
    time: it takes over what another left no sooner than `seconds` after that."""

    def __init__(self, world: World, seconds: float) -> None:
        self._world = world
        self._seconds = seconds
        self._first_seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def look(self, connection: Connection) -> Sequence[str]:
        """Look once more; the claims that have lasted too long for a courier that lives."""
        held = outbox.claims(connection)
        now = self._world.monotonic()
        with self._lock:
            self._first_seen = {claim: self._first_seen.get(claim, now) for claim in held}
            return sorted(claim for claim, since in self._first_seen.items() if now - since >= self._seconds)

    def forget(self) -> None:
        """Begin anew: the database refused work, and a courier that lives could not let its notice go either."""
        with self._lock:
            self._first_seen = {}
