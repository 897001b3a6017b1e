"""Databases whose record is kept by months, for tests: PostgreSQL, migrated, with the roles that work on it."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
from sqlalchemy import text

from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.migrating import migrate
from gateway.storage.rights import Roles, grants
from gateway.storage.transaction import Transaction
from gateway.world import World
from tests.storage.appending import a_log

PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass ORDER BY 1"
WHERE_IT_LIES = "SELECT tableoid::regclass::text FROM audit_entry WHERE entry_id = %s"


@contextlib.contextmanager
def migrated(postgresql_server: str) -> Iterator[str]:
    """The owner's URL of a new database as `gateway migrate` leaves it."""
    name = "months_" + os.urandom(6).hex()
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = postgresql_server.replace("/postgres?", f"/{name}?")
    migrate(url)
    yield url
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextlib.contextmanager
def with_roles(postgresql_server: str, url: str) -> Iterator[Roles]:
    """Three roles with their rights on the database of `url`, gone afterwards."""
    tail = os.urandom(6).hex()
    roles = Roles(gateway=f"g_{tail}", worker=f"w_{tail}", eraser=f"e_{tail}")
    every = (roles.gateway, roles.worker, roles.eraser)
    with psycopg.connect(url, autocommit=True) as connection:
        for role in every:
            connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        for statement in grants(roles):
            connection.execute(statement.encode())
    yield roles
    with psycopg.connect(url, autocommit=True) as connection:
        for role in every:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def as_role(url: str, role: str) -> str:
    """The same database for another role."""
    return url.replace("//postgres:@", f"//{role}:@")


def the_clock_says(moment: datetime, dice: bytes = b"") -> World:
    """A world at one moment; `dice`, when given, is the byte that all its random bytes are."""
    return World(
        now=lambda: moment,
        new_id=lambda: os.urandom(16).hex(),
        new_token=lambda: os.urandom(32).hex(),
        random_bytes=(lambda size: dice * size) if dice else os.urandom,
    )


def record(url: str, entry_id: str) -> str:
    """Record one entry; returns its id."""
    database = Database(url)

    def unit(transaction: Transaction) -> None:
        a_log("gw").append(
            SqlLogStore(transaction.connection),
            entry_id=entry_id,
            time=1_790_000_000_000,
            entry_type="test.made",
            outcome="success",
        )

    database.transact(unit)
    database.close()
    return entry_id


def rows(url: str, statement: str, *values: object) -> list[str]:
    """The first column of a statement by the owner."""
    with psycopg.connect(url, autocommit=True) as connection:
        return [str(row[0]) for row in connection.execute(statement.encode(), values or None)]


def run(url: str, statement: str) -> None:
    """A statement by the owner."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def this_month(url: str) -> date:
    """The first day of the server's month."""
    (found,) = rows(url, "SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date")
    return date.fromisoformat(found)


def after(month: date, months: int) -> date:
    """The first day of a month so many months later."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def start_of(month: date) -> datetime:
    """Its first moment."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def name_of(month: date) -> str:
    """Its partition."""
    return f"audit_entry_{month:%Y_%m}"


def make(url: str, month: date | str | None) -> str | None:
    """Have a month made."""
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            outcome: str | None = connection.execute(
                text("SELECT audit_entry_make_month(CAST(:month AS date))"), {"month": month}
            ).scalar()
            return outcome
    finally:
        database.close()
