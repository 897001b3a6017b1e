"""A lane of numbers for each who writes at once, and no more: a lane is a row that every entry looks past."""

import hashlib
import os
import threading
import uuid

import pytest
from sqlalchemy import text

from audit import AuditLog
from gateway.storage.database import Database
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.transaction import Transaction

WRITERS = 8
COMMITS = 250


def write(database: Database, log: AuditLog, one: OneEntry | None) -> None:
    def unit(transaction: Transaction) -> None:
        log.append(
            SqlLogStore(transaction.connection, one),
            entry_id=str(uuid.uuid4()),
            time=1_790_000_000_000,
            entry_type="document.opened",
            outcome="success",
        )

    for _ in range(COMMITS):
        database.transact(unit)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("one", [None, OneEntry((), "2026-11")], ids=["statement by statement", "in one round trip"])
def test_writers_at_once_open_no_more_lanes_than_they_are(database_url: str, one: OneEntry | None) -> None:
    database = Database(database_url, pool_size=WRITERS)
    log = AuditLog("hospital.example/log", "gw", os.urandom, hashlib.sha256(b"master").digest())
    writers = [threading.Thread(target=write, args=(database, log, one)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.reading() as connection:
        lanes, written = connection.execute(text("SELECT COUNT(*), SUM(last) FROM audit_counter")).one()
    database.close()
    assert written == WRITERS * COMMITS
    # One more than they are can happen: lanes are looked at one after the other, and change hands meanwhile.
    assert lanes <= WRITERS + 1
