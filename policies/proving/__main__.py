"""`python -m policies.proving prove | diff | never-true DIR`: the prover, as the child process it always is.

Exit codes: 0 done, 1 the answer is no, or not proved, 2 usage, 3 something it needs is unavailable.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from policies.book import PolicyBook
from policies.errors import PolicyError
from policies.findings import Said
from policies.lint import Parts, inspect
from policies.proving.dead import never_true as dead_rules
from policies.proving.difference import Comparison
from policies.proving.example import Judge
from policies.proving.prove import prove as prove_version
from policies.rulefile import split_rules
from policies.sources import Sources
from policies.told import asked_language, dead_lines, difference_lines, proof_lines

NO = 1
UNUSABLE = 1

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Réponse en JSON / answer in JSON.")
_seconds = click.option("--seconds", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True)


@click.group()
@click.option("--memory-mb", type=click.IntRange(0), default=0, help="Limite de mémoire / memory limit; 0: none.")
def main(memory_mb: int) -> None:
    """Prouver sur toutes les demandes possibles. / Prove over every request that can be made."""
    if memory_mb:
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@main.command()
@click.argument("folder", metavar="DIR", type=_folder)
@_json
@_seconds
def prove(folder: Path, as_json: bool, seconds: float) -> None:
    """Tenir les invariants contre une version. / Hold the invariants against a version."""
    parts, judge = _version(folder, as_json)
    report = prove_version(parts, judge, seconds)
    _answer(report.to_json(), proof_lines(report, _language()), as_json)
    sys.exit(0 if report.holds else NO)


@main.command()
@click.argument("before", metavar="DIR_A", type=_folder)
@click.argument("after", metavar="DIR_B", type=_folder)
@_json
@_seconds
def diff(before: Path, after: Path, as_json: bool, seconds: float) -> None:
    """Ce que deux versions répondent autrement. / What two versions answer differently."""
    (one, asked_one), (other, asked_other) = _version(before, as_json), _version(after, as_json)
    report = Comparison(one, other, (asked_one, asked_other), seconds).report()
    _answer(report.to_json(), difference_lines(report, _language()), as_json)
    sys.exit(0 if report.complete else NO)


@main.command("never-true")
@click.argument("folder", metavar="DIR", type=_folder)
@_json
@_seconds
def never_true(folder: Path, as_json: bool, seconds: float) -> None:
    """Les règles qui ne changent aucune réponse. / The rules that change no answer."""
    parts, _ = _version(folder, as_json)
    report = dead_rules(parts, seconds)
    _answer(report.to_json(), dead_lines(report, _language()), as_json)
    sys.exit(0 if not report.rules and report.why is None else NO)


def _version(folder: Path, as_json: bool) -> tuple[Parts, Judge]:
    """A version, faults of form or not, as long as every rule of it was read: a proof that skips one is no proof."""
    try:
        sources = Sources.read(folder)
        parts, faults = inspect(sources)
        written = sum(len(split_rules(file, sources.text(file))) for file in sources.cedar_files())
        if written != len(parts.rules):
            raise PolicyError(faults)
        return parts, Judge(PolicyBook.of(parts), parts)
    except PolicyError as trouble:
        _unusable(trouble, as_json)


def _unusable(trouble: PolicyError, as_json: bool) -> NoReturn:
    fr = "; ".join(fault.sentence("fr") for fault in trouble.faults[:5])
    en = "; ".join(fault.sentence("en") for fault in trouble.faults[:5])
    said = Said(fr=f"cette version ne peut pas être lue : {fr}", en=f"this version cannot be read: {en}")
    _answer({"unusable": {"fr": said.fr, "en": said.en}}, iter([said.to(_language())]), as_json)
    sys.exit(UNUSABLE)


def _answer(value: dict[str, Any], lines: Iterator[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(value))
        return
    for line in lines:
        click.echo(line)


def _language() -> str:
    return asked_language(os.environ)


if __name__ == "__main__":
    main(prog_name="python -m policies.proving")
