"""However many months there are, what people wait for looks into those it is about, and nothing reads a month whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from gateway.access.grants import find_grant
from gateway.exporting.record import RecordReader
from gateway.oversight.erasing import erase_patient
from gateway.oversight.figures.figure import Period
from gateway.oversight.figures.handling import sign_in_to_summary
from gateway.oversight.own_record import OwnQuestion, OwnRecord
from gateway.rulebook.past import read_past
from gateway.storage.database import Database
from gateway.storage.journal import Journal, person_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place
from policies import PolicyBook
from tests.access.conftest import POLICIES, build_hospital
from tests.oversight.completeness.conftest import Past
from tests.storage.months import after, make, migrated, name_of, run, start_of, this_month
from tests.worlds import StillWorld

pytestmark = pytest.mark.postgresql
MONTHS = range(-1, 13)
A_MONTH = 1_000
# Entries of the middle of each month, in a tree of their own: some about one patient, more about one professional.
FILL = """
INSERT INTO audit_entry SELECT id, {start} + n * {step}, 'document.opened', 'bulk', 0, {number} * {rows} + n + 1,
    convert_to(repeat('x', 300), 'UTF8'), sha256('x') FROM {ids};
INSERT INTO audit_leaf SELECT {first} + {number} * {rows} + n, id FROM {ids};
INSERT INTO audit_disclosure SELECT id, subject, '2000-01', {start} + n * {step}, 'key', 'x'
    FROM {ids}, LATERAL (VALUES ('patient/bulk'), ('{staff}')) AS of (subject)
    WHERE CASE subject WHEN 'patient/bulk' THEN n % 30 = 0 ELSE n % 5 = 0 END
