"""Every setting of the gateway: one TOML file, secrets in files beside it, all mistakes told at once.

Each field's description is its documentation: `config/gateway.toml` repeats it, and a test keeps the two together.
Secrets are given as `*_file` paths, never inline.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import ConfigurationError, SettingFault
from gateway.review_settings import ReviewSettings


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HospitalSettings(_Section):
    """Who runs this gateway."""

    name: str = Field(description="The establishment's name, as patients know it.")
    finess: str = Field(pattern=r"^[0-9A-Z]{9}$", description="FINESS number of the establishment, 9 characters.")
    emergency_unit: str = Field("URG", description="Unit code whose admissions make today's ED list.")
    phone: str = Field(description="Number a patient can call about an access, as printed in notices.")


class ServerSettings(_Section):
    """Where the gateway listens, and what it accepts."""

    base_url: str = Field(description="Public address of the gateway, no trailing slash; redirect URIs derive from it.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Processes; SQLite allows one only.")
    threads: int = Field(16, ge=1, le=256, description="Request threads of a process.")
    max_body_bytes: int = Field(1_000_000, ge=1024, description="Largest request body accepted, bytes.")


class DatabaseSettings(_Section):
    """Where everything is kept."""

    url: str = Field(description="sqlite:///path or postgresql://user@host/name.")
    pool_size: int = Field(8, ge=1, le=100, description="Connections of a process.")


class PolicySettings(_Section):
    """Which rules decide."""

    folder: Path = Field(description="Folder of the policy book.")
    guardrails_digest: str = Field(
        "",
        description="SHA-256 the DPO pinned for the guardrails, or two with a space while one follows the other;"
        " empty: not pinned (demo).",
    )


class RecordSettings(_Section):
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


class ClaimSettings(_Section):
    """Which claim of the provider's token says what."""

    profession: str = Field("profession", description="Claim with the profession, `system|code` or an object.")
    specialty: str = Field("specialty", description="Claim with the specialty code (1.2.250.1.71.4.2.5).")
    category: str = Field("category", description="Claim with the category: C, E or M.")
    unit: str = Field("unit", description="Claim with the hospital unit code.")
    establishment: str = Field("finess", description="Claim with the FINESS number.")
    rpps: str = Field("rpps", description="Claim with the RPPS number, where there is one.")
    name: str = Field("name", description="Claim with the display name.")
    roles: str = Field("roles", description="Claim with the gateway roles: staff, it, dpo.")
    profession_values: dict[str, str] = Field(
        default_factory=dict, description="The provider's own profession words, each with its `system|code`."
    )
    role_values: dict[str, str] = Field(
        default_factory=dict, description="The provider's own group names, each with its gateway role."
    )
    establishment_default: str = Field(
        "", description="FINESS number of people without that claim; empty: without it they cannot sign in."
    )


class ProviderSettings(_Section):
    """One OpenID provider."""

    issuer: str = Field(description="Issuer identifier, exactly as in its tokens.")
    client_id: str = Field(description="Our client id at this provider.")
    client_secret_file: Path | None = Field(None, description="Client secret, where client_secret_basic is used.")
    client_key_file: Path | None = Field(None, description="Private JWK, where private_key_jwt is used.")
    scope: str = Field("openid profile", description="Scopes asked for.")
    algorithms: tuple[str, ...] = Field(("RS256", "ES256"), description="ID-token signature algorithms accepted.")
    two_factor_amr: tuple[str, ...] = Field(
        ("otp", "hwk", "swk", "sms", "mfa", "fpt", "pin", "sc", "face"),
        description="amr values that count as a second factor beside a password (RFC 8176).",
    )
    two_factor_acr: tuple[str, ...] = Field((), description="acr values that mean two factors were used.")
    require_two_factors: bool = Field(True, description="Refuse people who signed in with one factor only.")
    acr_values: str = Field("", description="acr values to ask the provider for, space separated; empty: none.")
    max_age_seconds: int = Field(43_200, ge=60, description="Oldest authentication accepted, seconds.")
    timeout_seconds: float = Field(5.0, gt=0, le=30, description="Time-out of every call to the provider, seconds.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the provider, http://host:port; empty: direct.")
    claims: ClaimSettings = Field(default_factory=ClaimSettings, description="Claim names.")


