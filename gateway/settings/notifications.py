"""How patients are told: the channels and the carriers behind them."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from gateway.settings.section import Section

_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"


class SmtpSettings(Section):
    """The mail relay."""

    host: str = Field(description="SMTP host.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` is for loopback only.")
    username: str = Field("", description="SMTP user; empty: no authentication.")
    password_file: Path | None = Field(None, description="SMTP password.")
    sender: str = Field(description="From address, with the hospital's name.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Time-out of every SMTP step, seconds.")


class MssanteSettings(Section):
    """Mailboxes of the MSSanté trusted space: professionals', and patients' own in Mon espace santé."""

    address_form: str = Field(
        "",
        pattern=r"^([^@\s{}]*\{ins\}[^@\s{}]*@[A-Za-z0-9.-]+)?$",
        description="A patient's mailbox, `{ins}` for their number, e.g. {ins}@patient.mssante.fr; empty: not used.",
    )
    smtp: SmtpSettings | None = Field(None, description="The MSSanté operator's relay; none: notifications.smtp.")


class SmsReceiptSettings(Section):
    """The provider's delivery receipts: how they are signed and what they say."""

    secret_file: Path = Field(description="Secret shared with the provider: HMAC-SHA-256 over time-stamp.body.")
    signature_header: str = Field("X-Signature", description="Header with the signature, hexadecimal.")
    timestamp_header: str = Field("X-Timestamp", description="Header with the time of signing, seconds since 1970.")
    tolerance_seconds: int = Field(300, ge=10, le=3600, description="Oldest signature accepted, seconds.")
    reference: str = Field("id", description="Where the receipt names the message, a dotted path.")
    state: str = Field("status", description="Where the receipt says what became of it, a dotted path.")
    delivered: tuple[str, ...] = Field(("delivered", "DELIVRD"), description="Words for delivered.")
    failed: tuple[str, ...] = Field(
        ("failed", "undelivered", "UNDELIV", "EXPIRED", "REJECTD"), description="Words for never to be delivered."
    )


class SmsSettings(Section):
    """The provider of text messages, and the shape of its requests.

    In `headers` and `body`, `{to}` is the number (E.164), `{text}` the message, `{key}` the idempotency key, `{secret}`
    the content of `secret_file`.
    """

    url: str = Field(description="Where messages are posted, https; http on loopback only.")
    secret_file: Path | None = Field(None, description="The provider's secret.")
    headers: dict[str, str] = Field(
        default_factory=lambda: {"Authorization": "Bearer {secret}", "Idempotency-Key": "{key}"},
        description="Headers of a request.",
    )
    body_format: Literal["json", "form"] = Field("json", description="How the body is written.")
    body: dict[str, object] = Field(
        default_factory=lambda: dict[str, object](to="{to}", text="{text}", reference="{key}"),
        description="Body of a request.",
    )
    reference: str = Field("id", description="Where the answer names the message, a dotted path.")
    refused: str = Field("", description="Where a 2xx answer lists refused numbers, a dotted path; empty: it does not.")
    refused_statuses: tuple[int, ...] = Field((400, 404, 410, 422), description="HTTP statuses that mean: never.")
    repeated_statuses: tuple[int, ...] = Field((409,), description="HTTP statuses that mean: this key came before.")
    key_honoured: bool = Field(
        True, description="The provider sends one message a {key}; false: a lost answer is not asked for again."
    )
    country: str = Field("FR", pattern=r"^[A-Z]{2}$", description="Country of numbers written without one.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the provider, http://host:port; empty: direct.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Time-out of a request in all, seconds.")
    receipts: SmsReceiptSettings | None = Field(None, description="Delivery receipts; none: the provider sends none.")


class LetterSettings(Section):
    """Letters: PDF files in a folder a day, with an index for whoever prints them."""

    folder: Path = Field(description="Where the batches are kept.")
    sender: tuple[str, ...] = Field(description="The sender's address, a line each, without a word about health.")
    hours: str = Field("", description="When the desk and the phone answer, as printed; empty: not said.")
    timeout_seconds: float = Field(20.0, gt=0, le=60, description="Longest one letter may take to set, seconds.")


class ReportSettings(Section):
    """Reports of delivery and bounces (RFC 3464), as the mailbox of the senders' addresses is fetched into a folder."""

    folder: Path = Field(description="A Maildir; reports are read from its `new` and moved to its `cur`.")


class DeliverySettings(Section):
    """Proof of delivery, what follows without one, channels that are down, quiet hours and a person's deadlines."""

    proof_hours: int = Field(72, ge=1, le=720, description="Without proof of delivery for that long: the next channel.")
    acceptance_proves: tuple[Literal["email", "mssante", "phone", "postal"], ...] = Field(
        ("mssante",),
        description="Kinds of address where acceptance is proof if the carrier reports nothing.",
    )
    letter_days: int = Field(5, ge=0, le=30, description="A letter counts as delivered that long after printing, days.")
    move_on_hours: int = Field(
        24, ge=1, le=24, description="A channel that takes nothing for that long is left, hours."
    )
    outage_failures: int = Field(5, ge=2, le=100, description="Notices in a row that fail before a channel is down.")
    probe_seconds: int = Field(60, ge=1, le=3600, description="A channel that is down is tried that often, seconds.")
    task_hours: int = Field(72, ge=1, le=720, description="A person tells the recipient within, hours; then an alert.")
    quiet_channels: tuple[str, ...] = Field(
        ("sms", "letter"), description="Channels that keep quiet hours and gather the notices of a stay."
    )
    quiet_from: str = Field("21:00", pattern=_HOUR, description="Quiet from that hour in Paris.")
    quiet_until: str = Field("08:00", pattern=_HOUR, description="Quiet until then; the same hour: never quiet.")
    gather_hours: int = Field(
        4, ge=0, le=20, description="One message for the notices of a stay within, hours; 0: each."
    )


class NotificationSettings(Section):
    """How patients are told."""

    channels: tuple[str, ...] = Field(("email",), description="Channels in order; gateway.notification_channels names.")
    smtp: SmtpSettings = Field(description="Used by the e-mail channel.")
    mssante: MssanteSettings = Field(default_factory=MssanteSettings, description="MSSanté mailboxes.")
    sms: SmsSettings | None = Field(None, description="Used by the SMS channel.")
    letter: LetterSettings | None = Field(None, description="Used by the letter channel.")
    reports: ReportSettings | None = Field(None, description="Reports of delivery and bounces; none: not read.")
    most_attempts: int = Field(8, ge=1, le=50, description="Attempts before a notice becomes a person's task.")
    first_retry_seconds: int = Field(60, ge=1, description="Wait before the second attempt; doubles, with jitter.")
    longest_retry_seconds: int = Field(3600, ge=1, description="Longest wait between attempts.")
    delivery: DeliverySettings = Field(default_factory=DeliverySettings, description="Proof, escalation, quiet hours.")
    claim_seconds: int = Field(120, ge=10, description="A courier that died holding a notice loses it after that long.")
