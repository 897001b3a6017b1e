"""Fewer round trips to PostgreSQL: statements that travel together, with the BEGIN before them."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import OperationalError


@contextmanager
def one_round_trip(connection: Connection) -> Iterator[None]:
    """What is executed inside is sent at once and awaited at the end; nobody may look at its results.

    Raises `sqlalchemy.exc.OperationalError` at the end for whatever fails inside. On SQLite it changes nothing.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        yield
        return
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        raise OperationalError("statements sent together", None, error) from error


def ask_within(
    connection: Connection, query: Select[*tuple[Any, ...]], parameters: Mapping[str, Any], milliseconds: int
) -> Sequence[Any]:
    """The rows of one SELECT, by column name, on a connection with no transaction open; all of it in one round trip.

    On PostgreSQL it takes at most `milliseconds`, else `sqlalchemy.exc.OperationalError`. `query` is a constant of its
    module: its text is kept. Columns come as the driver gives them: texts, numbers and bytes only.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        return connection.execute(query, parameters).all()
    statement = _statement(query, connection.dialect)
    try:
        with driver.pipeline(), driver.cursor(row_factory=namedtuple_row) as cursor:
            driver.execute(f"SET LOCAL statement_timeout = {milliseconds:d}".encode())
            cursor.execute(statement, parameters)
            # Not a ROLLBACK: it would make psycopg forget its prepared statements.
            driver.commit()
            return cursor.fetchall()
    except psycopg.Error as error:
        driver.rollback()
        raise OperationalError("a question with a time limit", None, error) from error


@functools.cache
def _statement(query: Select[*tuple[Any, ...]], dialect: Dialect) -> bytes:
    return str(query.compile(dialect=dialect)).encode()
