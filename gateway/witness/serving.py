"""The witness's HTTP server: the standard library's, with the bounds a server that anybody may call needs.

One request a connection, and the whole of it (header, body, answer) within a time; a few connections at once. Whoever
is slow or silent is cut off by the clock, not waited for. TLS is the reverse proxy's.
"""

import socket
import threading
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import Flask

from gateway.witness.settings import WitnessSettings


class WitnessServer(ThreadingMixIn, WSGIServer):
    """Listens when made (OSError when it cannot); `serve_forever` answers until `shutdown` from another thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, app: Flask, settings: WitnessSettings) -> None:
        self.seconds = settings.body_seconds
        self._places = threading.BoundedSemaphore(settings.threads)
        super().__init__((settings.host, settings.port), _Handler)
        self.set_app(app)

    def server_bind(self) -> None:
        """Without asking the DNS for our own name, which has no time-out."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the connection, once there is a place: the others wait in the kernel's queue."""
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The whole life of a connection."""
        end = threading.Timer(self.seconds, _cut, [request])
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was cut off: nobody is left to be told."""


class _Handler(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        return


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
