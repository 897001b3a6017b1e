"""A thousand break-glass accesses, two couriers that die at any step and are killed at random, clocks that jump, and
carriers that refuse, hang, drop and forget: every notice ends delivered or with a person, none is lost, and every
double is known. Real SMTP, a real HTTP provider, a real folder of letters, a real audit log.
"""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from gateway.notifications.attempts import AttemptState, attempts_of, notice_id_of
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.outbox import states
from gateway.notifications.tasks import tasks_of
from gateway.storage.database import Database
from gateway.storage.tables import alert
from gateway.storage.transaction import Transaction
from gateway.world import World
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.sms_provider import SmsProvider
from tests.notifications.storm_checks import (
    ACCESSES,
    LETTERS,
    doubles_are_known,
    end_delivered_or_with_a_person,
    log,
    the_log_agrees,
)
from tests.notifications.stormy_courier import Parts, Weather, build, run
from tests.notifications.stormy_relay import StormyRelay

T = TypeVar("T")
HOUR_MS = 3_600_000
# The storm ends when that many have ended: what is left needs fair weather to be counted.
STORM_ENDS_AT = 500
LEAST_KILLS = 10
LEAST_WORK_BETWEEN_KILLS = 8
LULL_SECONDS = 25.0  # more than twice a claim
LONGEST_SECONDS = 540.0  # a busy machine; a quiet one needs about a tenth
ENDED = {NoticeState.DELIVERED, NoticeState.PERSON, NoticeState.HELD}


