"""The witness of the demo's second hospital, in the demo's own process: so the demo's heads are cosigned by somebody.

In a hospital it is another program, on another establishment's machine, run by other people: that is its whole point.
"""

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from audit import Signer
from gateway.settings import Settings
from gateway.witness.app import create_witness
from gateway.witness.cosigning import Cosigning
from gateway.witness.founding import CONFIGURATION_FILE, LOGS_FILE, found_witness
from gateway.witness.logs import trust_log
from gateway.witness.serving import WitnessServer
from gateway.witness.settings import load_witness_settings
from gateway.world import World

FOLDER = "ch-voisin"
NAME = "ch-voisin.test/temoin"
_ANCHORS = """
# Where the heads of the log stand outside: a second hospital's witness, and the privacy officer's mailbox.
[record.witnesses]
trusted = ["{folder} {vkey} http://127.0.0.1:{port}"]
every_seconds = 5

[record.mail]
to = "dpo@chu-demo.test"
hour = 0

[reviews.mail]
to = "dpo@chu-demo.test"
hour = 0
"""


def add_anchors(config: Path, signing_key: Path, world: World) -> None:
    """Found the neighbour beside the configuration, let it trust the demo's log, and add it to the configuration."""
    folder = config.parent / FOLDER
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    cosigner = found_witness(folder, NAME, port, world.random_bytes)
    trust_log(folder / LOGS_FILE, Signer(signing_key.read_text(encoding="utf-8")).verifier)
    added = _ANCHORS.format(folder=FOLDER, vkey=cosigner.verifier, port=port)
    config.write_text(config.read_text(encoding="utf-8") + added, encoding="utf-8")


def start_neighbour(settings: Settings, folder: Path, world: World) -> None:
    """Answer at the address the configuration names, in threads that end with the process; nothing where it names no
    witness. Raises `ConfigurationError`, OSError when the port is taken."""
    if not settings.record.witnesses.trusted:
        return
    port = urlsplit(settings.record.witnesses.trusted[0].split()[-1]).port
    witness = load_witness_settings(folder / FOLDER / CONFIGURATION_FILE).model_copy(update={"port": port})
    server = WitnessServer(create_witness(Cosigning(witness, world), witness), witness)
    threading.Thread(target=server.serve_forever, name="neighbour", daemon=True).start()
