"""Can this condition ever be true? The cheap cases, told while a rule is read; the prover settles the others.

A condition is laid out as alternatives of simple tests; each fact then has the values its tests leave it. A test this
reader does not know leaves every value, so that nothing is called impossible that may happen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cedarpy import pst

from policies.conditions import path_of, render
from policies.nouns import Nouns

MOST_BRANCHES = 512
_FLIPPED = {"less": "greater", "less_eq": "greater_eq", "greater": "less", "greater_eq": "less_eq"}
_OPPOSITE = {"less": "greater_eq", "less_eq": "greater", "greater": "less_eq", "greater_eq": "less"}
Test = tuple[pst.Expr, bool]  # a simple condition, and whether it must hold


@dataclass
class _Branch:
    """What one alternative leaves possible."""

    nouns: Nouns
    words: dict[str, set[str]] = field(default_factory=dict)  # of facts that take one of a list of words
    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    others: dict[str, set[int]] = field(default_factory=dict)  # numbers a fact may not be
    texts: dict[str, str] = field(default_factory=dict)
    said: dict[str, bool] = field(default_factory=dict)

    def impossible(self, tests: Sequence[Test]) -> str:
        """The first condition, as Cedar, that the ones before it make impossible; "" when there is none."""
        return next((render(expr) for expr, holds in tests if not self._admits(expr, holds)), "")

    def _admits(self, expr: pst.Expr, holds: bool) -> bool:
        if self.said.setdefault(render(expr), holds) != holds:
            return False
        match expr:
            case pst.BinaryOp("eq" | "not_eq" as op, left, right):
                fact, value = (left, right) if path_of(left) else (right, left)
                return self._equal(path_of(fact), value, holds == (op == "eq"))
            case pst.BinaryOp("contains", pst.Set(elements), fact) if path_of(fact):
                if not elements:
                    return not holds
                if all(isinstance(one, pst.EntityLit) for one in elements):
                    listed = {one.value.id for one in elements if isinstance(one, pst.EntityLit)}
                    return self._among(path_of(fact), listed, holds)
            case pst.BinaryOp(op, left, right) if op in _FLIPPED:
                wanted = _FLIPPED[op] if isinstance(left, pst.LongLit) else str(op)
                fact, limit = (right, left) if isinstance(left, pst.LongLit) else (left, right)
                if path_of(fact) and isinstance(limit, pst.LongLit):
                    return self._bounded(path_of(fact), wanted if holds else _OPPOSITE[wanted], limit.value)
        return True

    def _equal(self, path: str, value: pst.Expr, same: bool) -> bool:
        match value:
            case pst.EntityLit(entity):
                return self._among(path, {entity.id}, same)
            case pst.LongLit(number) if same:
                return self._bounded(path, "greater_eq", number) and self._bounded(path, "less_eq", number)
            case pst.LongLit(number):
                self.others.setdefault(path, set()).add(number)
                return self._room(path)
            case pst.StringLit(text) if same:
                return self.texts.setdefault(path, text) == text
            case pst.StringLit(text):
                return self.texts.get(path) != text
        return True

    def _among(self, path: str, listed: set[str], inside: bool) -> bool:
        if not self.nouns.values(path):
            return True
        left = self.words.setdefault(path, set(self.nouns.values(path)))
        left.intersection_update(listed) if inside else left.difference_update(listed)
        return bool(left)

    def _bounded(self, path: str, op: str, number: int) -> bool:
        if op in ("greater", "greater_eq"):
            self.least[path] = max(self.least.get(path, number), number + (op == "greater"))
        else:
            self.most[path] = min(self.most.get(path, number), number - (op == "less"))
        return self._room(path)

    def _room(self, path: str) -> bool:
        """Whether a number is left between the bounds that is not excluded one by one."""
        if path not in self.least or path not in self.most:
            return True
        size = self.most[path] - self.least[path] + 1
        excluded = {one for one in self.others.get(path, ()) if self.least[path] <= one <= self.most[path]}
        return size > len(excluded)


def impossible(conditions: Iterable[pst.Expr], nouns: Nouns) -> str | None:
    """None when the conditions may all hold; else the part that cannot, as Cedar text."""
    branches: list[list[Test]] = [[]]
    for condition in conditions:
        branches = [[*before, *more] for before in branches for more in _laid_out(condition, True)]
        if len(branches) > MOST_BRANCHES:
            return None
    found = ""
    for branch in branches:
        found = _Branch(nouns).impossible(branch)
        if not found:
            return None
    return found or "false"


def certain(conditions: Sequence[pst.Expr], nouns: Nouns) -> bool:
    """Whether the conditions always hold together: none of them can ever fail."""
    return all(impossible([pst.UnaryOp("not", condition)], nouns) is not None for condition in conditions)


def _laid_out(expr: pst.Expr, holds: bool) -> list[list[Test]]:
    """The alternatives of an expression that must hold, or must not; past the limit, the expression untouched."""
    match expr:
        case pst.BoolLit(value):
            return [[]] if value == holds else []
        case pst.UnaryOp("not", inner):
            return _laid_out(inner, not holds)
        case pst.BinaryOp("and" | "or" as op, left, right):
            one, other = _laid_out(left, holds), _laid_out(right, holds)
            if (op == "and") != holds:
                return one + other
            if len(one) * len(other) <= MOST_BRANCHES:
                return [[*first, *second] for first in one for second in other]
    return [[(expr, holds)]]
