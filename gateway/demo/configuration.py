"""The configuration a demo runs on: a copy of `config/demo.toml` at its own port, with keys of its own."""

import base64
import socket
from pathlib import Path

import policies
from audit import Signer
from gateway.demo.personas import PATIENT_CLIENT_SECRET, STAFF_CLIENT_SECRET
from gateway.errors import ConfigurationError, SettingFault
from gateway.world import World

CONFIGURATION_FILE = "gateway.toml"
MAILBOX_FILE = "mailbox.db"
PORT_IN_TEMPLATE, SMTP_PORT_IN_TEMPLATE = "8080", "1025"


def write_configuration(folder: Path, port: int, world: World) -> Path:
    """Write the configuration and its secrets into `folder`, keeping what an earlier demo left there; returns its path.

    Raises `ConfigurationError` when the template is not beside the packages (the demo runs from a checkout).
    """
    rules = Path(policies.__file__).parent
    template = rules.parent / "config" / "demo.toml"
    if not template.is_file():
        raise ConfigurationError((SettingFault(str(template), "is missing: run the demo from a checkout"),))
    folder.mkdir(parents=True, exist_ok=True)
    text = template.read_text(encoding="utf-8")
    text = text.replace('"../policies"', f'"{rules.as_posix()}"')
    text = text.replace(PORT_IN_TEMPLATE, str(port)).replace(SMTP_PORT_IN_TEMPLATE, str(_free_port()))
    file = folder / CONFIGURATION_FILE
    file.write_text(text, encoding="utf-8")
    signer = Signer.from_seed("chu-demo.test/acces-urgence", world.random_bytes(32))
    _write_secret(folder / "log-signing.key", signer.private_text())
    _write_secret(folder / "log-master.key", base64.b64encode(world.random_bytes(32)).decode())
    _write_secret(folder / "staff-client.secret", STAFF_CLIENT_SECRET)
    _write_secret(folder / "patient-client.secret", PATIENT_CLIENT_SECRET)
    return file


def _write_secret(file: Path, text: str) -> None:
    # An existing key signed an existing log: it is kept.
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(text + "\n", encoding="utf-8")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
