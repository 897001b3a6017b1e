"""Fewer journeys to PostgreSQL: statements that travel together, with the BEGIN before them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError


@contextmanager
def one_journey(connection: Connection) -> Iterator[None]:
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
