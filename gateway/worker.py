"""The worker: delivers the notices that are due and publishes the checkpoints, each in its own thread, so that a relay
that hangs or a fault in one never keeps the other from its work.
"""

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from gateway.assembly import Gateway
from gateway.errors import GatewayError
from gateway.storage.alerts import raise_alert
from gateway.storage.partitions import Months

DELIVERY_EVERY_SECONDS = 1.0
REVIEWS_EVERY_SECONDS = 5.0
STOPS_WITHIN_SECONDS = 2.0
EXPORT_EVERY_SECONDS = 1.0
RECEIPT_KEY_EVERY_SECONDS = 3600.0
RETENTION_EVERY_SECONDS = 300.0
ANCHORS_EVERY_SECONDS = 2.0
RECEIPTS_EVERY_SECONDS = 10.0
REMINDER_EVERY_SECONDS = 60.0
LETTERS_EVERY_SECONDS = 60.0
MAIL_REPORTS_EVERY_SECONDS = 30.0
NOTICE_DEADLINES_EVERY_SECONDS = 5.0
MONTHS_EVERY_SECONDS = 3600.0
# A fault that stays is told again, but not every second.
ALERT_EVERY_ROUNDS = 60


class DeliverDue(Protocol):
    """`Courier.deliver_due`."""

    def __call__(self, *, keep_going: Callable[[], bool]) -> object:
        """One round of deliveries, until `keep_going` says no."""
        ...


class RaiseAlert(Protocol):
    """Tells hospital IT; it holds no personal data."""

    def __call__(self, kind: str, detail: str) -> None:
        """Keep an alert of this kind, with a detail of at most 500 characters."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerStep:
    """One more thing to do every so often, in a thread of its own; `run` stops early when what it is given says no."""

    name: str
    run: Callable[[Callable[[], bool]], object]
    every_seconds: float


class Worker:
    """Runs until told to stop. `checkpoint_every_ms` is `settings.record.checkpoint_every_ms`."""

    def __init__(
        self,
        *,
        deliver_due: DeliverDue,
        publish_checkpoint: Callable[[], object],
        raise_alert: RaiseAlert,
        checkpoint_every_ms: int,
        also: tuple[WorkerStep, ...] = (),
    ) -> None:
        self._deliver_due = deliver_due
        self._publish_checkpoint = publish_checkpoint
        self._raise_alert = raise_alert
        self._also = also
        self._checkpoint_every_seconds = checkpoint_every_ms / 1000
        self._log = structlog.get_logger("gateway.worker")
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin in the background. A worker starts once."""
        steps: tuple[tuple[str, Callable[[], object], float], ...] = (
            ("delivery", self._deliver, DELIVERY_EVERY_SECONDS),
            ("checkpoint", self._publish_checkpoint, self._checkpoint_every_seconds),
            *((step.name, functools.partial(step.run, self._going_on), step.every_seconds) for step in self._also),
        )
        for name, step, every in steps:
            # Daemon threads: a relay that hangs does not keep the process alive. Its notice's claim ends by itself.
            thread = threading.Thread(target=self._repeat, args=(name, step, every), name=f"worker-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> bool:
        """Finish what is at hand, for 2 seconds at most; True if everything was finished."""
        self._stopping.set()
        latest = time.monotonic() + STOPS_WITHIN_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(latest - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def run_forever(self, stop_event: threading.Event) -> bool:
        """Work until `stop_event` is set, then stop as `stop` does."""
        self.start()
        stop_event.wait()
        return self.stop()

    def _deliver(self) -> object:
        return self._deliver_due(keep_going=self._going_on)

    def _going_on(self) -> bool:
        return not self._stopping.is_set()

    def _repeat(self, name: str, step: Callable[[], object], every_seconds: float) -> None:
        faults = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                step()
                faults = 0
            except Exception as error:
                if faults % ALERT_EVERY_ROUNDS == 0:
                    self._tell(name, error)
                faults += 1
            # From beginning to beginning: what a step takes does not come on top.
            self._stopping.wait(max(every_seconds - (time.monotonic() - began), every_seconds / 10))

    def _tell(self, name: str, error: Exception) -> None:
        # Only our own errors promise to hold no personal data: of any other, the type alone is told.
        detail = str(error) if isinstance(error, GatewayError) else ""
        self._log.error("worker-step-failed", step=name, error=type(error).__name__, detail=detail)
        try:
            self._raise_alert(f"worker-{name}", f"{type(error).__name__}: {detail}"[:500].removesuffix(": "))
        except Exception as alert_error:
            # The database is down, perhaps: the next round tries again, and the log line above stays.
            self._log.error("alert-failed", step=name, error=type(alert_error).__name__)


def build_worker(gateway: Gateway) -> Worker:
    """The worker of an assembled gateway."""

    def alert(kind: str, detail: str) -> None:
        gateway.database.transact(lambda tx: raise_alert(tx.connection, gateway.world, kind, detail))

    gateway.sequencing.grow_with_commits()
    return Worker(
        deliver_due=gateway.courier.deliver_due,
        publish_checkpoint=gateway.sequencing.publish_checkpoint,
        raise_alert=alert,
        checkpoint_every_ms=gateway.settings.record.checkpoint_every_ms,
        also=_further_steps(gateway),
    )


def _further_steps(gateway: Gateway) -> tuple[WorkerStep, ...]:
    months = Months(database=gateway.database, world=gateway.world)
    steps = [
        WorkerStep("record-months", months.run_due, MONTHS_EVERY_SECONDS),
        WorkerStep("reviews", lambda _: gateway.oversight.minding.round(), REVIEWS_EVERY_SECONDS),
        WorkerStep("receipt-key", lambda _: gateway.sequencing.announce_receipt_key(), RECEIPT_KEY_EVERY_SECONDS),
        WorkerStep("notice-deadlines", gateway.notice_minding.run_due, NOTICE_DEADLINES_EVERY_SECONDS),
        WorkerStep("retention", gateway.retention.run_due, RETENTION_EVERY_SECONDS),
    ]
    receipts, letters = gateway.sms_receipts, gateway.letters
    if gateway.oversight.reminder is not None:
        steps.append(WorkerStep("review-mail", gateway.oversight.reminder.run_due, REMINDER_EVERY_SECONDS))
    if receipts is not None:
        steps.append(WorkerStep("early-receipts", lambda _: receipts.early.match(), RECEIPTS_EVERY_SECONDS))
    if letters is not None:
        steps.append(WorkerStep("letters-left", lambda _: letters.record_left(), LETTERS_EVERY_SECONDS))
    reports = gateway.mail_reports
    if reports is not None:
        steps.append(WorkerStep("mail-reports", lambda _: reports.read_new(), MAIL_REPORTS_EVERY_SECONDS))
    for name, run in gateway.anchoring.rounds.items():
        steps.append(WorkerStep(name, run, ANCHORS_EVERY_SECONDS))
    if gateway.exports.atna is not None:
        steps.append(WorkerStep("audit-repository", gateway.exports.atna.run_due, EXPORT_EVERY_SECONDS))
    return tuple(steps)
