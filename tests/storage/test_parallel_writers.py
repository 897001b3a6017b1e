"""Many writers and more than one sequencer on PostgreSQL: every committed entry is in the tree, once, and nothing else.

A sequencer that asks for "everything after the last number" misses rows here: the order of numbers is not the order of
commits. Nobody sees it but a test like this one.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from audit import Signer
from audit.merkle import Frontier
from gateway.sequencing import Sequencing
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.world import real_world
from tests.storage.appending import ORIGIN, a_log

ENTRIES = 100_000
PROCESSES = 4
SIGNER = Signer.from_seed(ORIGIN, bytes(32))
TREE = Path(__file__).resolve().parents[2]


def sequencing(database: Database) -> Sequencing:
    return Sequencing(database=database, world=real_world(), log=a_log("sequencer"), signer=SIGNER)


@contextmanager
def sequencers_at_work(url: str, number: int) -> Iterator[None]:
    """As many sequencers as processes of their own would be, until the block ends."""
    stop = threading.Event()
    faults: list[BaseException] = []

    def work() -> None:
        database = Database(url, pool_size=2)
        try:
            while not stop.wait(0.1):
                sequencing(database).publish_checkpoint()
        except BaseException as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []


def write_in_parallel(url: str, writers: int, folder: Path) -> set[str]:
    """The ids of all that was committed by `writers` writers at once, in a few processes of one gateway and another."""
    of_each = ENTRIES // writers
    module, threads = [sys.executable, "-m", "tests.storage.appending", url], str(writers // PROCESSES)
    commands = [
        [*module, f"gw-{number % 2}", threads, str(of_each), str(folder / f"ids-{number}")]
        for number in range(PROCESSES)
    ]
    processes = [subprocess.Popen(command, cwd=TREE) for command in commands]
    assert [process.wait(timeout=200) for process in processes] == [0] * PROCESSES
    files = [(folder / f"ids-{number}").read_text(encoding="ascii").split() for number in range(PROCESSES)]
    assert sum(map(len, files)) == of_each * writers
    return {entry_id for ids in files for entry_id in ids}


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.parametrize("writers", [8, 32])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_entry_of_a_hundred_thousand_is_missed(database_url: str, writers: int, tmp_path: Path) -> None:
    with sequencers_at_work(database_url, 2):
        committed = write_in_parallel(database_url, writers, tmp_path)
    assert len(committed) == ENTRIES
    database = Database(database_url)
    last = sequencing(database)
    while last.publish_checkpoint() is not None:
        pass
    frontier, in_the_tree = Frontier(), set[str]()
    lanes: dict[tuple[str, int], int] = {}
    with database.reading() as connection:
        store = SqlLogStore(connection)
        head, heads = store.head(), sum(1 for shard in store.shards() for _ in store.checkpoints(shard))
        assert head is not None
        for entry in store.leaves(0, ENTRIES * 2, head.shard):
            in_the_tree.add(entry.entry_id)
            frontier.append(entry.leaf_hash)
            lane = (entry.gateway, entry.lane)
            # In every lane the numbers are 1..n in the order of the tree: what rolled back left no gap.
            assert entry.counter == lanes.get(lane, 0) + 1, entry
            lanes[lane] = entry.counter
        waiting = connection.execute(text("SELECT COUNT(*) FROM audit_pending")).scalar_one()
    database.close()
    assert in_the_tree == committed
    assert (frontier.size, frontier.root()) == (head.size, head.root)
    assert (head.size, waiting) == (ENTRIES, 0)
    assert heads > 20
