"""Years, rotation and people's numbers in SQL: the contract, and 8 writers about two people at once."""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit import AuditLog, Signer, verify_bundle, write_bundle
from audit.history import GIVEN
from audit.store import LogStore
from gateway.storage.database import Database
from gateway.storage.journal import history_is_counted
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.shards import PLACES_A_YEAR, place, placed, places
from gateway.storage.transaction import Transaction
from tests.contracts.log_shards_contract import LogShardsContract
from tests.contracts.log_store_contract import Begin

ORIGIN = "hospital.example/log"
OLD, NEW = Signer.from_seed(ORIGIN, bytes(range(32))), Signer.from_seed(ORIGIN, bytes(range(1, 33)))


def at(year: int) -> int:
    return int(datetime(year, 6, 1, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def begin(database: Database) -> Begin:
    @contextmanager
    def transaction() -> Iterator[LogStore]:
        with database.engine.begin() as connection:
            yield SqlLogStore(connection)

    return transaction


class TestShardsOfSqlLogStore(LogShardsContract):
    pass


def a_log() -> AuditLog:
    return AuditLog(ORIGIN, "gw-1", os.urandom, bytes(32), yearly=True, counted=history_is_counted)


def record(log: AuditLog, store: LogStore, time: int, *subjects: str, entry_type: str = "access.opened") -> str:
    entry_id = str(uuid.uuid4())
    log.append(
        store,
        entry_id=entry_id,
        time=time,
        entry_type=entry_type,
        outcome="success",
        personal={subject: {f"who.{number}": subject} for number, subject in enumerate(subjects)},
    )
    return entry_id


def test_a_log_over_two_years_with_a_change_of_key_is_exported_and_verifies(begin: Begin, tmp_path: Path) -> None:
    log, ids = a_log(), []
    with begin() as store:
        log.announce_receipt_key(store, at(2026))
        ids = [record(log, store, at(2026), "patient/1") for _ in range(300)]
    with begin() as store:
        assert log.integrate(store, OLD, at(2026)) is not None
    with begin() as store:
        log.rotate(store, OLD, NEW, at(2026) + 1)
    with begin() as store:
        pending = log.append(
            store, entry_id=str(uuid.uuid4()), time=at(2027), entry_type="access.opened", outcome="success"
        )
    with begin() as store:
        promised = log.promise(store, pending, at(2027))
        assert promised.verify_promise(OLD.verifier).entry_id == pending.entry_id
        record(log, store, at(2027), "patient/1", entry_type=GIVEN)
        log.integrate(store, NEW, at(2027))
    with begin() as store:
        for key in (OLD, NEW):
            assert log.receipt(store, ids[7]).verify(key.verifier).checkpoint.shard == 2026
            assert log.history_receipt(store, "patient/1").verify(key.verifier).complete
        write_bundle(log, store, NEW.verifier, tmp_path / "bundle")
    report = verify_bundle(tmp_path / "bundle", OLD.verifier)
    assert report.verified
    assert (report.entries, report.shards, report.rotations) == (305, 2, 1)


def test_writers_about_the_same_people_number_them_without_a_gap(database: Database, begin: Begin) -> None:
    log = a_log()
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(12):
                subjects = ("patient/1", "patient/2") if (number + turn) % 2 else ("patient/2", "patient/1")

                def unit(transaction: Transaction, subjects: tuple[str, ...] = subjects) -> None:
                    store = SqlLogStore(transaction.connection, OneEntry(subjects, "2026-06"))
                    record(log, store, at(2026), *subjects)

                database.transact(unit)
        except BaseException as error:
            faults.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert faults == []
    with begin() as store:
        record(log, store, at(2026), "patient/1", "patient/2", entry_type=GIVEN)
        log.integrate(store, OLD, at(2026))
    with begin() as store:
        for subject in ("patient/1", "patient/2"):
            verified = log.history_receipt(store, subject).verify(OLD.verifier)
            assert sorted(item.number or 0 for item in verified.entries) == list(range(1, 98))


def test_a_place_is_its_year_and_its_position() -> None:
    assert place(2027, 42) == 2_027_000_000_000_042
    assert placed(place(2027, 42)) == (2027, 42)
    assert places(0) == (0, PLACES_A_YEAR)
    for wrong in (-1, PLACES_A_YEAR):
        with pytest.raises(ValueError, match="no position"):
            place(2027, wrong)
