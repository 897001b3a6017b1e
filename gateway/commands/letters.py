"""`gateway letters list`, `show`, `printed`: the batches of letters, for whoever prints and posts them."""

from pathlib import Path
from typing import Any

import click

from gateway.assembly import Gateway
from gateway.commands.answers import NO, answering, config_option, gateway_of, json_option, say, show, stop
from gateway.errors import ConfigurationError, InvalidRequest, SettingFault
from gateway.notifications.letters import Batch, Letters


@click.group("letters")
def letter_commands() -> None:
    """Les lettres à imprimer / the letters to print."""


@letter_commands.command("list")
@config_option
@json_option
@answering
def list_batches(config: Path, as_json: bool) -> None:
    """Les lots, le plus ancien en tête / the batches, oldest first."""
    with gateway_of(config) as gateway:
        batches = _letters(gateway).list()
    text = "\n".join(map(_line, batches)) or say("Aucune lettre.", "No letter.")
    show([_data(batch) for batch in batches], as_json=as_json, text=text)


@letter_commands.command("show")
@config_option
@click.argument("batch")
@json_option
@answering
def show_batch(config: Path, batch: str, as_json: bool) -> None:
    """Un lot et son index / a batch and its index."""
    with gateway_of(config) as gateway:
        found = _letters(gateway).show(batch)
    show(_data(found) | {"index": list(found.letters)}, as_json=as_json, text="\n".join((_line(found), *found.letters)))


@letter_commands.command("printed")
@config_option
@click.argument("batch")
@click.option(
    "--count",
    type=click.IntRange(min=0),
    help="Combien de lettres ont été imprimées / how many letters were printed.",
)
@json_option
@answering
def mark_printed(config: Path, batch: str, count: int | None, as_json: bool) -> None:
    """Dire qu'un lot est imprimé et parti / say that a batch was printed and has left."""
    with gateway_of(config) as gateway:
        letters = _letters(gateway)
        try:
            found, recorded = letters.printed(batch, count=count)
        except InvalidRequest as error:
            stop(NO, _why_not(error, letters.show(batch)))
    told = say(f"{recorded} preuves inscrites au journal", f"{recorded} proofs recorded in the log")
    show(_data(found) | {"recorded": recorded}, as_json=as_json, text=f"{_line(found)}  {told}")


def _letters(gateway: Gateway) -> Letters:
    if gateway.letters is None:
        message = say("à donner pour qu'il y ait des lettres", "is needed for there to be letters")
        raise ConfigurationError((SettingFault("notifications.letter", message),))
    return gateway.letters


def _why_not(error: InvalidRequest, batch: Batch) -> str:
    held = len(batch.letters)
    if error.code == "letters-open":
        return say(
            f"Des lettres peuvent encore entrer dans ce lot. Dites combien sont imprimées : --count {held} si toutes.",
            f"Letters may still enter this batch. Say how many were printed: --count {held} if all of them.",
        )
    return say(
        f"Le lot contient {held} lettres : rien n'est marqué. Imprimez celles qui manquent, puis recommencez.",
        f"The batch holds {held} letters: nothing is marked. Print those that are missing, then try again.",
    )


def _data(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.name,
        "letters": len(batch.letters),
        "open": batch.open,
        "printed_at": None if batch.printed_at is None else batch.printed_at.isoformat(),
    }


def _line(batch: Batch) -> str:
    if batch.printed_at is not None:
        state = say("imprimé ", "printed ") + batch.printed_at.isoformat(timespec="seconds")
    else:
        state = say("ouvert", "open") if batch.open else say("à imprimer", "to print")
    return f"{batch.name}  {len(batch.letters):>5}  {state}"
