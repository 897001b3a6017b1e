"""What no version may ever allow, read from `invariants/*.cedar`: never loaded while serving, only proven before.

An invariant is written as a `forbid`: no request the version allows may match it.
"""

from dataclasses import dataclass

import cedarpy
from cedarpy import pst

from policies.rulefile import split_rules
from policies.sources import Sources

FOLDER = "invariants/"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must never be allowed, with the sentence people read."""

    id: str
    file: str
    line: int
    reason_fr: str
    reason_en: str
    tree: pst.Template


def read_invariants(sources: Sources) -> tuple[list[Invariant], list[str]]:
    """The invariants of a version, by file, and the places (`file:line`) of those that cannot be read."""
    found: list[Invariant] = []
    unreadable: list[str] = []
    for file in sorted(name for name in sources.files if name.startswith(FOLDER) and name.endswith(".cedar")):
        for text in split_rules(file, sources.text(file)):
            place = f"{file}:{text.line}"
            tree = _tree(text.text) if text.complete else None
            if tree is None or tree.effect != "forbid":
                unreadable.append(place)
                continue
            words = tree.annotations
            name = words.get("id") or place
            found.append(Invariant(name, file, text.line, words.get("reason", ""), words.get("reason_en", ""), tree))
    return found, unreadable


def _tree(text: str) -> pst.Template | None:
    try:
        parsed = cedarpy.policies_to_pst(text)
    except ValueError:
        return None
    trees = list(parsed.static_policies.values())
    return trees[0] if len(trees) == 1 and not parsed.templates else None
