"""The database itself refuses to change or delete an entry, and the gateway works with the rights that are left."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from audit import Signer
from gateway.errors import RecordUnavailable
from gateway.sequencing import Sequencing
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.migrating import migrate
from gateway.storage.rights import Roles, grants
from gateway.storage.tables import metadata
from gateway.storage.transaction import Transaction
from gateway.world import real_world
from tests.storage.appending import ORIGIN, a_log

CHANGES = (
    "UPDATE audit_entry SET time = time + 1",
    "DELETE FROM audit_entry",
)
ROLES = Roles(gateway="t_gateway", worker="t_worker", eraser="t_eraser")


def record(transaction: Transaction) -> None:
    a_log("gw").append(
        SqlLogStore(transaction.connection),
        entry_id=str(uuid.uuid4()),
        time=1_790_000_000_000,
        entry_type="access.opened",
        outcome="success",
        personal={"patient/1": {"ins": "1"}},
    )


def sequencing(database: Database) -> Sequencing:
    signer = Signer.from_seed(ORIGIN, bytes(32))
    return Sequencing(database=database, world=real_world(), log=a_log("gw"), signer=signer)


@pytest.mark.parametrize("change", CHANGES)
def test_on_sqlite_a_trigger_refuses_to_change_or_delete_an_entry(tmp_path: Path, change: str) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    migrate(url)
    migrate(url)
    database = Database(url)
    database.transact(record)
    with pytest.raises(IntegrityError, match="insert-only"), database.engine.begin() as connection:
        connection.execute(text(change))
    assert sequencing(database).publish_checkpoint() is not None
    database.close()


@pytest.fixture(scope="module")
def owner_url(postgresql_server: str) -> Iterator[str]:
    """A migrated database with the three roles and their rights."""
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rights")
        for role in (ROLES.gateway, ROLES.worker, ROLES.eraser):
            connection.execute(f"CREATE ROLE {role} LOGIN".encode())
    url = postgresql_server.replace("/postgres?", "/rights?")
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (*grants(ROLES), *grants(ROLES)):
            connection.execute(statement.encode())
    yield url
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE rights WITH (FORCE)")
        for role in (ROLES.gateway, ROLES.worker, ROLES.eraser):
            connection.execute(f"DROP ROLE {role}".encode())


@contextlib.contextmanager
def as_role(owner_url: str, role: str) -> Iterator[Database]:
    database = Database(owner_url.replace("//postgres:@", f"//{role}:@"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == role
    try:
        yield database
    finally:
        database.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("role", [ROLES.gateway, ROLES.worker, ROLES.eraser])
@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE audit_entry"])
def test_no_role_may_change_delete_or_truncate_entries(owner_url: str, role: str, change: str) -> None:
    with as_role(owner_url, role) as database:
        database.transact(record)
        with pytest.raises(DBAPIError, match="permission denied"), database.engine.begin() as connection:
            connection.execute(text(change))


@pytest.mark.postgresql
@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE audit_entry"])
def test_even_the_owner_of_the_tables_has_to_drop_a_trigger_first(owner_url: str, change: str) -> None:
    database = Database(owner_url)
    database.transact(record)
    with pytest.raises(DBAPIError, match="insert-only"), database.engine.begin() as connection:
        connection.execute(text(change))
    database.close()


@pytest.mark.postgresql
def test_each_role_does_its_own_part_and_not_the_others(owner_url: str) -> None:
    with as_role(owner_url, ROLES.gateway) as gateway:
        gateway.transact(record)
        gateway.transact(record)
        with pytest.raises(RecordUnavailable):
            sequencing(gateway).publish_checkpoint()
        with pytest.raises(RecordUnavailable):
            gateway.transact(lambda tx: SqlLogStore(tx.connection).erase("patient/1", "2026-09"))
        with pytest.raises(RecordUnavailable):
            gateway.transact(lambda tx: tx.connection.execute(text("UPDATE audit_checkpoint SET note = 'x'")))
        with pytest.raises(RecordUnavailable):
            gateway.transact(lambda tx: tx.connection.execute(text("DELETE FROM audit_pending")))
    with as_role(owner_url, ROLES.worker) as worker:
        worker.transact(record)
        assert sequencing(worker).publish_checkpoint() is not None
        with pytest.raises(RecordUnavailable):
            worker.transact(lambda tx: SqlLogStore(tx.connection).erase("patient/1", "2026-09"))
    with as_role(owner_url, ROLES.eraser) as eraser:
        assert eraser.transact(lambda tx: SqlLogStore(tx.connection).erase("patient/1", "2026-09")) > 0
        eraser.transact(record)


def test_every_table_of_the_record_has_rights_of_its_own() -> None:
    ordinary = {
        statement.split(" ON ")[1].split(" ")[0]
        for statement in grants(ROLES)
        if statement.startswith("GRANT SELECT, INSERT, UPDATE, DELETE ON")
    }
    assert not {name for name in metadata.tables if name.startswith("audit_")} & ordinary


def test_a_role_of_several_parts_has_the_rights_of_each() -> None:
    pending = [line for line in grants(Roles("one", "one", "one")) if line.endswith(' ON audit_pending TO "one"')]
    assert pending == [
        'GRANT SELECT, INSERT ON audit_pending TO "one"',
        'GRANT SELECT, INSERT, DELETE ON audit_pending TO "one"',
    ]
