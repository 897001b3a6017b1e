"""`gateway policies …`: the pure commands of `python -m policies`, which here also take a version of the database, and
the life of a version: stage, approve, activate, rollback, history, replay.

Who acts is the bearer token of `--token-file` or `GATEWAY_TOKEN`, judged as the API does; without one it is the console
account, recorded as such, which approves nothing.
"""

import getpass
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gateway.assembly import Gateway
from gateway.commands.answers import answering, config_option, gateway_of, json_option, progress_bar, say, show
from gateway.commands.policy_words import (
    activation_line,
    processes_lines,
    refusing,
    replay_lines,
    version_line,
    versions_lines,
)
from gateway.commands.whose_token import bearer_of, token_option
from gateway.paris import PARIS
from gateway.rulebook.activations import Activation
from gateway.rulebook.people import ConsoleAccount, Person
from gateway.world import to_epoch_ms
from policies import PolicyError, Sources
from policies.__main__ import main as pure_commands

DAY_MS = 24 * 3600 * 1000
FOLLOWED_WITHIN_SECONDS = 6.0


@click.group("policies", context_settings={"help_option_names": ["-h", "--help"]})
def rules_commands() -> None:
    """Écrire, prouver, approuver, publier et reprendre les règles / write, prove, approve, publish and undo rules."""


@rules_commands.command("stage")
@config_option
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--title", default="", help="Ce qui change, en une ligne / what changes, in a line.")
@token_option
@json_option
@answering
@refusing
def stage(config: Path, folder: Path, title: str, token_file: Path | None, as_json: bool) -> None:
    """Vérifier, essayer et prouver un dossier, puis en faire une version / make a folder a version."""
    with gateway_of(config) as gateway:
        person = _person(gateway, token_file)
        version = gateway.publishing.stage_files(person, title or folder.resolve().name, _files(folder))
    show(version_line(version).data, as_json=as_json, text=version_line(version).text)


@rules_commands.command("approve")
@config_option
@click.argument("version")
@token_option
@json_option
@answering
@refusing
def approve(config: Path, version: str, token_file: Path | None, as_json: bool) -> None:
    """Approuver la version d'un autre / approve somebody else's version."""
    with gateway_of(config) as gateway:
        line = version_line(gateway.publishing.approve(_person(gateway, token_file), version))
    show(line.data, as_json=as_json, text=line.text)


@rules_commands.command("activate")
@config_option
@click.argument("version")
@click.option("--at", "moment", default="", help="2026-11-30T02:00 (heure de Paris / Paris time).")
@token_option
@json_option
@answering
@refusing
def activate(config: Path, version: str, moment: str, token_file: Path | None, as_json: bool) -> None:
    """Mettre une version approuvée en vigueur / put an approved version in force."""
    at = _instant(moment) if moment else None
    with gateway_of(config) as gateway:
        activation = gateway.publishing.activate(_person(gateway, token_file), version, at)
        _tell(gateway, activation, as_json=as_json)


@rules_commands.command("rollback")
@config_option
@click.argument("version", default="")
@token_option
@json_option
@answering
@refusing
def rollback(config: Path, version: str, token_file: Path | None, as_json: bool) -> None:
    """Revenir à une version passée, la précédente par défaut / back to a former version, the one before by default."""
    with gateway_of(config) as gateway:
        activation = gateway.publishing.rollback(_person(gateway, token_file), version)
        _tell(gateway, activation, as_json=as_json)


@rules_commands.command("cancel")
@config_option
@click.argument("activation_id")
@token_option
@json_option
@answering
@refusing
def cancel(config: Path, activation_id: str, token_file: Path | None, as_json: bool) -> None:
    """Annuler une activation prévue / call a scheduled activation off."""
    with gateway_of(config) as gateway:
        line = activation_line(gateway.publishing.cancel(_person(gateway, token_file), activation_id))
    show(line.data, as_json=as_json, text=line.text)


@rules_commands.command("history")
@config_option
@json_option
@answering
def history(config: Path, as_json: bool) -> None:
    """Les versions, les activations, et qui décide par quoi / versions, activations, and who decides by which."""
    with gateway_of(config) as gateway:
        publishing = gateway.publishing
        versions = versions_lines(publishing.versions())
        for line in versions:
            line.data["proof"] = [asdict(one) for one in publishing.stored_proof(line.data["number"]).lines]
        activations = [activation_line(one) for one in publishing.history()]
        processes = processes_lines(publishing.processes())
    data = {
        "versions": [line.data for line in versions],
        "activations": [line.data for line in activations],
        "processes": [line.data for line in processes],
    }
    show(data, as_json=as_json, text="\n".join(line.text for line in (*versions, *activations, *processes)))


