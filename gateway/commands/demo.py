"""`gateway demo` and `gateway token`: the whole product on loopback, and a bearer token of one of its personas."""

import shutil
import tempfile
from pathlib import Path

import click

from gateway.commands.answers import UNAVAILABLE, USAGE, answering, progress_bar, say, stop
from gateway.commands.import_words import refusal_line
from gateway.commands.serving import run_server
from gateway.demo.configuration import MAILBOX_FILE, write_configuration
from gateway.demo.hospital.loading import DemoHospital, load_demo_hospital
from gateway.demo.hospital.past import live_through
from gateway.demo.neighbour import add_anchors
from gateway.demo.personas import PERSONAS
from gateway.demo.token import fetch_demo_token
from gateway.settings import LoadedSettings, load_settings
from gateway.storage.database import Database
from gateway.storage.migrating import migrate
from gateway.world import World, real_world

DEMO_FACTORY = "gateway.demo.wsgi:create_application"


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--samples",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier de documents CDA à charger / folder of CDA documents to load.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Garder les données ici / keep the data here.",
)
@answering
def demo(port: int, samples: Path | None, folder: Path | None) -> None:
    """Démarrer le produit entier sur cette machine / start the whole product on this machine."""
    world = real_world()
    kept = folder is not None
    place = folder.resolve() if folder is not None else Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    try:
        config = write_configuration(place, port, world)
        add_anchors(config, load_settings(config).settings.record.signing_key_file, world)
        loaded = load_settings(config)
        migrate(loaded.settings.database.url)
        hospital = _load_hospital(loaded, world, samples)
        if hospital.loaded:
            live_through(loaded.settings, world, place / MAILBOX_FILE)
        _announce(loaded, hospital, config, kept=kept)
        run_server(loaded, config, DEMO_FACTORY)
    finally:
        if not kept:
            shutil.rmtree(place, ignore_errors=True)


@click.command("token")
@click.argument("persona")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Adresse de la démo / address.")
@answering
def token(persona: str, url: str) -> None:
    """Un jeton d'accès de la démo, pour curl / a demo access token, for curl."""
    known = [item.name for item in PERSONAS]
    if persona not in known:
        stop(USAGE, say("Personnes connues : ", "Known personas: ") + ", ".join(known))
    click.echo(fetch_demo_token(url.rstrip("/"), persona))


def _load_hospital(loaded: LoadedSettings, world: World, samples: Path | None) -> DemoHospital:
    database = Database(loaded.settings.database.url)
    try:
        with progress_bar(say("Hôpital de démonstration", "Demo hospital")) as progress:
            return load_demo_hospital(
                database, world, issuer=loaded.settings.identity.staff.issuer, samples=samples, progress=progress
            )
    except OSError as error:
        stop(UNAVAILABLE, say("Les exemples ne se lisent pas : ", "Cannot read the samples: ") + str(error))
    finally:
        database.close()


def _announce(loaded: LoadedSettings, hospital: DemoHospital, config: Path, *, kept: bool) -> None:
    base = loaded.settings.server.base_url
    click.echo(
        say(
            f"{loaded.settings.hospital.name} : {hospital.patients} patients, {hospital.documents} documents, "
            f"{hospital.present} aux urgences.",
            f"{loaded.settings.hospital.name}: {hospital.patients} patients, {hospital.documents} documents, "
            f"{hospital.present} in the emergency department.",
        )
    )
    if hospital.imported is not None:
        for line in hospital.imported.refused:
            click.echo(say("  refusé – ", "  refused – ") + refusal_line(line))
    click.echo(f"\n  {base}/demo/\n")
    for persona in PERSONAS:
        if persona.kind != "client":
            label = say(persona.label_fr, persona.label_en)
            click.echo(f"  {persona.name:<14} {base}/demo/as/{persona.name}   {label}")
    click.echo(f"  {'messages':<14} {base}/demo/mail")
    click.echo("\n  " + say("Configuration : ", "Configuration: ") + str(config))
    if not kept:
        click.echo("  " + say("Ctrl-C arrête et efface tout.", "Ctrl-C stops and erases everything."))
    click.echo("", nl=True)
