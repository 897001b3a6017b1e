"""SQLite writes one at a time: a single thread runs the waiting units of work and shares one durable commit among them.

Each unit runs in its own savepoint, so that one that raises undoes itself alone. Nobody is answered before COMMIT has
returned: a crash before it loses all of them together, and none was told otherwise.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gateway.errors import RecordUnavailable
from gateway.storage.transaction import Transaction, run_unit

T = TypeVar("T")

MOST_UNITS_A_COMMIT = 64
LONGEST_WAIT_SECONDS = 15.0


class _Work:
    def __init__(self, unit: Callable[[Transaction], Any]) -> None:
        self.unit = unit
        self.future: Future[Any] = Future()
        self.transaction: Transaction | None = None
        self.result: Any = None


class Committer:
    """Owns the one writing connection. `run` blocks until the unit's fate is durable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="committer", daemon=True)
        self._lock = threading.Lock()
        self._started = False
        self._closed = False
        self._last: Callable[[Transaction], object] | None = None

    def end_each_commit_with(self, unit: Callable[[Transaction], object]) -> None:
        """Run `unit` as the last thing in every commit from now on. Whatever it raises undoes its own work alone: what
        was to be committed is committed all the same."""
        self._last = unit

    def run(self, unit: Callable[[Transaction], T]) -> T:
        """Queue the unit and wait for its commit. Raises `RecordUnavailable` when it could not be made durable."""
        work = _Work(unit)
        with self._lock:
            if self._closed:
                raise RecordUnavailable("the database is closed")
            if not self._started:
                self._thread.start()
                self._started = True
            self._queue.put(work)
        result: T = work.future.result(timeout=None)
        return result

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        if self._started:
            self._thread.join(timeout=LONGEST_WAIT_SECONDS)

    def _work(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, last = self._gather(first)
            self._commit(batch)
            if last:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        batch = [first]
        while len(batch) < MOST_UNITS_A_COMMIT:
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                break
            if work is None:
                return batch, True
            batch.append(work)
        return batch, False

    def _commit(self, batch: list[_Work]) -> None:
        try:
            with self._engine.connect() as connection:
                done = [work for work in batch if self._run_in_savepoint(connection, work)]
                if done and self._last is not None:
                    self._run_last(connection, self._last)
                connection.commit()
        except BaseException as error:
            # A full disk can make SQLite roll the whole transaction back: none of the batch is durable.
            self._fail(batch, error)
            return
        for work in done:
            if work.transaction is not None:
                work.transaction.committed()
            work.future.set_result(work.result)

    def _run_in_savepoint(self, connection: Connection, work: _Work) -> bool:
        work.transaction = Transaction(connection)
        savepoint = connection.begin_nested()
        try:
            work.result = run_unit(work.unit, work.transaction)
        except Exception as error:
            savepoint.rollback()
            work.future.set_exception(error)
            return False
        savepoint.commit()
        return True

    def _run_last(self, connection: Connection, unit: Callable[[Transaction], object]) -> None:
        savepoint = connection.begin_nested()
        try:
            run_unit(unit, Transaction(connection))
        except Exception:
            # Never at the cost of what people wait for; whoever set it also runs it by itself, and is told there.
            savepoint.rollback()
        else:
            savepoint.commit()

    def _fail(self, batch: list[_Work], error: BaseException) -> None:
        for work in batch:
            if work.future.done():
                continue
            if work.transaction is not None:
                work.transaction.rolled_back()
            fault = error if not isinstance(error, DBAPIError) else RecordUnavailable("the commit failed")
            if fault is not error:
                fault.__cause__ = error
            work.future.set_exception(fault)
