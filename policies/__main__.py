"""`python -m policies check | test | explain | prove | diff | replay`: the rules without the gateway.

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 something it needs is unavailable.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click
import yaml
from rich.console import Console
from rich.markup import escape

from policies.book import PolicyBook
from policies.cases import CaseResult, CaseTypoError, question_of, read_cases, read_personas, run_cases, uncovered
from policies.checking import check_folder
from policies.commands_prove import diff, prove, replay
from policies.errors import Fault, PolicyError
from policies.explain import Explanation
from policies.sources import Sources

NO = 1
USAGE = 2

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def language_of(environment: Mapping[str, str]) -> str:
    """`en` when the environment asks for English, else `fr`."""
    asked = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if asked.lower().startswith("en") else "fr"


@dataclasses.dataclass(frozen=True, slots=True)
class Speaker:
    """Where and how the answer is said: words on a console, or one JSON value on standard output."""

    language: str
    as_json: bool
    console: Console

    def say(self, fr: str, en: str) -> None:
        """A line in the user's language; nothing when JSON is asked for."""
        if not self.as_json:
            self.console.print(escape(fr if self.language == "fr" else en), soft_wrap=True)

    def json(self, value: object) -> None:
        """The whole answer as JSON, when asked for."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def faults(self, faults: tuple[Fault, ...]) -> None:
        """Each fault on its line."""
        self.json({"faults": [dataclasses.asdict(fault) for fault in faults]})
        for fault in faults:
            self.say(fault.sentence("fr"), fault.sentence("en"))


def _speaker(as_json: bool) -> Speaker:
    return Speaker(language_of(os.environ), as_json, Console(highlight=False))


_json_option = click.option("--json", "as_json", is_flag=True, help="Réponse en JSON / answer in JSON.")
_folder_argument = click.argument("folder", metavar="DIR", type=_FOLDER)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Vérifier, essayer et comprendre les règles d'accès. / Check, test and understand the access rules."""


for _command in (prove, diff, replay):
    main.add_command(_command)


@main.command()
@_folder_argument
@_json_option
@click.option("--guardrails", metavar="SHA256", default=None, help="Empreinte attendue / expected digest.")
@click.option("--former", metavar="DIR", type=_FOLDER, multiple=True, help="Version passée / a version of the past.")
def check(folder: Path, as_json: bool, guardrails: str | None, former: tuple[Path, ...]) -> None:
    """Toutes les fautes d'un dossier de règles, d'un coup. / Every fault of a folder of rules at once."""
    speaker = _speaker(as_json)
    try:
        past = [Sources.read(one) for one in former]
    except PolicyError as trouble:
        _stop(trouble, speaker)
    checked = check_folder(folder, guardrails, past)
    speaker.json(
        {
            "faults": [dataclasses.asdict(fault) for fault in checked.faults],
            "warnings": [dataclasses.asdict(warning) for warning in checked.warnings],
            "digest": checked.digest,
            "guardrails": checked.guardrails_digest,
        }
    )
    for fault in checked.faults:
        speaker.say(f"faute : {fault.sentence('fr')}", f"fault: {fault.sentence('en')}")
    for warning in checked.warnings:
        speaker.say(f"à savoir : {warning.sentence('fr')}", f"warning: {warning.sentence('en')}")
    count, said = len(checked.faults), len(checked.warnings)
    if checked.faults:
        speaker.say(f"{count} faute(s) : cette version ne peut pas servir.", f"{count} fault(s): not usable.")
        sys.exit(NO)
    speaker.say(f"aucune faute, {said} remarque(s)", f"no fault, {said} warning(s)")
    speaker.say(f"version    {checked.digest}", f"version    {checked.digest}")
    speaker.say(f"garde-fous {checked.guardrails_digest}", f"guardrails {checked.guardrails_digest}")


@main.command()
@_folder_argument
@_json_option
def test(folder: Path, as_json: bool) -> None:
    """Poser les cas de cases/ aux règles. / Ask the rules the cases of cases/."""
    speaker = _speaker(as_json)
    book = _load(folder, speaker)
    try:
        results = run_cases(book, read_cases(folder))
    except PolicyError as trouble:
        _stop(trouble, speaker)
    failed = [result for result in results if result.differences]
    silent = uncovered(book, results)
    speaker.json(
        {
            "cases": len(results),
            "failed": [_failed_as_json(result) for result in failed],
            "rules_without_case": silent,
            "digest": book.digest,
        }
    )
    for result in failed:
        speaker.say(_difference(result, "attendu", "obtenu"), _difference(result, "expected", "found"))
    for rule_id in silent:
        speaker.say(f"aucun cas ne montre la règle {rule_id}", f"no case shows rule {rule_id}")
    speaker.say(
        f"{len(results)} cas, {len(failed)} en échec ; version {book.digest[:12]}",
        f"{len(results)} cases, {len(failed)} failed; version {book.digest[:12]}",
    )
    sys.exit(NO if failed or not results else 0)