"""
IDS = """(SELECT n, (lpad(to_hex({start}::bigint + n * {step}), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
    || substr(md5(n::text), 4, 15))::uuid::text AS id FROM generate_series(0, {rows} - 1) AS n) AS made"""


@dataclass
class Plan:
    """A statement that names entries: the partitions it read, and those of them it read whole."""

    statement: str
    read: set[str]
    whole: set[str]


@dataclass
class Record:
    """A hospital whose record has fourteen months, and what its statements do."""

    past: Past
    plans: list[Plan]
    watching: bool = False

    @contextmanager
    def watched(self) -> Iterator[list[Plan]]:
        """The plans of what is asked inside."""
        self.plans.clear()
        self.watching = True
        yield self.plans
        self.watching = False

    def explain(self, connection: Any, statement: str, values: Any) -> None:
        """Before a statement runs: how it will."""
        if not self.watching or "audit_entry" not in statement or statement.startswith("EXPLAIN"):
            return
        with connection.connection.cursor() as cursor:
            analyze = "ANALYZE, TIMING off" if statement.lstrip().startswith("SELECT") else "ANALYZE off"
            cursor.execute(f"EXPLAIN ({analyze}, FORMAT json) {statement}", values)
            ((found,),) = cursor.fetchall()
        nodes = [node for node in walk(found[0]["Plan"]) if node.get("Relation Name", "").startswith("audit_entry_")]
        # The default partition holds a page or two here: nothing is quicker than to read it.
        months = [node for node in nodes if node["Relation Name"] != "audit_entry_default"]
        whole = {node["Relation Name"] for node in months if node["Node Type"] == "Seq Scan"}
        self.plans.append(
            Plan(statement, {node["Relation Name"] for node in nodes if node.get("Actual Loops", 1)}, whole)
        )


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from walk(inner)


@pytest.fixture(scope="module")
def kept(postgresql_server: str) -> Iterator[Record]:
    with migrated(postgresql_server) as url:
        now = this_month(url)
        still = StillWorld(start=start_of(now) + timedelta(hours=3))
        past = Past(build_hospital(Database(url), still, PolicyBook.load(POLICIES)))
        staff = person_subject(past.hospital.intern.key)
        for number, away in enumerate(MONTHS):
            month = after(now, away)
            make(url, month)
            start = int((start_of(month) + timedelta(days=10)).timestamp() * 1000)
            values = {"start": start, "step": 1_000_000, "rows": A_MONTH, "number": number, "staff": staff}
            run(url, FILL.format(**values, first=place(2000, 0), ids=IDS.format(**values)))
        run(url, "INSERT INTO audit_key VALUES ('key', 'patient/bulk', '2000-01', '0', 'x')")
        past.open(1)
        past.seal()
        run(url, "VACUUM ANALYZE")
        record = Record(past, [])
        event.listen(
            past.database.engine,
            "before_cursor_execute",
            lambda connection, cursor, statement, values, context, many: record.explain(connection, statement, values),
        )
        yield record
        past.database.close()


def test_the_fixture_would_notice_a_month_read_whole(kept: Record) -> None:
    with kept.watched() as plans:
        kept.past.rows("SELECT count(*) FROM audit_entry WHERE type = 'no such type'")
    assert len(plans[0].whole) >= len(MONTHS)


def store(record: Record, ask: Callable[[SqlLogStore], object]) -> list[Plan]:
    with record.past.database.reading() as connection, record.watched() as plans:
        ask(SqlLogStore(connection))
    return list(plans)


def test_what_people_wait_for_looks_only_into_the_months_it_is_about(kept: Record) -> None:
    past, world = kept.past, kept.past.hospital.still.world
    grant = past.grants[0]
    ((entry,),) = past.rows("SELECT audit_entry_id FROM access_grant WHERE id = :id", id=grant)
    ((patient,),) = past.rows("SELECT patient_id FROM access_grant WHERE id = :id", id=grant)
    log, staff = past.hospital.log, past.hospital.intern
    acts: dict[str, tuple[Callable[[SqlLogStore], object], int]] = {
        "history page": (lambda own: own.entries_about(f"patient/{patient}", None, 50), 1),
        "history over two months": (lambda own: own.entries_about("patient/bulk", None, 45), 2),
        "next page": (lambda own: own.entries_about("patient/bulk", (world.epoch_ms(), "f"), 25), 1),
        "proof": (lambda own: log.receipt(own, entry, ["patient"]), 1),
        "entry": (lambda own: own.entry(entry), 1),
        "one leaf": (lambda own: list(own.leaves(0, 1)), 1),
        "many leaves": (lambda own: list(own.leaves(0, 50, 2000)), 1),
        "leaves over two months": (lambda own: list(own.leaves(970, 1_030, 2000)), 2),
        "receipt of one that waits": (lambda own: own.pending_entry(entry), 0),
        "grant": (lambda own: find_grant(own._connection, staff.key, grant), 1),
    }
    for act, (ask, months) in acts.items():
        plans = store(kept, ask)
        assert plans, act
        for plan in plans:
            if "gateway = " in plan.statement:
                # The log's own entries, of all times: found by an index in each month.
                assert not plan.whole, act
            else:
                assert len(plan.read) <= months, (act, plan)
                assert not plan.whole, (act, plan)


def test_the_sequencer_looks_only_into_the_months_of_what_waits(kept: Record) -> None:
    kept.past.open(2)
    with kept.past.database.engine.begin() as connection, kept.watched() as plans:
        waiting = SqlLogStore(connection).pending(4_096)
        assert waiting
        assert SqlLogStore(connection).pending_since() is not None
        assert SqlLogStore(connection).pending_entry(waiting[0].entry_id) is not None
    assert len(plans) == 3
    for plan in plans:
        assert len(plan.read) == 1, plan
        assert not plan.whole, plan


def test_pages_by_time_and_figures_use_an_index_in_every_month(kept: Record) -> None:
    past = kept.past
    world, log = past.hospital.still.world, past.hospital.log
    now = world.epoch_ms()
    reader = RecordReader(database=past.database, log=log)
    own = OwnRecord(database=past.database, world=world, log=log, journal=Journal(log, world))
    today = past.hospital.still.world.now().date()
    period = Period(today, today)
    with kept.watched() as plans:
        with past.database.reading() as connection:
            reader.newest(connection, now - 1_000, (now + 1_000, ""), 50)
            reader.in_the_tree(connection, 0, 2)
            sign_in_to_summary(connection, period)
            list(read_past(connection, log, now - 3_600_000, now + 1))
        list(reader.oldest_first(now - 1_000, now))
        own.page(past.hospital.intern, OwnQuestion(period=period))
        own.page(past.hospital.intern, OwnQuestion(period=period, type="access.opened"))
        with past.database.engine.begin() as connection:
            erase_patient(connection, log, past.patients[0], "2999-12")
            connection.rollback()
    assert len(plans) >= 8
    for plan in plans:
        assert not plan.whole, plan.statement


def test_appending_locks_the_month_of_the_entry_and_no_other(kept: Record) -> None:
    world, log = kept.past.hospital.still.world, kept.past.hospital.log
    with kept.past.database.engine.begin() as connection:
        log.append(
            SqlLogStore(connection),
            entry_id=world.new_entry_id(),
            time=world.epoch_ms(),
            entry_type="test.made",
            outcome="success",
            personal={"patient/new": {"ins": "1"}},
        )
        locked = connection.exec_driver_sql(
            "SELECT DISTINCT relation::regclass::text FROM pg_locks JOIN pg_inherits ON inhrelid = relation "
            "WHERE pid = pg_backend_pid() AND inhparent = 'audit_entry'::regclass"
        ).scalars()
        assert list(locked) == [name_of(world.now().date())]
        connection.rollback()
