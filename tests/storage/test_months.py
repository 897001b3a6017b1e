"""The record on PostgreSQL, month by month: where an entry lies, who makes the months, and what stops nobody."""

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from gateway.errors import Unavailable
from gateway.storage.database import Database
from gateway.storage.partitions import BUSY, IN_DEFAULT, MADE, MONTHS_AHEAD, THERE, Months, coming_months
from gateway.storage.rights import Roles
from gateway.worker import build_worker
from gateway.world import real_world
from tests.gateways import assemble_on, demo_settings
from tests.storage.months import (
    PARTITIONS,
    WHERE_IT_LIES,
    after,
    as_role,
    make,
    migrated,
    name_of,
    record,
    rows,
    run,
    start_of,
    the_clock_says,
    this_month,
    with_roles,
)

pytestmark = pytest.mark.postgresql
LAST_MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def url(postgresql_server: str) -> Iterator[str]:
    with migrated(postgresql_server) as url:
        yield url


@pytest.fixture
def roles(postgresql_server: str, url: str) -> Iterator[Roles]:
    with with_roles(postgresql_server, url) as roles:
        yield roles


def without_months(url: str) -> None:
    """As if no worker had run for a long time."""
    for name in rows(url, PARTITIONS):
        if name != "audit_entry_default":
            run(url, f"DROP TABLE {name}")


def months_at(url: str, moment: datetime) -> Months:
    return Months(database=Database(url), world=the_clock_says(moment))


def always() -> bool:
    return True


def test_an_entry_lies_in_the_month_its_id_was_drawn_in_from_the_first_millisecond_to_the_last(url: str) -> None:
    now = this_month(url)
    new_year = date(after(now, 1).year + (now.month == 12), 1, 1) if now.month != 11 else after(now, 2)
    december = after(new_year, -1)
    for month in (december, new_year):
        assert make(url, month) in {MADE, THERE}
    # A second call makes nothing, whatever day of the month it names.
    assert make(url, new_year.replace(day=31)) == THERE
    for month in {now, december, new_year}:
        for moment in (start_of(month), start_of(after(month, 1)) - LAST_MOMENT):
            for dice in (b"\x00", b"\xff"):
                entry = record(url, the_clock_says(moment, dice).new_entry_id())
                assert rows(url, WHERE_IT_LIES, entry) == [name_of(month)], moment


def test_migrating_leaves_this_month_the_two_after_it_and_the_default(url: str) -> None:
    now = this_month(url)
    assert MONTHS_AHEAD == 2
    assert rows(url, PARTITIONS) == [*(name_of(after(now, number)) for number in range(3)), "audit_entry_default"]


@pytest.mark.parametrize(("today", "months"), [
    (date(2026, 11, 30), ["2026-11-01", "2026-12-01", "2027-01-01"]),
    (date(2026, 12, 1), ["2026-12-01", "2027-01-01", "2027-02-01"]),
    (date(2028, 1, 31), ["2028-01-01", "2028-02-01", "2028-03-01"]),
])  # fmt: skip
def test_the_coming_months_turn_with_the_year(today: date, months: list[str]) -> None:
    assert [month.isoformat() for month in coming_months(today)] == months


def test_what_has_no_month_lies_in_the_default_partition_and_is_refused_by_nothing(url: str) -> None:
    at_random = str(uuid.UUID("ffffffff-ffff-4fff-bfff-ffffffffffff"))
    far_away = the_clock_says(datetime(3000, 1, 1, tzinfo=UTC)).new_entry_id()
    long_ago = the_clock_says(datetime(1999, 1, 1, tzinfo=UTC)).new_entry_id()
    for entry_id in (at_random, far_away, long_ago):
        record(url, entry_id)
        assert rows(url, WHERE_IT_LIES, entry_id) == ["audit_entry_default"]
        with pytest.raises(psycopg.errors.UniqueViolation):
            rows(url, "INSERT INTO audit_entry SELECT entry_id, time, type, gateway, lane, counter + 1000, leaf, "
                "leaf_hash FROM audit_entry WHERE entry_id = %s", entry_id)  # fmt: skip


