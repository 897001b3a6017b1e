"""Mail relays for tests: aiosmtpd told how to answer, and raw sockets for what no SMTP server would do."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class ScriptedRelay:
    """Answers each mail transaction with the next word of `script`, and `250` when it is at its end.

    Words: `250`; `rcpt NNN` or `data NNN` (that code, there); `greylist` (451 until the recipient was seen once);
    `hang` (never answers DATA); `drop` (keeps the mail, then cuts the connection without an answer).
    """

    def __init__(self, *script: str, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        self.script = list(script)
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.greetings: list[str] = []
        self.logins: list[str] = []
        self._seen: set[str] = set()
        self._tls = tls
        self._starttls = starttls
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self.port = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        asyncio.run_coroutine_threadsafe(self._listen(listener), self._loop).result(5)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def message_ids(self) -> list[str]:
        """Of every mail that was accepted, in order."""
        return [str(mail["Message-ID"]) for mail in self.accepted]

    async def _end(self) -> None:
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self, listener: socket.socket) -> asyncio.Server:
        return await self._loop.create_server(self._server, sock=listener, ssl=self._tls)

    def _server(self) -> SMTP:
        return SMTP(
            self,
            hostname="relay.test",
            tls_context=self._starttls,
            loop=self._loop,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        right = data.password == b"a-demo-password"
        return AuthResult(success=right, handled=right)

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        word = self.script[0] if self.script else "250"
        if word == "greylist" and address not in self._seen:
            self._seen.add(address)
            return "451 4.7.1 greylisted, try again"
        if word.startswith("rcpt "):
            self.script.pop(0)
            return f"{word.removeprefix('rcpt ')} no, {address}"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        word = self.script.pop(0) if self.script else "250"
        if word.startswith("data "):
            return f"{word.removeprefix('data ')} no, {envelope.rcpt_tos[0]}"
        if word == "hang":
            await asyncio.sleep(60)
        with self._lock:
            assert isinstance(envelope.content, bytes)
            self.accepted.append(message_from_bytes(envelope.content, policy=default_policy))
            self.recipients.extend(envelope.rcpt_tos)
        if word == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on loopback where every connection is given to `behave`, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                behave(connection)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def never_speaks(connection: socket.socket) -> None:
    """Takes the connection and says nothing."""
    connection.settimeout(20)
    while connection.recv(1024):
        pass


def dribbles(connection: socket.socket) -> None:
    """One byte of an endless greeting at a time, each just within any time-out."""
    for _ in range(200):
        connection.sendall(b"2")
        time.sleep(0.1)


def hangs_up_at(verb: bytes, connection: socket.socket) -> None:
    """Talks until it is told `verb`, and cuts the connection."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 relay.test\r\n")
    for line in lines:
        if line[:4].upper() == verb:
            lines.close()
            return
        connection.sendall(b"250 ok\r\n")


def hangs_up_at_quit(connection: socket.socket) -> None:
    """Takes the mail, says 250, and never answers QUIT."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 relay.test\r\n")
    answers = {b"EHLO": b"250 relay.test\r\n", b"DATA": b"354 go on\r\n"}
    in_data = False
    for line in lines:
        if in_data:
            if line == b".\r\n":
                in_data = False
                connection.sendall(b"250 taken\r\n")
            continue
        verb = line[:4].upper()
        in_data = verb == b"DATA"
        if verb == b"QUIT":
            time.sleep(20)
        connection.sendall(answers.get(verb, b"250 ok\r\n"))
