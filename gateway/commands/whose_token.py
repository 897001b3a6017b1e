"""Who acts on the command line: the person of an access token, judged as the API judges it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.assembly import Gateway
from gateway.commands.answers import USAGE, say, stop
from gateway.identity.staff_member import StaffMember

F = TypeVar("F", bound=Callable[..., Any])


def token_option(command: F) -> F:
    """`--token-file FILE`, else the environment's GATEWAY_TOKEN."""
    return click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Jeton d'accès de la personne ; sinon GATEWAY_TOKEN / the person's access token; else GATEWAY_TOKEN.",
    )(command)


def person_of(gateway: Gateway, token_file: Path | None) -> StaffMember:
    """The person whose token it is. Ends with a word and exit code 2 where none is given; raises `NotSignedIn` for one
    that is not valid."""
    person = bearer_of(gateway, token_file)
    if person is None:
        stop(USAGE, say("Donnez --token-file ou GATEWAY_TOKEN.", "Give --token-file or GATEWAY_TOKEN."))
    return person


def bearer_of(gateway: Gateway, token_file: Path | None) -> StaffMember | None:
    """The person whose token it is, None where none is given. Raises `NotSignedIn` for one that is not valid."""
    token = token_file.read_text(encoding="utf-8") if token_file else os.environ.get("GATEWAY_TOKEN", "")
    return gateway.bearer.verify(f"Bearer {token.strip()}") if token.strip() else None
