"""A command typed wrongly is told so in the user's language: click speaks English alone."""

import re
import sys
from typing import IO, Any

import click

from gateway.commands.answers import USAGE, say

_WRONG_VALUES = (
    (re.compile(r"('.*') is not one of .*"), " : {0} n'est pas au choix"),
    (re.compile(r"('.*') does not match the formats? .*%Y-%m-%d.*"), " : {0} n'est pas une date (2026-11-22)"),
    (re.compile(r"('.*') is not a valid (?:integer|float)(?: range)?\."), " : {0} n'est pas un nombre"),
    (re.compile(r"(.*) is not in the range .*"), " : {0} est hors des bornes"),
    (re.compile(r"\w+ ('.*') does not exist\."), " : {0} n'existe pas"),
    (re.compile(r"\w+ ('.*') is a (?:file|directory)\."), " : {0} n'est pas de la bonne sorte"),
    (re.compile(r"\w+ ('.*') is not (?:readable|writable)\."), " : {0} ne peut pas être lu ou écrit"),
)


class SpeakingGroup(click.Group):
    """The outermost group: whatever was typed wrongly in it or below ends with code 2 and a sentence to go on with."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """As click's own; an error of usage is shown in the language of `LANG`."""
        if not extra.pop("standalone_mode", True):
            return super().main(*args, **{**extra, "standalone_mode": False})
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.UsageError as error:
            show_usage_error(error, sys.stderr)
            sys.exit(USAGE)
        except click.Abort:
            click.echo(say("Interrompu.", "Interrupted."), err=True)
            sys.exit(1)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else 0)


def show_usage_error(error: click.UsageError, file: IO[str]) -> None:
    """What is wrong, and where the help is."""
    click.echo(say(_in_french(error), error.format_message()), file=file)
    if error.ctx is not None:
        # Some commands hand their options to another program, --help too, and name none of their own.
        asked = f"{error.ctx.command_path} {(*error.ctx.help_option_names, '--help')[0]}"
        click.echo(say(f"Aide : {asked}", f"Help: {asked}"), file=file)


def _in_french(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter):
        kind = "l'argument" if isinstance(error.param, click.Argument) else "l'option"
        return f"Il manque {kind} {_name(error)}." + _choices(error)
    if isinstance(error, click.NoSuchOption):
        near = f" Vouliez-vous dire {' ou '.join(sorted(error.possibilities))} ?" if error.possibilities else ""
        return f"Option inconnue : {error.option_name}.{near}"
    if isinstance(error, click.BadParameter):
        return f"Valeur incorrecte pour {_name(error)}{_why(error.message)}." + _choices(error)
    if isinstance(error, click.BadOptionUsage):
        return f"Option {error.option_name} : {error.message}"
    words = error.message
    for english, french in (
        ("No such command ", "Commande inconnue : "),
        ("Got unexpected extra argument", "Argument en trop"),
        ("Missing command.", "Il manque la commande."),
    ):
        if words.startswith(english):
            return french + words.removeprefix(english)
    return words


def _why(message: str) -> str:
    for english, french in _WRONG_VALUES:
        found = english.fullmatch(message)
        if found is not None:
            return french.format(found[1])
    return f" : {message.rstrip('.')}"


def _name(error: click.BadParameter) -> str:
    if error.param is not None:
        return error.param.get_error_hint(error.ctx) if error.ctx is not None else str(error.param.name)
    return str(error.param_hint or "")


def _choices(error: click.BadParameter) -> str:
    if error.param is not None and isinstance(error.param.type, click.Choice):
        return f" Au choix : {', '.join(map(str, error.param.type.choices))}."
    return ""
