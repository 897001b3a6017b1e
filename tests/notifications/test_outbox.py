"""The outbox on SQLite and PostgreSQL."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.errors import RecordUnavailable
from gateway.notifications import outbox, settling
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.notice import ClaimedNotice, NoticeState, Recipient
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from tests.notifications.outbox_rows import add_grant, add_patient, notice_of, owe_notice
from tests.worlds import StillWorld

CLAIM_SECONDS = 120


def watch_of(world: StillWorld) -> ClaimWatch:
    return ClaimWatch(world.world, CLAIM_SECONDS)


def claim(
    database: Database, world: StillWorld, *, limit: int = 10, watch: ClaimWatch | None = None
) -> tuple[ClaimedNotice, ...]:
    """`watch` looks before the claim and after it, as a courier does that goes round and round."""
    now, name, eyes = world.world.epoch_ms(), world.world.new_id(), watch or watch_of(world)

    def unit(tx: Transaction) -> tuple[ClaimedNotice, ...]:
        abandoned = eyes.look(tx.connection)
        claimed = outbox.claim_due(tx.connection, now, name, limit, CLAIM_SECONDS, abandoned=abandoned)
        eyes.look(tx.connection)
        return claimed

    return database.transact(unit)


def claimed_ids(
    database: Database, world: StillWorld, *, limit: int = 10, watch: ClaimWatch | None = None
) -> list[str]:
    return [claimed.notice.id for claimed in claim(database, world, limit=limit, watch=watch)]


def test_a_notice_of_a_grant_that_rolled_back_was_never_owed(database: Database, still_world: StillWorld) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    undone = owe_notice_and_fail(database, still_world)
    assert claimed_ids(database, still_world) == [owed.id]
    with database.reading() as connection:
        assert outbox.find(connection, undone) is None


def owe_notice_and_fail(database: Database, still_world: StillWorld) -> str:
    world = still_world.world
    template = owe_notice(database, world, add_patient(database, world))
    database.transact(lambda tx: settle_first(tx, template.id))
    fresh = type(template)(
        id=world.new_id(),
        grant_id=world.new_id(),
        patient_id=template.patient_id,
        kind=template.kind,
        recipient=template.recipient,
        code="UNDONE0000",
        language="fr",
        created_at=template.created_at,
    )

    def unit(tx: Transaction) -> None:
        add_grant(tx, fresh, world)
        outbox.queue(tx.connection, fresh)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        database.transact(unit)
    return fresh.id


def settle_first(tx: Transaction, notice_id: str) -> None:
    found = outbox.find(tx.connection, notice_id)
    assert found is not None
    assert settling.put(tx.connection, found, NoticeState.SENT, word="", now_ms=1)


def test_a_grant_owes_one_notice_to_each_recipient_and_no_second(database: Database, still_world: StillWorld) -> None:
    first = owe_notice(database, still_world.world, add_patient(database, still_world.world))

    def again(tx: Transaction) -> None:
        twin = type(first)(
            id=still_world.world.new_id(),
            grant_id=first.grant_id,
            patient_id=first.patient_id,
            kind=first.kind,
            recipient=first.recipient,
            code="TW1N000000",
            language="fr",
            created_at=first.created_at,
        )
        outbox.queue(tx.connection, twin)

    with pytest.raises(RecordUnavailable) as refused:
        database.transact(again)
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_notices_are_taken_oldest_first_and_by_one_courier_only(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    owed = []
    for _ in range(3):
        owed.append(owe_notice(database, still_world.world, patient_id).id)
        still_world.pass_time(seconds=1)
    assert claimed_ids(database, still_world, limit=2) == owed[:2]
    assert claimed_ids(database, still_world) == owed[2:]
    assert claimed_ids(database, still_world) == []


def test_couriers_claiming_at_once_share_the_notices_without_overlap(
    database: Database, still_world: StillWorld
) -> None:
    patient_id = add_patient(database, still_world.world)
    owed = {owe_notice(database, still_world.world, patient_id).id for _ in range(30)}
    taken: list[str] = []
    barrier = threading.Barrier(6)

    def take() -> None:
        barrier.wait()
        while ids := claimed_ids(database, still_world, limit=2):
            taken.extend(ids)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(owed)


def test_a_claim_that_ended_is_taken_over_and_says_so(database: Database, still_world: StillWorld) -> None:
    owe_notice(database, still_world.world, add_patient(database, still_world.world))
    watch = watch_of(still_world)
    (first,) = claim(database, still_world, watch=watch)
    still_world.pass_time(seconds=CLAIM_SECONDS - 1)
    assert claim(database, still_world, watch=watch) == ()
    still_world.pass_time(seconds=1)
    (second,) = claim(database, still_world, watch=watch)
    assert not first.interrupted
    assert second.interrupted
    assert (first.notice.attempts, second.notice.attempts) == (0, 1)


def test_only_the_holder_of_the_claim_settles_a_failure(database: Database, still_world: StillWorld) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    watch = watch_of(still_world)
    (first,) = claim(database, still_world, watch=watch)
    still_world.pass_time(seconds=CLAIM_SECONDS)
    (second,) = claim(database, still_world, watch=watch)
    late = database.transact(
        lambda tx: settling.settle_retry(tx.connection, first, channel="email", failure="late", due_at=1)
    )
    assert not late
    assert not database.transact(
        lambda tx: settling.settle_person(tx.connection, first, channel="email", failure="late", now_ms=1)
    )
    assert not database.transact(lambda tx: settling.settle_held(tx.connection, first, rule="late", now_ms=1))
    assert notice_of(database, owed.id).state is NoticeState.SENDING
    assert database.transact(lambda tx: settling.settle_sent(tx.connection, second, channel="email", now_ms=2))


def test_an_acceptance_counts_even_after_the_claim_and_the_second_one_is_known_as_a_duplicate(
    database: Database, still_world: StillWorld
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    watch = watch_of(still_world)
    (first,) = claim(database, still_world, watch=watch)
    still_world.pass_time(seconds=CLAIM_SECONDS)
    (second,) = claim(database, still_world, watch=watch)
    assert database.transact(lambda tx: settling.settle_sent(tx.connection, first, channel="email", now_ms=2))
    assert not database.transact(lambda tx: settling.settle_sent(tx.connection, second, channel="email", now_ms=3))
    kept = notice_of(database, owed.id)
    assert (kept.state, kept.settled_at) == (NoticeState.SENT, 2)


@pytest.mark.parametrize("jump", [{"days": 400}, {"days": -400}])
def test_no_jump_of_the_clock_loses_a_waiting_or_a_claimed_notice(
    database: Database, still_world: StillWorld, jump: dict[str, float]
) -> None:
    watch, patient_id = watch_of(still_world), add_patient(database, still_world.world)
    claimed = owe_notice(database, still_world.world, patient_id).id
    assert claimed_ids(database, still_world, watch=watch) == [claimed]
    waiting = owe_notice(database, still_world.world, patient_id).id
    still_world.jump(**jump)
    # What a courier holds stays with it, for it may be sending, however the clock was set.
    assert claimed_ids(database, still_world, watch=watch) == [waiting]
    still_world.pass_time(seconds=CLAIM_SECONDS)
    assert sorted(claimed_ids(database, still_world, watch=watch)) == sorted([claimed, waiting])


def test_a_retry_set_by_a_clock_that_jumped_ahead_is_due_when_it_is_mended(
    database: Database, still_world: StillWorld
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    still_world.pass_time(days=400)
    (claimed,) = claim(database, still_world)
    due_at = still_world.world.epoch_ms() + 60_000
    database.transact(
        lambda tx: settling.settle_retry(tx.connection, claimed, channel="email", failure="x", due_at=due_at)
    )
    assert claim(database, still_world) == ()
    still_world.pass_time(days=-400)
    assert claimed_ids(database, still_world) == [owed.id]


def test_operations_see_every_notice_by_its_state(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    first = owe_notice(database, still_world.world, patient_id)
    still_world.pass_time(seconds=1)
    second = owe_notice(database, still_world.world, patient_id, recipient=Recipient.MEDECIN_TRAITANT)
    claim(database, still_world, limit=1)
    with database.reading() as connection:
        assert [notice.id for notice in outbox.states(connection)] == [first.id, second.id]
        assert [notice.id for notice in outbox.states(connection, [NoticeState.PENDING])] == [second.id]
        by_code = outbox.find_by_code(connection, second.code)
        assert by_code is not None
        assert (by_code.id, by_code.recipient) == (second.id, Recipient.MEDECIN_TRAITANT)
        assert outbox.find_by_code(connection, "N0SUCHC0DE") is None
