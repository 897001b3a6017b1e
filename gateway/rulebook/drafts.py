"""Drafts: a set of rules somebody is writing, file by file. A draft decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.rulebook.people import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A draft without its files.

    `state` is `open`, `staged` (then `version` is the number it became) or `discarded`. `revision` grows by one with
    each change. `author` started it; `authors` are all who changed a file of it, none of whom may approve it.
    `base` is the digest of the version it began as, "" for a folder brought in. Instants are UTC epoch ms.
    """

    id: str
    title: str
    base: str
    base_number: int
    state: str
    version: int
    revision: int
    author: Who
    authors: tuple[Who, ...]
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(DraftLine):
    """A draft with its files: content by path inside the policy folder (e.g. `rules/10-soins.cedar`), sorted."""

    files: Mapping[str, bytes]
