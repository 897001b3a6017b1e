"""The register of episodes: who is here, since when, and which episode is under way."""

import pytest
from sqlalchemy.exc import DBAPIError

from gateway.admissions import register
from gateway.admissions.register import Admission
from gateway.errors import NotFound, RecordUnavailable
from gateway.patients.registering import add_patient
from gateway.storage.database import Database
from tests.patients.people import DOMINIQUE, person

OTHER = person(2, "MARTIN", "Jean")


def episode(
    number: int, *, patient: str = DOMINIQUE.id, unit: str = "URG", at: int = 0, left: int | None = None
) -> Admission:
    return Admission(
        episode_id=f"e{number}",
        visit_number=f"V{number}",
        patient_id=patient,
        unit=unit,
        box="3",
        motive="Malaise",
        admitted_at=at or number,
        discharged_at=left,
    )


def admit(database: Database, *arrivals: Admission) -> None:
    def unit(transaction) -> None:
        for record in (DOMINIQUE, OTHER):
            add_patient(transaction.connection, record, created_at=1)
        for arrival in arrivals:
            register.admit(transaction.connection, arrival)

    database.transact(unit)


def test_those_present_in_a_unit_are_listed_newest_first(database: Database) -> None:
    here, newer, gone, elsewhere = (
        episode(1),
        episode(2, patient=OTHER.id),
        episode(3, left=9),
        episode(4, unit="CARDIO"),
    )
    admit(database, here, newer, gone, elsewhere)
    with database.reading() as connection:
        assert register.present(connection, "URG") == (newer, here)
        assert register.present(connection, "REA") == ()


def test_the_episode_under_way_is_the_newest_one_not_closed(database: Database) -> None:
    admit(database, episode(1), episode(2, unit="CARDIO"), episode(3, left=9))
    with database.reading() as connection:
        assert register.current_episode(connection, DOMINIQUE.id) == episode(2, unit="CARDIO")
        assert register.current_episode(connection, OTHER.id) is None
        assert [one.episode_id for one in register.episodes_of(connection, DOMINIQUE.id)] == ["e3", "e2", "e1"]


def test_a_discharged_patient_is_no_longer_present_and_the_first_discharge_stays(database: Database) -> None:
    admit(database, episode(1))
    database.transact(lambda tx: register.discharge(tx.connection, "e1", discharged_at=50))
    database.transact(lambda tx: register.discharge(tx.connection, "e1", discharged_at=60))
    with database.reading() as connection:
        assert register.present(connection, "URG") == ()
        (closed,) = register.episodes_of(connection, DOMINIQUE.id)
    assert closed.discharged_at == 50
    assert not closed.present


def test_an_unknown_episode_cannot_be_closed(database: Database) -> None:
    with pytest.raises(NotFound):
        database.transact(lambda tx: register.discharge(tx.connection, "nowhere", discharged_at=1))


def test_one_visit_number_is_registered_once(database: Database) -> None:
    admit(database, episode(1))
    with pytest.raises((RecordUnavailable, DBAPIError)):
        database.transact(lambda tx: register.admit(tx.connection, episode(1)))
