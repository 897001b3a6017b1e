"""The record kept by months on PostgreSQL is the record: what was kept before stays proven, and nothing hides between
two months."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError

from audit import Verifier
from audit.merkle import leaf_hash
from audit.policy import Policy
from gateway.oversight.completeness.finding import CompletenessReport
from gateway.storage.database import Database
from gateway.storage.insert_only import make_insert_only
from gateway.storage.log_store import SqlLogStore
from gateway.storage.migrating import migrate, migration_config
from gateway.storage.tables import audit_entry
from policies import PolicyBook
from tests.access.conftest import build_hospital
from tests.oversight.completeness.conftest import SIGNER, Past
from tests.storage.months import (
    PARTITIONS,
    WHERE_IT_LIES,
    after,
    as_role,
    name_of,
    rows,
    run,
    start_of,
    the_clock_says,
    this_month,
)
from tests.worlds import StillWorld

pytestmark = pytest.mark.postgresql
Found = Callable[[CompletenessReport], set[tuple[str, str]]]
BEFORE = "audit_entry_before"


@pytest.fixture
def old_url(postgresql_server: str) -> Iterator[str]:
    """A database with the schema that the record had before there were months, and a worker with its rights."""
    name = "old_" + os.urandom(6).hex()
    run(postgresql_server, f"CREATE DATABASE {name}")
    run(postgresql_server, f"CREATE ROLE {name} LOGIN")
    url = postgresql_server.replace("/postgres?", f"/{name}?")
    to(url, "0002")
    run(url, f"GRANT SELECT, INSERT ON audit_entry, audit_leaf TO {name}")
    yield url
    run(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")
    run(postgresql_server, f"DROP ROLE {name}")


def to(url: str, revision: str, move: Callable[[Config, str], None] = command.upgrade) -> None:
    """Bring the schema up, or down, to a revision."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        move(migration_config(connection), revision)
        make_insert_only(connection)
    engine.dispose()


def entries(past: Past) -> list[tuple[object, ...]]:
    with past.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(audit_entry).order_by(audit_entry.c.entry_id))]


def test_what_was_recorded_before_there_were_months_stays_proven(old_url: str, completeness_book: PolicyBook) -> None:
    now = this_month(old_url)
    still = StillWorld(start=start_of(now) + timedelta(hours=3))
    past = Past(build_hospital(Database(old_url), still, completeness_book))
    log = past.hospital.log
    # The log's own entries have random ids.
    past.database.transact(lambda tx: log.announce_receipt_key(SqlLogStore(tx.connection), still.world.epoch_ms()))
    first = past.open(1)
    head = past.seal()
    receipt = past.receipt(first)
    waiting = past.open(2)
    promised = past.receipt(waiting)
    kept = entries(past)
    past.database.close()

    assert migrate(old_url) == migrate(old_url)
    past.database.engine.dispose()
    assert entries(past) == kept
    assert rows(old_url, PARTITIONS) == [
        name_of(after(now, 1)), name_of(after(now, 2)), BEFORE, "audit_entry_default"
    ]  # fmt: skip
    assert rows(old_url, WHERE_IT_LIES, receipt.entry_id) == [BEFORE]
    at_random = rows(old_url, "SELECT tableoid::regclass::text FROM audit_entry WHERE gateway = 'log:sequencer'")
    assert set(at_random) <= {"audit_entry_default", BEFORE}
    trust = Policy.of_key(Verifier(str(SIGNER.verifier)))
    receipt.verify(trust)
    past.seal()
    past.open(3)
    past.seal()
    report = past.check(head, receipts=[receipt, promised])
    assert report.complete, report.findings
    assert past.receipt(waiting).state == "proven"

    still.pass_time(days=32)
    past.open(4)
    (moved,) = past.rows("SELECT audit_entry_id FROM access_grant ORDER BY opened_at DESC LIMIT 1")
    assert rows(old_url, WHERE_IT_LIES, moved[0]) == [name_of(after(now, 1))]
    past.seal()
    assert past.check(head, receipts=[receipt, promised]).complete
    kept = entries(past)
    past.database.close()

    to(old_url, "0002", command.downgrade)
    assert entries(past) == kept
    assert rows(old_url, "SELECT to_regclass('audit_entry_default')::text") == ["None"]
    past.database.close()


def test_the_rights_on_the_record_go_to_all_months_and_stay_on_none(old_url: str) -> None:
    role = old_url.partition("?")[0].rpartition("/")[2]
    migrate(old_url)
    migrate(old_url)
    granted = "SELECT string_agg(privilege_type, ' ' ORDER BY 1) FROM pg_class, aclexplode(relacl) WHERE relname = %s" \
        f" AND grantee = '{role}'::regrole"  # fmt: skip
    assert rows(old_url, granted, "audit_entry") == ["INSERT SELECT"]
    assert [rows(old_url, granted, name) for name in rows(old_url, PARTITIONS)] == [["None"]] * 4
    made = rows(as_role(old_url, role), "SELECT audit_entry_make_month(%s)", after(this_month(old_url), 8))
    assert made == ["made"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(as_role(old_url, role), "DELETE FROM audit_entry")


def test_an_empty_record_begins_with_the_months_alone(old_url: str) -> None:
    migrate(old_url)
    now = this_month(old_url)
    assert rows(old_url, PARTITIONS) == [*(name_of(after(now, number)) for number in range(3)), "audit_entry_default"]


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_number_used_again_in_another_month_is_named(past: Past, found: Found, database_url: str) -> None:
    again = """INSERT INTO audit_entry SELECT :new, time, type, gateway, lane, counter, :leaf, :hash
        FROM audit_entry WHERE entry_id = :id"""
    taken = past.entry_at(1)
    ((leaf,),) = past.rows("SELECT leaf FROM audit_entry WHERE entry_id = :id", id=taken)

    def invent(new: str) -> None:
        invented = bytes(leaf).replace(taken.encode(), new.encode())
        assert invented != bytes(leaf)
        past.sql(again, id=taken, new=new, leaf=invented, hash=leaf_hash(invented))
        past.sql("INSERT INTO audit_pending (entry_id) VALUES (:id)", id=new)

    # Within its month the database refuses it.
    with pytest.raises(IntegrityError):
        invent(taken[:-1] + ("0" if taken[-1] != "0" else "1"))
    # Wherever the first one lies, this one lies elsewhere.
    lies = "SELECT tableoid::regclass::text FROM audit_entry WHERE entry_id = :id"
    soon = the_clock_says(start_of(after(this_month(database_url), 1)), b"\x00").new_entry_id()
    ((partition,),) = past.rows(lies, id=taken)
    elsewhere = soon if partition == "audit_entry_default" else "ffffffff-0000-7000-8000-000000000001"
    invent(elsewhere)
    assert ("counter_repeated", "audit_entry") in found(past.check())
    past.seal_one_more()
    (repeated, *_) = (finding for finding in past.check().findings if finding.code == "counter_repeated")
    assert repeated.row == elsewhere
