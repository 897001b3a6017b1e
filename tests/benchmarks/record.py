"""The record under load on PostgreSQL: commits a second with the pending table and a sequencer at work, against a
serial hash chain, in turns within one run."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
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
from tests.benchmarks.record_scripts import FUNCTIONS, GATEWAY, write_scripts
from tests.benchmarks.record_writer import ORIGIN, TABLES, a_log

WRITERS = (1, 8, 32)
PROCESSES = 4
SECONDS = 2
CHECKPOINT_EVERY_SECONDS = 0.2
AIMS = {8: 2.5, 32: 4.0}
BY_PGBENCH, BY_GATEWAY = ("record", "chain", "slow_record", "slow_chain"), ("gateway", "gateway_chain")
# A log file on a disk that takes 2 ms to keep what it was given, as many a hospital's does: whoever flushes first waits
# so long before it flushes, and what others wrote meanwhile goes with it.
SLOW_DISK = "-c commit_delay=2000 -c commit_siblings=0"
SIGNER = Signer.from_seed(ORIGIN, bytes(32))


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One number of writers; medians over the rounds, each `ratio` taken within its round."""

    writers: int
    record_per_second: float
    chain_per_second: float
    ratio: float
    least: float
    most: float
    record_p99_ms: float
    chain_p99_ms: float
    slow_record_per_second: float
    slow_chain_per_second: float
    slow_ratio: float
    # The same through the gateway's own code on both sides, which the load generator's processes run: on few cores it
    # is their Python that is measured, not the record.
    gateway_per_second: float
    gateway_chain_per_second: float
    gateway_ratio: float


class _Writers:
    """The processes that write by the gateway's own code; an order goes to as many as it takes."""

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


class _Pgbench:
    """PostgreSQL's own load generator, from the programs of the server that is measured."""

    def __init__(self, program: Path, url: str, folder: Path) -> None:
        self._program, self._url, self._folder = program, url, folder
        self._scripts = write_scripts(folder)

    def run(self, way: str, writers: int, seconds: int) -> list[float]:
        """The latency of each commit, ms. Raises `CalledProcessError`, its output shown, when one failed."""
        for log in self._folder.glob("latencies.*"):
            log.unlink()
        load = ["--client", str(writers), "--jobs", str(min(writers, 2)), "--time", str(seconds)]
        latencies = ["--log", "--log-prefix", str(self._folder / "latencies")]
        start = ["--define", f"ms={real_world().epoch_ms()}", "--define", "lane=0"]
        script = [
            *start,
            "--no-vacuum",
            "--protocol",
            "prepared",
            "--file",
            str(self._scripts[way.removeprefix("slow_")]),
        ]
        command = [str(self._program), *load, *latencies, *script, self._url]
        options = {"PGOPTIONS": SLOW_DISK} if way.startswith("slow_") else {}
        environment = {**os.environ, **options}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
        if done.returncode:
            print(done.stderr[-2000:], file=sys.stderr)
            done.check_returncode()
        logs = [log.read_text().splitlines() for log in self._folder.glob("latencies.*")]
        # client, transaction, microseconds, ...
        return [int(line.split()[2]) / 1000 for lines in logs for line in lines]


def measure_record(address: str, programs: Path, rounds: int) -> list[RecordLine]:
    """Measure on the server at `address`, which names the maintenance database `postgres`; `programs` is the folder
    of its programs."""
    url = address.replace("/postgres?", "/record?")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE record")
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (*TABLES, *FUNCTIONS):
            connection.execute(statement)
        for lane in range(2 * max(WRITERS)):
            # A lane for each writer, as the gateway's own code opens them the first time they are needed, and as many
            # more: a script that finds none above its own cannot look below as that code does.
            connection.execute("INSERT INTO audit_counter VALUES (%s, %s, 0)", (GATEWAY, lane))
    found: dict[tuple[int, str], list[list[float]]] = defaultdict(list)
    writers = _Writers(url)
    with tempfile.TemporaryDirectory(prefix="pgbench-") as folder, _sequencer(url):
        pgbench = _Pgbench(programs / "pgbench", url, Path(folder))
        for number in (-1, *range(rounds)):
            for load in WRITERS:
                for way in (*BY_PGBENCH, *BY_GATEWAY):
                    run = pgbench.run if way in BY_PGBENCH else writers.run
                    latencies = run(way, load, SECONDS if number >= 0 else 1)
                    if number >= 0:
                        found[load, way].append(latencies)
    writers.close()
    return [_line(load, *(found[load, way] for way in (*BY_PGBENCH, *BY_GATEWAY))) for load in WRITERS]


def show_record(console: Console, lines: list[RecordLine]) -> None:
    """A table for people."""
    table = Table(
        title="The record on PostgreSQL: commits a second, with a sequencer at work, against a serial hash chain",
        caption="Load: so many writers by pgbench; p99 and that of the chain in ms. slow: on a disk that takes 2 ms to "
        "keep a commit. code: as the first, through the gateway's own Python on both sides.",
    )
    for column in ("load", "ours", "chain", "ratio", "least", "most", "aim", "p99", "its"):
        table.add_column(column, justify="right")
    for column in ("slow", "chain", "ratio"):
        table.add_column(column, justify="right")
    for column in ("code", "chain", "ratio"):
        table.add_column(column, justify="right", style="dim")
    for line in lines:
        table.add_row(
            str(line.writers),
            f"{line.record_per_second:.0f}",
            f"{line.chain_per_second:.0f}",
            f"{line.ratio:.2f}",
            f"{line.least:.2f}",
            f"{line.most:.2f}",
            f"≥ {AIMS[line.writers]}" if line.writers in AIMS else "",
            f"{line.record_p99_ms:.1f}",
            f"{line.chain_p99_ms:.1f}",
            f"{line.slow_record_per_second:.0f}",
            f"{line.slow_chain_per_second:.0f}",
            f"{line.slow_ratio:.2f}",
            f"{line.gateway_per_second:.0f}",
            f"{line.gateway_chain_per_second:.0f}",
            f"{line.gateway_ratio:.2f}",
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


def _line(
    writers: int,
    record: list[list[float]],
    chain: list[list[float]],
    slow_record: list[list[float]],
    slow_chain: list[list[float]],
    gateway: list[list[float]],
    gateway_chain: list[list[float]],
) -> RecordLine:
    ratios = _ratios(record, chain)
    return RecordLine(
        writers,
        _per_second(record),
        _per_second(chain),
        median(ratios),
        min(ratios),
        max(ratios),
        _p99(record),
        _p99(chain),
        _per_second(slow_record),
        _per_second(slow_chain),
        median(_ratios(slow_record, slow_chain)),
        _per_second(gateway),
        _per_second(gateway_chain),
        median(_ratios(gateway, gateway_chain)),
    )


def _ratios(ours: list[list[float]], theirs: list[list[float]]) -> list[float]:
    return [len(one) / len(other) for one, other in zip(ours, theirs, strict=True)]


def _per_second(rounds: list[list[float]]) -> float:
    return median(len(one) for one in rounds) / SECONDS


def _p99(rounds: list[list[float]]) -> float:
    every = sorted(one for latencies in rounds for one in latencies)
    return every[int(len(every) * 0.99)]
