"""The SQL store keeps the contract of every store, on SQLite and on PostgreSQL, and what only many writers can show."""

import hashlib
import os
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from audit import AuditLog, Signer, verify_bundle, write_bundle
from audit.entry import read_leaf
from audit.numbers import number_of
from audit.store import LogStore, WrappedKey
from gateway.storage.database import Database
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.transaction import Transaction
from tests.contracts.log_store_contract import Begin, LogStoreContract, Undone, undone

SIGNER = Signer.from_seed("hospital.example/log", bytes(32))


@pytest.fixture
def begin(database: Database) -> Begin:
    @contextmanager
    def transaction() -> Iterator[LogStore]:
        with database.engine.begin() as connection:
            yield SqlLogStore(connection)

    return transaction


class TestSqlLogStore(LogStoreContract):
    pass


def a_log() -> AuditLog:
    return AuditLog("hospital.example/log", "gw-1", os.urandom, hashlib.sha256(b"master").digest())


def record(log: AuditLog, store: LogStore, patient: int = 1) -> str:
    entry_id = str(uuid.uuid4())
    log.append(
        store,
        entry_id=entry_id,
        time=1_790_000_000_000,
        entry_type="access.opened",
        outcome="success",
        personal={f"patient/{patient}": {"ins": "279035121518989"}, "staff/1": {"name": "Martin"}},
    )
    return entry_id


def test_writers_at_once_leave_no_gap_though_some_roll_back_and_none_is_missed(
    database: Database, begin: Begin, tmp_path: Path
) -> None:
    log, writers, each = a_log(), 8, 25
    written: list[str] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(each):
            try:
                with begin() as store:
                    entry_id = record(log, store, patient=number % 3)
                    if number % 5 == writer % 5:
                        raise Undone
            except Undone:
                continue
            written.append(entry_id)

    def sequence() -> None:
        while not done.is_set():
            with begin() as store:
                log.integrate(store, SIGNER, 1)

    if database.dialect == "sqlite":
        write(0)
    else:
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
        sequencer = threading.Thread(target=sequence)
        for thread in (*threads, sequencer):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        sequencer.join()
    with begin() as store:
        log.integrate(store, SIGNER, 2)
    with begin() as store:
        leaves = list(store.leaves(0, 10_000))
        head = store.head()
    # Whatever the order of commits: every committed entry is in the tree, once, and nothing else.
    assert head is not None
    assert head.size == len(leaves)
    assert sorted(leaf.entry_id for leaf in leaves) == sorted(written)
    # In every lane the numbers are 1..n, in this order in the tree: what rolled back left no gap.
    lanes: dict[int, list[int]] = defaultdict(list)
    for leaf in leaves:
        entry, _ = read_leaf(leaf.leaf)
        lanes[entry.lane].append(entry.counter)
    assert all(counters == list(range(1, len(counters) + 1)) for counters in lanes.values())
    with begin() as store:
        write_bundle(log, store, SIGNER.verifier, tmp_path / "log", disclosures=True)
    assert verify_bundle(tmp_path / "log", SIGNER.verifier).verified


@pytest.mark.postgresql
def test_open_transactions_hold_different_lanes_and_do_not_wait(database: Database, begin: Begin) -> None:
    if database.dialect == "sqlite":
        # One writer at a time: there is nothing to wait for, and one lane.
        with begin() as store:
            assert store.next_counter("gw") == (0, 1)
        return
    with begin() as store:
        store.next_counter("gw")
    with begin() as first:
        assert first.next_counter("gw") == (0, 2)
        with begin() as second:
            assert second.next_counter("gw") == (1, 1)
            with undone(begin) as third:
                assert third.next_counter("gw") == (2, 1)
        with begin() as fourth:
            assert fourth.next_counter("gw") == (1, 2)
    with begin() as fifth:
        assert fifth.next_counter("gw") == (0, 3)


def test_an_erasure_waits_for_the_recording_that_holds_the_key(database: Database, begin: Begin) -> None:
    log = a_log()
    with begin() as store:
        record(log, store)
    if database.dialect == "sqlite":
        with begin() as store:
            assert store.erase("patient/1", "2026-09") == 1
        return
    erased: list[int] = []

    def erase() -> None:
        with begin() as store:
            erased.append(store.erase("patient/1", "2026-09"))

    eraser = threading.Thread(target=erase)
    with begin() as store:
        entry_id = record(log, store)
        eraser.start()
        eraser.join(0.3)
        assert erased == []
    eraser.join()
    assert erased == [2]
    with begin() as store:
        assert log.read(store, entry_id).personal == {"staff/1": {"name": "Martin"}}


def test_a_sequencer_waits_for_the_one_at_work(database: Database, begin: Begin) -> None:
    log = a_log()
    with begin() as store:
        record(log, store)
    sizes: list[int | None] = []

    def integrate() -> None:
        with begin() as store:
            head = log.integrate(store, SIGNER, 1)
            sizes.append(None if head is None else head.size)

    other = threading.Thread(target=integrate)
    with begin() as store:
        head = log.integrate(store, SIGNER, 1)
        assert head is not None
        other.start()
        other.join(0.2)
        assert sizes == []
    other.join()
    assert sizes == [None]


