"""The migrations build exactly the schema that `tables.py` describes, on both engines."""

from collections.abc import Collection
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, UniqueConstraint, create_engine, inspect, text

from gateway.errors import Unavailable
from gateway.storage.migrating import is_current, migrate
from gateway.storage.tables import metadata


def _differences(url: str) -> list[object]:
    """What alembic would change. On PostgreSQL the partitions of a table are no tables of their own, and a constraint
    that each of them has counts as one of the table."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        partitions = _partitions(connection) if connection.dialect.name == "postgresql" else []
        options = {"include_name": lambda name, kind, _: kind != "table" or name not in partitions}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        in_each = [
            {tuple(one["column_names"]) for one in inspect(connection).get_unique_constraints(partition)}
            for partition in partitions
        ]
    engine.dispose()
    kept = set.intersection(*in_each) if in_each else set()
    return [difference for difference in found if not _is_in_each_partition(difference, kept)]


def _partitions(connection: Connection) -> list[str]:
    return list(
        connection.execute(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits i "
                "JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'r'"
            )
        ).scalars()
    )


def _is_in_each_partition(difference: object, kept: Collection[tuple[str, ...]]) -> bool:
    match difference:
        case ("add_constraint", UniqueConstraint() as constraint):
            return constraint.table.name == "audit_entry" and tuple(constraint.columns.keys()) in kept
    return False


def test_an_empty_sqlite_file_is_migrated_to_the_described_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert not is_current(url)
    migrate(url)
    assert is_current(url)
    assert _differences(url) == []


@pytest.mark.postgresql
def test_an_empty_postgresql_database_is_migrated_to_the_described_schema(postgresql_server: str) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    url = postgresql_server.replace("/postgres?", "/migrated?")
    migrate(url)
    assert is_current(url)
    assert _differences(url) == []


def test_migrating_twice_is_migrating_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert migrate(url) == migrate(url)


def test_a_database_out_of_reach_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        migrate(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'new.db'}")
