"""The unit of work, on SQLite and PostgreSQL."""

import contextlib
import threading

import psycopg
import pytest
from sqlalchemy import func, insert, select, text

from gateway.errors import RecordUnavailable, Unavailable
from gateway.storage.database import Database
from gateway.storage.tables import alert
from gateway.storage.transaction import Transaction


def _alert_row(number: int) -> dict[str, object]:
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "kind": "test", "detail": "", "raised_at": number}


def _count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(alert)).scalar_one())


def test_a_unit_that_returns_is_durable_and_one_that_raises_leaves_nothing(database: Database) -> None:
    def keeps(transaction: Transaction) -> str:
        transaction.connection.execute(insert(alert).values(_alert_row(1)))
        return "kept"

    def raises(transaction: Transaction) -> None:
        transaction.connection.execute(insert(alert).values(_alert_row(2)))
        raise ValueError("changed my mind")

    assert database.transact(keeps) == "kept"
    with pytest.raises(ValueError, match="changed my mind"):
        database.transact(raises)
    assert _count(database) == 1


def test_a_database_fault_becomes_record_unavailable_and_undoes_the_unit(database: Database) -> None:
    def twice_the_same(transaction: Transaction) -> None:
        transaction.connection.execute(insert(alert).values(_alert_row(1)))
        transaction.connection.execute(insert(alert).values(_alert_row(1)))

    with pytest.raises(RecordUnavailable):
        database.transact(twice_the_same)
    assert _count(database) == 0


def test_a_transaction_tells_its_fate_to_those_who_asked(database: Database) -> None:
    heard: list[str] = []

    def unit(transaction: Transaction, fails: bool) -> None:
        transaction.after_commit(lambda: heard.append("committed"))
        transaction.after_rollback(lambda: heard.append("rolled back"))
        if fails:
            raise ValueError

    database.transact(lambda transaction: unit(transaction, False))
    with pytest.raises(ValueError):
        database.transact(lambda transaction: unit(transaction, True))
    assert heard == ["committed", "rolled back"]


def test_parallel_units_all_land_and_a_failing_one_undoes_itself_alone(database: Database) -> None:
    failures: list[int] = []

    def unit(transaction: Transaction, number: int) -> None:
        transaction.connection.execute(insert(alert).values(_alert_row(number)))
        if number % 5 == 0:
            raise ValueError

    def run(number: int) -> None:
        try:
            database.transact(lambda transaction: unit(transaction, number))
        except ValueError:
            failures.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failures) == list(range(0, 40, 5))
    assert _count(database) == 32


def test_reading_never_writes(database: Database) -> None:
    # PostgreSQL refuses at once, SQLite undoes it at the end.
    with contextlib.suppress(Unavailable), database.reading() as connection:
        connection.execute(insert(alert).values(_alert_row(1)))
    assert _count(database) == 0


def test_a_database_whose_connections_are_all_taken_is_unavailable_and_no_trace(database_url: str) -> None:
    narrow = Database(database_url, pool_size=1)
    with narrow.reading(), pytest.raises(Unavailable), narrow.reading():
        pass
    narrow.close()


@pytest.mark.postgresql
def test_a_connection_cut_by_the_server_is_unavailable_once_and_then_replaced(postgresql_server: str) -> None:
    database = Database(postgresql_server, pool_size=1)
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))
        ours = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(postgresql_server, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (ours,))
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.execute(text("SELECT 1"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_a_closed_database_records_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.close()
    with pytest.raises(RecordUnavailable):
        database.transact(lambda transaction: None)
