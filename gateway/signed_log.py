"""The log and its keys, from the settings: what the gateway stands on, and all that who checks the record needs."""

import base64
import binascii
from pathlib import Path

from audit import AuditError, AuditLog, Signer
from audit.tile_cache import TileCache
from gateway.errors import ConfigurationError, SettingFault
from gateway.settings import Settings
from gateway.storage.journal import history_is_counted
from gateway.world import World


def open_log(settings: Settings, world: World) -> tuple[AuditLog, Signer]:
    """The log and its signing key. Raises `ConfigurationError` naming each key that cannot be used."""
    record = settings.record
    faults = []
    master_key = b""
    signer: Signer | None = None
    try:
        master_key = base64.b64decode(_secret(record.master_key_file), validate=True)
        if len(master_key) != 32:
            faults.append(SettingFault("record.master_key_file", "must hold 32 bytes, base64"))
    except (OSError, binascii.Error) as error:
        faults.append(SettingFault("record.master_key_file", f"cannot be read as base64: {error}"))
    try:
        signer = Signer(_secret(record.signing_key_file))
        if signer.name != record.origin:
            faults.append(SettingFault("record.signing_key_file", f"is of {signer.name}, not of record.origin"))
    except (OSError, ValueError, AuditError) as error:
        faults.append(SettingFault("record.signing_key_file", f"is no note signing key: {error}"))
    if faults or signer is None:
        raise ConfigurationError(tuple(faults))
    log = AuditLog(
        record.origin,
        record.gateway_id,
        world.random_bytes,
        master_key,
        yearly=True,
        counted=history_is_counted,
        tiles=TileCache(),
    )
    return log, signer


def _secret(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip()
