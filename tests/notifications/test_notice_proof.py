"""The proof behind the landing page, on both databases."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notifications.notice import Recipient
from gateway.notifications.proof import LONGEST_LOCK_MS, ProofAnswer, ProofOutcome, check_proof, lock_ms
from gateway.storage.database import Database
from tests.notifications.outbox_rows import BIRTH_DATE, add_patient, owe_notice
from tests.worlds import StillWorld

MINUTE = 60_000


def prove(database: Database, world: StillWorld, code: str, birth_date: str) -> ProofAnswer:
    now = world.world.epoch_ms()
    return database.transact(lambda tx: check_proof(tx.connection, code=code, birth_date=birth_date, now_ms=now))


def outcomes(database: Database, world: StillWorld, code: str, *birth_dates: str) -> list[ProofOutcome]:
    return [prove(database, world, code, birth_date).outcome for birth_date in birth_dates]


@pytest.fixture
def code(database: Database, still_world: StillWorld) -> str:
    return owe_notice(database, still_world.world, add_patient(database, still_world.world)).code


def test_the_holders_birth_date_proves_and_gives_the_notice(
    database: Database, still_world: StillWorld, code: str
) -> None:
    answer = prove(database, still_world, code, BIRTH_DATE)
    assert answer.outcome is ProofOutcome.PROVEN
    assert answer.notice is not None
    assert answer.notice.code == code


@pytest.mark.parametrize("birth_date", ["1979-03-29", "", "28/03/1979", "1979-03-28 ", "'; DROP TABLE notice; --"])
def test_anything_else_gives_no_notice(database: Database, still_world: StillWorld, code: str, birth_date: str) -> None:
    answer = prove(database, still_world, code, birth_date)
    assert (answer.outcome, answer.notice) == (ProofOutcome.WRONG, None)


def test_an_unknown_code_gives_no_notice_and_is_never_remembered(database: Database, still_world: StillWorld) -> None:
    tries = outcomes(database, still_world, "N0SUCHC0DE", *[BIRTH_DATE, ""] * 5)
    assert set(tries) == {ProofOutcome.UNKNOWN}


def test_the_medecin_traitants_code_opens_nothing(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    owed = owe_notice(database, still_world.world, patient_id, recipient=Recipient.MEDECIN_TRAITANT)
    answer = prove(database, still_world, owed.code, BIRTH_DATE)
    assert (answer.outcome, answer.notice) == (ProofOutcome.UNKNOWN, None)


def test_after_five_wrong_proofs_even_the_right_one_waits_a_quarter_of_an_hour(
    database: Database, still_world: StillWorld, code: str
) -> None:
    assert outcomes(database, still_world, code, *["x"] * 5) == [ProofOutcome.WRONG] * 5
    still_world.pass_time(minutes=15, milliseconds=-1)
    assert outcomes(database, still_world, code, BIRTH_DATE, "x") == [ProofOutcome.LOCKED] * 2
    still_world.pass_time(milliseconds=1)
    assert outcomes(database, still_world, code, BIRTH_DATE) == [ProofOutcome.PROVEN]


def test_each_wrong_proof_after_the_fifth_locks_twice_as_long_and_a_right_one_forgets_them(
    database: Database, still_world: StillWorld, code: str
) -> None:
    outcomes(database, still_world, code, *["x"] * 5)
    still_world.pass_time(minutes=15)
    assert outcomes(database, still_world, code, "x") == [ProofOutcome.WRONG]
    still_world.pass_time(minutes=29)
    assert outcomes(database, still_world, code, BIRTH_DATE) == [ProofOutcome.LOCKED]
    still_world.pass_time(minutes=1)
    assert outcomes(database, still_world, code, BIRTH_DATE, "x", BIRTH_DATE) == [
        ProofOutcome.PROVEN,
        ProofOutcome.WRONG,
        ProofOutcome.PROVEN,
    ]


def test_many_guesses_at_once_are_not_more_guesses(database: Database, still_world: StillWorld, code: str) -> None:
    seen = outcomes(database, still_world, code, "x")
    barrier = threading.Barrier(8)

    def guess() -> None:
        barrier.wait()
        seen.extend(outcomes(database, still_world, code, *["x"] * 3))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.count(ProofOutcome.WRONG) == 5
    assert seen.count(ProofOutcome.LOCKED) == 20


def test_a_clock_that_jumps_back_does_not_shut_the_holder_out_for_longer_than_a_day(
    database: Database, still_world: StillWorld, code: str
) -> None:
    still_world.pass_time(days=30)
    outcomes(database, still_world, code, *["x"] * 5)
    still_world.pass_time(days=-30)
    assert outcomes(database, still_world, code, BIRTH_DATE) == [ProofOutcome.PROVEN]


@given(st.integers(0, 10_000))
def test_a_lock_grows_with_every_failure_up_to_a_day(failures: int) -> None:
    assert lock_ms(failures) <= lock_ms(failures + 1) <= LONGEST_LOCK_MS
    assert (lock_ms(failures) > 0) is (failures >= 5)


def test_the_first_locks_are_a_quarter_half_and_a_whole_hour() -> None:
    assert [lock_ms(failures) // MINUTE for failures in (4, 5, 6, 7, 50)] == [0, 15, 30, 60, 24 * 60]
