"""`gateway reviews list`, `close`, `export`: the reviewers' work without a browser, by the token of who does it.

Listing and closing are recorded in the log as on the pages, and refused to whoever is not a reviewer.
"""

import os
from pathlib import Path
from typing import Any

import click

from gateway.commands.answers import UNAVAILABLE, answering, config_option, gateway_of, json_option, say, show, stop
from gateway.commands.whose_token import person_of, token_option
from gateway.oversight.reviews.case import DECIDED, CaseLine, CaseState
from gateway.oversight.reviews.flag_words import FLAG_WORDS
from gateway.oversight.reviews.queue import QueueFilter

_STATES = {
    CaseState.OPEN: ("à relire", "to review"),
    CaseState.ASKED: ("explication demandée", "explanation asked for"),
    CaseState.ANSWERED: ("explication reçue", "explanation received"),
    CaseState.SECOND: ("attend un second relecteur", "waits for a second reader"),
    CaseState.JUSTIFIED: ("justifié", "justified"),
    CaseState.UNJUSTIFIED: ("injustifié", "unjustified"),
}
_FLAGS = {
    "no_admission": ("sans venue", "no admission"),
    "same_surname": ("même nom", "same name"),
    "same_address": ("même adresse", "same address"),
    "reader_is_patient": ("son propre dossier", "own record"),
    "colleague": ("collègue", "colleague"),
    "protected": ("personne à protéger", "protected person"),
    "repeat_reader": ("accès répétés", "repeated accesses"),
    "unusual_volume": ("volume inhabituel", "unusual volume"),
    "unusual_hour": ("heure inhabituelle", "unusual hour"),
    "contested": ("contesté", "contested"),
    "other_reason": ("autre motif", "another reason"),
}


@click.group("reviews")
def review_commands() -> None:
    """Les accès en urgence à relire / the emergency accesses to review."""


@review_commands.command("list")
@config_option
@click.option("--state", default="", type=click.Choice(["", *(state.value for state in CaseState)]))
@click.option("--flag", default="", type=click.Choice(["", *FLAG_WORDS]))
@click.option("--unit", default="", help="Service de qui a ouvert / unit of who opened.")
@click.option("--done", is_flag=True, help="Les cas déjà décidés / those decided already.")
@click.option("--most", default=50, type=click.IntRange(1, 500), show_default=True)
@token_option
@json_option
@answering
def list_reviews(
    config: Path, state: str, flag: str, unit: str, done: bool, most: int, token_file: Path | None, as_json: bool
) -> None:
    """Les cas, le plus lourd en tête / the cases, heaviest first."""
    decided = done or state in {one.value for one in DECIDED}
    only = QueueFilter(state=state, flag=flag, unit=unit, done=decided)
    with gateway_of(config) as gateway:
        page = gateway.oversight.reviewing.queue(person_of(gateway, token_file), only, None, most)
        now = gateway.world.epoch_ms()
    text = "\n".join(_line(line, now) for line in page.cases) or say("Aucun cas.", "No case.")
    show([_data(line) for line in page.cases], as_json=as_json, text=text)


@review_commands.command("close")
@config_option
@click.argument("access_id")
@click.option("--outcome", required=True, type=click.Choice(["justified", "unjustified"]))
@click.option("--words", default="", help="Pourquoi (10 caractères au moins si injustifié) / why.")
@token_option
@json_option
@answering
def close_review(
    config: Path, access_id: str, outcome: str, words: str, token_file: Path | None, as_json: bool
) -> None:
    """Décider d'un cas / decide a case."""
    with gateway_of(config) as gateway:
        reviewing, person = gateway.oversight.reviewing, person_of(gateway, token_file)
        decide = reviewing.justify if outcome == "justified" else reviewing.unjustify
        state = decide(person, access_id, words)
    waits = say(" : un second relecteur doit en décider", ": a second reviewer must decide")
    text = f"{access_id}  {say(*_STATES[state])}{waits if state is CaseState.SECOND else ''}"
    show({"access_id": access_id, "state": state.value}, as_json=as_json, text=text)


@review_commands.command("export")
@config_option
@click.argument("access_id")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Fichier ZIP à créer / ZIP to create.")
@token_option
@json_option
@answering
def export_review(config: Path, access_id: str, out: Path, token_file: Path | None, as_json: bool) -> None:
    """Exporter le dossier d'un cas, avec ses preuves / export a case's file, with its proofs."""
    with gateway_of(config) as gateway:
        content = gateway.oversight.case_files.export(person_of(gateway, token_file), access_id)
    try:
        # A case names people: the file is for who made it, and never over another one.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        stop(UNAVAILABLE, say("Écriture impossible : ", "Cannot write: ") + str(error.strerror))
    show({"file": str(out), "bytes": len(content)}, as_json=as_json, text=str(out))


def _data(line: CaseLine) -> dict[str, Any]:
    return {
        "access_id": line.access_id,
        "number": line.number,
        "state": line.state.value,
        "risk": line.risk,
        "ipp": line.ipp,
        "reader": line.staff.name,
        "unit": line.unit,
        "mode": line.mode.value,
        "reason": line.reason_code,
        "opened_at": line.opened_at,
        "due_at": line.due_at,
        "flags": [{"code": flag.code, "weight": flag.weight, "sentence": say(flag.fr, flag.en)} for flag in line.flags],
        "explained_by": line.proposal.visit_number if line.proposal else None,
    }


def _line(line: CaseLine, now: int) -> str:
    flags = ", ".join(say(*_FLAGS[flag.code]) if flag.code in _FLAGS else flag.code for flag in line.flags)
    state = say(*_STATES[line.state])
    late = say("en retard", "overdue") if line.decided_at is None and line.due_at < now else ""
    told = f"{line.access_id}  {line.risk:>4}  {state:<26} {line.unit:<8} {line.staff.name:<24} {flags}"
    return f"{told}  {late}" if late else told
