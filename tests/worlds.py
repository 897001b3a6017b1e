"""Worlds for tests: a clock that moves only when told, ids and tokens that are numbered and so repeatable."""

import hashlib
import threading
import uuid
from datetime import UTC, datetime, timedelta

from gateway.world import World

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class StillWorld:
    """`world` is what the code under test receives; `pass_time` moves its clock."""

    def __init__(self, start: datetime = START, seed: str = "world") -> None:
        self._now = start
        self._seed = seed
        self._drawn = 0
        self._lasted = 0.0
        self._lock = threading.Lock()
        self.world = World(
            now=lambda: self._now,
            new_id=self._new_id,
            new_token=lambda: self._draw(32).hex(),
            random_bytes=self._draw,
            monotonic=lambda: self._lasted,
        )

    def pass_time(self, **step: float) -> None:
        """Move the clock by a timedelta's arguments; negative steps jump back, and nothing lasted the longer for it."""
        self._now += timedelta(**step)
        self._lasted += max(timedelta(**step).total_seconds(), 0.0)

    def jump(self, **step: float) -> None:
        """Somebody sets the clock: no time passes."""
        self._now += timedelta(**step)

    def _new_id(self) -> str:
        return str(uuid.UUID(bytes=self._draw(16), version=4))

    def _draw(self, size: int) -> bytes:
        with self._lock:
            self._drawn += 1
            number = self._drawn
        return hashlib.shake_256(f"{self._seed}:{number}".encode()).digest(size)
