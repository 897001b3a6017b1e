"""The e-mail channel: one notice, one SMTP transaction with the hospital's relay (RFC 5321), by smtplib.

It also carries the médecin traitant's notice to an MSSanté mailbox: the hospital's relay routes MSSanté domains to its
operator. Who is to blame decides what comes next: a 5yz answer to RCPT or DATA speaks of this recipient or message and
is permanent; one to the greeting, STARTTLS, AUTH or MAIL speaks of our own installation, which somebody will mend, and
is transient like everything else. A relay that had the whole mail and gave no answer may have taken it: "perhaps
sent".
"""

import ipaddress
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError, DeliveryFailed, SettingFault
from gateway.notifications.channel import Accepted, AddressKind, ChannelParts, Message
from gateway.notifications.delivery_report import xtext
from gateway.notifications.discretion import load_health_words
from gateway.outbound import is_loopback
from gateway.settings import SmtpSettings

NAME = "email"


class _Relay(smtplib.SMTP):
    """A connection to the relay that can be cut from another thread at any moment, TLS handshake included."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext, local_hostname: str) -> None:
        # A local name is given because smtplib would otherwise ask the DNS for it, without a time-out.
        super().__init__(timeout=settings.timeout_seconds, local_hostname=local_hostname)
        # smtplib only knows the name to check the certificate against when it connects in its constructor.
        self._host = settings.host
        self._implicit_tls = tls if settings.security == "tls" else None
        self._handle: socket.socket | None = None
        self._was_cut = False
        self._content_is_due = False
        # The relay has the whole content, and has not said what became of it.
        self.unanswered = False

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        # TLS takes the socket object away; a duplicate keeps hold of the connection itself.
        self._handle = plain.dup()
        if self._was_cut:
            self.cut()
        return plain if self._implicit_tls is None else self._implicit_tls.wrap_socket(plain, server_hostname=host)

    def getreply(self) -> tuple[int, bytes]:
        code, words = super().getreply()
        # 4yz and 5yz say that it was not taken (RFC 5321 section 4.2.1); what is no such answer says nothing.
        self.unanswered = self.unanswered and not 400 <= code <= 599
        self._content_is_due = code == 354
        return code, words

    def send(self, s: Any) -> None:
        super().send(s)
        # Wholly handed to the system, its last line included: cut short, no relay may take it (section 4.1.1.4).
        self.unanswered = self.unanswered or self._content_is_due

    def cut(self) -> None:
        """End the connection now: whoever waits on it gets an error."""
        self._was_cut = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """Say QUIT without waiting for the answer: after the 250 nothing may turn an acceptance into a failure."""
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("quit")
        self.close()
        if self._handle is not None:
            self._handle.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    name: str
    address: str
    host_name: str


class SmtpChannel:
    """`NotificationChannel` over one relay; a connection per message, so that a fault of one cannot reach another."""

    def __init__(
        self,
        parts: ChannelParts,
        tls: ssl.SSLContext,
        *,
        sender: str,
        sender_name: str = "",
        password: str = "",
        settings: SmtpSettings | None = None,
        name: str = NAME,
        reaches: frozenset[AddressKind] = frozenset({AddressKind.EMAIL, AddressKind.MSSANTE}),
    ) -> None:
        self.name = name
        self.reaches = reaches
        self.honours_key = False  # SMTP knows no keys: a second mail is a second mail, under one Message-ID
        self._settings = settings or parts.settings.smtp
        self._now = parts.now
        self._deadline_seconds = parts.deadline_seconds
        self._sender = _Sender(name=sender_name or parts.sender_name, address=sender, host_name=parts.host_name)
        self._tls = tls
        self._password = password

    def send(self, message: Message) -> Accepted:
        """See `NotificationChannel.send`. The reference is the Message-ID."""
        mail = self._mail(message)
        will_report = self.hand_over(mail, message.to, envelope_id=message.envelope_id)
        return Accepted(str(mail["Message-ID"]), will_report)

    def hand_over(self, mail: EmailMessage, to: str, *, envelope_id: str = "") -> bool:
        """Give a whole mail to the relay, within the channel's deadline; with an `envelope_id`, whether the relay will
        report what becomes of it. Raises DeliveryFailed, as `send` does."""
        relay = _Relay(self._settings, self._tls, _greeting_name(self._sender.host_name))
        watchdog = threading.Timer(self._deadline_seconds, relay.cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._transfer(relay, mail, to, envelope_id)
        finally:
            watchdog.cancel()
            relay.leave()

    def _transfer(self, relay: _Relay, mail: EmailMessage, to: str, envelope_id: str) -> bool:
        step = "connect"
        try:
            code, _ = relay.connect(self._settings.host, self._settings.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, "")
            if self._settings.security == "starttls":
                step = "starttls"
                relay.starttls(context=self._tls)
            if self._settings.username:
                step = "login"
                relay.login(self._settings.username, self._password)
            step = "envelope"
            relay.ehlo_or_helo_if_needed()
            reports = bool(envelope_id) and relay.has_extn("dsn")
            relay.send_message(
                mail,
                from_addr=self._sender.address,
                to_addrs=[to],
                # Headers come back, never the text (RFC 3461 sections 4.3, 4.4).
                mail_options=["RET=HDRS", f"ENVID={xtext(envelope_id)}"] if reports else (),
                rcpt_options=_reports_wanted(to) if reports else (),
            )
            return reports
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            # The cause is dropped on purpose: a server's words may hold the address.
            if relay.unanswered:
                word = "silent" if isinstance(error, TimeoutError) else "lost"
                raise DeliveryFailed(f"smtp-{word}-send", permanent=False, perhaps_sent=True) from None
            raise _failure(step, error) from None

    def blank(self, to: str, subject: str, key: str) -> EmailMessage:
        """A mail with its header and no content; `key` makes its Message-ID. Raises DeliveryFailed for an address that
        is none."""
        mail = EmailMessage(policy=SMTP_POLICY)
        try:
            mail["From"] = Address(display_name=self._sender.name, addr_spec=self._sender.address)
            mail["To"] = Address(addr_spec=to)
            mail["Subject"] = subject
        except (ValueError, MessageError, IndexError):
            raise DeliveryFailed("address-malformed", permanent=True) from None
        # The same id at every attempt: two copies of a notice are recognisable as one (RFC 5322 section 3.6.4).
        mail["Message-ID"] = f"<{key}@{self._sender.host_name}>"
        mail["Date"] = format_datetime(self._now())
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer
        return mail

    def _mail(self, message: Message) -> EmailMessage:
        mail = self.blank(message.to, message.subject, message.idempotency_key)
        mail.set_content(message.text, cte="quoted-printable")
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
        # Last: making it an alternative moves every Content-* header into the first part.
        mail["Content-Language"] = message.language
        return mail


def create_channel(parts: ChannelParts) -> SmtpChannel:
    """The entry point `email`. Raises `ConfigurationError` naming every setting that cannot be used."""
    both = frozenset({AddressKind.EMAIL, AddressKind.MSSANTE})
    return smtp_channel(parts, parts.settings.smtp, "notifications.smtp", NAME, both)


def smtp_channel(
    parts: ChannelParts, settings: SmtpSettings, key: str, name: str, reaches: frozenset[AddressKind]
) -> SmtpChannel:
    """A channel over the relay of `settings`, which stand under `key`. Raises `ConfigurationError`."""
    faults: list[SettingFault] = []
    if settings.security == "none" and not is_loopback(settings.host):
        faults.append(SettingFault(f"{key}.security", "`none` is for a relay on loopback; choose starttls or tls"))
    sender_name, sender = parseaddr(settings.sender)
    try:
        Address(addr_spec=sender)
    except (ValueError, MessageError, IndexError):
        sender = ""
    if "@" not in sender:
        faults.append(SettingFault(f"{key}.sender", "is not an e-mail address; give `Name <address@host>`"))
    if told := load_health_words().in_sender(settings.sender):
        fault = f"says {', '.join(told)}, and is written on every notice: give one that tells nothing"
        faults.append(SettingFault(f"{key}.sender", fault))
    if settings.username and settings.password_file is None:
        faults.append(SettingFault(f"{key}.password_file", "is needed beside a username"))
    password = "" if settings.password_file is None else _read_password(settings.password_file, key, faults)
    if faults:
        raise ConfigurationError(tuple(faults))
    return SmtpChannel(
        parts,
        # The system's authorities; a hospital's own is added by SSL_CERT_FILE, as everywhere with OpenSSL.
        ssl.create_default_context(),
        sender=sender,
        sender_name=sender_name,
        password=password,
        settings=settings,
        name=name,
        reaches=reaches,
    )


def _read_password(file: Path, key: str, faults: list[SettingFault]) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        faults.append(SettingFault(f"{key}.password_file", f"{file} cannot be read as UTF-8 text"))
        return ""


def _failure(step: str, error: Exception) -> DeliveryFailed:
    """One stable word for what happened; only a 5yz about the recipient or the message is permanent."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        return DeliveryFailed(f"smtp-{code}-rcpt", permanent=500 <= code <= 599)
    if isinstance(error, smtplib.SMTPDataError):
        return DeliveryFailed(f"smtp-{error.smtp_code}-data", permanent=500 <= error.smtp_code <= 599)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return DeliveryFailed(f"smtp-{error.smtp_code}-sender", permanent=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryFailed(f"smtp-{error.smtp_code}-{step}", permanent=False)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        # While sending: the address needs SMTPUTF8 (RFC 6531) and this relay never learnt it.
        return DeliveryFailed(f"smtp-unsupported-{step}", permanent=step == "envelope")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryFailed(f"tls-untrusted-{step}", permanent=False)
    if isinstance(error, TimeoutError):
        return DeliveryFailed(f"smtp-silent-{step}", permanent=False)
    return DeliveryFailed(f"smtp-lost-{step}", permanent=False)


def _reports_wanted(to: str) -> list[str]:
    """Whether it arrived or not; for whom, as we wrote it (RFC 3461 sections 4.1, 4.2)."""
    wanted = ["NOTIFY=SUCCESS,FAILURE"]
    return [*wanted, f"ORCPT=rfc822;{xtext(to)}"] if to.isascii() else wanted


def _greeting_name(host_name: str) -> str:
    """What EHLO says: a domain, or an address literal (RFC 5321 section 4.1.3)."""
    try:
        address = ipaddress.ip_address(host_name)
    except ValueError:
        return host_name
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"
