"""Proofs as jobs: one at a time, one answer for all who ask the same, and none kept that could be better."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from gateway.rulebook.jobs import MOST_WAITING, Jobs, Working


class Slow:
    """Work that waits to be let go, and counts how often and how many at once it was done."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.done = 0
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.done += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.let_go.wait(10)
        with self._lock:
            self.at_once -= 1
        return self.done


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def always(_answer: object) -> bool:
    return True


def test_two_presses_are_one_job_and_get_one_answer() -> None:
    jobs, work = Jobs(), Slow()
    with ThreadPoolExecutor(8) as pressing:
        asked = [pressing.submit(jobs.answer, ("a",), work, always) for _ in range(8)]
        work.let_go.set()
        assert {one.result(10) for one in asked} == {1}
    assert jobs.answer(("a",), work, always) == 1
    assert work.done == 1


def test_only_one_job_works_at_a_time_and_the_others_say_that_they_wait() -> None:
    jobs, work = Jobs(), Slow()
    first = jobs.answer_soon(("a",), work, always, wait=0.05, limit=30)
    second = jobs.answer_soon(("b",), work, always, wait=0.05, limit=30)
    assert isinstance(first, Working)
    assert isinstance(second, Working)
    assert (first.waiting, second.waiting) == (False, True)
    assert first.limit == 30
    assert jobs.answer_soon(("a",), work, always, wait=0, limit=30).seconds > 0  # type: ignore[union-attr]
    work.let_go.set()
    assert {jobs.answer((name,), work, always) for name in "ab"} == {1, 2}
    assert work.most_at_once == 1


def test_what_was_not_settled_is_asked_again_after_a_while(clock: Clock) -> None:
    jobs = Jobs(clock=clock)
    count = iter(range(10))
    assert jobs.answer(("a",), lambda: next(count), lambda _answer: False) == 0
    assert jobs.answer(("a",), lambda: next(count), lambda _answer: False) == 0
    clock.now += 60
    assert jobs.answer(("a",), lambda: next(count), always) == 1
    clock.now += 60
    assert jobs.answer(("a",), lambda: next(count), always) == 1


def test_trouble_is_raised_to_all_who_asked_and_not_kept_for_long(clock: Clock) -> None:
    jobs = Jobs(clock=clock)

    def broken() -> int:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            jobs.answer(("a",), broken, always)
    clock.now += 60
    assert jobs.answer(("a",), lambda: 5, always) == 5


def test_a_crowd_waits_outside() -> None:
    jobs, work = Jobs(), Slow()
    for place in range(MOST_WAITING + 4):
        told = jobs.answer_soon((str(place),), work, always, wait=0, limit=30)
        assert isinstance(told, Working)
    assert sum(thread.name == "proof" for thread in threading.enumerate()) <= MOST_WAITING
    work.let_go.set()
    deadline = time.monotonic() + 10
    while work.done < MOST_WAITING and time.monotonic() < deadline:
        time.sleep(0.01)
    assert work.done == MOST_WAITING