@rules_commands.command("export")
@config_option
@click.argument("version")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
@answering
def export(config: Path, version: str, folder: Path, as_json: bool) -> None:
    """Écrire les fichiers d'une version dans un dossier neuf / write a version's files to a new folder."""
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(say(f"{folder} n'est pas vide", f"{folder} is not empty"))
    with gateway_of(config) as gateway:
        files = gateway.publishing.files(version)
    _write(files, folder)
    show({"files": sorted(files)}, as_json=as_json, text=f"{len(files)} → {folder}")


@rules_commands.command("replay")
@config_option
@click.argument("before")
@click.argument("after")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="Jusqu'à maintenant / to now.")
@token_option
@json_option
@answering
@refusing
def replay(config: Path, before: str, after: str, days: int, token_file: Path | None, as_json: bool) -> None:
    """Poser les questions du journal à deux versions ou dossiers / ask two versions or folders the log's questions."""
    with gateway_of(config) as gateway:
        now = gateway.world.epoch_ms()
        one, other = (_files(Path(ref)) if Path(ref).is_dir() else ref for ref in (before, after))
        person = _person(gateway, token_file)
        with progress_bar(say("Questions du passé", "Questions of the past")) as progress:
            found = gateway.publishing.replay_now(person, one, other, now - days * DAY_MS, now, progress)
    lines = replay_lines(found)
    show(lines.data, as_json=as_json, text=lines.text)


def _pure(name: str, command: click.Command) -> click.Command:
    """A command of `python -m policies` that takes, in place of a folder, a version of the database."""

    @click.command(
        name,
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
        help=command.help,
        short_help=command.get_short_help_str(),
    )
    @click.option("--config", type=click.Path(path_type=Path), envvar="GATEWAY_CONFIG", default=None)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    @answering
    def run(config: Path | None, arguments: tuple[str, ...]) -> None:
        with _as_folders(command, config, arguments) as given:
            command.main(args=given, prog_name=f"gateway policies {name}", standalone_mode=True)

    return run


for _name, _command in pure_commands.commands.items():
    if _name != "replay":
        rules_commands.add_command(_pure(_name, _command))


@contextmanager
def _as_folders(command: click.Command, config: Path | None, arguments: tuple[str, ...]) -> Iterator[list[str]]:
    """The arguments, each version among them written to a folder that lasts as long as the command."""
    taking = {name for option in command.params if isinstance(option, click.Option) and not option.is_flag
              for name in option.opts}  # fmt: skip
    given = list(arguments)
    places = [
        place
        for place, word in enumerate(given)
        if not word.startswith("-") and (place == 0 or given[place - 1] not in taking) and not Path(word).exists()
    ]
    if not places:
        yield given
        return
    if config is None:
        word = given[places[0]]
        fr = f"{word} n'est pas un dossier ; pour une version de la base, donnez --config (ou GATEWAY_CONFIG)"
        raise click.UsageError(say(fr, f"{word} is no folder; for a version of the database give --config"))
    with tempfile.TemporaryDirectory(prefix="rules-") as room, gateway_of(config) as gateway:
        for place in places:
            folder = Path(room) / str(place)
            _write(gateway.publishing.files(given[place]), folder)
            given[place] = str(folder)
        yield given


def _person(gateway: Gateway, token_file: Path | None) -> Person:
    """Whose token it is; the console account when there is none. Raises `NotSignedIn`."""
    return bearer_of(gateway, token_file) or ConsoleAccount(getpass.getuser())


def _tell(gateway: Gateway, activation: Activation, *, as_json: bool) -> None:
    """What was decided, and that every process follows: waited for, a few seconds at most."""
    until = time.monotonic() + (FOLLOWED_WITHIN_SECONDS if activation.turn else 0)
    alive = [one for one in gateway.publishing.processes() if one.alive]
    while not all(one.current for one in alive) and time.monotonic() < until:
        time.sleep(0.2)
        alive = [one for one in gateway.publishing.processes() if one.alive]
    line, processes = activation_line(activation), processes_lines(tuple(alive))
    data = {**line.data, "processes": [one.data for one in processes]}
    show(data, as_json=as_json, text="\n".join(one.text for one in (line, *processes)))


def _instant(moment: str) -> int:
    try:
        asked = datetime.fromisoformat(moment)
    except ValueError:
        raise click.UsageError(say(f"heure illisible : {moment}", f"unreadable time: {moment}")) from None
    return to_epoch_ms(asked if asked.tzinfo else asked.replace(tzinfo=PARIS))


def _files(folder: Path) -> dict[str, bytes]:
    try:
        return dict(Sources.read(folder).files)
    except PolicyError as error:
        language = say("fr", "en")
        click.echo("\n".join(fault.sentence(language) for fault in error.faults), err=True)
        raise SystemExit(1) from None


def _write(files: Any, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
