"""The SMTP server of the demo: aiosmtpd on loopback, in a thread of its own."""

import asyncio
import socket
import threading

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.demo.catcher.mailbox import Mailbox

LOOPBACK = "127.0.0.1"
MOST_BYTES = 5_000_000


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        # On a thread: another process may hold the file for a moment, and the loop must not wait for it.
        await asyncio.to_thread(self._mailbox.keep, list(envelope.rcpt_tos), raw)
        return "250 caught"


class Catcher:
    """`start()` gives the port it listens on; `stop()` ends it. 250 is only said once the mail is kept."""

    def __init__(self, mailbox: Mailbox, port: int = 0) -> None:
        self._mailbox = mailbox
        self._asked_port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-catcher", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> int:
        """Listen on loopback. Raises OSError when the port is taken."""
        listener = socket.create_server((LOOPBACK, self._asked_port))
        port: int = listener.getsockname()[1]
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._listen(listener), self._loop)
        self._server = opening.result(timeout=5)
        return port

    def stop(self) -> None:
        """Stop listening; a mail being received at this moment is not answered, and so not lost."""
        if self._server is not None:
            asyncio.run_coroutine_threadsafe(self._end(self._server), self._loop).result(timeout=5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=2)
            self._server = None

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        talking = asyncio.all_tasks() - {asyncio.current_task()}
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    async def _listen(self, listener: socket.socket) -> asyncio.Server:
        handler = _Handler(self._mailbox)
        return await self._loop.create_server(
            lambda: SMTP(handler, hostname="catcher.localhost", data_size_limit=MOST_BYTES, loop=self._loop),
            sock=listener,
        )
