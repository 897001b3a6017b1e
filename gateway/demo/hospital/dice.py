"""The dice of the demo hospital: seeded, so that every demo has the same patients."""

from random import Random  # noqa: TID251 - a demo must be the same each time; nothing here is a secret
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")

SEED = 20261122


class Dice(Random):
    """`random.Random` with the throws the demo needs. Never a source of secrets."""

    def uuid(self) -> str:
        """A UUID, version 4 in form."""
        return str(UUID(int=self.getrandbits(128), version=4))

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random() < probability

    def branch(self, name: str) -> "Dice":
        """Dice of their own for one part: what another part throws changes nothing here."""
        return Dice(f"{SEED}/{name}")
