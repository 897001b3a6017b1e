"""A real syslog-over-TLS receiver on loopback (RFC 5425), and the ways one fails."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum


class Mood(Enum):
    """How it treats a connection."""

    GOOD = "reads all, answers close_notify"
    REFUSES = "closes before the handshake"
    DROPS_MID_MESSAGE = "reads a little and resets"
    HANGS = "accepts and never reads"
    NEVER_CLOSES = "reads all and never answers the close"
    CLOSES_BARE = "reads all and closes without close_notify"


class Repository:
    """Keeps what it received whole, message by message, in order."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.mood = Mood.GOOD
        self.received: list[bytes] = []
        self.connections = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.close()
        for held in self._held:
            held.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._receive, args=(plain,), daemon=True).start()

    def _receive(self, plain: socket.socket) -> None:
        if self.mood is Mood.REFUSES:
            plain.close()
            return
        plain.settimeout(10)
        try:
            connection = self._context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        self._held.append(connection)
        if self.mood is Mood.HANGS:
            return
        if self.mood is Mood.DROPS_MID_MESSAGE:
            connection.recv(300)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.close()
            return
        content = self._read_to_the_end(connection)
        self.received += unframed(content)
        if self.mood is Mood.GOOD:
            try:
                connection.unwrap().close()
            except OSError:
                connection.close()
        elif self.mood is Mood.CLOSES_BARE:
            connection.close()

    def _read_to_the_end(self, connection: ssl.SSLSocket) -> bytes:
        content = b""
        while True:
            try:
                piece = connection.recv(65_536)
            except OSError:
                return content
            if not piece:
                return content
            content += piece


def unframed(content: bytes) -> list[bytes]:
    """The messages of octet-counted frames; a frame that was cut is left out."""
    messages = []
    while content:
        size, _, rest = content.partition(b" ")
        if not size.isdigit() or len(rest) < int(size):
            break
        messages.append(rest[: int(size)])
        content = rest[int(size) :]
    return messages


@contextmanager
def repository(context: ssl.SSLContext) -> Iterator[Repository]:
    """One that listens until the end of the block."""
    opened = Repository(context)
    try:
        yield opened
    finally:
        opened.close()
