"""What changed, gathered from single cells into as few sentences as say the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import z3

from policies.findings import Change
from policies.proving.kinds import Kind
from policies.proving.space import Space
from policies.proving.terms import ALWAYS, Formula
from policies.question import Action, Mode, Question


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of access: professions alike, an action, a mode, and types alike when documents are read."""

    professions: Kind
    action: Action
    mode: Mode
    types: Kind | None

    def formula(self, space: Space) -> Formula:
        """That a question is of this cell."""
        here = [self.professions.is_one, space.choices["action"].is_(self.action.value)]
        here.append(space.choices["circumstances.mode"].is_(self.mode.value))
        return z3.And(*here, self.types.is_one if self.types else ALWAYS)


@dataclass(frozen=True, slots=True)
class Found:
    """Cells that changed alike, with the question that shows it."""

    change: Change
    cell: Cell
    example: Question


Readable = Mapping[tuple[bool, str], frozenset[str]]  # by (the later version, the profession's key)


@dataclass(frozen=True, slots=True)
class Group:
    """Cells told in one sentence."""

    change: Change
    professions: frozenset[str]
    actions: tuple[str, ...]
    modes: tuple[str, ...]
    types: frozenset[str]
    entitlement: bool  # the types are all those the professions may read
    example: Question

    @property
    def read(self) -> frozenset[str] | bool:
        """The types as they are told: by name, or as the whole entitlement."""
        return self.entitlement or self.types


_KEYS: tuple[Callable[[Group], object], ...] = (
    lambda group: (group.change, group.actions, group.modes, group.read),
    lambda group: (group.change, group.professions, group.modes, group.read),
    lambda group: (group.change, group.professions, group.actions, group.read),
)


def grouped(found: list[Found], readable: Readable) -> list[Group]:
    """One sentence for what differs by one thing only: first the types, then the professions, actions and modes."""
    by_type: dict[object, Group] = {}
    for one in found:
        cell = one.cell
        words = frozenset(cell.types.words if cell.types else ())
        group = Group(
            one.change,
            frozenset(cell.professions.words),
            (cell.action.value,),
            (cell.mode.value,),
            words,
            False,
            one.example,
        )
        _join(by_type, (one.change, group.professions, cell.action, cell.mode), group)
    groups: dict[object, Group] = {key: _whole(group, readable) for key, group in by_type.items()}
    for key_of in _KEYS:
        merged: dict[object, Group] = {}
        for group in groups.values():
            _join(merged, key_of(group), group)
        groups = merged
    order = list(Change)
    return sorted(groups.values(), key=lambda group: (order.index(group.change), group.actions, group.modes))


def _join(groups: dict[object, Group], key: object, group: Group) -> None:
    held = groups.get(key)
    if held is None:
        groups[key] = group
        return
    groups[key] = Group(
        held.change,
        held.professions | group.professions,
        tuple(sorted({*held.actions, *group.actions})),
        tuple(sorted({*held.modes, *group.modes})),
        held.types | group.types,
        held.entitlement,
        held.example,
    )


def _whole(group: Group, readable: Readable) -> Group:
    """Says so when the types are all those of the entitlement, in the version that allows them."""
    more = group.change in (Change.NEWLY_ALLOWED, Change.MORE_ALLOWED)
    every = {readable.get((more, key), frozenset()) for key in group.professions}
    return replace(group, entitlement=bool(group.types) and every == {group.types})
