"""The migrations build exactly the schema that `tables.py` describes, on both engines."""

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from gateway.errors import Unavailable
from gateway.storage.migrating import is_current, migrate
from gateway.storage.tables import metadata


def _differences(url: str) -> list[object]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return list(found)


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
