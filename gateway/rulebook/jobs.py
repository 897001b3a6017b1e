"""Proofs and comparisons as jobs: one solver at work at a time in a process, and two who ask the same get one answer.

What is asked is named by the files it is about, so that an answer is the same whoever asks, and may be kept a while.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.errors import Unavailable

KEPT_SECONDS = 600.0  # an answer that is settled
RETRIED_AFTER_SECONDS = 20.0  # one that is not: out of time or memory, it may do better next time
MOST_KEPT = 32
MOST_WAITING = 8
Key = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """Not answered yet. `waiting`: another job is at work; `seconds` since this one began to work, of `limit`."""

    waiting: bool
    seconds: float
    limit: float


class _Crowded(Unavailable):
    """Too many jobs wait already: the asker comes again."""


@dataclass(slots=True)
class _Job:
    future: "Future[Any]"
    began: float | None = None
    ended: float | None = None
    settled: bool = False


class Jobs:
    """Safe to use from any number of threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Key, _Job] = OrderedDict()
        self._at_work = threading.Lock()

    def answer(self, key: Key, work: Callable[[], T], settled: Callable[[T], bool]) -> T:
        """The answer, awaited. Raises what `work` raises, and `Unavailable` when too many wait already."""
        answer: T = self._job(key, work, settled, MOST_KEPT).future.result()
        return answer

    def answer_soon(
        self, key: Key, work: Callable[[], T], settled: Callable[[T], bool], *, wait: float, limit: float
    ) -> T | Working:
        """The answer if it comes within `wait` seconds; else how far it is. Ask again for the rest."""
        try:
            job = self._job(key, work, settled, MOST_WAITING)
        except _Crowded:
            return Working(waiting=True, seconds=0.0, limit=limit)
        try:
            answer: T = job.future.result(timeout=wait)
        except NotYet:
            began = job.began
            seconds = 0.0 if began is None else self._clock() - began
            return Working(waiting=began is None, seconds=seconds, limit=limit)
        return answer

    def _job(self, key: Key, work: Callable[[], Any], settled: Callable[[Any], bool], most: int) -> _Job:
        with self._lock:
            self._forget()
            job = self._jobs.get(key)
            if job is None:
                if sum(one.ended is None for one in self._jobs.values()) >= most:
                    raise _Crowded("too many proofs wait already")
                job = self._jobs[key] = _Job(Future())
                # A daemon: the process may end without waiting for a proof nobody will read.
                threading.Thread(target=self._run, args=(job, work, settled), name="proof", daemon=True).start()
            return job

    def _run(self, job: _Job, work: Callable[[], Any], settled: Callable[[Any], bool]) -> None:
        with self._at_work:
            job.began = self._clock()
            try:
                answer = work()
                job.settled = settled(answer)
            except BaseException as error:
                job.ended = self._clock()
                job.future.set_exception(error)
                return
            job.ended = self._clock()
            job.future.set_result(answer)

    def _forget(self) -> None:
        """Answers too old, too many, or that another try may better. What is at work stays."""
        now = self._clock()
        for key, job in list(self._jobs.items()):
            if job.ended is None:
                continue
            kept = KEPT_SECONDS if job.settled else RETRIED_AFTER_SECONDS
            if now - job.ended > kept or len(self._jobs) > MOST_KEPT:
                del self._jobs[key]
