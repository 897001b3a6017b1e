"""A new witness in a folder: its key, an empty list of logs, and the configuration that names them."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from audit.cosignature import Cosigner
from gateway.witness.state import WitnessState

CONFIGURATION_FILE, KEY_FILE, LOGS_FILE, STATE_FILE = "witness.toml", "witness.key", "logs", "witness.db"
_CONFIGURATION = f"""# A witness of other hospitals' logs. Every setting: config/witness.example.toml.
key_file = "{KEY_FILE}"
logs_file = "{LOGS_FILE}"
state_file = "{STATE_FILE}"
port = {{port}}
"""
_LOGS = "# The logs this witness cosigns, a line each: log VKEY. `gateway witness trust` adds one.\n"


def found_witness(folder: Path, name: str, port: int, random: Callable[[int], bytes]) -> Cosigner:
    """Make the files, each only where there is none (a key that cosigned is never replaced), the key for its owner
    alone; returns the key. Called again it mends a founding that was broken off. Raises OSError, `Unavailable`, and
    `audit.NoteError` for a name no key can have or a key that is none."""
    cosigner = Cosigner.from_seed(name, random(32))
    folder.mkdir(parents=True, exist_ok=True)
    founded = (folder / CONFIGURATION_FILE).exists()
    _write(folder / KEY_FILE, cosigner.private_text() + "\n", 0o600)
    _write(folder / LOGS_FILE, _LOGS, 0o644)
    if not founded:
        # A witness that answered once never gets a new memory: the configuration, written last, says that it may have.
        WitnessState.found(folder / STATE_FILE)
    _write(folder / CONFIGURATION_FILE, _CONFIGURATION.format(port=port), 0o644)
    return Cosigner((folder / KEY_FILE).read_text(encoding="utf-8"))


def _write(file: Path, text: str, mode: int) -> None:
    """The file whole or not at all, and never over another."""
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(part).chmod(mode)
        with suppress(FileExistsError):
            os.link(part, file)
    finally:
        Path(part).unlink()
