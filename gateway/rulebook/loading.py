"""From stored files to a book that decides, or a sentence that says why not: the only way into `RulesInForce`."""

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.errors import GatewayError
from gateway.rulebook.contents import version_files
from gateway.rulebook.kept_versions import find_version, kept_files_are
from gateway.rulebook.versions import Version
from gateway.settings import PolicySettings
from policies import PolicyBook, PolicyError, Sources

LONGEST_TROUBLE = 480


class CannotLoad(GatewayError):
    """A stored version cannot decide here; the message says why, and holds nothing personal."""

    code = "cannot-load"


def pins_of(settings: PolicySettings) -> frozenset[str]:
    """The digests of guardrails this gateway accepts; none: any (the demo). Two while one replaces the other."""
    return frozenset(settings.guardrails_digest.split())


def build(sources: Sources, pins: frozenset[str]) -> PolicyBook:
    """The book of these files. Raises `PolicyError` with every fault; unpinned guardrails are one."""
    unpinned = bool(pins) and sources.guardrails_digest not in pins
    return PolicyBook.build(sources, min(pins) if unpinned else None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version, ready to decide."""

    version: Version
    book: PolicyBook


def load(connection: Connection, number: int, pins: frozenset[str]) -> Loaded:
    """The book of a stored version, its files compared with what was staged first.

    `pins`: see `pins_of`. Raises `CannotLoad`, `NotFound`.
    """
    version = find_version(connection, number)
    files = version_files(connection, number)
    if not kept_files_are(files, version):
        raise CannotLoad(f"version {number}: its stored files are not those that were staged")
    try:
        return Loaded(version, build(Sources.of(files), pins))
    except PolicyError as error:
        raise CannotLoad(f"version {number}: {error}"[:LONGEST_TROUBLE]) from error
