"""Identity providers for tests: how to serve one on loopback, a recorder that writes down what it is told, settings."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.settings import ProviderSettings, Settings
from gateway.storage.transaction import Transaction

BROWSER = "the-cookie-of-this-browser"


class WrittenDown:
    """A recorder that keeps what it was told, and only of transactions that were committed."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.broken = False

    def signed_in(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        self._write(transaction, "signed_in", person.key)

    def signed_out(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        self._write(transaction, "signed_out", person.key)

    def sign_in_refused(self, transaction: Transaction, code: str) -> None:
        self._write(transaction, "refused", code)

    def _write(self, transaction: Transaction, what: str, detail: str) -> None:
        if self.broken:
            raise OSError("the record cannot be written")
        transaction.after_commit(lambda: self.lines.append((what, detail)))


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(application: Any, port: int) -> Iterator[None]:
    """Serve a WSGI application over real HTTP, a thread for each request."""
    server = make_server("127.0.0.1", port, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def secret_file(folder: Path, secret: str) -> Path:
    """The secret in a file of its own, as the settings want it."""
    file = folder / "client-secret"
    file.write_text(secret + "\n", encoding="utf-8")
    return file


def demo_settings(base_url: str, folder: Path, provider: ProviderSettings, *, profile: str = "demo") -> Settings:
    """A whole configuration of a gateway at `base_url`; only its identity matters here."""
    https = profile == "production"
    return Settings.model_validate(
        {
            "profile": profile,
            "hospital": {"name": "Hôpital de démonstration", "finess": "750000018", "phone": "01 00 00 00 00"},
            "server": {"base_url": base_url.replace("http:", "https:") if https else base_url},
            "database": {"url": f"sqlite:///{folder}/gateway.db"},
            "policies": {"folder": folder},
            "record": {
                "origin": "demo.invalid/acces",
                "signing_key_file": folder / "log.key",
                "master_key_file": folder / "master.key",
            },
            "identity": {"staff": provider, "bearer": {"audience": "https://gateway.invalid/api"}},
            "notifications": {"smtp": {"host": "127.0.0.1", "sender": "Hôpital <noreply@hopital.invalid>"}},
        }
    )
