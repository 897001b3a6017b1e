"""A channel that is down for everybody costs nobody an attempt, and is told apart from a recipient it cannot reach."""

import pytest

from gateway.notifications.notice import NoticeState
from gateway.storage.database import Database
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.worlds import StillWorld

ALERT = "notice-channel-down"


def owe_many(database: Database, world: StillWorld, number: int, person: Person | None = None) -> list[str]:
    owed = []
    for _ in range(number):
        owed.append(owe_notice(database, world.world, add_patient(database, world.world, person)).id)
        world.pass_time(milliseconds=1)
    return owed


@pytest.mark.parametrize("word", ["down", "later"])
def test_a_relay_that_fails_everybody_is_probed_sparingly_alerted_once_and_loses_no_attempt(
    database: Database, still_world: StillWorld, word: str
) -> None:
    email = TalkingChannel("email", [word] * 400)
    post = PostOffice(database, still_world, [email])
    owed = owe_many(database, still_world, 12)
    post.round()
    assert email.asked == 5
    assert post.alerts(ALERT) == [("email", False)]
    for _ in range(30):
        post.round(minutes=2)
    # One probe a round at most, whatever waits.
    assert email.asked <= 5 + 31
    assert post.alerts(ALERT) == [("email", False)]
    assert max(post.notice(one).attempts for one in owed) <= 1
    assert {post.notice(one).state for one in owed} == {NoticeState.PENDING}
    email.script.clear()
    post.round(minutes=2)
    post.round(minutes=2)
    assert sorted(email.keys) == sorted(owed)
    assert post.alerts(ALERT) == [("email", True)]


def test_what_waits_moves_on_only_when_its_day_is_over(database: Database, still_world: StillWorld) -> None:
    email, sms = TalkingChannel("email", ["down"] * 4000), TalkingChannel("sms")
    post = PostOffice(database, still_world, [email, sms])
    owed = owe_many(database, still_world, 8, Person(phone="0639980001"))
    for _ in range(46):
        post.round(minutes=30)
    assert sms.taken == []
    for _ in range(4):
        post.round(minutes=30)
    assert sorted(key.removesuffix("-2") for key in sms.keys) == sorted(owed)
    assert {post.notice(one).state for one in owed} == {NoticeState.SENT}


def test_without_another_channel_a_person_takes_what_waited_a_day(database: Database, still_world: StillWorld) -> None:
    post = PostOffice(database, still_world, [TalkingChannel("email", ["down"] * 4000)])
    owed = owe_many(database, still_world, 7)
    for _ in range(50):
        post.round(minutes=30)
    assert {post.notice(one).state for one in owed} == {NoticeState.PERSON}


def test_one_recipient_who_cannot_be_reached_takes_no_channel_down(database: Database, still_world: StillWorld) -> None:
    email = TalkingChannel("email", ["later"] * 50)
    post = PostOffice(database, still_world, [email])
    (alone,) = owe_many(database, still_world, 1)
    for _ in range(10):
        post.round(hours=1)
    assert post.notice(alone).state is NoticeState.PERSON
    assert email.asked == 8
    assert post.alerts(ALERT) == []


def test_a_refusal_for_good_shows_that_the_channel_works(database: Database, still_world: StillWorld) -> None:
    email = TalkingChannel("email", ["later"] * 4 + ["no"] + ["later"] * 4)
    post = PostOffice(database, still_world, [email])
    owe_many(database, still_world, 9)
    post.round()
    assert post.alerts(ALERT) == []


def test_a_new_notice_waits_without_being_tried_while_its_channel_is_down(
    database: Database, still_world: StillWorld
) -> None:
    email = TalkingChannel("email", ["down"] * 5)
    post = PostOffice(database, still_world, [email])
    owe_many(database, still_world, 5)
    post.round()
    (late,) = owe_many(database, still_world, 1)
    assert post.round().waiting == 1
    assert (email.asked, post.notice(late).attempts, post.notice(late).waits_for) == (5, 0, "email")
