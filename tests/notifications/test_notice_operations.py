"""What a person does about a notice, on both databases."""

import pytest

from gateway.errors import InvalidRequest, NotFound, RecordUnavailable
from gateway.notifications.channel import Accepted, AddressKind, Message
from gateway.notifications.courier import Courier, DeliveryCount
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.operations import NoticeOperations
from gateway.notifications.texts import NoticeTexts
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from tests.notifications.outbox_rows import (
    Person,
    TableRecorder,
    add_patient,
    facts,
    notice_of,
    notification_settings,
    owe_notice,
)
from tests.worlds import StillWorld

BY = "rpps:10001234567"


class _AcceptingChannel:
    """Takes everything; what it took is kept."""

    name = "accepting"
    reaches = frozenset({AddressKind.EMAIL})
    honours_key = False

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, message: Message) -> Accepted:
        self.keys.append(message.idempotency_key)
        return Accepted("taken")


def operations(database: Database, world: StillWorld, recorder: TableRecorder | None = None) -> NoticeOperations:
    return NoticeOperations(database=database, world=world.world, recorder=recorder or TableRecorder(world.world))


def deliver(database: Database, world: StillWorld) -> DeliveryCount:
    return Courier(
        database=database,
        world=world.world,
        channels=(_AcceptingChannel(),),
        texts=NoticeTexts(hospital_name="CH", phone="1", base_url="http://localhost"),
        recorder=TableRecorder(world.world),
        settings=notification_settings(),
    ).deliver_due()


def owed_in(database: Database, world: StillWorld, person: Person) -> str:
    notice_id = owe_notice(database, world.world, add_patient(database, world.world, person)).id
    deliver(database, world)
    return notice_id


DECEASED = Person(deceased_on="2026-11-01")
UNREACHABLE = Person(email="")


def test_a_released_notice_goes_and_no_rule_holds_it_again(database: Database, still_world: StillWorld) -> None:
    notice_id = owed_in(database, still_world, DECEASED)
    released = operations(database, still_world).release(notice_id, reason="heirs  told by\nphone", by=BY)
    assert released.state is NoticeState.RELEASED
    assert deliver(database, still_world) == DeliveryCount(sent=1)
    (change,) = [fact for fact in facts(database, notice_id) if fact["fact"] == "changed"]
    assert change == {
        "fact": "changed",
        "notice": notice_id,
        "action": "release",
        "reason": "heirs told by phone",
        "by": BY,
        "state": "held",
    }


def test_a_held_notice_does_not_go_until_it_is_released(database: Database, still_world: StillWorld) -> None:
    notice_id = owe_notice(database, still_world.world, add_patient(database, still_world.world)).id
    acting = operations(database, still_world)
    held = acting.hold(notice_id, reason="unsafe address", by=BY)
    assert (held.state, held.last_failure) == (NoticeState.HELD, "held-by-person")
    still_world.pass_time(days=30)
    assert deliver(database, still_world) == DeliveryCount()
    acting.release(notice_id, reason="address changed", by=BY)
    assert deliver(database, still_world) == DeliveryCount(sent=1)


def test_a_persons_task_is_tried_again_with_all_its_attempts(database: Database, still_world: StillWorld) -> None:
    notice_id = owed_in(database, still_world, UNREACHABLE)
    assert notice_of(database, notice_id).state is NoticeState.PERSON
    again = operations(database, still_world).retry(notice_id, reason="address added", by=BY)
    assert (again.state, again.attempts, again.settled_at) == (NoticeState.PENDING, 0, None)
    assert deliver(database, still_world) == DeliveryCount(handed_to_person=1)


def test_a_notice_given_in_person_is_done_and_says_how(database: Database, still_world: StillWorld) -> None:
    notice_id = owed_in(database, still_world, UNREACHABLE)
    done = operations(database, still_world).hand_over(notice_id, reason="told at the bedside", by=BY)
    assert (done.state, done.channel) == (NoticeState.SENT, "in_person")
    assert done.settled_at == still_world.world.epoch_ms()


@pytest.mark.parametrize("action", ["retry", "hold", "release", "hand_over"])
@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_every_change_needs_a_reason(database: Database, still_world: StillWorld, action: str, reason: str) -> None:
    notice_id = owed_in(database, still_world, DECEASED)
    before = notice_of(database, notice_id)
    with pytest.raises(InvalidRequest) as refused:
        getattr(operations(database, still_world), action)(notice_id, reason=reason, by=BY)
    assert (refused.value.code, refused.value.field) == ("notice-reason", "reason")
    assert notice_of(database, notice_id) == before


@pytest.mark.parametrize("action", ["retry", "hold", "release", "hand_over"])
def test_a_sent_notice_is_never_sent_again_nor_taken_back(
    database: Database, still_world: StillWorld, action: str
) -> None:
    notice_id = owed_in(database, still_world, Person())
    before = notice_of(database, notice_id)
    assert before.state is NoticeState.SENT
    with pytest.raises(InvalidRequest) as refused:
        getattr(operations(database, still_world), action)(notice_id, reason="why not", by=BY)
    assert refused.value.code == "notice-state"
    assert notice_of(database, notice_id) == before


class _FailingRecorder(TableRecorder):
    def notice_changed_by_person(self, tx: Transaction, notice: Notice, *, action: str, reason: str, by: str) -> None:
        raise RecordUnavailable("the log is full")


def test_a_change_that_cannot_be_recorded_is_not_made(database: Database, still_world: StillWorld) -> None:
    notice_id = owed_in(database, still_world, DECEASED)
    acting = operations(database, still_world, _FailingRecorder(still_world.world))
    with pytest.raises(RecordUnavailable):
        acting.release(notice_id, reason="heirs told", by=BY)
    assert notice_of(database, notice_id).state is NoticeState.HELD


def test_an_unknown_notice_is_said_to_be_unknown(database: Database, still_world: StillWorld) -> None:
    acting = operations(database, still_world)
    with pytest.raises(NotFound):
        acting.show("nothing")
    with pytest.raises(NotFound):
        acting.retry("nothing", reason="try", by=BY)


def test_operations_list_what_waits_for_a_person(database: Database, still_world: StillWorld) -> None:
    held = owed_in(database, still_world, DECEASED)
    task = owed_in(database, still_world, UNREACHABLE)
    owed_in(database, still_world, Person())
    acting = operations(database, still_world)
    waiting = acting.list([NoticeState.HELD, NoticeState.PERSON])
    assert {notice.id for notice in waiting} == {held, task}
    assert len(acting.list()) == 3
    here = {state: count for state, count in acting.counts().items() if count}
    assert here == {NoticeState.HELD: 1, NoticeState.PERSON: 1, NoticeState.SENT: 1}
    assert set(acting.counts()) == set(NoticeState)
    assert acting.show(held).last_failure == "deceased"
