"""Quiet hours and one message a stay, on nights of 23 and 25 hours too; never a first word later than a day."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from gateway.notifications.notice import NoticeState
from gateway.notifications.quiet import next_allowed
from gateway.storage.database import Database
from gateway.storage.tables import notice
from gateway.world import from_epoch_ms, to_epoch_ms
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.worlds import StillWorld

PARIS = ZoneInfo("Europe/Paris")
HOUR_MS = 3_600_000
NIGHT = {"quiet_from": "21:00", "quiet_until": "08:00"}
BY_PHONE = Person(email="", phone="0639980001")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-22T20:59:59+01:00", "2026-11-22T20:59:59+01:00"),
        ("2026-11-22T21:00:00+01:00", "2026-11-23T08:00:00+01:00"),
        ("2026-11-23T07:59:59+01:00", "2026-11-23T08:00:00+01:00"),
        ("2026-11-23T08:00:00+01:00", "2026-11-23T08:00:00+01:00"),
        # The nights of the changes: 23 and 25 hours long.
        ("2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_the_quiet_ends_at_eight_in_paris(now: str, then: str) -> None:
    ends = next_allowed(to_epoch_ms(datetime.fromisoformat(now)), "21:00", "08:00")
    assert from_epoch_ms(ends) == datetime.fromisoformat(then).astimezone(UTC)


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1)),
    quiet_from=st.times().map(lambda one: f"{one:%H:%M}"),
    quiet_until=st.times().map(lambda one: f"{one:%H:%M}"),
)
def test_whatever_the_hours_the_wait_is_within_a_day_and_ends_outside_them(
    moment: datetime, quiet_from: str, quiet_until: str
) -> None:
    now = to_epoch_ms(moment.replace(tzinfo=UTC))
    ends = next_allowed(now, quiet_from, quiet_until)
    assert now <= ends <= now + 25 * HOUR_MS
    assert next_allowed(ends, quiet_from, quiet_until) in (ends, ends + HOUR_MS) or _in_a_gap(ends)


def _in_a_gap(moment: int) -> bool:
    """An hour that Paris clocks skip, or show twice, is near."""
    here = from_epoch_ms(moment)
    offsets = {(here + timedelta(hours=hours)).astimezone(PARIS).utcoffset() for hours in range(-3, 4)}
    return len(offsets) > 1


def test_a_text_message_waits_for_the_morning_and_an_email_does_not(
    database: Database, still_world: StillWorld
) -> None:
    email, sms = TalkingChannel("email"), TalkingChannel("sms")
    post = PostOffice(database, still_world, [email, sms], **NIGHT)
    owe_notice(database, still_world.world, add_patient(database, still_world.world, BY_PHONE))
    owe_notice(database, still_world.world, add_patient(database, still_world.world))
    count = post.round()
    assert (count.sent, count.waiting) == (1, 1)
    post.round(hours=3, minutes=59)
    assert (len(email.taken), len(sms.taken)) == (1, 0)
    post.round(minutes=1)
    assert len(sms.taken) == 1


@settings(max_examples=25, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 31))
    | st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27)),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    jumps=st.lists(st.sampled_from([-5.0, -0.5, 0.7, 3.0]), max_size=4),
    gather=st.sampled_from([0, 4, 20]),
)
def test_no_first_word_is_ever_a_day_late_whatever_the_hours_the_changes_and_the_jumps(
    empty_sqlite: Path, start: datetime, quiet: tuple[int, int], jumps: list[float], gather: int
) -> None:
    world = StillWorld(start=start.replace(tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copyfile(empty_sqlite, Path(folder) / 'gateway.db')}")
        hours = {"quiet_from": f"{quiet[0]:02}:00", "quiet_until": f"{quiet[1]:02}:00", "gather_hours": gather}
        post = PostOffice(database, world, [TalkingChannel("sms")], **hours)
        patient_id = add_patient(database, world.world, BY_PHONE)
        owed = [owe_notice(database, world.world, patient_id, episode_id="stay").id for _ in range(2)]
        created = world.world.epoch_ms()
        for jump in jumps:
            post.round(hours=jump)
        owed.append(owe_notice(database, world.world, patient_id, episode_id="stay").id)
        late = {one: post.notice(one).created_at + 24 * HOUR_MS for one in owed}
        while any(post.notice(one).state is not NoticeState.SENT for one in owed):
            post.round(minutes=20)
            assert world.world.epoch_ms() <= max(late.values()) + HOUR_MS
            for one, latest in late.items():
                assert post.notice(one).state is NoticeState.SENT or world.world.epoch_ms() < max(latest, created)
        database.close()


def test_the_notices_of_a_stay_that_wait_go_as_one_message_each_with_its_own_state_and_proof(
    database: Database, still_world: StillWorld
) -> None:
    sms = TalkingChannel("sms")
    post = PostOffice(database, still_world, [sms], **NIGHT, gather_hours=4)
    patient_id = add_patient(database, still_world.world, BY_PHONE)
    owed = []
    for _ in range(3):
        owed.append(owe_notice(database, still_world.world, patient_id, episode_id="stay").id)
        post.round(minutes=1)
    other = owe_notice(database, still_world.world, patient_id, episode_id="another stay").id
    post.round(hours=5)
    (leader,) = [key for key in sms.keys if key in owed]
    assert sorted(sms.keys) == sorted([leader, other])
    assert {post.notice(one).state for one in owed} == {NoticeState.SENT}
    assert [post.history(one) for one in owed] == [["sent"]] * 3
    assert {post.fact(one, "sent")["reference"] for one in owed} == {f"ref-{leader}"}
    post.receipt("sms", f"ref-{leader}", "delivered")
    assert {post.notice(one).state for one in owed} == {NoticeState.DELIVERED}
    assert post.notice(other).state is NoticeState.SENT


def test_after_a_message_the_stays_next_ones_are_gathered_for_hours(
    database: Database, still_world: StillWorld
) -> None:
    sms = TalkingChannel("sms")
    post = PostOffice(database, still_world, [sms], gather_hours=4)
    patient_id = add_patient(database, still_world.world, BY_PHONE)
    first = owe_notice(database, still_world.world, patient_id, episode_id="stay").id
    post.round()
    later = [owe_notice(database, still_world.world, patient_id, episode_id="stay").id for _ in range(3)]
    post.round(hours=3, minutes=59)
    assert sms.keys == [first]
    post.round(minutes=1)
    assert len(sms.keys) == 2
    assert {post.notice(one).state for one in later} == {NoticeState.SENT}


@pytest.mark.parametrize("word", ["no", "later", "down"])
def test_riders_whose_message_does_not_go_wait_their_own_turn(
    database: Database, still_world: StillWorld, word: str
) -> None:
    sms = TalkingChannel("sms", [word])
    post = PostOffice(database, still_world, [sms], gather_hours=4)
    patient_id = add_patient(database, still_world.world, BY_PHONE)
    owed = [owe_notice(database, still_world.world, patient_id, episode_id="stay").id for _ in range(3)]
    for _ in range(4):
        post.round(hours=2)
    ended = {post.notice(one).state for one in owed}
    assert ended == ({NoticeState.SENT, NoticeState.PERSON} if word == "no" else {NoticeState.SENT})
    assert all(post.notice(one).rides_with in (None, *owed) for one in owed)


def test_a_rider_whose_leader_is_gone_is_found_and_goes_by_itself(database: Database, still_world: StillWorld) -> None:
    sms = TalkingChannel("sms")
    post = PostOffice(database, still_world, [sms])
    patient_id = add_patient(database, still_world.world, BY_PHONE)
    gone = owe_notice(database, still_world.world, patient_id).id
    post.round()
    rider = owe_notice(database, still_world.world, patient_id).id
    stranded = update(notice).where(notice.c.id == rider).values(rides_with=gone)
    database.transact(lambda tx: tx.connection.execute(stranded).rowcount)
    assert post.courier.deliver_due().sent == 0
    assert post.round().sent == 1
    assert sms.keys == [gone, rider]
