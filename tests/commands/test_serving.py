"""`gateway serve` and `gateway work` as operations start them, on PostgreSQL by one setting changed."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import text

from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import assemble
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import Catcher
from gateway.demo.configuration import write_configuration
from gateway.identity.staff_member import TRE_G16
from gateway.settings import load_settings
from gateway.storage.migrating import migrate
from gateway.world import real_world
from policies import Mode
from tests.access.conftest import staff_member
from tests.gateways import load_hospital

INTERN = staff_member("interne", TRE_G16, "10", category="E")
WAITS_SECONDS = 40


@contextmanager
def _running(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "gateway", *words])
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def _until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAITS_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _on_postgresql(folder: Path, server: str, name: str) -> Path:
    """The demo's configuration with one setting changed: the database."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = server.replace("/postgres?", f"/{name}?")
    config = write_configuration(folder, _free_port(), real_world())
    config.write_text(config.read_text().replace("sqlite:///gateway.db", url).replace("threads = 24", "threads = 4"))
    migrate(url)
    return config


@pytest.mark.postgresql
def test_serve_and_work_share_one_postgresql_and_the_notice_reaches_the_relay(
    postgresql_server: str, tmp_path: Path
) -> None:
    config = _on_postgresql(tmp_path, postgresql_server, "served")
    settings = load_settings(config).settings
    load_hospital(settings.database.url, settings)
    mailbox = Mailbox(tmp_path / "mail.db", real_world().now)
    catcher = Catcher(mailbox, settings.notifications.smtp.port)
    catcher.start()
    base = f"http://127.0.0.1:{settings.server.port}"
    with _running("serve", "--config", str(config)), _running("work", "--config", str(config)):
        assert _until(lambda: httpx.get(f"{base}/readyz", trust_env=False).status_code == 200)
        assert httpx.get(f"{base}/api/v1/openapi.json", trust_env=False).json()["openapi"].startswith("3.1")
        assert "gateway_page_answers_total" in httpx.get(f"{base}/metrics", trust_env=False).text
        refused = httpx.post(f"{base}/api/v1/accesses", json={}, trust_env=False)
        assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")
        gateway = assemble(settings, real_world())
        outcome = gateway.opening.open_dossier(
            INTERN,
            AccessRequest(
                request_id=gateway.world.new_id(),
                patient=PatientSelector(ipp="8000000001"),
                mode=Mode.BREAK_GLASS,
                reason=Reason("vital_emergency"),
            ),
        )
        assert isinstance(outcome, Granted)
        assert _until(lambda: len(mailbox.newest()) == 2)

        def all_sent_and_signed() -> bool:
            with gateway.database.reading() as connection:
                waiting = connection.execute(text("SELECT COUNT(*) FROM audit_pending")).scalar_one()
                sent = connection.execute(text("SELECT COUNT(*) FROM notice WHERE state = 'sent'")).scalar_one()
            return waiting == 0 and sent == 2

        assert _until(all_sent_and_signed)
        gateway.close()
        watched = httpx.get(f"{base}/metrics", trust_env=False).text
        assert 'gateway_notices{state="sent"} 2.0' in watched
        assert 'gateway_part_ready{part="checkpoints"} 1.0' in watched
    catcher.stop()


def test_work_on_sqlite_says_that_serve_does_it_already(tmp_path: Path) -> None:
    config = write_configuration(tmp_path, _free_port(), real_world())
    command = [sys.executable, "-m", "gateway", "work", "--config", str(config)]
    answered = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answered.returncode == 2
    assert "gateway serve" in answered.stderr
