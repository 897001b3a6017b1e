"""The configuration a demo runs on: a copy of `config/demo.toml` at its own port, with keys of its own."""

import base64
import re
import socket
from pathlib import Path

import policies
from audit import Signer
from gateway.demo.personas import PATIENT_CLIENT_SECRET, STAFF_CLIENT_SECRET
from gateway.errors import ConfigurationError, SettingFault
from gateway.world import World

CONFIGURATION_FILE = "gateway.toml"
MAILBOX_FILE = "mailbox.db"
LETTERS_FOLDER = "letters"
# The ports of the template: the gateway's, the mail catcher's, the provider's of text messages.
_PORTS = re.compile(r"(?<=[ :])(8080|1025|1026)\b")


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
    ports = {"8080": port, "1025": _free_port(), "1026": _free_port()}
    text = _PORTS.sub(lambda found: str(ports[found[0]]), text)
    file = folder / CONFIGURATION_FILE
    file.write_text(text, encoding="utf-8")
    signer = Signer.from_seed("chu-demo.test/acces-urgence", world.random_bytes(32))
    _write_secret(folder / "log-signing.key", signer.private_text())
    _write_secret(folder / "log-master.key", base64.b64encode(world.random_bytes(32)).decode())
    _write_secret(folder / "staff-client.secret", STAFF_CLIENT_SECRET)
    _write_secret(folder / "patient-client.secret", PATIENT_CLIENT_SECRET)
    for name in ("sms.secret", "sms-receipts.secret"):
        _write_secret(folder / name, world.new_token())
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