class BearerSettings(_Section):
    """Access tokens of the hospital's own software (RFC 9068)."""

    audience: str = Field(description="The `aud` an access token must carry.")
    token_types: tuple[str, ...] = Field(("at+jwt",), description="Accepted `typ` headers.")
    algorithms: tuple[str, ...] = Field(("RS256", "ES256"), description="Signature algorithms accepted.")
    longest_lifetime_seconds: int = Field(3600, ge=60, description="Longest exp - iat accepted, seconds.")
    client_claim: str = Field("client_id", description="Claim naming the client software; `azp` with Keycloak.")
    required_claims: tuple[str, ...] = Field(
        ("jti",), description="Claims a token must carry beside iss, sub, aud, exp, iat and the client's."
    )


class IdentitySettings(_Section):
    """Who may sign in, and for how long."""

    staff: ProviderSettings = Field(description="The hospital's provider.")
    patient: ProviderSettings | None = Field(None, description="The patients' provider, e.g. FranceConnect.")
    bearer: BearerSettings = Field(description="Access tokens for the API.")
    idle_minutes: int = Field(30, ge=1, le=720, description="A session unused that long ends, minutes.")
    absolute_hours: int = Field(12, ge=1, le=24, description="A session that old ends, hours.")


class DossierSettings(_Section):
    """Where documents come from."""

    connector: str = Field("embedded", description="Name of a gateway.dossier_connectors entry point.")
    timeout_seconds: float = Field(2.0, gt=0, le=30, description="Longest the summary waits for a source, seconds.")


class SmtpSettings(_Section):
    """The mail relay."""

    host: str = Field(description="SMTP host.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` is for loopback only.")
    username: str = Field("", description="SMTP user; empty: no authentication.")
    password_file: Path | None = Field(None, description="SMTP password.")
    sender: str = Field(description="From address, with the hospital's name.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Time-out of every SMTP step, seconds.")


class MssanteSettings(_Section):
    """Mailboxes of the MSSanté trusted space: professionals', and patients' own in Mon espace santé."""

    address_form: str = Field(
        "", description="A patient's mailbox, `{ins}` for their number, e.g. {ins}@patient.mssante.fr; empty: not used."
    )
    smtp: SmtpSettings | None = Field(None, description="The MSSanté operator's relay; none: notifications.smtp.")


class SmsReceiptSettings(_Section):
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


class SmsSettings(_Section):
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
    country: str = Field("FR", pattern=r"^[A-Z]{2}$", description="Country of numbers written without one.")
    ca_file: Path | None = Field(None, description="CA certificates (PEM) to trust instead of the public ones.")
    proxy: str = Field("", description="HTTP proxy towards the provider, http://host:port; empty: direct.")
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Time-out of a request in all, seconds.")
    receipts: SmsReceiptSettings | None = Field(None, description="Delivery receipts; none: the provider sends none.")


class LetterSettings(_Section):
    """Letters: PDF files in a folder a day, with an index for whoever prints them."""

    folder: Path = Field(description="Where the batches are kept.")
    sender: tuple[str, ...] = Field(description="The sender's address, a line each, without a word about health.")
    hours: str = Field("", description="When the desk and the phone answer, as printed; empty: not said.")
    timeout_seconds: float = Field(20.0, gt=0, le=60, description="Longest one letter may take to set, seconds.")


class NotificationSettings(_Section):
    """How patients are told."""

    channels: tuple[str, ...] = Field(("email",), description="Channels in order; gateway.notification_channels names.")
    smtp: SmtpSettings = Field(description="Used by the e-mail channel.")
    mssante: MssanteSettings = Field(default_factory=MssanteSettings, description="MSSanté mailboxes.")
    sms: SmsSettings | None = Field(None, description="Used by the SMS channel.")
    letter: LetterSettings | None = Field(None, description="Used by the letter channel.")
    most_attempts: int = Field(8, ge=1, le=50, description="Attempts before a notice becomes a person's task.")
    first_retry_seconds: int = Field(60, ge=1, description="Wait before the second attempt; doubles, with jitter.")
    longest_retry_seconds: int = Field(3600, ge=1, description="Longest wait between attempts.")
    claim_seconds: int = Field(120, ge=10, description="A courier that died holding a notice loses it after that long.")


class AtnaSettings(_Section):
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


class ExportSettings(_Section):
    """Where else the record goes."""

    atna: AtnaSettings = Field(default_factory=AtnaSettings)


