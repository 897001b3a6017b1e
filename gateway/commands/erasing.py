"""`gateway audit erase order, confirm, refuse, list`: the DPO orders, a second person confirms, each by their token."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.assembly import Gateway
from gateway.commands.answers import (
    answering,
    config_option,
    gateway_of,
    json_option,
    say,
    show,
)
from gateway.commands.whose_token import person_of, token_option
from gateway.errors import PatientUnknown
from gateway.oversight.erasure import ErasureOrder, ErasureReason, OrderState
from gateway.patients.directory import search
from gateway.patients.query import ipp_query

_STATES = {
    OrderState.ORDERED: ("à confirmer", "to be confirmed"),
    OrderState.DONE: ("effacé", "erased"),
    OrderState.REFUSED: ("refusé", "refused"),
}

# What no program can take back. Erased values were sealed; whoever finds them needs their key, and the master key.
_REMAINS = {
    "sqlite": (
        "Effacé de la base. Il reste les sauvegardes d'avant, et le fichier « -wal » jusqu'à ce qu'il resserve : "
        "qui a aussi la clé maîtresse y lit encore. Laissez-les expirer.",
        "Erased from the database. What remains is in earlier backups, and in the -wal file until it is used again: "
        "whoever has the master key too can still read it there. Let them expire.",
    ),
    "postgresql": (
        "Effacé de la base. L'autovacuum vide les pages en quelques minutes ; des octets y durent jusqu'à ce que la "
        "place resserve. Il reste aussi le WAL et ses archives, les répliques en retard et les sauvegardes d'avant : "
        "qui a aussi la clé maîtresse y lit encore. Laissez-les expirer.",
        "Erased from the database. Autovacuum clears the pages within minutes; bytes last in them until their place is "
        "used again. What remains too is in the WAL and its archives, in late replicas and in earlier backups: whoever "
        "has the master key can still read it there. Let them expire.",
    ),
}


@click.group("erase")
def erase_commands() -> None:
    """Effacer les valeurs personnelles d'un patient / erase a patient's personal values."""


@erase_commands.command("order")
@config_option
@click.option("--ipp", required=True, help="Numéro du patient dans l'établissement / the hospital's patient number.")
@click.option("--through", required=True, help="Dernier mois effacé, 2026-11 / last month erased.")
@click.option("--reason", type=click.Choice([reason.value for reason in ErasureReason]), required=True)
@token_option
@json_option
@answering
def order(config: Path, ipp: str, through: str, reason: str, token_file: Path | None, as_json: bool) -> None:
    """Ordonner un effacement ; rien n'est encore effacé / order an erasure; nothing is erased yet."""
    with gateway_of(config) as gateway:
        person = person_of(gateway, token_file)
        ordered = gateway.erasures.order(person, _patient(gateway, ipp), through, ErasureReason(reason))
    _show(ordered, as_json=as_json)


@erase_commands.command("confirm")
@config_option
@click.argument("order_id")
@token_option
@json_option
@answering
def confirm(config: Path, order_id: str, token_file: Path | None, as_json: bool) -> None:
    """Confirmer l'ordre d'une autre personne, et effacer / confirm another person's order, and erase."""
    with gateway_of(config) as gateway:
        done = gateway.erasures.confirm(person_of(gateway, token_file), order_id)
        remains = say(*_REMAINS[gateway.database.dialect])
    show(asdict(done) | {"remains": remains}, as_json=as_json, text=f"{_line(done)}\n{remains}")


@erase_commands.command("refuse")
@config_option
@click.argument("order_id")
@token_option
@json_option
@answering
def refuse(config: Path, order_id: str, token_file: Path | None, as_json: bool) -> None:
    """Écarter un ordre / set an order aside."""
    with gateway_of(config) as gateway:
        refused = gateway.erasures.refuse(person_of(gateway, token_file), order_id)
    _show(refused, as_json=as_json)


@erase_commands.command("list")
@config_option
@token_option
@json_option
@answering
def orders(config: Path, token_file: Path | None, as_json: bool) -> None:
    """Les derniers ordres / the latest orders."""
    with gateway_of(config) as gateway:
        found = gateway.erasures.list(person_of(gateway, token_file))
    text = "\n".join(_line(one) for one in found) or say("Aucun ordre.", "No order.")
    show([asdict(one) for one in found], as_json=as_json, text=text)


def _patient(gateway: Gateway, ipp: str) -> str:
    with gateway.database.reading() as connection:
        found, _ = search(connection, ipp_query(ipp), 2)
    if len(found) != 1:
        raise PatientUnknown("no patient has this number")
    return found[0].id


def _show(one: ErasureOrder, *, as_json: bool) -> None:
    show(asdict(one), as_json=as_json, text=_line(one))


def _line(one: ErasureOrder) -> str:
    entries = say(f"{one.entries} entrées", f"{one.entries} entries")
    return f"{one.id}  {one.through}  {one.reason.value:<12}  {say(*_STATES[one.state])}  {entries}"
