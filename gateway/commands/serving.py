"""`gateway serve`, `work`, `migrate` and `check`."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from pydantic import BaseModel

from gateway.commands.answers import (
    NO,
    USAGE,
    answering,
    config_option,
    gateway_of,
    json_option,
    say,
    show,
    stop,
)
from gateway.errors import ConfigurationError, SettingFault
from gateway.logs import set_up_logs
from gateway.settings import LoadedSettings, load_settings
from gateway.signed_log import open_log
from gateway.storage.migrating import is_current, migrate
from gateway.worker import build_worker
from gateway.world import real_world

WSGI_FACTORY = "gateway.wsgi:create_application"


@click.command("serve")
@config_option
@answering
def serve(config: Path) -> None:
    """Servir les pages et l'API / serve the pages and the API."""
    loaded = load_settings(config)
    _require_schema(loaded)
    # Told here, by its setting: the server's processes could only die of it, again and again.
    open_log(loaded.settings, real_world())
    run_server(loaded, config, WSGI_FACTORY)


def run_server(loaded: LoadedSettings, config: Path, factory: str) -> None:
    """Run the WSGI server until it is told to stop. SQLite: one process, since one committer does all the writing."""
    os.environ["GATEWAY_CONFIG"] = str(config.resolve())
    server = loaded.settings.server
    Granian(
        factory,
        address=server.host,
        port=server.port,
        interface=Interfaces.WSGI,
        workers=server.workers,
        blocking_threads=server.threads,
        factory=True,
        log_access=False,
        log_level=LogLevels.error,  # it warns of threads beyond the cores, but ours wait for the disk
        respawn_failed_workers=True,
        websockets=False,
    ).serve()


@click.command("work")
@config_option
@answering
def work(config: Path) -> None:
    """Distribuer les avis et signer le journal / deliver notices and sign the log (PostgreSQL)."""
    loaded = load_settings(config)
    set_up_logs(loaded.settings)
    if loaded.settings.database.url.startswith("sqlite"):
        stop(USAGE, say("Avec SQLite, « gateway serve » fait déjà ce travail.", "On SQLite, `gateway serve` does it."))
    _require_schema(loaded)
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    with gateway_of(config) as gateway:
        gateway.following.start()
        build_worker(gateway).run_forever(stopping)


@click.command("migrate")
@config_option
@json_option
@answering
def migrate_database(config: Path, as_json: bool) -> None:
    """Mettre la base au schéma de cette version / bring the database to this version's schema."""
    revision = migrate(load_settings(config).settings.database.url)
    show({"revision": revision}, as_json=as_json, text=say("Base à jour : ", "Database up to date: ") + revision)


@click.command("check")
@config_option
@json_option
@answering
def check(config: Path, as_json: bool) -> None:
    """Vérifier la configuration et se prouver / check the configuration, and prove itself."""
    loaded = load_settings(config)
    _require_schema(loaded)
    with gateway_of(config) as gateway:
        lines, book, in_force = gateway.health.ready(), gateway.rules.current(), gateway.publishing.in_force()
        proof: dict[str, dict[str, Any]] = {
            "enforcement": {
                "policy_version": book.digest,
                "rules": len(book.rules()),
                "version": in_force.number,
                "from": "database",
                "folder_differs": in_force.folder_differs,
                "establishment_enrolled": loaded.settings.hospital.finess in book.settings.enrolled,
            },
            "audit": {"origin": loaded.settings.record.origin, "start_recorded": True},
            "notices": {"channels": list(loaded.settings.notifications.channels)},
        }
    settings = [{"key": key, "value": value, "from": source} for key, value, source in _settings_lines(loaded)]
    checks = [{"name": line.name, "ok": line.ok, "detail": line.detail} for line in lines]
    text = "\n".join(
        [f"{item['key']} = {item['value']}  ({item['from']})" for item in settings]
        + [f"{'✓' if item['ok'] else '✗'} {item['name']}: {item['detail']}" for item in checks]
        + [
            say("Application des règles : ", "Enforcement: ") + f"{proof['enforcement']}",
            say("Journal : ", "Audit: ") + f"{proof['audit']}",
            say("Avis : ", "Notices: ") + f"{proof['notices']}",
        ]
    )
    if not proof["enforcement"]["establishment_enrolled"]:
        text += "\n" + say(
            "✗ hospital.finess n'est pas enrôlé dans les règles (settings.toml, [establishments]) : tout est refusé",
            "✗ hospital.finess is not enrolled in the rules (settings.toml, [establishments]): everything is refused",
        )
    show({"settings": settings, "checks": checks, "proof": proof}, as_json=as_json, text=text)
    if not all(line.ok for line in lines if line.required):
        raise SystemExit(NO)


def _require_schema(loaded: LoadedSettings) -> None:
    if not is_current(loaded.settings.database.url):
        message = say(
            "le schéma n'est pas celui de cette version : lancez « gateway migrate --config … »",
            "the schema is not this version's: run `gateway migrate --config …`",
        )
        raise ConfigurationError((SettingFault("database.url", message),))


def _settings_lines(loaded: LoadedSettings) -> list[tuple[str, str, str]]:
    """Every setting: dotted key, value (secrets are files, a password inside an address is masked), where from."""
    lines: list[tuple[str, str, str]] = []

    def walk(section: BaseModel, prefix: str) -> None:
        for name in type(section).model_fields:
            value: Any = getattr(section, name)
            key = prefix + name
            if isinstance(value, BaseModel):
                walk(value, key + ".")
            else:
                source = str(loaded.file) if key in loaded.given else say("par défaut", "default")
                lines.append((key, _masked(key, value), source))

    walk(loaded.settings, "")
    return lines


def _masked(key: str, value: object) -> str:
    text = str(value)
    if key == "database.url" and "@" in text:
        scheme, _, rest = text.partition("://")
        user, _, place = rest.rpartition("@")
        return f"{scheme}://{user.partition(':')[0]}:***@{place}"
    return text