@main.command()
@_folder_argument
@_json_option
@click.option("--user", default=None, help="Personne de cases/personas.yaml / a user of personas.yaml.")
@click.option("--patient", default="ordinaire", show_default=True)
@click.option("--document", default=None)
@click.option("--context", default="accord", show_default=True)
@click.option("--action", default=None, help="open_dossier, read_document, extend_access.")
@click.option("--but", multiple=True, metavar="patient.deceased=true", help="Changer un fait / change a fact.")
def explain(folder: Path, as_json: bool, but: tuple[str, ...], **parts: str | None) -> None:
    """Pourquoi oui, pourquoi non, et ce qui manquait. / Why, why not, and what was missing."""
    speaker = _speaker(as_json)
    book = _load(folder, speaker)
    if parts["user"] is None:
        raise click.UsageError("--user : interne, senior, infirmiere… (cases/personas.yaml)")
    try:
        asked = _asked(parts, but)
        explanation = book.explain(question_of(read_personas(folder), asked))
    except PolicyError as trouble:
        _stop(trouble, speaker)
    except CaseTypoError as typo:
        hint = f" ({typo.nearest} ?)" if typo.nearest else ""
        raise click.UsageError(f"mot inconnu / unknown word : {typo.word}{hint}") from None
    speaker.json(dataclasses.asdict(explanation))
    if not as_json:
        _show(explanation, book, speaker)
    sys.exit(0 if explanation.decision.allowed else NO)


def _asked(parts: Mapping[str, str | None], but: tuple[str, ...]) -> dict[str, Any]:
    """A case's parts, with the facts changed by --but. Raises `click.UsageError`."""
    asked: dict[str, Any] = {name: {"like": value} for name, value in parts.items() if value and name != "action"}
    asked["action"] = parts["action"] or ("read_document" if parts["document"] else "open_dossier")
    for change in but:
        path, sign, value = change.partition("=")
        kind, dot, fact = path.partition(".")
        if not (sign and dot and isinstance(asked.get(kind), dict)):
            raise click.UsageError(f"--but {change} : user|patient|document|context.FAIT=VALEUR")
        asked[kind][fact] = yaml.safe_load(value)
    return asked


def _show(explanation: Explanation, book: PolicyBook, speaker: Speaker) -> None:
    decision, french = explanation.decision, speaker.language == "fr"
    speaker.say("ACCORDÉ" if decision.allowed else "REFUSÉ", "ALLOWED" if decision.allowed else "REFUSED")
    reasons = decision.reasons_fr if french else decision.reasons_en
    for place, reason in enumerate(reasons):
        rule = f"{decision.rule_ids[place]} : " if decision.rule_ids else ""
        speaker.say(f"  {rule}{reason}", f"  {rule}{reason}")
    for obligation in decision.obligations:
        words = book.obligation_words(obligation, speaker.language)
        speaker.say(f"  → {words}", f"  → {words}")
    others = () if decision.allowed else explanation.considered
    for one in sorted(others, key=lambda one: sum(not part.holds for part in one.conditions)):
        lacking = [part for part in one.conditions if not part.holds]
        if lacking:
            fr = " ; ".join(part.lacking_fr for part in lacking)
            en = "; ".join(part.lacking_en for part in lacking)
            speaker.say(
                f"  {one.rule_id}, il manque {len(lacking)} : {fr}", f"  {one.rule_id}, {len(lacking)} missing: {en}"
            )
    for fault in decision.engine_faults:
        speaker.say(f"  panne : {fault}", f"  fault: {fault}")


def _load(folder: Path, speaker: Speaker) -> PolicyBook:
    try:
        return PolicyBook.load(folder)
    except PolicyError as trouble:
        _stop(trouble, speaker)


def _stop(trouble: PolicyError, speaker: Speaker) -> NoReturn:
    speaker.faults(trouble.faults)
    sys.exit(NO)


def _difference(result: CaseResult, expected: str, found: str) -> str:
    told = "; ".join(f"{what} {expected} {want or '—'}, {found} {got or '—'}" for what, want, got in result.differences)
    return f"{result.case.file}:{result.case.line} {result.case.name} : {told}"


def _failed_as_json(result: CaseResult) -> dict[str, object]:
    return {
        "file": result.case.file,
        "line": result.case.line,
        "name": result.case.name,
        "differences": [{"what": what, "expected": want, "found": got} for what, want, got in result.differences],
    }


if __name__ == "__main__":
    main(prog_name="python -m policies")
