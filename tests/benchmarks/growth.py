"""How the record grows on PostgreSQL: append, a patient's history page and an inclusion proof over 10^5 entries and
over many more, in two databases of one server, call by call in turns: a noisy machine disturbs both alike."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from statistics import median

import psycopg
from rich.console import Console
from rich.table import Table

from audit import AuditLog
from gateway.storage.database import Database
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.world import World, real_world
from tests.benchmarks.growth_filling import ORIGIN, filled, filling, patients_of

FIRST = 10**5
TIMES = 100
ROUNDS = 9
PAGE = 50
AIMS = {"append": 1.2, "history page": 1.5, "inclusion proof": 1.5}

Act = Callable[[], None]


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One activity: its p50, ms, in each round, over few entries and over many."""

    activity: str
    few_ms: list[float] = field(default_factory=list)
    many_ms: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Many to few, in each round."""
        return [many / few for few, many in zip(self.few_ms, self.many_ms, strict=True)]


def measure_growth(address: str, entries: int, folder: str) -> list[GrowthLine]:
    """Measure on the server at `address`, which names the maintenance database `postgres`; its data is in `folder`."""
    sizes = {"few": FIRST, "many": entries}
    world = real_world()
    with filling(address, entries + FIRST, folder):
        urls = {name: filled(address, f"growth_{name}", size, world.epoch_ms()) for name, size in sizes.items()}
    few, many = (_acts(urls[name], size, world) for name, size in sizes.items())
    lines = [GrowthLine(activity) for activity in AIMS]
    for activity in AIMS:
        # Warm-up: plans, caches, and the first touch of each page after the checkpoint.
        _in_turns([few[activity], many[activity]], 3 * TIMES)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    for number in range(ROUNDS):
        for line in lines:
            pair = [few[line.activity], many[line.activity]]
            ours = (line.few_ms, line.many_ms)
            # Who goes first changes from round to round.
            order = slice(None, None, -1 if number % 2 else 1)
            for kept, p50 in zip(ours[order], _in_turns(pair[order], TIMES), strict=True):
                kept.append(p50)
    return lines


def show_growth(console: Console, lines: list[GrowthLine], entries: int, memory: str) -> None:
    """A table for people; `memory` is the server's `shared_buffers`."""
    title = f"Growth of the record on PostgreSQL, from {FIRST:,} to {entries:,} entries (p50; shared_buffers {memory})"
    table = Table(title=title)
    for column in ("activity", "few ms", "many ms", "ratio", "least", "most", "aim"):
        table.add_column(column, justify="left" if column == "activity" else "right")
    for line in lines:
        ratios = line.ratios
        figures = (median(line.few_ms), median(line.many_ms), median(ratios), min(ratios), max(ratios))
        table.add_row(line.activity, *(f"{one:.2f}" for one in figures), f"≤ {AIMS[line.activity]}")
    console.print(table)


def growth_to_json(lines: list[GrowthLine]) -> list[dict[str, object]]:
    """The lines for programs."""
    return [{**asdict(line), "ratio": median(line.ratios)} for line in lines]


def _acts(url: str, entries: int, world: World) -> dict[str, Act]:
    database, dice, patients = Database(url), Random(7), patients_of(entries)
    log = AuditLog(ORIGIN, "measured", os.urandom, bytes(32))

    def append() -> None:
        personal = {f"patient/new-{dice.randrange(10**9)}": {"ins": "1"}, "person/1": {"name": "x"}}
        database.transact(
            lambda tx: log.append(
                SqlLogStore(tx.connection, OneEntry(tuple(personal), "2026-09")),
                entry_id=world.new_entry_id(),
                time=world.epoch_ms(),
                entry_type="access.opened",
                outcome="success",
                personal=personal,
            )
        )

    def history() -> None:
        with database.reading() as connection:
            store = SqlLogStore(connection)
            page = store.entries_about(f"patient/{dice.randrange(patients)}", None, PAGE)
            store.sealed([entry.entry_id for entry in page])

    def prove() -> None:
        number = dice.randrange(entries)
        with database.reading() as connection:
            store = SqlLogStore(connection)
            (entry,) = store.leaves(number, number + 1)
            log.prove_inclusion(store, entry.entry_id)

    return {"append": append, "history page": history, "inclusion proof": prove}


def _in_turns(acts: Sequence[Act], times: int) -> list[float]:
    """The p50 of each, ms."""
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(times):
        for act, mine in zip(acts, taken, strict=True):
            began = time.perf_counter()
            act()
            mine.append((time.perf_counter() - began) * 1000)
    return [median(one) for one in taken]
