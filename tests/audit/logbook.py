"""A log in memory for the tests: numbered entries, numbered dice, one signing key."""

import hashlib
import uuid
from collections.abc import Mapping

from audit import AuditLog, Checkpoint, MemoryLogStore, Receipt, Signer
from audit.entry import Fact, Json, Outcome
from audit.tile_cache import TileCache

ORIGIN = "hospital.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(range(32)))
START = 1_790_000_000_000  # 2026-09-21
MASTER_KEY = hashlib.sha256(b"master").digest()
PATIENT, STAFF = "patient/41", "staff/7"
PERSONAL: Mapping[str, Mapping[str, Json]] = {
    PATIENT: {"ins": "279035121518989", "birth_name": "PAT-TROIS"},
    STAFF: {"staff_name": "Élise Martin"},
}


class Dice:
    """Repeatable bytes, never twice the same."""

    def __init__(self) -> None:
        self._drawn = 0

    def __call__(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(f"dice {self._drawn}".encode()).digest(size)


def entry_id(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


class Logbook:
    """A log, its store, and short ways to write in it."""

    def __init__(
        self,
        store: MemoryLogStore | None = None,
        *,
        yearly: bool = False,
        counted: bool = False,
        tiles: TileCache | None = None,
    ) -> None:
        self.store = store or MemoryLogStore()
        self.signer = SIGNER
        self.counted = counted
        self.log = AuditLog(
            ORIGIN,
            "gw-1",
            Dice(),
            MASTER_KEY,
            yearly=yearly,
            counted=lambda subject: self.counted and subject.startswith("patient/"),
            tiles=tiles,
        )
        self.count = 0

    def append(
        self,
        *,
        time: int | None = None,
        entry_type: str = "access.opened",
        outcome: Outcome = "success",
        facts: Mapping[str, Fact] | None = None,
        personal: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> Receipt:
        self.count += 1
        with self.store.transaction() as transaction:
            return self.log.append(
                transaction,
                entry_id=entry_id(self.count),
                time=START + self.count if time is None else time,
                entry_type=entry_type,
                outcome=outcome,
                purpose="BTG",
                policy_version="sha256:0123",
                facts={"mode": "break_glass", "minutes": 30} if facts is None else facts,
                personal=PERSONAL if personal is None else personal,
            )

    def integrate(self, now: int = START + 10_000) -> Checkpoint | None:
        with self.store.transaction() as transaction:
            return self.log.integrate(transaction, self.signer, now)

    def announce(self, now: int = START) -> bool:
        with self.store.transaction() as transaction:
            return self.log.announce_receipt_key(transaction, now)

    def rotate(self, new: Signer, now: int = START + 20_000) -> Checkpoint:
        with self.store.transaction() as transaction:
            head = self.log.rotate(transaction, self.signer, new, now)
        self.signer = new
        return head

    def fill(self, *steps: int) -> "Logbook":
        """Append that many entries, a checkpoint after each step."""
        for step in steps:
            for _ in range(step):
                self.append()
            self.integrate()
        return self