def test_a_worker_with_its_plain_role_makes_the_months_that_are_missing(url: str, roles: Roles) -> None:
    without_months(url)
    now = this_month(url)
    wanted = [after(now, number) for number in range(3)]
    months = months_at(as_role(url, roles.worker), start_of(now) + timedelta(days=20))
    assert months.run_due(always) == dict.fromkeys(wanted, MADE)
    assert months.run_due(always) == dict.fromkeys(wanted, THERE)
    # A month later there is one more to make.
    later = months_at(as_role(url, roles.worker), start_of(after(now, 1)))
    assert list(later.run_due(always).values()) == [THERE, THERE, MADE]
    assert rows(url, PARTITIONS) == [*(name_of(after(now, number)) for number in range(4)), "audit_entry_default"]
    entry = record(as_role(url, roles.worker), the_clock_says(start_of(after(now, 3))).new_entry_id())
    assert rows(url, WHERE_IT_LIES, entry) == [name_of(after(now, 3))]


def test_the_worker_of_a_gateway_makes_them_as_soon_as_it_starts(url: str, roles: Roles, tmp_path: Path) -> None:
    without_months(url)
    settings = demo_settings(tmp_path, real_world())
    gateway = assemble_on(as_role(url, roles.worker), settings, real_world())
    worker = build_worker(gateway)
    worker.start()
    latest = time.monotonic() + 20
    while len(found := rows(url, PARTITIONS)) < 3 and time.monotonic() < latest:
        time.sleep(0.05)
    worker.stop()
    gateway.close()
    # What was recorded before there was a month keeps the first of them in the default partition.
    now = this_month(url)
    assert set(found) >= {name_of(after(now, 1)), name_of(after(now, 2)), "audit_entry_default"}


def test_two_workers_at_once_make_each_month_once(url: str, roles: Roles) -> None:
    without_months(url)
    now = this_month(url)
    together, outcomes = threading.Barrier(2), list[dict[date, str]]()

    def work() -> None:
        months = months_at(as_role(url, roles.worker), start_of(now))
        together.wait(10)
        outcomes.append(months.run_due(always))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(outcomes) == 2
    for month in coming_months(now):
        assert sorted(outcome[month] for outcome in outcomes) == [MADE, THERE]


def test_a_worker_told_to_stop_makes_no_more_months(url: str, roles: Roles) -> None:
    without_months(url)
    assert months_at(as_role(url, roles.worker), start_of(this_month(url))).run_due(lambda: False) == {}


def test_a_month_whose_entries_are_in_the_default_partition_stays_there_told_once(url: str, roles: Roles) -> None:
    without_months(url)
    now = this_month(url)
    entry = record(url, the_clock_says(start_of(now)).new_entry_id())
    months = months_at(as_role(url, roles.worker), start_of(now))
    with pytest.raises(Unavailable, match="nothing is lost"):
        months.run_due(always)
    assert list(months.run_due(always).values()) == [IN_DEFAULT, THERE, THERE]
    assert rows(url, WHERE_IT_LIES, entry) == ["audit_entry_default"]
    another = record(url, the_clock_says(start_of(now) + timedelta(days=1)).new_entry_id())
    assert rows(url, WHERE_IT_LIES, another) == ["audit_entry_default"]


def test_a_long_read_delays_a_month_and_a_month_delays_nobody(url: str, roles: Roles) -> None:
    without_months(url)
    now = this_month(url)
    months = months_at(as_role(url, roles.worker), start_of(now))
    with psycopg.connect(url) as reader:
        reader.execute("SELECT count(*) FROM audit_entry")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="tried again"):
            months.run_due(always)
        assert time.monotonic() - began < 8
        record(as_role(url, roles.gateway), the_clock_says(start_of(after(now, 9))).new_entry_id())
        # The month after next is not in a hurry: that it waits is no alert.
        reader.rollback()
        assert make(url, now) == MADE
        assert make(url, after(now, 1)) == MADE
        reader.execute("SELECT count(*) FROM audit_entry")
        assert list(months.run_due(always).values()) == [THERE, THERE, BUSY]
    assert list(months.run_due(always).values()) == [THERE, THERE, MADE]


def test_sqlite_has_no_months_to_make(sqlite_url: str) -> None:
    assert months_at(sqlite_url, datetime(2026, 11, 22, tzinfo=UTC)).run_due(always) == {}


@pytest.mark.parametrize("wanted", ["infinity", "-infinity", "0001-01-01", "1999-12-31", "9999-12-31", "nonsense",
    "2026-12-01'; DROP TABLE audit_entry; --", ""])  # fmt: skip
def test_nonsense_makes_no_month(url: str, roles: Roles, wanted: str) -> None:
    before = rows(url, PARTITIONS)
    with pytest.raises(DBAPIError, match=r"a month is made from|invalid input syntax"):
        make(as_role(url, roles.worker), wanted)
    assert make(as_role(url, roles.worker), None) is None
    assert rows(url, PARTITIONS) == before


