"""Reports of delivery as mail servers write them (RFC 3464), and a relay that offers to write them (RFC 3461)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.notifications.relays import raw_server


@dataclass
class ReportingRelay:
    """What a relay that offers DSN was told."""

    port: int = 0
    commands: list[str] = field(default_factory=list)
    content: list[str] = field(default_factory=list)

    def parameters(self, verb: str) -> list[str]:
        """Of the last `MAIL` or `RCPT`, what follows the address."""
        last = [line for line in self.commands if line.upper().startswith(verb)][-1]
        return last.partition(">")[2].split()


@contextmanager
def reporting_relay(*, offers: bool = True) -> Iterator[ReportingRelay]:
    relay = ReportingRelay()

    def behave(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 relay.test\r\n")
        in_data = False
        for raw in lines:
            line = raw.decode("utf-8").rstrip("\r\n")
            if in_data:
                relay.content.append(line)
                in_data = line != "."
                if not in_data:
                    connection.sendall(b"250 taken\r\n")
                continue
            relay.commands.append(line)
            verb = line[:4].upper()
            in_data = verb == "DATA"
            hello = b"250-relay.test\r\n250-DSN\r\n250 SIZE\r\n" if offers else b"250 relay.test\r\n"
            connection.sendall({"EHLO": hello, "DATA": b"354 go on\r\n"}.get(verb, b"250 ok\r\n"))

    with raw_server(behave) as port:
        relay.port = port
        yield relay


def report(
    action: str, *, envelope_id: str = "", message_id: str = "", status: str = "5.1.1", whole: bool = False
) -> bytes:
    """A report on one recipient; `message_id` is in what is returned of the message, its header or (`whole`) it all."""
    fields = [f"Original-Envelope-Id: {envelope_id}"] if envelope_id else []
    returned = f"Message-ID: {message_id}\nSubject: Information\n" if message_id else "Subject: Information\n"
    kind, text = ("message/rfc822", returned + "\nBonjour\n") if whole else ("text/rfc822-headers", returned)
    body = [
        "From: MAILER-DAEMON@mx.example",
        "To: acces@hopital.example",
        "Subject: Delivery Status Notification",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut/here"',
        "",
        "--cut/here",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Nous n'avons pas pu remettre votre message.",
        "",
        "--cut/here",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        *fields,
        "",
        "Final-Recipient: rfc822; dominique@courriel.example",
        f"Action: {action}",
        f"Status: {status}",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user",
        "",
        "--cut/here",
        f"Content-Type: {kind}",
        "",
        text,
        "--cut/here--",
        "",
    ]
    return "\r\n".join(body).encode()
