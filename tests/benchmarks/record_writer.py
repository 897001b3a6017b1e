"""One writing process of the record's benchmark: `python -m tests.benchmarks.record_writer URL NUMBER THREADS`.

Reads orders from its standard input, one JSON a line, and answers each with what it committed. Three ways, each of them
one durable commit of a decision and its entry:

- `pending`: the gateway's own statements (a number in a free lane; entry and pending mark) by the bare driver;
- `chain`: by the bare driver too, a serial hash chain as anybody would write it: lock the head row, read the hash of
  the entry before, insert the entry that holds it, move the head on;
- `gateway`: as `pending`, through the gateway's own code, which makes, checks and hashes the leaf.
"""

import hashlib
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import dialect

from audit import AuditLog
from gateway.storage.database import Database
from gateway.storage.log_statements import NEXT_COUNTER, record
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.transaction import Transaction

ORIGIN = "bench.example/log"
TABLES = (
    "CREATE TABLE bench_decision (id varchar(36) PRIMARY KEY, detail text NOT NULL)",
    "CREATE TABLE bench_head (id integer PRIMARY KEY, last bigint NOT NULL, hash bytea NOT NULL)",
    "INSERT INTO bench_head VALUES (1, 0, '')",
    """CREATE TABLE bench_chain (number bigint PRIMARY KEY, entry_id varchar(36) NOT NULL UNIQUE, leaf bytea NOT NULL,
        previous bytea NOT NULL, hash bytea NOT NULL)""",
)
# What a decision writes besides its entry: a grant of about a kilobyte.
_DECISION = "INSERT INTO bench_decision (id, detail) VALUES (%(id)s, %(detail)s)"
_DETAIL = json.dumps({"rules": ["r"] * 100, "reason": "x" * 500})
_HEAD = "SELECT last, hash FROM bench_head WHERE id = 1 FOR UPDATE"
_CHAIN = "INSERT INTO bench_chain VALUES (%(number)s, %(entry_id)s, %(leaf)s, %(previous)s, %(hash)s)"
_MOVE = "UPDATE bench_head SET last = %(number)s, hash = %(hash)s WHERE id = 1"
_FACTS = {"access": "0" * 36, "mode": "break_glass", "rules": ["1", "9"], "shown": True, "minutes": 30}
_COUNTER = str(NEXT_COUNTER.compile(dialect=dialect()))
_RECORD = str(record(0).compile(dialect=dialect()))

Commit = Callable[[], None]


def a_log(number: int) -> AuditLog:
    return AuditLog(ORIGIN, f"bench-{number}", os.urandom, hashlib.sha256(b"bench").digest())


def _leaf(log: AuditLog, entry_id: str, lane: int, counter: int, now: int) -> bytes:
    """As large as a real one, and what the sequencer accepts as one."""
    facts = json.dumps(_FACTS, separators=(",", ":"), sort_keys=True)
    return (
        f'{{"_sd":[],"_sd_alg":"sha-256","counter":{counter},"facts":{facts},"gateway":"{log.gateway}",'
        f'"id":"{entry_id}","lane":{lane},"outcome":"success","policy":"","purpose":"BTG","time":{now},'
        '"type":"access.opened","v":1}'
    ).encode()


def pending(connection: psycopg.Connection[Any], log: AuditLog) -> Commit:
    def commit() -> None:
        entry_id, now = str(uuid.uuid4()), time.time_ns() // 1_000_000
        connection.execute("BEGIN")
        connection.execute(_DECISION, {"id": entry_id, "detail": _DETAIL})
        numbered = connection.execute(_COUNTER, {"of_gateway": log.gateway, "last_1": 1, "param_1": 1}).fetchone()
        assert numbered is not None
        lane, counter = numbered
        leaf = _leaf(log, entry_id, lane, counter, now)
        values = {
            "entry_entry_id": entry_id,
            "entry_time": now,
            "entry_type": "access.opened",
            "entry_gateway": log.gateway,
            "entry_lane": lane,
            "entry_counter": counter,
            "entry_leaf": leaf,
            "entry_leaf_hash": hashlib.sha256(b"\x00" + leaf).digest(),
        }
        connection.execute(_RECORD, values)
        connection.execute("COMMIT")

    return commit


def chain(connection: psycopg.Connection[Any], log: AuditLog) -> Commit:
    def commit() -> None:
        entry_id, now = str(uuid.uuid4()), time.time_ns() // 1_000_000
        connection.execute("BEGIN")
        connection.execute(_DECISION, {"id": entry_id, "detail": _DETAIL})
        leaf = _leaf(log, entry_id, 0, 0, now)
        head = connection.execute(_HEAD).fetchone()
        assert head is not None
        row = {"number": head[0] + 1, "hash": hashlib.sha256(head[1] + leaf).digest()}
        connection.execute(_CHAIN, {**row, "entry_id": entry_id, "leaf": leaf, "previous": head[1]})
        connection.execute(_MOVE, row)
        connection.execute("COMMIT")

    return commit


def gateway(database: Database, log: AuditLog) -> Commit:
    def unit(transaction: Transaction) -> None:
        entry_id, now = str(uuid.uuid4()), time.time_ns() // 1_000_000
        transaction.connection.exec_driver_sql(_DECISION, {"id": entry_id, "detail": _DETAIL})
        log.append(
            SqlLogStore(transaction.connection, OneEntry((), "")),
            entry_id=entry_id,
            time=now,
            entry_type="access.opened",
            outcome="success",
            purpose="BTG",
            facts=_FACTS,
        )

    return lambda: database.transact(unit)


def run(commits: list[Commit], seconds: float) -> list[float]:
    """Commit as often as these can, a thread each; returns how long each commit took, ms."""
    taken: list[list[float]] = [[] for _ in commits]
    end = time.perf_counter() + seconds

    def work(commit: Commit, mine: list[float]) -> None:
        while (began := time.perf_counter()) < end:
            commit()
            mine.append((time.perf_counter() - began) * 1000)

    workers = [threading.Thread(target=work, args=pair) for pair in zip(commits, taken, strict=True)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [one for mine in taken for one in mine]


def main(url: str, number: int, threads: int) -> None:
    database, log = Database(url, pool_size=threads), a_log(number)
    connections = [psycopg.connect(url, autocommit=True, prepare_threshold=1) for _ in range(threads)]
    for lane in range(threads):
        # A lane for each writer, as the gateway's own code opens them the first time they are needed.
        connections[0].execute("INSERT INTO audit_counter VALUES (%s, %s, 0)", (log.gateway, lane))
    ways = {
        "pending": [pending(connection, log) for connection in connections],
        "chain": [chain(connection, log) for connection in connections],
        "gateway": [gateway(database, log) for _ in range(threads)],
    }
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(run(ways[order["way"]][: order["threads"]], order["seconds"])), flush=True)
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
