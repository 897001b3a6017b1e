"""Syslog over TLS: the message (RFC 5424), the frame (RFC 5425 section 4.3), and a sending that knows what arrived.

Syslog has no acknowledgement. What RFC 5425 has is the end of the connection: the sender's close_notify is answered by
the receiver's own (section 4.4), which it gives after it read all that came before. Only then are messages sent; after
anything else they are sent again, and the receiver may have some of them twice.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from gateway.errors import ConfigurationError, SettingFault, Unavailable
from gateway.settings import AtnaSettings

# Facility 10 (security), severity 5 (notice): 10 x 8 + 5, as IHE ATNA has it.
PRIORITY = 85
APPLICATION = "emergency-access-gateway"
MESSAGE_ID = "IHE+RFC-3881"
_WRITE_AT_ONCE = 16_384
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")


class RepositoryUnavailable(Unavailable):
    """The audit repository did not take the messages; `code` says at which step, and nothing of them."""

    code = "audit-repository"


def syslog_message(moment: str, base_url: str, process: str, content: bytes) -> bytes:
    """`<85>1 ... IHE+RFC-3881 - <xml>`. `moment`: RFC 3339, UTC; `process`: this gateway's name."""
    host = _NOT_PRINTABLE.sub("-", urlsplit(base_url).hostname or "") or "-"
    instance = _NOT_PRINTABLE.sub("-", process)[:128] or "-"
    header = f"<{PRIORITY}>1 {moment} {host[:255]} {APPLICATION} {instance} {MESSAGE_ID} - "
    return header.encode("ascii") + content


def framed(message: bytes) -> bytes:
    """With its length in octets in front (RFC 5425 section 4.3)."""
    return b"%d %b" % (len(message), message)


def tls_context(settings: AtnaSettings) -> ssl.SSLContext:
    """TLS 1.2 or later, the receiver's certificate and name checked. Raises `ConfigurationError`."""
    try:
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.client_certificate_file is not None:
            context.load_cert_chain(settings.client_certificate_file, settings.client_key_file)
    except (OSError, ssl.SSLError) as error:
        fault = SettingFault("exports.atna", f"a certificate or key cannot be read: {type(error).__name__}")
        raise ConfigurationError((fault,)) from error
    return context


def claim_ms(settings: AtnaSettings) -> int:
    """Longer than one batch can take: connecting, the handshake, writing and closing, each with its time-out."""
    return int(settings.timeout_seconds * 5_000) + 10_000


class SyslogSender:
    """Sends batches, each on a connection of its own. Every step has the time-out of the settings."""

    def __init__(
        self, settings: AtnaSettings, context: ssl.SSLContext, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._context = context
        self._now = now

    def send(self, messages: Sequence[bytes]) -> None:
        """Send them all, and return only when the receiver has them. Raises `RepositoryUnavailable`: then it may have
        none, some or all of them."""
        step = "connect"
        try:
            with self._connected() as connection:
                step = "send"
                self._write(connection, b"".join(framed(message) for message in messages))
                step = "close"
                self._close(connection)
        except (OSError, ValueError) as error:
            # ssl.SSLError and time-outs are OSErrors; ValueError is a host name that cannot be one.
            raise RepositoryUnavailable(f"the audit repository failed at {step}: {type(error).__name__}") from error

    def _connected(self) -> ssl.SSLSocket:
        settings = self._settings
        plain = socket.create_connection((settings.host, settings.port), timeout=settings.timeout_seconds)
        try:
            return self._context.wrap_socket(plain, server_hostname=settings.host)
        except BaseException:
            plain.close()
            raise

    def _write(self, connection: ssl.SSLSocket, content: bytes) -> None:
        # A receiver that reads a byte now and then must not hold the worker for ever: one limit for all the writing.
        latest = self._now() + self._settings.timeout_seconds
        for start in range(0, len(content), _WRITE_AT_ONCE):
            left = latest - self._now()
            if left <= 0:
                raise TimeoutError("the receiver reads too slowly")
            connection.settimeout(left)
            connection.sendall(content[start : start + _WRITE_AT_ONCE])

    def _close(self, connection: ssl.SSLSocket) -> None:
        connection.settimeout(self._settings.timeout_seconds)
        try:
            connection.unwrap().close()
        except TimeoutError:
            raise
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            if not self._settings.accept_bare_close:
                raise
        except ssl.SSLError:
            raise
        except OSError as error:
            # OpenSSL says "error 0" when the connection ended in order, but without a close_notify.
            if error.errno != 0 or not self._settings.accept_bare_close:
                raise
