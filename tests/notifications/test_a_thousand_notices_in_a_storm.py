"""A thousand break-glass accesses, two couriers that die at any step and are killed at random, clocks that jump, and
carriers that refuse, hang, drop and forget: every notice ends delivered or with a person, none is lost, and every
double is known. Real SMTP, a real HTTP provider, a real folder of letters, a real audit log.
"""

import json
import multiprocessing
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from gateway.notifications.attempts import Attempt, AttemptState, attempts_of, notice_id_of
from gateway.notifications.letter_batch import INDEX
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.outbox import states
from gateway.notifications.tasks import tasks_of
from gateway.storage.database import Database
from gateway.storage.tables import alert, audit_entry
from gateway.storage.transaction import Transaction
from gateway.world import World
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.relays import ScriptedRelay
from tests.notifications.sms_provider import SmsProvider
from tests.notifications.stormy_courier import Parts, Weather, build, run

T = TypeVar("T")
ACCESSES = 1000
LETTERS = 12
HOUR_MS = 3_600_000
# The storm ends when that many have ended: what is left needs fair weather to be counted.
STORM_ENDS_AT = 500
LEAST_KILLS = 10
LONGEST_SECONDS = 540.0  # a busy machine; a quiet one needs about a tenth
ENDED = {NoticeState.DELIVERED, NoticeState.PERSON, NoticeState.HELD}


class StormyRelay(ScriptedRelay):
    """Answers by the recipient's name: `bounces` for good, `greylisted`, `hangs` and `dropped` once, `later` ever."""

    def __init__(self) -> None:
        super().__init__()
        self.once: set[str] = set()

    def _first(self, address: str) -> bool:
        known = address in self.once
        self.once.add(address)
        return not known

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        kind = address.partition("-")[0]
        if kind == "bounces":
            return "550 no such mailbox"
        if kind == "later" or (kind == "greylisted" and self._first(address)):
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        kind = address.partition("-")[0]
        if kind in ("hangs", "dropped") and self._first(address):
            self.script[:] = ["hang" if kind == "hangs" else "drop"]
        return await super().handle_DATA(server, session, envelope)


def _people() -> Iterator[Person]:
    """A thousand patients, and how they can be reached."""
    for number in range(ACCESSES):
        kind = ("ok", "ok", "ok", "ok", "bounces", "greylisted", "dropped", "ok", "later", "ok")[number % 10]
        mail = f"{'hangs' if number in (101, 501) else kind}-{number}@courriel.example"
        phone = f"06399{number:05d}"
        if number < LETTERS:
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
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    ahead_ms: int = 0
    kills: int = 0
    processes: list[multiprocessing.process.BaseProcess] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def jump(self, hours: float) -> None:
        self.ahead_ms += int(hours * HOUR_MS)
        # In one step: a courier never reads half a number.
        fresh = self.weather.clock_file.with_suffix(".new")
        fresh.write_text(str(self.ahead_ms))
        fresh.replace(self.weather.clock_file)

    def keep_two_alive(self, context: multiprocessing.context.ForkServerContext) -> None:
        self.processes = [one for one in self.processes if one.is_alive()]
        while len(self.processes) < 2:
            courier = context.Process(target=run, args=(self.weather,), daemon=True)
            courier.start()
            self.processes.append(courier)

    def kill_one(self) -> None:
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
        self.parts.database.transact(
            lambda tx: self.parts.deliveries.record_receipt(
                tx, channel="sms", provider_reference=reference, state=said, at_ms=now
            )
        )

    def _seen(self, notice_id: str) -> None:
        now = self.parts.world.epoch_ms()
        self.parts.database.transact(lambda tx: self.parts.deliveries.record_seen(tx, notice_id, by="page", at_ms=now))

    def notices(self) -> tuple[Notice, ...]:
        with self.parts.database.reading() as connection:
            return states(connection, most=ACCESSES + 1)


