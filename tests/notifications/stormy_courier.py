"""A courier in a process of its own that may end at any step, with a clock the test moves: for the storm test.

`run` is the process. Its clock is the machine's plus the milliseconds a file holds; it dies by `os._exit`, which runs
no handler, as a power cut would not, at one step in so many drawn at random.
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from audit import AuditLog
from gateway.access.notice_record import NoticeJournal
from gateway.errors import GatewayError, RecordUnavailable
from gateway.notifications import email, letter, sms
from gateway.notifications.channel import Accepted, AddressKind, ChannelParts, Message, NotificationChannel
from gateway.notifications.courier import Courier, send_deadline_seconds
from gateway.notifications.delivery import Deliveries
from gateway.notifications.minding import Minding
from gateway.notifications.operations import NoticeOperations
from gateway.notifications.texts import NoticeTexts
from gateway.settings import DeliverySettings, LetterSettings, NotificationSettings, SmsSettings, SmtpSettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal, history_is_counted
from gateway.storage.transaction import Transaction
from gateway.world import World, real_world

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Weather:
    """Where everything is, and how often a step ends the process (one in `dies_in`; 0 for never)."""

    url: str
    folder: Path
    smtp_port: int
    sms_port: int
    dies_in: int

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock"

    @property
    def letters(self) -> Path:
        return self.folder / "letters"


def world_of(weather: Weather) -> World:
    """The machine's world, with its clock moved by what the file says."""
    real = real_world()

    def now() -> datetime:
        ahead = int(weather.clock_file.read_text() or "0")
        return datetime.now(UTC) + timedelta(milliseconds=ahead)

    return World(now=now, new_id=real.new_id, new_token=real.new_token, random_bytes=real.random_bytes)


def settings_of(weather: Weather) -> NotificationSettings:
    """Real carriers on loopback; the waits are the product's own, only the time-outs are short."""
    return NotificationSettings(
        smtp=SmtpSettings(
            host="127.0.0.1", port=weather.smtp_port, security="none", sender="a@h.example", timeout_seconds=1.0
        ),
        sms=SmsSettings(
            url=f"http://127.0.0.1:{weather.sms_port}/messages",
            headers={"Idempotency-Key": "{key}"},
            refused="invalid",
            timeout_seconds=1.0,
        ),
        letter=LetterSettings(folder=weather.letters, sender=("CH",)),
        delivery=DeliverySettings(),
        claim_seconds=10,
    )


class _Mortal:
    """Ends the process at one step in so many."""

    def __init__(self, dies_in: int) -> None:
        self._dies_in = dies_in
        self._dice = random.Random(os.getpid())

    def step(self, likely: int = 1) -> None:
        if self._dies_in and self._dice.randrange(self._dies_in // likely) == 0:
            os._exit(1)

    def fault(self) -> None:
        """The database fails instead, one step in as many."""
        if self._dies_in and self._dice.randrange(self._dies_in) == 0:
            raise RecordUnavailable("the database refused the work")


class _MortalChannel:
    """A channel around whose `send` the process may end."""

    def __init__(self, channel: NotificationChannel, mortal: _Mortal) -> None:
        self._channel, self._mortal = channel, mortal
        self.name = channel.name
        self.reaches: frozenset[AddressKind] = channel.reaches
        self.honours_key = channel.honours_key

    def send(self, message: Message) -> Accepted:
        self._mortal.step()
        accepted = self._channel.send(message)
        # The one moment a mail may go twice for: it is looked for.
        self._mortal.step(likely=10)
        return accepted


class _MortalDatabase(Database):
    """A database before, in and after whose commits the process may end, or the work fail."""

    mortal = _Mortal(0)

    def transact(self, unit: Callable[[Transaction], T]) -> T:
        def mortal_unit(tx: Transaction) -> T:
            result = unit(tx)
            self.mortal.step()
            self.mortal.fault()
            return result

        result = super().transact(mortal_unit)
        self.mortal.step()
        return result


@dataclass(frozen=True, slots=True)
class Parts:
    """What brings the notices home."""

    database: Database
    world: World
    courier: Courier
    minding: Minding
    deliveries: Deliveries
    acting: NoticeOperations


def build(weather: Weather) -> Parts:
    """The parts, as the composition root joins them, over a real log."""
    world, settings, mortal = world_of(weather), settings_of(weather), _Mortal(weather.dies_in)
    database = _MortalDatabase(weather.url, pool_size=4)
    database.mortal = mortal
    log = AuditLog("test/log", "gw", world.random_bytes, bytes(32), yearly=True, counted=history_is_counted)
    recorder = NoticeJournal(Journal(log, world))
    parts = ChannelParts(
        settings=settings,
        host_name="acces.example",
        sender_name="CH",
        now=world.now,
        deadline_seconds=send_deadline_seconds(settings),
    )
    channels = [_MortalChannel(one.create_channel(parts), mortal) for one in (email, sms, letter)]
    return Parts(
        database=database,
        world=world,
        courier=Courier(
            database=database,
            world=world,
            channels=channels,
            texts=NoticeTexts(hospital_name="CH", phone="1", base_url="http://localhost"),
            recorder=recorder,
            settings=settings,
        ),
        minding=Minding(database=database, world=world, recorder=recorder, settings=settings.delivery),
        deliveries=Deliveries(recorder=recorder, settings=settings),
        acting=NoticeOperations(database=database, world=world, recorder=recorder, settings=settings.delivery),
    )


def run(weather: Weather) -> None:
    """Work until death."""
    parts = build(weather)
    while True:
        try:
            parts.minding.run_due(lambda: True)
            moved = parts.courier.deliver_due(50).handled
        except GatewayError:
            moved = 0
        if not moved:
            time.sleep(0.02)