class Settings(_Section):
    """The whole configuration."""

    profile: Literal["production", "demo"] = Field(
        "production", description="`demo` allows the demo provider and test INS."
    )
    log_format: Literal["json", "text"] = Field("json", description="Shape of the technical log lines.")
    hospital: HospitalSettings
    server: ServerSettings
    database: DatabaseSettings
    policies: PolicySettings
    record: RecordSettings
    identity: IdentitySettings
    dossiers: DossierSettings = Field(default_factory=DossierSettings)
    reviews: ReviewSettings = Field(default_factory=ReviewSettings)
    notifications: NotificationSettings
    exports: ExportSettings = Field(default_factory=ExportSettings)


class LoadedSettings(BaseModel):
    """Settings with the file each relative path is resolved against, and which keys the file set."""

    model_config = ConfigDict(frozen=True)
    settings: Settings
    file: Path
    given: Annotated[frozenset[str], Field(description="Dotted keys set by the file; the others are defaults.")]


def load_settings(file: Path) -> LoadedSettings:
    """Read and check one TOML file; relative paths in it are relative to its folder.

    Raises `ConfigurationError` listing every mistake with its key.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError((SettingFault(str(file), f"cannot be read: {error.strerror}"),)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError((SettingFault(str(file), f"is not TOML: {error}"),)) from error
    moved = _moved_to_the_rules(raw)
    try:
        settings = Settings.model_validate(_with_absolute_paths(raw, file.resolve().parent))
    except ValidationError as error:
        faults = tuple(
            SettingFault(".".join(str(part) for part in fault["loc"]), fault["msg"]) for fault in error.errors()
        )
        raise ConfigurationError((*moved, *faults)) from error
    faults = (*moved, *_contradictions(settings))
    if faults:
        raise ConfigurationError(faults)
    return LoadedSettings(settings=settings, file=file, given=frozenset(_dotted_keys(raw)))


# What the hospital decides belongs to the version of the rules, approved and recorded with it.
_MOVED = {
    ("hospital", "enrolled"): "[establishments] enrolled",
    ("access", "window_minutes"): "[access] window_minutes, emergency_window_minutes",
    ("access", "longest_minutes"): "[access] longest_minutes",
}


def _moved_to_the_rules(raw: dict[str, object]) -> tuple[SettingFault, ...]:
    """Take the keys out that an older file may still hold, and say where they live now."""
    faults = []
    for (section, key), place in _MOVED.items():
        inside = raw.get(section)
        if isinstance(inside, dict) and key in inside:
            del inside[key]
            message = (
                f"est maintenant un réglage des règles : écrivez-le dans settings.toml de policies.folder, {place},"
                " et retirez-le d'ici / is now a setting of the rules: write it in settings.toml of policies.folder,"
                f" {place}, and remove it here"
            )
            faults.append(SettingFault(f"{section}.{key}", message))
    if raw.get("access") == {}:
        del raw["access"]
    return tuple(faults)


def _with_absolute_paths(value: dict[str, object], base: Path) -> dict[str, object]:
    resolved: dict[str, object] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            resolved[key] = _with_absolute_paths(item, base)
        elif isinstance(item, str) and (key.endswith("_file") or key == "folder"):
            resolved[key] = base / item
        elif isinstance(item, str) and key == "url" and item.startswith("sqlite:///") and item[10:11] != "/":
            resolved[key] = f"sqlite:///{base / item[10:]}"
        else:
            resolved[key] = item
    return resolved


def _contradictions(settings: Settings) -> tuple[SettingFault, ...]:
    faults = []
    if settings.database.url.startswith("sqlite") and settings.server.workers > 1:
        faults.append(SettingFault("server.workers", "SQLite takes one process; choose PostgreSQL for more"))
    if settings.profile == "production":
        if not settings.policies.guardrails_digest:
            faults.append(SettingFault("policies.guardrails_digest", "must be pinned in production"))
        if not settings.server.base_url.startswith("https://"):
            faults.append(SettingFault("server.base_url", "must be https in production"))
        if not settings.identity.staff.issuer.startswith("https://"):
            faults.append(SettingFault("identity.staff.issuer", "must be https in production"))
        if settings.notifications.smtp.security == "none":
            faults.append(SettingFault("notifications.smtp.security", "must be starttls or tls in production"))
    return tuple(faults)


def _dotted_keys(value: dict[str, object], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for key, item in value.items():
        keys.extend(_dotted_keys(item, f"{prefix}{key}.") if isinstance(item, dict) else [f"{prefix}{key}"])
    return keys
