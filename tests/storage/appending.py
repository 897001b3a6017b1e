"""`python -m tests.storage.appending URL GATEWAY THREADS ENTRIES OUT`: one process that records as a gateway does.

Each thread records `ENTRIES` entries, a few in each transaction, and rolls some transactions back. The ids of what was
committed go to the file OUT, one a line, each after its commit: the truth the tree is compared with.
"""

import hashlib
import os
import sys
import threading
import uuid
from pathlib import Path

from audit import AuditLog
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction

ORIGIN = "hospital.example/log"
IN_A_TRANSACTION = 20
ROLLS_BACK_EVERY = 20


class ChangeOfMindError(Exception):
    """Rolls a transaction back."""


def a_log(gateway: str) -> AuditLog:
    return AuditLog(ORIGIN, gateway, os.urandom, hashlib.sha256(b"master").digest())


def record(transaction: Transaction, log: AuditLog, ids: list[str], then_roll_back: bool) -> None:
    for entry_id in ids:
        log.append(
            SqlLogStore(transaction.connection),
            entry_id=entry_id,
            time=1_790_000_000_000,
            entry_type="document.opened",
            outcome="success",
            facts={"document": entry_id},
        )
    if then_roll_back:
        raise ChangeOfMindError


def write(database: Database, log: AuditLog, entries: int, committed: list[str]) -> None:
    number = written = 0
    while written < entries:
        number += 1
        ids = [str(uuid.uuid4()) for _ in range(min(IN_A_TRANSACTION, entries - written))]
        mind_changes = number % ROLLS_BACK_EVERY == 0
        try:
            database.transact(lambda tx, ids=ids, back=mind_changes: record(tx, log, ids, back))  # type: ignore[misc]
        except ChangeOfMindError:
            continue
        committed += ids
        written += len(ids)


def main(url: str, gateway: str, threads: int, entries: int, out: Path) -> None:
    database, log = Database(url, pool_size=threads), a_log(gateway)
    committed: list[list[str]] = [[] for _ in range(threads)]
    writers = [threading.Thread(target=write, args=(database, log, entries, ids)) for ids in committed]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    database.close()
    out.write_text("".join(f"{entry_id}\n" for ids in committed for entry_id in ids), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
