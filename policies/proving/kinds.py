"""Professions and document types that no rule of the versions at hand can tell apart: one proof serves the whole kind.

Two professions are of a kind when both versions give them the same facts and the same readable types, and no rule names
either; two types when the same professions read them and no rule names either. Exchanging them then changes no formula,
so an answer about one is an answer about the other.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import z3
from cedarpy import pst

from policies.lint import Parts
from policies.matrix import UNKNOWN_TYPE
from policies.proving.space import PROFESSION, Space
from policies.proving.terms import Formula

TYPE = "document.type_code"


@dataclass(frozen=True, slots=True)
class Kind:
    """Words that are alike, and the formula that says the choice is one of them."""

    words: tuple[str, ...]
    is_one: Formula


def profession_kinds(space: Space, versions: Sequence[Parts]) -> list[Kind]:
    """The professions of a space, by kind. Words are keys `system|code`; `|` is every unlisted code."""
    named = _named(versions)

    def signature(key: str) -> Hashable:
        return tuple(_profession(parts, key, named) for parts in versions)

    return _kinds(space, PROFESSION, signature)


def type_kinds(space: Space, versions: Sequence[Parts]) -> list[Kind]:
    """The document types of a space, by kind."""
    named = _named(versions)

    def signature(code: str) -> Hashable:
        return tuple(_type(parts, code, named) for parts in versions)

    return _kinds(space, TYPE, signature)


def _kinds(space: Space, path: str, signature: Callable[[str], Hashable]) -> list[Kind]:
    choice = space.choices[path]
    alike: dict[Hashable, list[str]] = {}
    for word in choice.words:
        alike.setdefault(signature(word), []).append(word)
    return [Kind(tuple(words), z3.Or([choice.is_(word) for word in words])) for words in alike.values()]


def _profession(parts: Parts, key: str, named: frozenset[str]) -> Hashable:
    known = parts.nomenclature.professions
    one = known.get(key, known["|"])
    rules = parts.settings
    return (
        one.id if f"Profession:{one.id}" in named else "",
        one.habilitation if f"Habilitation:{one.habilitation}" in named else "",
        parts.matrix.readable.get(one.habilitation, frozenset()),
        one.care,
        one.in_training,
        one.id in rules.break_glass_professions,
    )


def _type(parts: Parts, code: str, named: frozenset[str]) -> Hashable:
    meant = code if code in parts.nouns.enums.get("DocumentType", ()) else UNKNOWN_TYPE
    readers = frozenset(name for name, types in parts.matrix.readable.items() if meant in types)
    return (meant if f"DocumentType:{meant}" in named else "", readers)


def _named(versions: Sequence[Parts]) -> frozenset[str]:
    uids = {uid for parts in versions for rule in parts.rules for uid in pst.entity_uids(rule.tree)}
    return frozenset(f"{uid.type}:{uid.id}" for uid in uids)
