"""The worker's loop."""

import threading
import time
from collections.abc import Callable

from gateway.errors import RecordUnavailable
from gateway.worker import Worker

SOON = 5.0


class Steps:
    """What a worker is given, counted."""

    def __init__(self) -> None:
        self.rounds = 0
        self.checkpoints = 0
        self.alerts: list[tuple[str, str]] = []

    def deliver_due(self, *, keep_going: Callable[[], bool]) -> None:
        assert keep_going()
        self.rounds += 1

    def publish_checkpoint(self) -> None:
        self.checkpoints += 1

    def raise_alert(self, kind: str, detail: str) -> None:
        self.alerts.append((kind, detail))


def worker(steps: Steps) -> Worker:
    return Worker(
        deliver_due=steps.deliver_due,
        publish_checkpoint=steps.publish_checkpoint,
        raise_alert=steps.raise_alert,
        checkpoint_every_ms=50,
    )


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_worker_delivers_and_publishes_until_it_is_told_to_stop() -> None:
    steps, stop = Steps(), threading.Event()
    finished: list[bool] = []
    running = threading.Thread(target=lambda: finished.append(worker(steps).run_forever(stop)))
    running.start()
    until(lambda: steps.rounds >= 2 and steps.checkpoints >= 4)
    stop.set()
    running.join(timeout=3)
    assert finished == [True]
    seen = steps.checkpoints
    time.sleep(0.2)
    assert steps.checkpoints == seen


class _NoDelivery(Steps):
    def deliver_due(self, *, keep_going: Callable[[], bool]) -> None:
        super().deliver_due(keep_going=keep_going)
        raise KeyError("dominique@courriel.example")


def test_a_fault_in_deliveries_is_told_once_without_personal_data_and_stops_no_checkpoint() -> None:
    steps = _NoDelivery()
    working = worker(steps)
    working.start()
    until(lambda: steps.rounds >= 2 and steps.checkpoints >= 4)
    assert working.stop()
    assert steps.alerts == [("worker-delivery", "KeyError")]


class _NoCheckpoint(Steps):
    def publish_checkpoint(self) -> None:
        super().publish_checkpoint()
        raise RecordUnavailable("the commit failed")


def test_a_fault_in_checkpoints_is_told_and_stops_no_delivery() -> None:
    steps = _NoCheckpoint()
    working = worker(steps)
    working.start()
    until(lambda: steps.rounds >= 2 and steps.checkpoints >= 2)
    assert working.stop()
    assert steps.alerts[0] == ("worker-checkpoint", "RecordUnavailable: the commit failed")


class _NoAlert(_NoDelivery):
    def raise_alert(self, kind: str, detail: str) -> None:
        super().raise_alert(kind, detail)
        raise RecordUnavailable("the database does not answer")


def test_an_alert_that_cannot_be_kept_stops_nothing() -> None:
    steps = _NoAlert()
    working = worker(steps)
    working.start()
    until(lambda: steps.rounds >= 2 and len(steps.alerts) == 1)
    assert working.stop()


class _Hanging(Steps):
    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def deliver_due(self, *, keep_going: Callable[[], bool]) -> None:
        self.rounds += 1
        self.release.wait(30)


def test_a_worker_whose_relay_hangs_goes_on_publishing_and_stops_within_two_seconds() -> None:
    steps = _Hanging()
    working = worker(steps)
    working.start()
    until(lambda: steps.rounds == 1 and steps.checkpoints >= 4)
    began = time.monotonic()
    assert not working.stop()
    assert time.monotonic() - began < 2.5
    steps.release.set()
