"""What a Cedar expression is worth, for the solver: its value, and when asking for it is an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import z3

Formula = Any

NEVER = z3.BoolVal(False)
ALWAYS = z3.BoolVal(True)


class UntranslatableError(Exception):
    """An expression this prover has no words for; nothing is claimed about it."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Bool."""

    value: Formula
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Number:
    """Long: an unbounded integer here; `error` holds what leaves 64 bits."""

    value: Formula
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Text:
    """String."""

    value: Formula
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Word:
    """An entity of a kind that has few members: for each, when the expression is that one."""

    kind: str
    when: Mapping[str, Formula]
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Named:
    """An entity known by its text, e.g. the professional who asks."""

    kind: str
    name: Formula
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Words:
    """A set of entities of one kind: for each, when it is in the set."""

    kind: str
    when: Mapping[str, Formula]
    error: Formula = NEVER


@dataclass(frozen=True, slots=True)
class Elements:
    """A set written out."""

    members: tuple["Term", ...]
    error: Formula = NEVER


Term = Truth | Number | Text | Word | Named | Words | Elements


def same(one: Term, other: Term) -> Formula:
    """Cedar's `==` between two values of one type. Raises `UntranslatableError`."""
    match one, other:
        case (Truth(value), Truth(with_)) | (Number(value), Number(with_)) | (Text(value), Text(with_)):
            return value == with_
        case (Word(), Word()):
            if one.kind != other.kind:
                return NEVER
            return z3.Or([z3.And(when, other.when[name]) for name, when in one.when.items() if name in other.when])
        case (Named(), Named()):
            return one.name == other.name if one.kind == other.kind else NEVER
    raise UntranslatableError("==")


def holds(container: Term, item: Term) -> Formula:
    """Cedar's `.contains`. Raises `UntranslatableError`."""
    match container, item:
        case Elements(members), _:
            return z3.Or([same(member, item) for member in members])
        case (Words(), Word()):
            if container.kind != item.kind:
                return NEVER
            both = [name for name in item.when if name in container.when]
            return z3.Or([z3.And(item.when[name], container.when[name]) for name in both])
    raise UntranslatableError("contains")
