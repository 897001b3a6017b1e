"""How the gateway calls another HTTP server: bounded in time and size, deaf to the environment, never redirected."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

MOST_BYTES = 512 * 1024
MOST_CALLS_AT_ONCE = 8


class AnswerUnusable(httpx.TransportError):
    """The answer came, but not in time, not whole or not in a form that is read here."""


class BoundedTransport(httpx.BaseTransport):
    """An `httpx` transport that answers within `seconds` in all (name look-up, TLS, headers and body) or raises.

    A body of more than `most_bytes`, or a compressed one (it could hold anything), raises `AnswerUnusable`. Each call
    runs in a thread that is left behind when it is late: a server that hangs holds at most `MOST_CALLS_AT_ONCE`
    threads, never a request thread of ours.
    """

    def __init__(self, inner: httpx.BaseTransport, *, seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._inner = inner
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._places = threading.BoundedSemaphore(MOST_CALLS_AT_ONCE)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        deadline = time.monotonic() + self._seconds
        if not self._places.acquire(timeout=self._seconds):
            raise AnswerUnusable("too many calls wait for the server", request=request)
        call = _Call(lambda: self._call(request, deadline), self._places.release)
        return call.result(deadline, request)

    def close(self) -> None:
        self._inner.close()

    def _call(self, request: httpx.Request, deadline: float) -> httpx.Response:
        response = self._inner.handle_request(request)
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise AnswerUnusable("the answer is compressed", request=request)
            if not isinstance(response.stream, httpx.SyncByteStream):
                raise AnswerUnusable("the answer cannot be read", request=request)
            body = bytearray()
            for chunk in response.stream:
                body += chunk
                if len(body) > self._most_bytes:
                    raise AnswerUnusable("the answer is too large", request=request)
                if time.monotonic() > deadline:
                    raise AnswerUnusable("the answer takes too long", request=request)
        finally:
            response.close()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"transfer-encoding"]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))


class _Call:
    """One call in a thread of its own; `done` runs when the thread ends, however late."""

    def __init__(self, work: Callable[[], httpx.Response], done: Callable[[], None]) -> None:
        self._work = work
        self._done = done
        self._response: httpx.Response | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="outbound-call", daemon=True)

    def result(self, deadline: float, request: httpx.Request) -> httpx.Response:
        try:
            self._thread.start()
        except RuntimeError as error:
            self._done()
            raise AnswerUnusable("no thread to make the call from", request=request) from error
        self._thread.join(timeout=max(0.0, deadline - time.monotonic()))
        if self._error is not None:
            raise self._error
        if self._response is None:
            raise AnswerUnusable("the server does not answer in time", request=request)
        return self._response

    def _run(self) -> None:
        try:
            self._response = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._done()


def outbound_client(*, timeout_seconds: float, ca_file: Path | None, proxy: str) -> httpx.Client:
    """The client for one server: our own trust anchors and proxy, none of the environment's.

    No connection is kept: calls are rare, and a kept one that the other side closed would cost a person a failure.
    Raises OSError or ssl.SSLError when `ca_file` cannot be used.
    """
    context = ssl.create_default_context(cafile=str(ca_file)) if ca_file else httpx.create_ssl_context(trust_env=False)
    inner = httpx.HTTPTransport(
        verify=context,
        trust_env=False,
        proxy=proxy or None,
        limits=httpx.Limits(max_connections=MOST_CALLS_AT_ONCE, max_keepalive_connections=0),
    )
    return httpx.Client(
        transport=BoundedTransport(inner, seconds=timeout_seconds),
        trust_env=False,
        timeout=timeout_seconds,
        follow_redirects=False,
        headers={"Accept": "application/json", "User-Agent": "emergency-access-gateway"},
    )


def is_loopback(host: str) -> bool:
    """Whether a host (a name or an address) is this machine, whatever the DNS says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
