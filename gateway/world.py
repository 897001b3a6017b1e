"""The clock and the dice, in one place: everything else receives them, so that a test can hold them still."""

import os
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.entry import entry_id_at


@dataclass(frozen=True, slots=True)
class World:
    """What the gateway takes from outside itself.

    `now` gives the aware UTC time; `new_id` a random UUID as text; `new_token` 256 random bits as 43 URL-safe
    characters; `random_bytes(n)` n bytes from the operating system's generator; `monotonic` seconds that no setting of
    the clock moves: how long something lasted, in this process alone.
    """

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    new_token: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    monotonic: Callable[[], float] = time.monotonic

    def epoch_ms(self) -> int:
        """The time as UTC milliseconds since 1970, the unit of every stored instant."""
        return to_epoch_ms(self.now())

    def new_entry_id(self) -> str:
        """A fresh id for an entry of the record, drawn now (`audit.entry.entry_id_at`)."""
        return entry_id_at(self.epoch_ms(), self.random_bytes)


def to_epoch_ms(moment: datetime) -> int:
    """An aware moment as UTC milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def from_epoch_ms(value: int) -> datetime:
    """Stored milliseconds as an aware UTC moment."""
    return datetime.fromtimestamp(value / 1000, tz=UTC)


def real_world() -> World:
    """The world as it is."""
    return World(
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid.uuid4()),
        new_token=lambda: secrets.token_urlsafe(32),
        random_bytes=os.urandom,
    )
