"""Bring a database to the schema this version needs, or say that it is not there yet."""

from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gateway.errors import Unavailable
from gateway.storage.insert_only import make_insert_only
from gateway.storage.partitions import prepare_months


def migrate(url: str) -> str:
    """Run every migration the database has not had; returns its revision. Raises `Unavailable`."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            config = migration_config(connection)
            command.upgrade(config, "head")
            make_insert_only(connection)
            prepare_months(connection)
            return revision_of(connection)
    except DBAPIError as error:
        raise Unavailable("the database does not answer, or refuses the migration") from error
    finally:
        engine.dispose()


def execute(url: str, statements: Iterable[str]) -> None:
    """Run statements of the owner of the tables, all or none. Raises `Unavailable`."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    except DBAPIError as error:
        raise Unavailable("the database does not answer, or refuses the statements") from error
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Whether the database has the schema of this version. Raises `Unavailable`."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            newest = ScriptDirectory.from_config(migration_config(connection)).get_current_head()
            return revision_of(connection) == newest
    except DBAPIError as error:
        raise Unavailable("the database does not answer") from error
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str:
    """The revision the database is at, "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def migration_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed)
