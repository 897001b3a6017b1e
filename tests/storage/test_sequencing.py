"""When the tree grows: with the commits on SQLite, on its own on PostgreSQL; never at the cost of what is recorded; and
who says so when it does not."""

import threading
import time
import uuid

import pytest
from sqlalchemy import select, text

from audit import Signer
from audit.errors import AuditError
from gateway.errors import Unavailable
from gateway.oversight.lateness import KIND, Lateness
from gateway.oversight.lateness_watch import LatenessWatch
from gateway.sequencing import Sequencing
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import alert
from gateway.storage.transaction import Transaction
from tests.storage.appending import ORIGIN, a_log
from tests.worlds import StillWorld

SIGNER = Signer.from_seed(ORIGIN, bytes(32))


class Ticks:
    """A monotonic clock that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def sequencing(database: Database, still_world: StillWorld, ticks: Ticks) -> Sequencing:
    return Sequencing(
        database=database, world=still_world.world, log=a_log("gw"), signer=SIGNER, every_ms=200, monotonic=ticks
    )


def record(transaction: Transaction, time: int = 1_790_000_000_000) -> str:
    entry_id = str(uuid.uuid4())
    a_log("gw").append(
        SqlLogStore(transaction.connection),
        entry_id=entry_id,
        time=time,
        entry_type="access.opened",
        outcome="success",
    )
    return entry_id


def size_and_waiting(database: Database) -> tuple[int, int]:
    with database.reading() as connection:
        head = SqlLogStore(connection).head()
        waiting = connection.execute(text("SELECT COUNT(*) FROM audit_pending")).scalar_one()
    return (0 if head is None else head.size), waiting


def test_entries_and_their_signed_head_share_a_commit_where_there_is_one_committer(
    database: Database, sequencing: Sequencing, ticks: Ticks
) -> None:
    shares = sequencing.grow_with_commits()
    assert shares == (database.dialect == "sqlite")
    database.transact(record)
    if not shares:
        assert size_and_waiting(database) == (0, 1)
        assert sequencing.publish_checkpoint() is not None
        return
    assert size_and_waiting(database) == (1, 0)
    # Within 200 ms no second head: what comes now waits for the next commit after them, or for the worker.
    database.transact(record)
    database.transact(record)
    assert size_and_waiting(database) == (1, 2)
    ticks.seconds += 0.2
    database.transact(record)
    assert size_and_waiting(database) == (4, 0)


def test_a_tree_that_was_tampered_with_stops_the_signing_and_never_the_recording(
    database: Database, sequencing: Sequencing, ticks: Ticks
) -> None:
    sequencing.grow_with_commits()
    database.transact(record)
    sequencing.publish_checkpoint()
    database.transact(lambda tx: tx.connection.execute(text("DELETE FROM audit_tile")))
    ticks.seconds += 1
    database.transact(record)
    assert size_and_waiting(database) == (1, 1)
    with pytest.raises(AuditError):
        sequencing.publish_checkpoint()


def test_a_commit_that_fails_takes_its_head_with_it(database: Database, sequencing: Sequencing) -> None:
    sequencing.grow_with_commits()

    def fails(transaction: Transaction) -> None:
        record(transaction)
        raise ValueError

    with pytest.raises(ValueError):
        database.transact(fails)
    assert size_and_waiting(database) == (0, 0)


def test_while_another_process_is_at_it_a_sequencer_does_not_wait(
    database: Database, sequencing: Sequencing, still_world: StillWorld
) -> None:
    database.transact(record)
    if database.dialect == "sqlite":
        assert sequencing.publish_checkpoint() is not None
        return
    held, go_on = threading.Event(), threading.Event()

    def hold(transaction: Transaction) -> None:
        SqlLogStore(transaction.connection).lock_tree()
        held.set()
        assert go_on.wait(10)

    other = threading.Thread(target=lambda: database.transact(hold))
    other.start()
    assert held.wait(10)
    assert sequencing.publish_checkpoint() is None
    go_on.set()
    other.join()
    assert sequencing.publish_checkpoint() is not None


def test_idle_it_only_looks(database: Database, sequencing: Sequencing) -> None:
    assert sequencing.publish_checkpoint() is None
    database.transact(record)
    assert sequencing.publish_checkpoint() is not None
    assert sequencing.publish_checkpoint() is None
    assert size_and_waiting(database) == (1, 0)


def test_an_entry_that_waits_too_long_raises_one_alert_until_the_sequencer_has_caught_up(
    database: Database, sequencing: Sequencing, still_world: StillWorld
) -> None:
    lateness = Lateness(database=database, world=still_world.world, late_after_ms=5000)
    assert lateness.look() is None
    now = still_world.world.epoch_ms()
    database.transact(lambda tx: record(tx, now))
    still_world.pass_time(seconds=5)
    assert lateness.look() is None
    still_world.pass_time(seconds=1)
    assert [lateness.look(), lateness.look()] == [6000, 6000]
    assert [row.resolved_at for row in _alerts(database)] == [None]
    sequencing.publish_checkpoint()
    assert lateness.look() is None
    assert [row.resolved_at for row in _alerts(database)] == [still_world.world.epoch_ms()]


def test_a_dead_sequencer_raises_its_alert_though_nobody_asks(database: Database, still_world: StillWorld) -> None:
    now = still_world.world.epoch_ms()
    database.transact(lambda tx: record(tx, now))
    still_world.pass_time(seconds=6)
    lateness = Lateness(database=database, world=still_world.world, late_after_ms=5000)
    watches = [LatenessWatch(lateness, every_seconds=0.02) for _ in range(3)]
    for watch in watches:
        watch.start()
    until = time.monotonic() + 10
    while not _alerts(database) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    for watch in watches:
        watch.stop()
    assert len(_alerts(database)) == 1


def test_the_watch_goes_on_when_the_database_comes_back(database: Database, still_world: StillWorld) -> None:
    class Away(Lateness):
        asked = 0

        def look(self) -> int | None:
            self.asked += 1
            if self.asked < 3:
                raise Unavailable("the database does not answer")
            return super().look()

    now = still_world.world.epoch_ms()
    database.transact(lambda tx: record(tx, now))
    still_world.pass_time(seconds=6)
    watch = LatenessWatch(Away(database=database, world=still_world.world, late_after_ms=5000), every_seconds=0.02)
    watch.start()
    until = time.monotonic() + 10
    while not _alerts(database) and time.monotonic() < until:
        time.sleep(0.02)
    watch.stop()
    assert len(_alerts(database)) == 1


def _alerts(database: Database):  # type: ignore[no-untyped-def]
    with database.reading() as connection:
        return connection.execute(select(alert).where(alert.c.kind == KIND)).all()
