"""Two real processes over one database: an activation, a schedule and a roll-back reach both in under 5 seconds."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.rulebook.people import ConsoleAccount
from gateway.world import real_world
from tests.rulebook.conftest import Process, Rulebook

ROOT = Path(__file__).resolve().parents[2]
WITHIN_SECONDS = 5.0


class Child:
    """One process and what it says."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.rulebook.following_process", url]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def next_version(self) -> int:
        """The number of the version it decides by from now on."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process ended"
        return int(line.split()[0])

    def close(self) -> None:
        """Ask it to end, and wait."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@pytest.fixture
def children(database_url: str, process: Process) -> Iterator[tuple[Child, Child]]:
    """Two processes beside this one, both at version 1."""
    with ExitStack() as stack:
        both = Child(database_url), Child(database_url)
        for child in both:
            stack.callback(child.close)
        assert [child.next_version() for child in both] == [1, 1]
        yield both


def test_every_process_follows_in_under_five_seconds(
    rulebook: Rulebook, process: Process, children: tuple[Child, Child]
) -> None:
    number = rulebook.approved(process, "partout").number
    began = time.monotonic()
    process.publishing.activate(rulebook.ines, str(number))
    assert [child.next_version() for child in children] == [number, number]
    assert time.monotonic() - began < WITHIN_SECONDS
    began = time.monotonic()
    process.publishing.rollback(ConsoleAccount("nuit"))
    assert [child.next_version() for child in children] == [1, 1]
    assert time.monotonic() - began < WITHIN_SECONDS
    # The children's clock is the real one: a second from now, whatever this test's own clock says.
    rulebook.still.pass_time(seconds=(real_world().now() - rulebook.still.world.now()).total_seconds())
    at = rulebook.still.world.epoch_ms() + 1500
    began = time.monotonic()
    process.publishing.activate(rulebook.ines, str(number), at=at)
    assert [child.next_version() for child in children] == [number, number]
    assert 1 < time.monotonic() - began < 1.5 + WITHIN_SECONDS
    taken = [entry for entry in rulebook.entries("policies.activated") if entry.facts["scheduled"]]
    assert [entry.facts["version"] for entry in taken] == [1, number], "one process of all gives it its turn"