def test_a_caller_who_shadows_what_the_function_uses_gains_nothing(url: str, roles: Roles) -> None:
    now = this_month(url)
    with psycopg.connect(as_role(url, roles.worker), autocommit=True) as caller:
        caller.execute("CREATE TEMP TABLE pg_inherits (inhrelid oid, inhparent oid)")
        caller.execute("CREATE TEMP TABLE audit_entry (entry_id varchar(36))")
        caller.execute("CREATE TEMP TABLE audit_entry_default (entry_id varchar(36))")
        for function in ("quote_ident(name)", "to_hex(bigint)", "to_char(timestamp, text)"):
            caller.execute(
                f"CREATE FUNCTION pg_temp.{function} RETURNS text LANGUAGE plpgsql AS "
                f"$$ BEGIN GRANT ALL ON public.audit_entry TO {roles.worker}; RETURN 'x'; END $$".encode()
            )
        caller.execute("SET search_path = pg_temp, public, pg_catalog")
        caller.execute("SET datestyle = 'SQL, DMY'")
        caller.execute("SET timezone = 'Pacific/Auckland'")
        called = caller.execute("SELECT public.audit_entry_make_month(%s::date)", (after(now, 5),)).fetchone()
    assert called == (MADE,)
    assert name_of(after(now, 5)) in rows(url, PARTITIONS)
    entry = record(url, the_clock_says(start_of(after(now, 5))).new_entry_id())
    assert rows(url, WHERE_IT_LIES, entry) == [name_of(after(now, 5))]
    owners = rows(url, "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname LIKE 'audit_entry%'"
        " AND relnamespace = 'public'::regnamespace")  # fmt: skip
    assert owners == ["postgres"]


def test_what_an_administrator_gives_by_default_is_not_given_on_a_month(url: str, roles: Roles) -> None:
    run(url, f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {roles.worker}, PUBLIC")
    month = after(this_month(url), 6)
    assert make(as_role(url, roles.worker), month) == MADE
    granted = "SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE relname = %s AND grantee <> relowner"
    assert rows(url, granted, name_of(month)) == ["0"]


CHANGES = (
    "SELECT * FROM {name}",
    "INSERT INTO {name} SELECT * FROM audit_entry",
    "UPDATE {name} SET time = time + 1",
    "DELETE FROM {name}",
    "TRUNCATE {name}",
    "DROP TABLE {name}",
    "ALTER TABLE audit_entry DETACH PARTITION {name}",
    "ALTER TABLE {name} DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_entry_refuses_truncate ON {name}",
    "ALTER TABLE {name} RENAME TO other",
    "ALTER TABLE {name} OWNER TO CURRENT_USER",
    "CREATE TABLE mine PARTITION OF audit_entry FOR VALUES FROM ('ff') TO ('fff')",
    "CREATE OR REPLACE FUNCTION audit_entry_make_month(wanted date) RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
)


def test_no_role_has_a_right_on_a_month_of_its_own(url: str, roles: Roles) -> None:
    for role in (roles.gateway, roles.worker, roles.eraser):
        with psycopg.connect(as_role(url, role), autocommit=True) as connection:
            for name in rows(url, PARTITIONS):
                for change in CHANGES:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(change.format(name=name).encode())


def test_only_the_worker_may_have_months_made(url: str, roles: Roles) -> None:
    month = this_month(url)
    assert make(as_role(url, roles.worker), month) == THERE
    for role in (roles.gateway, roles.eraser):
        with pytest.raises(DBAPIError, match="permission denied"):
            make(as_role(url, role), month)


def test_even_the_owner_is_refused_on_every_month_and_on_one_made_since(url: str) -> None:
    now = this_month(url)
    assert make(url, after(now, 7)) == MADE
    record(url, the_clock_says(datetime(3000, 1, 1, tzinfo=UTC)).new_entry_id())
    for month in (now, after(now, 1), after(now, 2), after(now, 7)):
        record(url, the_clock_says(start_of(month)).new_entry_id())
    partitions = rows(url, PARTITIONS)
    assert len(partitions) == 5
    for name in [*partitions, "audit_entry"]:
        for change in ("UPDATE {name} SET time = 1", "DELETE FROM {name}", "TRUNCATE {name}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="insert-only"):
                run(url, change.format(name=name))
