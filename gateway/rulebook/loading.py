"""From stored files to a book that decides, or a sentence that says why not: the only way into `RulesInForce`."""

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.errors import GatewayError
from gateway.rulebook.contents import version_files
from gateway.rulebook.kept_versions import find_version, kept_files_are
from gateway.rulebook.versions import Version
from policies import PolicyBook, PolicyError, Sources

LONGEST_TROUBLE = 480


class CannotLoad(GatewayError):
    """A stored version cannot decide here; the message says why, and holds nothing personal."""

    code = "cannot-load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version, ready to decide."""

    version: Version
    book: PolicyBook


def load(connection: Connection, number: int, pinned_guardrails: str) -> Loaded:
    """The book of a stored version, its files compared with what was staged first.

    `pinned_guardrails`: the digest of the configuration, "" when none is pinned. Raises `CannotLoad`, `NotFound`.
    """
    version = find_version(connection, number)
    files = version_files(connection, number)
    if not kept_files_are(files, version):
        raise CannotLoad(f"version {number}: its stored files are not those that were staged")
    try:
        return Loaded(version, PolicyBook.build(Sources.of(files), pinned_guardrails or None))
    except PolicyError as error:
        raise CannotLoad(f"version {number}: {error}"[:LONGEST_TROUBLE]) from error
