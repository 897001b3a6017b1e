"""PostgreSQL: what was erased leaves the pages by itself soon after, however few rows it was."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from tests.storage.appending import a_log
from tests.storage.months import migrated, rows, run

pytestmark = pytest.mark.postgresql
PATIENT, ANOTHER, MONTH = "patient/1", "patient/2", "2026-09"
SWEPT = "SELECT relname FROM pg_stat_user_tables WHERE relname = ANY(%s) AND autovacuum_count > 0 AND n_dead_tup = 0"
ERASABLE = ["audit_disclosure", "audit_key"]


@pytest.fixture
def hurried_server(postgresql_server: str) -> Iterator[str]:
    """Its autovacuum looks every second, not every minute."""
    run(postgresql_server, "ALTER SYSTEM SET autovacuum_naptime = '1s'")
    run(postgresql_server, "SELECT pg_reload_conf()")
    yield postgresql_server
    run(postgresql_server, "ALTER SYSTEM RESET autovacuum_naptime")
    run(postgresql_server, "SELECT pg_reload_conf()")


def test_autovacuum_comes_for_a_single_erased_key(hurried_server: str) -> None:
    with migrated(hurried_server) as url:
        database, log = Database(url), a_log("gw")
        for number, subject in enumerate((PATIENT, ANOTHER) * 10):
            database.transact(
                lambda tx, number=number, subject=subject: log.append(  # type: ignore[misc]
                    SqlLogStore(tx.connection),
                    entry_id=f"00000000-0000-7000-8000-{number:012d}",
                    time=1_790_000_000_000,
                    entry_type="test.made",
                    outcome="success",
                    personal={subject: {"ins": "1"}},
                )
            )
        erased = database.transact(lambda tx: SqlLogStore(tx.connection).erase(PATIENT, MONTH))
        database.close()
        assert erased == 10
        assert rows(url, "SELECT subject FROM audit_key") == [ANOTHER]
        latest = time.monotonic() + 60
        with psycopg.connect(url, autocommit=True) as connection:
            while time.monotonic() < latest:
                swept = sorted(str(row[0]) for row in connection.execute(SWEPT.encode(), (ERASABLE,)))
                if swept == ERASABLE:
                    break
                time.sleep(0.1)
        assert swept == ERASABLE
