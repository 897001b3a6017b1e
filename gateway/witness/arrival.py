"""The body of a request, whole and in time or not at all: who sends it slowly, or never, holds no request thread."""

import threading
from typing import IO, Any

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, RequestTimeout, ServiceUnavailable
from werkzeug.wsgi import get_input_stream


class Arrivals:
    """Reads bodies of at most `most_bytes` within `seconds`; at most `at_once` are on their way at the same time."""

    def __init__(self, *, most_bytes: int, seconds: float, at_once: int) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(at_once)

    def body(self, environ: dict[str, Any]) -> bytes:
        """The body. Raises RequestEntityTooLarge, RequestTimeout, ServiceUnavailable."""
        length = environ.get("CONTENT_LENGTH") or "0"
        if len(length) > 9 or int(length) > self._most_bytes:
            raise RequestEntityTooLarge
        if not self._places.acquire(timeout=self._seconds):
            raise ServiceUnavailable
        stream = get_input_stream(environ, max_content_length=self._most_bytes)
        reading = _Reading(stream, self._most_bytes, self._places)
        return reading.within(self._seconds)


class _Reading:
    """One body in a thread of its own, left behind when it is late; its place is free again when it ends."""

    def __init__(self, stream: IO[bytes], most_bytes: int, places: threading.BoundedSemaphore) -> None:
        self._stream = stream
        self._most_bytes = most_bytes
        self._places = places
        self._body: bytes | None = None
        self._fault: HTTPException | None = None
        self._thread = threading.Thread(target=self._run, name="witness-body", daemon=True)

    def within(self, seconds: float) -> bytes:
        self._thread.start()
        self._thread.join(timeout=seconds)
        if self._fault is not None:
            raise self._fault
        if self._body is None:
            raise RequestTimeout
        return self._body

    def _run(self) -> None:
        try:
            self._body = self._stream.read(self._most_bytes + 1)
            if len(self._body) > self._most_bytes:
                self._fault = RequestEntityTooLarge()
        except HTTPException as error:
            self._fault = error
        except (OSError, ValueError):
            # The client went away: nobody reads the answer.
            self._fault = RequestTimeout()
        finally:
            self._places.release()
