"""The log nobody can rewrite, and where else it goes."""

from pathlib import Path

from pydantic import Field

from gateway.settings.section import Section


class WitnessesSettings(Section):
    """Witnesses of other establishments that cosign our heads (C2SP tlog-witness)."""

    trusted: tuple[str, ...] = Field((), description='Each as in a trust file: "NAME VKEY URL"; empty: no witness.')
    quorum: int = Field(1, ge=1, description="How many of them a reader of our heads asks for.")
    every_seconds: int = Field(
        60, ge=1, le=86_400, description="Shortest time between two heads sent to them, seconds."
    )
    timeout_seconds: float = Field(5.0, gt=0, le=30, description="Longest a witness may take to answer, seconds.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the witnesses, http://host:port; empty: direct.")


class TimestampSettings(Section):
    """A time-stamp authority (RFC 3161) that stamps one head a day, over its SHA-256."""

    url: str = Field("", description="Address of the authority, http or https; empty: no time-stamps.")
    roots_file: Path | None = Field(None, description="Root certificates (PEM) of the authority.")
    hour: int = Field(5, ge=0, le=23, description="Hour (Paris) from which the day's head is stamped.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Longest the authority may take to answer, seconds.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the authority, http://host:port; empty: direct.")


class HeadMailSettings(Section):
    """The day's head by e-mail to the privacy officer, through notifications.smtp."""

    to: str = Field("", description="The privacy officer's address; empty: no e-mail.")
    hour: int = Field(7, ge=0, le=23, description="Hour (Paris) from which the day's head is sent.")


class RecordSettings(Section):
    """The log nobody can rewrite."""

    origin: str = Field(description="Name of the log in its checkpoints, e.g. hospital.example/acces-urgence.")
    gateway_id: str = Field("gateway-1", description="Name of this gateway in its entries.")
    signing_key_file: Path = Field(description="Ed25519 note signing key of the sequencer.")
    master_key_file: Path = Field(description="32-byte key, base64, wrapping the keys of personal disclosures.")
    checkpoint_every_ms: int = Field(200, ge=50, description="Longest time an entry waits for a signed checkpoint, ms.")
    late_after_ms: int = Field(5000, ge=1000, description="An entry that waits longer for one raises an alert, ms.")
    retention_months: int = Field(
        36, ge=6, le=240, description="Personal values of entries are erased after that many whole months."
    )
    retention_hour: int = Field(3, ge=0, le=23, description="Hour (UTC) of the night at which that is done.")
    witnesses: WitnessesSettings = Field(default_factory=WitnessesSettings)
    timestamp: TimestampSettings = Field(default_factory=TimestampSettings)
    mail: HeadMailSettings = Field(default_factory=HeadMailSettings)


class AtnaSettings(Section):
    """The hospital's audit repository (IHE ATNA): audit messages by syslog over TLS (RFC 5424, RFC 5425)."""

    host: str = Field("", description="Host name of the audit repository; empty: nothing is sent.")
    port: int = Field(6514, ge=1, le=65535, description="Port of the audit repository.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    client_certificate_file: Path | None = Field(None, description="Our certificate (PEM), where it is asked for.")
    client_key_file: Path | None = Field(None, description="Key (PEM) of our certificate.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Time-out of every step, seconds.")
    batch: int = Field(200, ge=1, le=2000, description="Entries sent on one connection.")
    accept_bare_close: bool = Field(
        False,
        description="Count entries as sent when the repository closes without the close_notify RFC 5425 asks for.",
    )


class ExportSettings(Section):
    """Where else the record goes."""

    atna: AtnaSettings = Field(default_factory=AtnaSettings)