def _people() -> Iterator[Person]:
    """A thousand patients, and how they can be reached."""
    for number in range(ACCESSES):
        kind = ("ok", "ok", "ok", "ok", "bounces", "greylisted", "dropped", "ok", "later", "ok")[number % 10]
        mail = f"{'hangs' if number in (101, 501) else kind}-{number}@courriel.example"
        phone = f"06399{number:05d}"
        if number % (ACCESSES // LETTERS) == 7:
            yield Person(email="", address=f"{number} rue, 00000 V")
        elif number % 23 == 0:
            yield Person(email="")
        elif number % 29 == 0:
            yield Person(deceased_on="2026-01-01")
        elif number % 3 == 0:
            yield Person(email="", phone=phone)
        else:
            yield Person(email=mail, phone=phone if number % 2 else "")


class _Within(Database):
    """The transaction at hand as a database: a thousand patients are one commit."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def transact(self, unit: Callable[[Transaction], T]) -> T:
        return unit(self._tx)


def _owe_everybody(tx: Transaction, world: World) -> None:
    for person in _people():
        owe_notice(_Within(tx), world, add_patient(_Within(tx), world, person))


@dataclass
class Storm:
    """The couriers, and what happens to them and around them."""

    weather: Weather
    parts: Parts
    relay: StormyRelay
    provider: SmsProvider
    dice: random.Random
    ahead_ms: int = 0
    kills: int = 0
    done_at_last_kill: int = 0
    deaths: int = 0  # killed, or dead by themselves at one of their steps
    proved: set[str] = field(default_factory=set)  # notices a receipt or an opened page spoke for
    processes: list[multiprocessing.process.BaseProcess] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def let_pass(self, hours: float) -> None:
        """The right time goes on, for everybody."""
        self.ahead_ms += int(hours * HOUR_MS)
        self.set_wrong(0)

    def set_wrong(self, hours: float) -> None:
        """The clock shows the right time, or so many hours more or less."""
        # In one step: a courier never reads half a number.
        fresh = self.weather.clock_file.with_suffix(".new")
        fresh.write_text(str(self.ahead_ms + int(hours * HOUR_MS)))
        fresh.replace(self.weather.clock_file)

    def keep_two_alive(self, context: multiprocessing.context.ForkServerContext) -> None:
        alive = [one for one in self.processes if one.is_alive()]
        self.deaths += len(self.processes) - len(alive)
        self.processes = alive
        while len(self.processes) < 2:
            courier = context.Process(target=run, args=(self.weather,), daemon=True)
            courier.start()
            self.processes.append(courier)

    def work_done(self) -> int:
        """How often a courier spoke to a carrier."""
        return len(self.relay.greetings) + self.provider.requests

    def kill_one(self) -> None:
        # A courier that is killed before it did anything proves nothing, and on a busy machine nothing else would be.
        if self.work_done() - self.done_at_last_kill < LEAST_WORK_BETWEEN_KILLS:
            return
        self.done_at_last_kill = self.work_done()
        victim = self.dice.choice(self.processes)
        victim.kill()
        victim.join(5)
        self.kills += 1

    def patients_and_providers_answer(self) -> None:
        """Receipts come late, twice and out of order; pages are opened; letters are printed."""
        for taken in list(self.provider.taken):
            if taken.key in self.answered or self.dice.random() < 0.5:
                continue
            self.answered.add(taken.key)
            final = "failed" if taken.key[0] in "0123" else "delivered"
            for state in ("failed", final, final) if self.dice.random() < 0.2 else (final,):
                self._receipt(taken.key, state)
        for name in {one for one in self.relay.message_ids if one not in self.answered}:
            if self.dice.random() < 0.5:
                self.answered.add(name)
                if name[1] not in "abcd":
                    self._seen(notice_id_of(name[1:]))
        letters = {notice_id_of(one.stem) for one in self.weather.letters.glob("*/*.pdf")}
        now = self.parts.world.epoch_ms()
        self.parts.database.transact(lambda tx: self.parts.deliveries.record_printed(tx, sorted(letters), now))

    def _receipt(self, reference: str, state: str) -> None:
        said = "delivered" if state == "delivered" else "failed"
        now = self.parts.world.epoch_ms()
        outcome = self.parts.database.transact(
            lambda tx: self.parts.deliveries.record_receipt(
                tx, channel="sms", provider_reference=reference, state=said, at_ms=now
            )
        )
        if outcome is ReceiptOutcome.DELIVERED:
            self.proved.add(notice_id_of(reference))

    def _seen(self, notice_id: str) -> None:
        now = self.parts.world.epoch_ms()
        self.parts.database.transact(lambda tx: self.parts.deliveries.record_seen(tx, notice_id, by="page", at_ms=now))
        self.proved.add(notice_id)

    def notices(self) -> tuple[Notice, ...]:
        with self.parts.database.reading() as connection:
            return states(connection, most=ACCESSES + 1)


def _blow(storm: Storm) -> None:
    """Two couriers under kills, faults and jumps; then fair weather until every notice has ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.notifications.stormy_courier"])
    began = lull_ends = time.monotonic()
    try:
        while time.monotonic() - began < LONGEST_SECONDS:
            ended = sum(one.state in ENDED for one in storm.notices())
            stormy = storm.kills < LEAST_KILLS or ended < STORM_ENDS_AT
            if not stormy and storm.weather.dies_in:
                storm.weather = Weather(**{**_as_dict(storm.weather), "dies_in": 0})
            storm.keep_two_alive(context)
            time.sleep(0.3)
            if stormy and storm.dice.random() < 0.4:
                storm.kill_one()
            if not storm.work_done():
                continue  # no courier is awake yet
            if stormy:
                storm.set_wrong(storm.dice.choice([0, 0, 1, 3, -2, 9, 20, -30]))
                lull_ends = time.monotonic() + LULL_SECONDS
            elif time.monotonic() < lull_ends:
                # What dead couriers held is seen to be abandoned before its day is over, and goes again.
                storm.set_wrong(0)
            else:
                storm.let_pass(storm.dice.choice([2, 9, 25]))
            storm.patients_and_providers_answer()
            if not stormy and ended == ACCESSES:
                return
        pytest.fail(f"not ended: {Counter(one.state.value for one in storm.notices())}")
    finally:
        storm.deaths += len(storm.processes)
        for one in storm.processes:
            one.kill()
            one.join(5)


def _as_dict(weather: Weather) -> dict[str, object]:
    return {name: getattr(weather, name) for name in ("url", "folder", "smtp_port", "sms_port", "dies_in")}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_thousand_accesses_in_a_storm_end_in_a_thousand_known_outcomes(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clock").write_text("0")
    seed = int(os.environ.get("STORM_SEED", "5"))
    with StormyRelay() as relay, SmsProvider() as provider:
        weather = Weather(database_url, tmp_path, relay.port, provider.port, dies_in=300)
        parts = build(Weather(**{**_as_dict(weather), "dies_in": 0}))
        parts.database.transact(lambda tx: _owe_everybody(tx, parts.world))
        dice = random.Random(seed)
        provider.script = [dice.choice(["200"] * 6 + ["drop", "status 500", "refuse"]) for _ in range(900)]
        storm = Storm(weather, parts, relay, provider, dice)
        began = time.monotonic()
        _blow(storm)
        seconds = time.monotonic() - began
    notices = storm.notices()
    with parts.database.reading() as connection:
        ways = {one.id: attempts_of(connection, one.id) for one in notices}
        owed = {one.id: [task for task in tasks_of(connection, one.id) if task.done_at is None] for one in notices}
        alerts = Counter(connection.execute(select(alert.c.kind)).scalars().all())
    board = parts.acting.board()
    told = log(parts.database)
    parts.database.close()

    delivered = end_delivered_or_with_a_person(notices, owed)
    assert (board.delivered, board.human_tasks, board.on_the_way) == (delivered, ACCESSES - delivered, 0)
    assert {one.id for one in notices if one.state is NoticeState.DELIVERED} >= storm.proved
    assert [way for of_notice in ways.values() for way in of_notice if way.state is AttemptState.SENDING] == []

    interrupted = Counter(str(fact["notice"]) for fact in told.of("notice.interrupted"))
    doubles = doubles_are_known(relay, provider, weather, ways, interrupted)
    the_log_agrees(told, notices, ways, relay, provider, weather, interrupted)
    assert storm.kills >= LEAST_KILLS
    # A notice is taken from a courier that died, and never from one that lives, however the clocks were set.
    assert LEAST_KILLS <= interrupted.total() <= storm.deaths
    with capsys.disabled():
        print(
            f"\n{seconds:.0f} s, seed {seed}, {storm.kills} kills of {storm.deaths} deaths, {interrupted.total()} "
            f"interrupted, {doubles} double mails (all known), {len(set(relay.cut_off))} cut off, "
            f"{sum(map(len, ways.values()))} ways, {dict(Counter(one.state.value for one in notices))}, {dict(alerts)}"
        )
