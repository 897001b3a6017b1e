"""A courier killed with a notice in its hands: nothing is lost, and what may have gone twice is known."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.notifications.channel import ChannelParts
from gateway.notifications.courier import Courier, DeliveryCount, send_deadline_seconds
from gateway.notifications.email import create_channel
from gateway.notifications.notice import NoticeState
from gateway.notifications.texts import NoticeTexts
from gateway.storage.database import Database
from tests.notifications.dying_courier import EXIT_CODE
from tests.notifications.outbox_rows import (
    TableRecorder,
    add_patient,
    fact_names,
    notice_of,
    notification_settings,
    owe_notice,
)
from tests.notifications.relays import ScriptedRelay
from tests.worlds import StillWorld

ROOT = Path(__file__).resolve().parents[2]


def kill_a_courier(url: str, port: int, when: str) -> None:
    """Run a courier in a process of its own that dies while sending."""
    died = subprocess.run(
        [sys.executable, "-m", "tests.notifications.dying_courier", url, str(port), when],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert died.returncode == EXIT_CODE, died.stderr


def healthy_courier(database: Database, world: StillWorld, port: int) -> Courier:
    settings = notification_settings(port)
    parts = ChannelParts(
        settings=settings,
        host_name="acces.vauclair.example",
        sender_name="Centre hospitalier de Vauclair",
        now=world.world.now,
        deadline_seconds=send_deadline_seconds(settings),
    )
    return Courier(
        database=database,
        world=world.world,
        channels=(create_channel(parts),),
        texts=NoticeTexts(hospital_name="Centre hospitalier de Vauclair", phone="1", base_url="http://localhost"),
        recorder=TableRecorder(world.world),
        settings=settings,
    )


@pytest.mark.parametrize(("when", "copies"), [("before", 1), ("after", 2)])
def test_a_notice_whose_courier_was_killed_goes_again_with_the_same_message_id_and_none_is_lost(
    database: Database, database_url: str, when: str, copies: int
) -> None:
    world = StillWorld(start=datetime.now(UTC))
    patient_id = add_patient(database, world.world)
    first = owe_notice(database, world.world, patient_id)
    world.pass_time(milliseconds=5)
    others = [owe_notice(database, world.world, patient_id) for _ in range(3)]
    with ScriptedRelay() as relay:
        kill_a_courier(database_url, relay.port, when)
        assert notice_of(database, first.id).state is NoticeState.SENDING
        working = healthy_courier(database, world, relay.port)
        assert working.deliver_due() == DeliveryCount(sent=3)
        world.pass_time(seconds=300)
        assert working.deliver_due() == DeliveryCount(sent=1, interrupted=1)
        assert working.deliver_due() == DeliveryCount()
    sent = Counter(relay.message_ids)
    assert sent[f"<{first.id}@acces.vauclair.example>"] == copies
    assert all(sent[f"<{other.id}@acces.vauclair.example>"] == 1 for other in others)
    assert fact_names(database, first.id) == ["interrupted", "sent"]
    assert notice_of(database, first.id).attempts == 2
