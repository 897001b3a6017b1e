"""Statements that travel together to PostgreSQL fail as if they had travelled alone."""

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import OperationalError

from gateway.errors import RecordUnavailable
from gateway.storage.database import Database
from gateway.storage.round_trips import ask_within, one_round_trip
from gateway.storage.tables import alert
from gateway.storage.transaction import Transaction

SLEEP = select(func.count(func.pg_sleep(bindparam("seconds"))).label("slept"))
COUNT = select(func.count().label("alerts")).select_from(alert)


def test_what_fails_on_the_way_undoes_the_whole_unit(database: Database) -> None:
    def fails(transaction: Transaction) -> None:
        row = {"id": "a", "kind": "test", "detail": "", "raised_at": 1}
        with one_round_trip(transaction.connection):
            transaction.connection.execute(alert.insert(), [row])
            transaction.connection.execute(alert.insert(), [row])

    with pytest.raises(RecordUnavailable):
        database.transact(fails)
    with database.lookup() as connection:
        assert connection.execute(COUNT).scalar_one() == 0


def test_a_question_with_a_time_limit_is_answered_on_both_engines(database: Database) -> None:
    with database.reading_engine.connect() as connection:
        assert [row.alerts for row in ask_within(connection, COUNT, {}, 1000)] == [0]


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_question_that_takes_too_long_fails_and_leaves_the_connection_usable(database: Database) -> None:
    with database.reading_engine.connect() as connection:
        with pytest.raises(OperationalError):
            ask_within(connection, SLEEP, {"seconds": 5}, 50)
        assert [row.slept for row in ask_within(connection, SLEEP, {"seconds": 0}, 1000)] == [1]
