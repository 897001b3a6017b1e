"""What a person does about letters: see the batches, what is in each, and say that one was printed and left.

The mark comes first and is in the folder, where the couriers and the print service see it; then each letter's proof is
recorded. Whatever was interrupted in between is made good by the next `record_left`: the worker calls it too, so that a
print service may put the mark `PRINTED` there itself.
"""

import errno
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from gateway.errors import InvalidRequest, NotFound, Unavailable
from gateway.notifications import letter_batch
from gateway.notifications.attempts import AttemptState
from gateway.notifications.delivery import LETTER, Deliveries
from gateway.paris import PARIS
from gateway.storage.database import Database
from gateway.storage.tables import notice_attempt
from gateway.storage.transaction import Transaction
from gateway.world import World, to_epoch_ms

_WAITING = (
    select(notice_attempt.c.notice_id, notice_attempt.c.provider_reference)
    .where(notice_attempt.c.channel == LETTER, notice_attempt.c.state == AttemptState.ACCEPTED.value)
    .order_by(notice_attempt.c.provider_reference)
)
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One day's letters. `printed_at` is when it left, None while it has not; `open` says that letters may still
    come."""

    name: str  # ISO date
    letters: tuple[str, ...]  # file names, as the index lists them
    printed_at: datetime | None
    open: bool


class Letters:
    """Every method raises `Unavailable` when the folder does not answer, `NotFound` for a batch there is not."""

    def __init__(self, *, folder: Path, database: Database, world: World, deliveries: Deliveries) -> None:
        self._folder = folder
        self._database = database
        self._world = world
        self._deliveries = deliveries

    def list(self) -> tuple[Batch, ...]:
        """The batches, oldest first."""
        with _folder_answers():
            return tuple(map(self._batch, letter_batch.batches(self._folder)))

    def show(self, name: str) -> Batch:
        """One batch."""
        with _folder_answers():
            return self._batch(self._existing(name))

    def printed(self, name: str, *, count: int | None = None) -> tuple[Batch, int]:
        """Say that a batch was printed and left: it takes no more letters, and each letter's proof is recorded. Gives
        the batch, and how many proofs were new.

        `count` is how many letters were printed. It is needed while more may still come: one that came after the
        printing would count as sent and never be. Raises `InvalidRequest` with code `letters-open` where it is missing,
        `letters-count` where the batch holds another number: nothing is marked.
        """
        with _folder_answers():
            batch = self._existing(name)
            if count is None and self._batch(batch).open:
                raise InvalidRequest("letters may still come into this batch", field="count", code="letters-open")
            held = letter_batch.close(batch, self._world.now(), expected=count)
        if count is not None and count != held:
            raise InvalidRequest(f"the batch holds {held} letters", field="count", code="letters-count")
        recorded = self.record_left()
        return self.show(name), recorded

    def record_left(self) -> int:
        """Record the proof of every letter whose batch left; how many there were."""
        with self._database.reading() as connection:
            waiting = _by_batch(connection)
        recorded = 0
        for name, notice_ids in waiting.items():
            with _folder_answers():
                left = letter_batch.left_at(self._folder / name)
            if left is not None:
                for start in range(0, len(notice_ids), _AT_ONCE):
                    some = notice_ids[start : start + _AT_ONCE]
                    recorded += self._database.transact(self._recording(some, to_epoch_ms(left)))
        return recorded

    def _recording(self, notice_ids: Sequence[str], at_ms: int) -> Callable[[Transaction], int]:
        return lambda tx: self._deliveries.record_printed(tx, notice_ids, at_ms)

    def _batch(self, batch: Path) -> Batch:
        letter_batch.mend(batch)
        left = letter_batch.left_at(batch)
        today = self._world.now().astimezone(PARIS).date().isoformat()
        return Batch(
            name=batch.name,
            letters=letter_batch.letters(batch),
            printed_at=left,
            open=left is None and batch.name >= today,
        )

    def _existing(self, name: str) -> Path:
        found = next((one for one in letter_batch.batches(self._folder) if one.name == name), None)
        if found is None:
            raise NotFound("no batch of letters has this name")
        return found


@contextmanager
def _folder_answers() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        word = errno.errorcode.get(error.errno or 0, "io")
        raise Unavailable(f"the folder of letters does not answer ({word})") from None


def _by_batch(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for notice_id, reference in connection.execute(_WAITING):
        found[str(reference).partition("/")[0]].append(str(notice_id))
    return dict(found)
