"""One writing process of the record's benchmark: `python -m tests.benchmarks.record_writer URL NUMBER THREADS`.

Reads orders from its standard input, one JSON a line, and answers each with what it committed. Two ways, each of them
one durable commit of a decision and its entry through the gateway's own code, which makes, checks and hashes the leaf:

- `gateway`: by the gateway's log (a number in a free lane; entry and pending mark);
- `gateway_chain`: the same leaf in a serial hash chain: lock the head row, read the hash of the entry before, insert
  the entry that holds it, move the head on.
"""

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable

from audit import AuditLog
from audit.entry import Entry, leaf_bytes
from gateway.storage.database import Database
from gateway.storage.log_store import OneEntry, SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World, real_world

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
DETAIL = json.dumps({"rules": ["r"] * 100, "reason": "x" * 500})
_HEAD = "SELECT last, hash FROM bench_head WHERE id = 1 FOR UPDATE"
_CHAIN = "INSERT INTO bench_chain VALUES (%(number)s, %(entry_id)s, %(leaf)s, %(previous)s, %(hash)s)"
_MOVE = "UPDATE bench_head SET last = %(number)s, hash = %(hash)s WHERE id = 1"
_FACTS = {"access": "0" * 36, "mode": "break_glass", "rules": ["1", "9"], "shown": True, "minutes": 30}

Commit = Callable[[], None]


def a_log(number: int) -> AuditLog:
    return AuditLog(ORIGIN, f"bench-{number}", os.urandom, hashlib.sha256(b"bench").digest())


def gateway(database: Database, log: AuditLog, world: World) -> Commit:
    def unit(transaction: Transaction) -> None:
        entry_id, now = world.new_entry_id(), world.epoch_ms()
        transaction.connection.exec_driver_sql(_DECISION, {"id": entry_id, "detail": DETAIL})
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


def gateway_chain(database: Database, log: AuditLog, world: World) -> Commit:
    def unit(transaction: Transaction) -> None:
        run = transaction.connection.exec_driver_sql
        entry_id, now = world.new_entry_id(), world.epoch_ms()
        run(_DECISION, {"id": entry_id, "detail": DETAIL})
        entry = Entry(
            entry_id=entry_id,
            time=now,
            gateway=log.gateway,
            lane=0,
            counter=1,
            type="access.opened",
            outcome="success",
            purpose="BTG",
            policy_version="",
            facts=_FACTS,
            personal={},
        )
        leaf = leaf_bytes(entry, [])
        head = run(_HEAD).one()
        row = {"number": head.last + 1, "hash": hashlib.sha256(bytes(head.hash) + leaf).digest()}
        run(_CHAIN, {**row, "entry_id": entry_id, "leaf": leaf, "previous": head.hash})
        run(_MOVE, row)

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
    database, log, world = Database(url, pool_size=threads), a_log(number), real_world()
    ways = {
        "gateway": [gateway(database, log, world) for _ in range(threads)],
        "gateway_chain": [gateway_chain(database, log, world) for _ in range(threads)],
    }
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(run(ways[order["way"]][: order["threads"]], order["seconds"])), flush=True)
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
