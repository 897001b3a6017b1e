"""The record under load on PostgreSQL: commits a second with the pending table and a sequencer at work, against a
serial hash chain, in turns within one run."""

import json
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median

import psycopg
from rich.console import Console
from rich.table import Table

from audit import Signer
from gateway.sequencing import Sequencing
from gateway.storage.database import Database
from gateway.storage.migrating import migrate
from gateway.world import real_world
from tests.benchmarks.processes import ROOT
from tests.benchmarks.record_writer import ORIGIN, TABLES, a_log

WRITERS = (1, 8, 32)
PROCESSES = 4
SECONDS = 1.5
CHECKPOINT_EVERY_SECONDS = 0.2
AIMS = {8: 2.5, 32: 4.0}
WAYS = ("pending", "chain", "gateway")
COLUMNS = (
    "writers",
    "record /s",
    "chain /s",
    "ratio",
    "least",
    "most",
    "aim",
    "p99 ms",
    "chain p99",
    "by the gateway /s",
    "its ratio",
    "least",
    "most",
)
SIGNER = Signer.from_seed(ORIGIN, bytes(32))


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One number of writers; medians over the rounds, `ratio` taken within each."""

    writers: int
    pending_per_second: float
    chain_per_second: float
    ratio: float
    least: float
    most: float
    pending_p99_ms: float
    chain_p99_ms: float
    # The same through the gateway's own code, which the load generator's processes run: on few cores it is their Python
    # that is measured, not the record.
    gateway_per_second: float
    gateway_ratio: float
    gateway_least: float
    gateway_most: float


class _Writers:
    """The processes; an order goes to as many as it takes."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.record_writer", url]
        self._processes = [
            subprocess.Popen(
                [*command, str(number), str(max(WRITERS) // PROCESSES)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(PROCESSES)
        ]

    def run(self, way: str, writers: int, seconds: float) -> list[float]:
        processes = self._processes[: min(writers, PROCESSES)]
        order = {"way": way, "threads": writers // len(processes), "seconds": seconds}
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        found: list[float] = []
        for process in processes:
            assert process.stdout is not None
            found += json.loads(process.stdout.readline())
        return found

    def close(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=20)


def measure_record(address: str, rounds: int) -> list[RecordLine]:
    """Measure on the server at `address`, which names the maintenance database `postgres`."""
    url = address.replace("/postgres?", "/record?")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE record")
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLES:
            connection.execute(statement)
    writers = _Writers(url)
    found: dict[tuple[int, str], list[list[float]]] = defaultdict(list)
    with _sequencer(url):
        for number in (-1, *range(rounds)):
            for load in WRITERS:
                for way in WAYS:
                    latencies = writers.run(way, load, SECONDS if number >= 0 else 0.3)
                    if number >= 0:
                        found[load, way].append(latencies)
    writers.close()
    return [_line(load, *(found[load, way] for way in WAYS)) for load in WRITERS]


def show_record(console: Console, lines: list[RecordLine]) -> None:
    """A table for people."""
    table = Table(title="The record on PostgreSQL: commits a second, with a sequencer at work, against a hash chain")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for line in lines:
        table.add_row(
            str(line.writers),
            f"{line.pending_per_second:.0f}",
            f"{line.chain_per_second:.0f}",
            f"{line.ratio:.2f}",
            f"{line.least:.2f}",
            f"{line.most:.2f}",
            f"≥ {AIMS[line.writers]}" if line.writers in AIMS else "",
            f"{line.pending_p99_ms:.1f}",
            f"{line.chain_p99_ms:.1f}",
            f"{line.gateway_per_second:.0f}",
            f"{line.gateway_ratio:.2f}",
            f"{line.gateway_least:.2f}",
            f"{line.gateway_most:.2f}",
        )
    console.print(table)


def record_to_json(lines: list[RecordLine]) -> list[dict[str, float]]:
    """The lines for programs."""
    return [asdict(line) for line in lines]


@contextmanager
def _sequencer(url: str) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        database = Database(url, pool_size=2)
        sequencing = Sequencing(database=database, world=real_world(), log=a_log(99), signer=SIGNER)
        while not stop.wait(CHECKPOINT_EVERY_SECONDS):
            sequencing.publish_checkpoint()
        database.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _line(writers: int, pending: list[list[float]], chain: list[list[float]], gateway: list[list[float]]) -> RecordLine:
    ratios = [len(ours) / len(theirs) for ours, theirs in zip(pending, chain, strict=True)]
    by_gateway = [len(ours) / len(theirs) for ours, theirs in zip(gateway, chain, strict=True)]
    return RecordLine(
        writers,
        median(len(one) for one in pending) / SECONDS,
        median(len(one) for one in chain) / SECONDS,
        median(ratios),
        min(ratios),
        max(ratios),
        _p99(pending),
        _p99(chain),
        median(len(one) for one in gateway) / SECONDS,
        median(by_gateway),
        min(by_gateway),
        max(by_gateway),
    )


def _p99(rounds: list[list[float]]) -> float:
    every = sorted(one for latencies in rounds for one in latencies)
    return every[int(len(every) * 0.99)]