def test_personal_values_and_receipts_survive_the_trip_through_sql(begin: Begin) -> None:
    log = a_log()
    with begin() as store:
        entry_id = record(log, store)
        log.integrate(store, SIGNER, 1)
    with begin() as store:
        entry = log.read(store, entry_id)
        assert entry.personal == {"patient/1": {"ins": "279035121518989"}, "staff/1": {"name": "Martin"}}
        assert [item.entry_id for item in log.history(store, "patient/1")] == [entry_id]
        receipt = log.receipt(store, entry_id, ["name"])
    assert receipt.verify(SIGNER.verifier).personal == {"name": "Martin"}


def test_no_personal_value_is_in_the_database_in_clear(begin: Begin, database_url: str) -> None:
    log = a_log()
    with begin() as store:
        entry_id = record(log, store)
        log.integrate(store, SIGNER, 1)
        rows = store.sealed([entry_id])
        stored = store.entry(entry_id)
    assert stored is not None
    everything = stored.leaf + b"".join(row.sealed + key.wrapped for row, key in rows)
    assert b"279035121518989" not in everything
    assert b"Martin" not in everything


def test_a_key_of_a_rolled_back_recording_is_not_used_by_the_next(begin: Begin) -> None:
    log = a_log()
    with undone(begin) as store:
        record(log, store)
    with begin() as store:
        assert store.data_keys(["patient/1"], "2026-09") == {}
        entry_id = record(log, store)
    with begin() as store:
        assert isinstance(store.data_keys(["patient/1"], "2026-09")["patient/1"], WrappedKey)
        assert log.read(store, entry_id).personal["patient/1"] == {"ins": "279035121518989"}


def test_units_that_share_a_commit_give_back_only_their_own_numbers(database: Database, begin: Begin) -> None:
    log = a_log()
    written: list[str] = []

    def unit(transaction: Transaction, fails: bool) -> None:
        entry_id = record(log, SqlLogStore(transaction.connection))
        if fails:
            raise Undone
        transaction.after_commit(lambda: written.append(entry_id))

    def run(number: int) -> None:
        with suppress(Undone):
            database.transact(lambda transaction: unit(transaction, number % 3 == 0))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.transact(lambda transaction: log.integrate(SqlLogStore(transaction.connection), SIGNER, 1))
    with begin() as store:
        numbers = sorted((leaf.lane, leaf.counter, leaf.entry_id) for leaf in store.leaves(0, 100))
    assert sorted(entry_id for _, _, entry_id in numbers) == sorted(written)
    for lane in {lane for lane, _, _ in numbers}:
        counters = [counter for of, counter, _ in numbers if of == lane]
        assert counters == list(range(1, len(counters) + 1))


def test_an_entry_begun_at_once_counts_its_subjects_without_a_gap_whoever_rolls_back(database: Database) -> None:
    log = AuditLog(
        "hospital.example/log", "gw-1", os.urandom, bytes(32), counted=lambda subject: subject.startswith("patient/")
    )
    subjects = ("patient/2", "patient/1", "person/1")
    assert log.counted_among(subjects) == ("patient/1", "patient/2")
    written: list[str] = []

    def unit(transaction: Transaction, number: int) -> None:
        personal = {subject: {f"value_{place}": number} for place, subject in enumerate(subjects[number % 2 :])}
        one = OneEntry(tuple(personal), "2026-09", log.counted_among(personal))
        entry_id = str(uuid.uuid4())
        log.append(
            SqlLogStore(transaction.connection, one),
            entry_id=entry_id,
            time=1_790_000_000_000,
            entry_type="test.made",
            outcome="success",
            personal=personal,
        )
        if number % 5 == 0:
            raise Undone
        transaction.after_commit(lambda: written.append(entry_id))

    def run(writer: int) -> None:
        for number in range(writer, writer + 10):
            with suppress(Undone):
                database.transact(lambda transaction: unit(transaction, number))  # noqa: B023

    threads = [threading.Thread(target=run, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        store = SqlLogStore(connection)
        for subject in ("patient/1", "patient/2"):
            numbers = {number_of(entry.personal[subject], subject) for entry in log.history(store, subject, None, 100)}
            assert numbers == set(range(1, len(numbers) + 1))
        assert len(written) == 48
        assert {entry.entry_id for entry in log.history(store, "patient/1", None, 100)} == set(written)


def test_an_export_from_sql_verifies_and_holds_every_entry(begin: Begin, tmp_path: Path) -> None:
    log = a_log()
    for batch in range(3):
        with begin() as store:
            for number in range(120):
                record(log, store, patient=number % 5)
            log.integrate(store, SIGNER, batch)
    with begin() as store:
        write_bundle(log, store, SIGNER.verifier, tmp_path / "log", disclosures=True)
    report = verify_bundle(tmp_path / "log", SIGNER.verifier)
    assert report.verified
    assert (report.size, report.checkpoints, report.disclosures) == (360, 3, 720)
