"""`python -m policies prove | diff | replay`: what no test shows, for the terminal of hospital IT.

Exit codes: 0 done, 1 the answer is no or not proved, 2 usage.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

import click
from rich.console import Console
from rich.progress import Progress

from policies.book import PolicyBook
from policies.compared import plain_differences
from policies.errors import PolicyError
from policies.findings import Said
from policies.prover import SECONDS, differences
from policies.prover import prove as prove_sources
from policies.question_words import NO_NAMES, Names
from policies.recorded import NotReplayable, RecordedQuestion, recorded_question
from policies.replay import ReplayReport
from policies.replay import replay as replay_past
from policies.sources import Sources
from policies.told import asked_language, difference_lines, proof_lines, replay_lines

NO = 1
MAX_LINE = 100_000  # characters; a recorded question is about 1.1 kB

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Réponse en JSON / answer in JSON.")
_seconds = click.option(
    "--seconds", type=click.FloatRange(0.1, 3600), default=SECONDS, show_default=True, help="Temps donné / time given."
)


@click.command()
@click.argument("folder", metavar="DIR", type=_folder)
@_json
@_seconds
def prove(folder: Path, as_json: bool, seconds: float) -> None:
    """Prouver ce qu'aucune version ne permet jamais. / Prove what no version may ever allow."""
    sources = _sources(folder, as_json)
    with _waiting():
        report = prove_sources(sources, seconds=seconds)
    _answer(report.to_json(), proof_lines(report, _language(), _names(folder)), as_json)
    sys.exit(0 if report.holds else NO)


@click.command()
@click.argument("before", metavar="DIR_A", type=_folder)
@click.argument("after", metavar="DIR_B", type=_folder)
@_json
@_seconds
def diff(before: Path, after: Path, as_json: bool, seconds: float) -> None:
    """Ce que B répond autrement que A, à toute demande possible. / What B answers otherwise than A, to any request."""
    one, other = _sources(before, as_json), _sources(after, as_json)
    with _waiting():
        report = differences(one, other, seconds=seconds)
    settings = _settings(one, other)
    value = {**report.to_json(), "settings": [dataclasses.asdict(said) for said in settings]}
    _answer(value, difference_lines(report, _language(), settings), as_json)
    sys.exit(0 if report.complete else NO)


@click.command()
@click.option(
    "--recorded",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Une demande par ligne, en JSON / one request a line: entry_id, time, question, allowed_then.",
)
@click.argument("before", metavar="DIR_A", type=_folder)
@click.argument("after", metavar="DIR_B", type=_folder)
@_json
def replay(recorded: Path, before: Path, after: Path, as_json: bool) -> None:
    """Poser les demandes passées aux deux versions. / Ask both versions the requests of the past."""
    books = _book(before, as_json), _book(after, as_json)
    console = Console(stderr=True)
    with recorded.open(encoding="utf-8", errors="replace") as lines, _bar(console) as bar:
        total = sum(1 for _ in lines)
        lines.seek(0)
        task = bar.add_task("", total=total)
        report = replay_past(_read(lines), *books, lambda done: bar.update(task, completed=done))
    _answer(_replay_json(report), replay_lines(report, _language()), as_json)


def _read(lines: IO[str]) -> Iterator[RecordedQuestion | NotReplayable]:
    for number, line in enumerate(lines, start=1):
        yield _one(line, f"line {number}")


def _one(line: str, place: str) -> RecordedQuestion | NotReplayable:
    try:
        value: Any = json.loads(line) if len(line) <= MAX_LINE else None
        entry_id, time, allowed = str(value["entry_id"]), int(value["time"]), value["allowed_then"]
        question = value["question"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return NotReplayable(entry_id=place, fr="ligne illisible", en="unreadable line")
    if not isinstance(allowed, bool):
        return NotReplayable(entry_id=entry_id, fr="réponse d'alors illisible", en="unreadable answer of then")
    return recorded_question(entry_id, time, question, allowed)


def _replay_json(report: ReplayReport) -> dict[str, Any]:
    return dataclasses.asdict(report)


def _settings(before: Sources, after: Sources) -> tuple[Said, ...]:
    """None of a version that cannot be read: the report says so itself."""
    try:
        return plain_differences(before, after)
    except PolicyError:
        return ()


def _sources(folder: Path, as_json: bool) -> Sources:
    try:
        return Sources.read(folder)
    except PolicyError as trouble:
        _stop(trouble, as_json)


def _names(folder: Path) -> Names:
    """What this folder calls its codes; none where it is too broken to say."""
    try:
        book = PolicyBook.load(folder)
    except PolicyError:
        return NO_NAMES
    return Names(
        {one.key: (one.label_fr, one.label_en) for one in book.professions()},
        {row.type_code: row.type_label for row in book.matrix()},
    )


def _book(folder: Path, as_json: bool) -> PolicyBook:
    try:
        return PolicyBook.load(folder)
    except PolicyError as trouble:
        _stop(trouble, as_json)


def _stop(trouble: PolicyError, as_json: bool) -> NoReturn:
    value = {"faults": [dataclasses.asdict(fault) for fault in trouble.faults]}
    _answer(value, (fault.sentence(_language()) for fault in trouble.faults), as_json)
    sys.exit(NO)


def _answer(value: dict[str, Any], lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(value, indent=2))
        return
    console = Console(highlight=False, markup=False)
    for line in lines:
        console.print(line, soft_wrap=True)


def _waiting() -> Progress:
    """A bar that only says that work is under way, on a terminal; nothing elsewhere."""
    bar = _bar(Console(stderr=True))
    bar.add_task("", total=None)
    return bar


def _bar(console: Console) -> Progress:
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _language() -> str:
    return asked_language(os.environ)
