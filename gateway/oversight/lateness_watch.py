"""Looks for a dead sequencer without being asked: in each serving process, which it is that lives on."""

import threading

import structlog

from gateway.oversight.lateness import Lateness

LOOK_EVERY_SECONDS = 5.0
STOPS_WITHIN_SECONDS = 2.0


class LatenessWatch:
    """One for a process. `start` looks every `every_seconds` in the background, until `stop`."""

    def __init__(self, lateness: Lateness, every_seconds: float = LOOK_EVERY_SECONDS) -> None:
        self._lateness = lateness
        self._every_seconds = every_seconds
        self._log = structlog.get_logger("gateway.oversight")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; once."""
        self._thread = threading.Thread(target=self._repeat, name="lateness-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; stopping what never started does nothing."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN_SECONDS)

    def _repeat(self) -> None:
        failing = late = False
        while not self._stopping.wait(self._every_seconds):
            try:
                waited = self._lateness.look()
            except Exception as error:
                # A database that is away is away for everybody; it is said once.
                if not failing:
                    self._log.error("lateness-unknown", error=type(error).__name__)
                failing = True
                continue
            if waited is not None and not late:
                self._log.error("checkpoint-late", waited_ms=waited)
            failing, late = False, waited is not None
