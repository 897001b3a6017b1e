"""The demo's provider of text messages: real HTTP on loopback, keeps every message and sends none.

It honours idempotency keys, and a second after it took a message tells the gateway that it arrived, signed as a real
provider would.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import LOOPBACK

MOST_BYTES = 10_000
RECEIPT_AFTER_SECONDS = 1.0
RECEIPT_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Where receipts go, and what they are signed with."""

    url: str
    secret: str = field(repr=False)
    signature_header: str
    timestamp_header: str


class SmsProvider:
    """`start()` gives the port it listens on; `stop()` ends it. A message is answered only once it is kept."""

    def __init__(
        self, mailbox: Mailbox, *, secret: str, receipts: Receipts, now: Callable[[], datetime], port: int = 0
    ) -> None:
        self._mailbox = mailbox
        self._secret = secret
        self._receipts = receipts
        self._now = now
        self._asked_port = port
        self._stopping = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> int:
        """Listen on loopback. Raises OSError when the port is taken."""
        server = ThreadingHTTPServer((LOOPBACK, self._asked_port), _handler(self))
        server.daemon_threads = True
        self._server = server
        threading.Thread(target=server.serve_forever, name="sms-provider", daemon=True).start()
        return int(server.server_address[1])

    def stop(self) -> None:
        """Stop listening; receipts not sent yet are not sent any more."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, authorization: str, key: str, body: bytes) -> tuple[int, dict[str, str]]:
        """What is answered to one request: 200 for a new message, 409 for a key it knows, 400 or 401."""
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._secret}".encode()):
            return 401, {"error": "unauthorized"}
        try:
            members = json.loads(body)
            recipient, text = str(members["to"]), str(members["text"])
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "malformed"}
        number, is_new = self._mailbox.keep_text(key, recipient, text)
        reference = f"demo-sms-{number}"
        if is_new:
            threading.Thread(target=self._report, args=(reference,), name="sms-receipt", daemon=True).start()
        return (200 if is_new else 409), {"id": reference}

    def _report(self, reference: str) -> None:
        body = json.dumps({"id": reference, "status": "delivered"}).encode()
        for attempt in range(RECEIPT_TRIES):
            if self._stopping.wait(RECEIPT_AFTER_SECONDS * 2**attempt):
                return
            signed_at = str(int(self._now().timestamp()))
            signed = hmac.new(self._receipts.secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256)
            headers = {
                "Content-Type": "application/json",
                self._receipts.signature_header: signed.hexdigest(),
                self._receipts.timestamp_header: signed_at,
            }
            try:
                answer = httpx.post(self._receipts.url, content=body, headers=headers, timeout=5, trust_env=False)
            except httpx.HTTPError:
                continue
            if answer.is_success:
                return


def _handler(provider: SmsProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            size = self.headers.get("Content-Length", "")
            if not size.isdigit() or int(size) > MOST_BYTES:
                self._answer(413, {"error": "size"})
                return
            body = self.rfile.read(int(size))
            authorization, key = (self.headers.get(name, "") for name in ("Authorization", "Idempotency-Key"))
            self._answer(*provider.take(authorization, key, body))

        def _answer(self, status: int, members: dict[str, str]) -> None:
            content = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: a log line would hold a number."""

    return Handler
