"""The configuration of a witness: one TOML file of its own, all mistakes told at once, its key in a file beside it."""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from gateway.errors import ConfigurationError, SettingFault
from gateway.settings.section import Section


class WitnessSettings(Section):
    """A witness: it needs nothing of the gateway it runs beside."""

    key_file: Path = Field(description="Ed25519 cosigning key; `gateway witness init` makes it.")
    logs_file: Path = Field(description="The logs it cosigns, a line each: log VKEY. Read again at every request.")
    state_file: Path = Field(description="SQLite file with the last head of each log. Never restore it from a backup.")
    host: str = Field("127.0.0.1", description="Address to listen on; put a reverse proxy with TLS before it.")
    port: int = Field(8090, ge=0, le=65535, description="Port to listen on; 0: any that is free.")
    threads: int = Field(16, ge=1, le=256, description="Connections served at the same time; the others wait.")
    max_body_bytes: int = Field(65_536, ge=4096, le=1_000_000, description="Largest request body accepted, bytes.")
    body_seconds: float = Field(10.0, gt=0, le=60, description="Longest a connection may last in all, seconds.")


def load_witness_settings(file: Path) -> WitnessSettings:
    """Read and check the file; relative paths in it are relative to its folder. Raises `ConfigurationError` listing
    every mistake with its key."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError((SettingFault(str(file), f"cannot be read: {error.strerror}"),)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError((SettingFault(str(file), f"is not TOML: {error}"),)) from error
    base = file.resolve().parent
    moved = {key: base / value if key.endswith("_file") and isinstance(value, str) else value
             for key, value in raw.items()}  # fmt: skip
    try:
        return WitnessSettings.model_validate(moved)
    except ValidationError as error:
        faults = (SettingFault(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors())
        raise ConfigurationError(tuple(faults)) from error