def _blow(storm: Storm) -> None:
    """Two couriers under kills, faults and jumps; then fair weather until every notice has ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.notifications.stormy_courier"])
    began = time.monotonic()
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
            storm.jump(storm.dice.choice([0.02, 1, 3, -2, 9, -30] if stormy else [2, 9, 25]))
            storm.patients_and_providers_answer()
            if not stormy and ended == ACCESSES:
                return
        pytest.fail(f"not ended: {Counter(one.state.value for one in storm.notices())}")
    finally:
        for one in storm.processes:
            one.kill()
            one.join(5)


def _as_dict(weather: Weather) -> dict[str, object]:
    return {name: getattr(weather, name) for name in ("url", "folder", "smtp_port", "sms_port", "dies_in")}


@dataclass(frozen=True, slots=True)
class Told:
    """What the audit log says of the notices, by type of entry."""

    facts: dict[str, list[dict[str, object]]]

    def of(self, entry_type: str) -> list[dict[str, object]]:
        return self.facts.get(entry_type, [])


def _log(database: Database) -> Told:
    told: dict[str, list[dict[str, object]]] = defaultdict(list)
    with database.reading() as connection:
        for row in connection.execute(select(audit_entry.c.type, audit_entry.c.leaf)):
            told[row.type].append(json.loads(row.leaf)["facts"])
    return Told(told)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_thousand_accesses_in_a_storm_end_in_a_thousand_known_outcomes(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clock").write_text("0")
    with StormyRelay() as relay, SmsProvider() as provider:
        weather = Weather(database_url, tmp_path, relay.port, provider.port, dies_in=150)
        parts = build(Weather(**{**_as_dict(weather), "dies_in": 0}))
        parts.database.transact(lambda tx: _owe_everybody(tx, parts.world))
        provider.script = [random.Random(7).choice(["200"] * 6 + ["drop", "status 500", "refuse"]) for _ in range(900)]
        storm = Storm(weather, parts, relay, provider)
        began = time.monotonic()
        _blow(storm)
        seconds = time.monotonic() - began
    notices = storm.notices()
    with parts.database.reading() as connection:
        ways = {one.id: attempts_of(connection, one.id) for one in notices}
        owed = {one.id: [task for task in tasks_of(connection, one.id) if task.done_at is None] for one in notices}
        alerts = Counter(connection.execute(select(alert.c.kind)).scalars().all())
    told = _log(parts.database)
    parts.database.close()

    # None lost, each with its outcome; what is a person's has its task.
    assert len(notices) == ACCESSES
    assert {one.state for one in notices} <= ENDED
    for one in notices:
        assert bool(owed[one.id]) is (one.state is not NoticeState.DELIVERED)
        assert one.state is not NoticeState.HELD or one.last_failure == "deceased"

    doubles = _doubles_are_known(relay, provider, weather, ways)
    _the_log_agrees(told, notices, ways, relay, provider, weather)
    interrupted = len(told.of("notice.interrupted"))
    assert storm.kills >= LEAST_KILLS
    assert interrupted >= LEAST_KILLS
    with capsys.disabled():
        print(
            f"\n{seconds:.0f} s, {storm.kills} kills, {interrupted} interrupted, {doubles} double mails (all known), "
            f"{sum(map(len, ways.values()))} ways, {dict(Counter(one.state.value for one in notices))}, {dict(alerts)}"
        )


def _doubles_are_known(
    relay: StormyRelay, provider: SmsProvider, weather: Weather, ways: dict[str, tuple[Attempt, ...]]
) -> int:
    """An e-mail may have gone twice: under one Message-ID, and no oftener than its sends of unknown fate say."""
    copies = Counter(name.strip("<>").partition("@")[0] for name in relay.message_ids)
    by_key = {way.key: way for of_notice in ways.values() for way in of_notice}
    assert len(by_key) == sum(map(len, ways.values()))
    for key, number in copies.items():
        assert number - 1 <= by_key[key].uncertain, key
    # A text message and a letter never: one key a way, which the provider honours, and one file.
    assert max(Counter(provider.keys).values(), default=0) <= 1
    assert max(Counter(map(notice_id_of, provider.keys)).values(), default=0) <= 1
    files = [one.stem for one in weather.letters.glob("*/*.pdf")]
    # Fewer than the patients who have an address alone: a clock that jumps a day leaves a letter to a person.
    assert 0 < len(files) == len(set(map(notice_id_of, files))) <= LETTERS
    lines = [line for index in weather.letters.glob(f"*/{INDEX}") for line in index.read_text().splitlines()]
    assert sorted(line.removesuffix(".pdf") for line in lines) == sorted(files)
    return sum(number - 1 for number in copies.values())


def _the_log_agrees(
    told: Told,
    notices: tuple[Notice, ...],
    ways: dict[str, tuple[Attempt, ...]],
    relay: StormyRelay,
    provider: SmsProvider,
    weather: Weather,
) -> None:
    """What the log says was sent is what the carriers took, and the other way round but for what nobody could know."""
    taken = {
        "email": {name.strip("<>").partition("@")[0] for name in relay.message_ids},
        "sms": set(provider.keys),
        "letter": {one.stem for one in weather.letters.glob("*/*.pdf")},
    }
    everything = [way for of_notice in ways.values() for way in of_notice]
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in told.of("notice.sent"):
        said[str(fact["channel"])][str(fact["notice"])] += 1
    for channel, keys in taken.items():
        assert set(said[channel]) <= {notice_id_of(key) for key in keys}
        unsaid = {key for key in keys if notice_id_of(key) not in said[channel]}
        # Taken, and never settled as such: each such way knows of a send nobody can speak for, or of a receipt.
        for way in everything:
            if way.channel == channel and way.key in unsaid:
                assert way.uncertain or way.state in (AttemptState.DELIVERED, AttemptState.FAILED)
    last_words = {
        NoticeState.DELIVERED: {str(fact["notice"]) for fact in told.of("notice.delivered")},
        NoticeState.PERSON: {str(fact["notice"]) for fact in told.of("notice.handed_to_person")},
        NoticeState.HELD: {str(fact["notice"]) for fact in told.of("notice.held")},
    }
    for one in notices:
        assert one.id in last_words[one.state]
