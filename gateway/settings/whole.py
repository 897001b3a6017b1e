"""Every setting of the gateway: one TOML file, secrets in files beside it, all mistakes told at once.

Each field's description is its documentation: `config/gateway.toml` repeats it, and a test keeps the two together.
Secrets are given as `*_file` paths, never inline.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import ConfigurationError, SettingFault
from gateway.settings.gateway import DatabaseSettings, DossierSettings, HospitalSettings, PolicySettings, ServerSettings
from gateway.settings.identity import IdentitySettings
from gateway.settings.notifications import NotificationSettings
from gateway.settings.record import ExportSettings, RecordSettings
from gateway.settings.reviews import ReviewSettings
from gateway.settings.section import Section


class Settings(Section):
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
