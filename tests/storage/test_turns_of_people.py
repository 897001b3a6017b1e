"""Entries about the same patients and the same people at once: each is numbered without a gap, and nobody waits in a
circle."""

import os
import random
import threading
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import select, text

from audit import AuditLog
from gateway.errors import RecordUnavailable
from gateway.storage.database import Database
from gateway.storage.journal import (
    Journal,
    history_is_counted,
    patient_subject,
    person_subject,
    program_subject,
    take_turns,
)
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import audit_entry, audit_subject
from gateway.storage.transaction import Transaction
from gateway.world import real_world

THREADS, EACH = 16, 25
PATIENTS = [patient_subject(str(number)) for number in range(3)]
PEOPLE = [person_subject(str(number)) for number in range(3)]


@pytest.fixture
def log() -> AuditLog:
    return AuditLog("test/log", "gw", os.urandom, bytes(32), counted=history_is_counted)


def about(*subjects: str) -> dict[str, dict[str, str]]:
    return {subject: {f"who.{place}": subject} for place, subject in enumerate(subjects)}


def crossed(dice: random.Random, journal: Journal) -> Callable[[Transaction], None]:
    """An opening; or what ends several people's accesses in one transaction, in whatever order they come."""
    one = [dice.choice(PATIENTS), dice.choice(PEOPLE)]
    several = [dice.sample([*PATIENTS, *PEOPLE], 2) for _ in range(3)]

    def opening(tx: Transaction) -> None:
        journal.append(tx, "access.opened", "success", personal=about(*dice.sample(one, 2)))

    def ending(tx: Transaction) -> None:
        take_turns(tx, [subject for pair in several for subject in pair])
        for pair in several:
            journal.append(tx, "access.withdrawn", "refused", personal=about(*pair))

    return dice.choice([opening, opening, ending])


def test_crossed_pairs_of_patients_and_people_never_wait_in_a_circle(
    database_url: str, log: AuditLog, request: pytest.FixtureRequest
) -> None:
    database, faults = Database(database_url, pool_size=THREADS), list[BaseException]()

    def work(seed: int) -> None:
        dice, journal = random.Random(seed), Journal(log, real_world())
        try:
            for _ in range(EACH):
                database.transact(crossed(dice, journal))
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.reading() as connection:
        counters = {row.subject: row.last for row in connection.execute(select(audit_subject))}
        store, numbers = SqlLogStore(connection), dict[str, list[int]]()
        for entry_id in connection.execute(select(audit_entry.c.entry_id)).scalars().all():
            for subject, values in log.read(store, entry_id).personal.items():
                ((of, number),) = (value for name, value in values.items() if name.startswith("history_number"))
                assert of == subject
                numbers.setdefault(subject, []).append(number)
    database.close()
    assert set(numbers) == {*PATIENTS, *PEOPLE}
    assert {subject: sorted(found) for subject, found in numbers.items()} == {
        subject: list(range(1, counters[subject] + 1)) for subject in numbers
    }
    if database.dialect == "postgresql":
        assert deadlocks(request, database_url) == 0


def deadlocks(request: pytest.FixtureRequest, url: str) -> int:
    """How many the server had to break up in this database."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(request.getfixturevalue("postgresql_server"), autocommit=True) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", (name,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_what_a_deadlock_undid_is_done_again(database: Database, log: AuditLog) -> None:
    """Two transactions that did not take their turns first: the server lets one go on, and the other comes after."""
    journal, met = Journal(log, real_world()), threading.Barrier(2, timeout=5)
    runs: list[str] = []

    def unit(first: str, second: str) -> Callable[[Transaction], None]:
        def both(tx: Transaction) -> None:
            runs.append(first)
            journal.append(tx, "access.opened", "success", personal=about(first))
            if runs.count(first) == 1:
                met.wait()
            journal.append(tx, "access.opened", "success", personal=about(second))

        return both

    one, other = PEOPLE[:2]
    threads = [threading.Thread(target=database.transact, args=(unit(*pair),)) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        counters = {row.subject: row.last for row in connection.execute(select(audit_subject))}
    assert counters == {one: 2, other: 2}
    assert len(runs) == 3


def test_any_other_refusal_of_the_database_is_not_tried_again(database: Database) -> None:
    runs: list[int] = []

    def unit(tx: Transaction) -> None:
        runs.append(1)
        tx.connection.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(RecordUnavailable):
        database.transact(unit)
    assert len(runs) <= 2  # SQLite's committer may run a unit alone once more


def test_programs_are_not_numbered_and_people_are(database: Database, log: AuditLog) -> None:
    journal = Journal(log, real_world())
    subjects = (PATIENTS[0], PEOPLE[0], program_subject("0"))
    database.transact(lambda tx: journal.append(tx, "access.opened", "success", personal=about(*subjects)))
    with database.reading() as connection:
        counters = {row.subject: row.last for row in connection.execute(select(audit_subject))}
    assert counters == {PATIENTS[0]: 1, PEOPLE[0]: 1}
