"""Finds the set of rules somebody names: a draft, a version, the one in force."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.errors import NotFound
from gateway.rulebook.contents import version_files
from gateway.rulebook.kept_activations import look
from gateway.rulebook.kept_drafts import find_draft
from gateway.rulebook.kept_versions import number_of

IN_FORCE = "in-force"
ID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Named:
    """A set of rules. `ref` names it for good: `version:<number>` or `draft:<id>`; `number` is 0 for a draft."""

    ref: str
    number: int
    files: Mapping[str, bytes]


def find_set(connection: Connection, ref: str) -> Named:
    """The set of rules of a `ref` (see `publishing`), or of a `Named.ref`. Raises `NotFound`."""
    word = ref.strip().removeprefix("version:")
    if word.startswith("draft:") or (len(word) == ID_LENGTH and "-" in word):
        draft = find_draft(connection, word.removeprefix("draft:"))
        return Named(f"draft:{draft.id}", 0, draft.files)
    number = version_number(connection, word)
    return Named(f"version:{number}", number, version_files(connection, number))


def version_number(connection: Connection, ref: str) -> int:
    """The number of a version named by a `ref` other than a draft's. Raises `NotFound`."""
    if ref in ("", IN_FORCE):
        number = look(connection, 0).number
        if number == 0:
            raise NotFound("no version is in force yet")
        return number
    return number_of(connection, ref.removeprefix("version:"))
