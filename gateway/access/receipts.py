"""What people keep of the record: the receipt of one entry, the file of a whole history. Nothing is decided here.

Whoever asks waits at most a second for the head that covers the entry; after that the answer is a pending receipt that
this gateway signs, with which its holder can show later that the log dropped the entry (audit/README.md, section 6).
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from audit import AuditLog, Receipt
from audit.errors import PendingError
from gateway.errors import Unavailable
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.world import World

WAIT_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a receipt waits for its head; a test has none."""

    seconds: float = WAIT_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Receipts:
    """Hands out receipts and histories; recording that it did is the caller's."""

    def __init__(self, *, database: Database, world: World, log: AuditLog, patience: Patience | None = None) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._patience = patience or Patience()

    def of_entry(self, entry_id: str, reveal: Collection[str]) -> Mapping[str, object]:
        """The receipt of an entry as a file, the values named in `reveal` disclosed: proven, or pending and signed."""
        latest = self._patience.monotonic() + self._patience.seconds
        while True:
            with self._database.reading() as connection:
                store = SqlLogStore(connection)
                receipt = self._log.receipt(store, entry_id, reveal)
                if receipt.state == "proven":
                    return receipt.to_json()
                if self._patience.monotonic() >= latest:
                    return self._promised(store, receipt).to_json()
            # No connection is held while it waits.
            self._patience.sleep(LOOK_EVERY_SECONDS)

    def of_person(self, subject: str) -> Mapping[str, object]:
        """All entries about a person as a file. Record first that it is made, about the same person.

        Raises `Unavailable` when no head covers the newest of them within a second: the file would not be complete.
        """
        latest = self._patience.monotonic() + self._patience.seconds
        while True:
            try:
                with self._database.reading() as connection:
                    return self._log.history_receipt(SqlLogStore(connection), subject).to_json()
            except PendingError as error:
                if self._patience.monotonic() >= latest:
                    raise Unavailable("no signed head covers the newest entry yet") from error
            self._patience.sleep(LOOK_EVERY_SECONDS)

    def _promised(self, store: SqlLogStore, receipt: Receipt) -> Receipt:
        return self._log.promise(store, receipt, self._world.epoch_ms())
