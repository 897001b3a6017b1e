"""A provider of text messages for tests: real HTTP on loopback, told how to answer; it honours idempotency keys."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Taken:
    """One request the provider took as a message."""

    key: str
    headers: dict[str, str]
    members: dict[str, object]


@dataclass
class SmsProvider:
    """Answers each request with the next word of `script`, and `200` when it is at its end.

    Words: `200`; `status NNN` (that code, nothing kept); `refuse` (200 that lists the number as refused); `hang`;
    `drop` (keeps the message, then cuts the connection); `dribble`; `redirect`; `huge`; `nonsense` (200, no JSON).
    """

    script: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    requests: int = 0
    port: int = 0

    def __enter__(self) -> "SmsProvider":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def keys(self) -> list[str]:
        """The idempotency key of every message it sends on, in order: a key it knows is not sent twice."""
        return [one.key for one in self.taken]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                with lock:
                    provider.requests += 1
                    word = provider.script.pop(0) if provider.script else "200"
                self.obey(word, body)

            def obey(self, word: str, body: bytes) -> None:
                if word == "hang":
                    time.sleep(4)
                elif word == "dribble":
                    self.dribble()
                elif word.startswith("status "):
                    self.answer(int(word.removeprefix("status ")), b"{}")
                elif word == "redirect":
                    self.answer(302, b"", Location=f"http://127.0.0.1:{provider.port}/elsewhere")
                elif word == "huge":
                    self.answer(200, b" " * 2_000_000)
                elif word == "refuse":
                    self.answer(200, b'{"id": "", "invalid": ["+33639980001"]}')
                else:
                    self.take(word, body)

            def take(self, word: str, body: bytes) -> None:
                form = "form" in self.headers.get("Content-Type", "")
                members = dict(parse_qsl(body.decode())) if form else json.loads(body)
                key = self.headers.get("Idempotency-Key", "")
                with lock:
                    known = key in provider.keys
                    if not known:
                        provider.taken.append(Taken(key, dict(self.headers), members))
                if word == "drop":
                    self.close_connection = True
                    self.connection.close()
                elif word == "nonsense":
                    self.answer(200, b"<ok/>")
                else:
                    self.answer(409 if known else 200, json.dumps({"id": f"sms-{key[-4:]}", "invalid": []}).encode())

            def dribble(self) -> None:
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
                    for _ in range(100):
                        self.wfile.write(b"a")
                        self.wfile.flush()
                        time.sleep(0.1)
                except OSError:
                    self.close_connection = True

            def answer(self, status: int, body: bytes, **headers: str) -> None:
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(body)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        return Handler
