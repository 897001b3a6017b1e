"""The load generator, a process of its own so that its interpreter lock slows no server: jobs in, latencies out.

Each line of standard input is a job in JSON, each line of standard output its answer:

- `{"kind": "http", "port": 1, "clients": 8, "expected": 201, "requests": ["POST ...", ...]}`: every request is sent
  once, by as many keep-alive connections as there are clients;
- `{"kind": "commit", "url": "...", "rows": "...", "clients": 8, "times": 80}`: see `commits`.

The answer is `{"seconds": 0.5, "ms": [1.2, ...]}`, or `{"error": "..."}`.
"""

import itertools
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.commits import committer, from_json

TIMEOUT_SECONDS = 30.0

Act = Callable[[int], None]


def main() -> None:
    """Answer every job until standard input ends."""
    kept: dict[tuple[str, int], Callable[[], None]] = {}
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer: dict[str, Any] = _http(job) if job["kind"] == "http" else _commits(job, kept)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def _http(job: dict[str, Any]) -> dict[str, Any]:
    requests = [text.encode("latin-1") for text in job["requests"]]

    def client(_: int) -> Act:
        connection = socket.create_connection(("127.0.0.1", job["port"]), timeout=TIMEOUT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return lambda number: _exchange(connection, requests[number], job["expected"])

    return _measure([client(number) for number in range(job["clients"])], len(requests))


def _commits(job: dict[str, Any], kept: dict[tuple[str, int], Callable[[], None]]) -> dict[str, Any]:
    def client(number: int) -> Act:
        # Connections stay open between jobs, as a gateway's do.
        if (job["url"], number) not in kept:
            kept[(job["url"], number)] = committer(job["url"], from_json(job["rows"]), number)
        commit = kept[(job["url"], number)]
        return lambda _: commit()

    return _measure([client(number) for number in range(job["clients"])], job["times"])


def _measure(acts: list[Act], times: int) -> dict[str, Any]:
    """Share `times` turns among the clients; each turn's latency in ms, and the seconds the whole took."""
    turns = itertools.count()
    taken: list[float] = []
    errors: list[Exception] = []

    def work(act: Act) -> None:
        while not errors and (turn := next(turns)) < times:
            start = time.perf_counter()
            try:
                act(turn)
            except Exception as error:
                errors.append(error)
                return
            taken.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if errors:
        raise errors[0]
    return {"seconds": seconds, "ms": taken}


def _exchange(connection: socket.socket, request: bytes, expected: int) -> None:
    """One request and its whole answer. Raises `ValueError` for an unexpected status."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    size = len(body)
    while size < length:
        more = _more(connection)
        size += len(more)
        body += more if status != expected else b""
    if status != expected:
        raise ValueError(f"answered {status} instead of {expected}: {body[:500].decode(errors='replace')}")


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(262_144)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


if __name__ == "__main__":
    main()
