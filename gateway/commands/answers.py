"""How every command answers: words in French or English, `--json`, and exit codes that mean something.

0 done · 1 the answer is no · 2 usage or configuration · 3 something it needs is unavailable.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gateway.assembly import Gateway, assemble
from gateway.commands.refusal_words import in_french
from gateway.errors import ConfigurationError, GatewayError, NotFound, Unavailable
from gateway.settings import load_settings
from gateway.world import real_world

DONE, NO, USAGE, UNAVAILABLE = 0, 1, 2, 3
F = TypeVar("F", bound=Callable[..., Any])


def say(french: str, english: str) -> str:
    """The sentence in the language of `LANG`, French unless it says English."""
    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return english if language.lower().startswith("en") else french


def show(data: object, *, as_json: bool, text: str) -> None:
    """Print the answer: the data for programs, the text for people."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text)


def stop(code: int, message: str) -> NoReturn:
    """Say why on standard error and end."""
    click.echo(message, err=True)
    sys.exit(code)


def config_option(command: F) -> F:
    """`--config FILE`, or `GATEWAY_CONFIG`."""
    return click.option(
        "--config",
        "config",
        type=click.Path(path_type=Path),
        envvar="GATEWAY_CONFIG",
        required=True,
        help="Fichier de configuration TOML / TOML configuration file.",
    )(command)


def json_option(command: F) -> F:
    """`--json`: the answer as data."""
    return click.option("--json", "as_json", is_flag=True, help="Réponse en JSON / answer as JSON.")(command)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the gateway's errors into a sentence and an exit code; nothing else escapes as a trace it could explain."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        end = _end_as_json if kwargs.get("as_json") else _end_in_words
        try:
            command(*args, **kwargs)
        except ConfigurationError as error:
            end(USAGE, say("La configuration est à corriger :", "The configuration must be mended:"), error)
        except NotFound as error:
            end(NO, say("Introuvable : ", "Not found: "), error)
        except Unavailable as error:
            end(UNAVAILABLE, say("Indisponible, réessayez : ", "Unavailable, try again: "), error)
        except GatewayError as error:
            end(NO, say("Refusé : ", "Refused: "), error)

    return run


def _end_in_words(code: int, words: str, error: GatewayError) -> NoReturn:
    if isinstance(error, ConfigurationError):
        stop(code, "\n".join((words, *(f"  {fault.key}: {fault.message}" for fault in error.faults))))
    with_code = "" if isinstance(error, NotFound | Unavailable) else f" ({error.code})"
    stop(code, words + say(in_french(str(error)), str(error)) + with_code)


def _end_as_json(code: int, words: str, error: GatewayError) -> NoReturn:
    told: dict[str, object] = {"error": error.code, "detail": say(in_french(str(error)), str(error))}
    if isinstance(error, ConfigurationError):
        told["faults"] = [{"key": fault.key, "message": fault.message} for fault in error.faults]
    stop(code, json.dumps(told, ensure_ascii=False))


@contextmanager
def gateway_of(config: Path) -> Iterator[Gateway]:
    """The assembled gateway of a configuration file, closed afterwards."""
    gateway = assemble(load_settings(config).settings, real_world())
    try:
        yield gateway
    finally:
        gateway.close()


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, silence elsewhere: call it with (done, total)."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(words, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
