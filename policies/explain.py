"""Why, and why not: each permit taken into its conditions, and the one that was missing named in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy
from cedarpy import pst

from policies.conditions import alternatives, conjuncts, facts_in, render
from policies.engine import Engine
from policies.nouns import Nouns
from policies.question import Decision, NearMiss
from policies.ruleset import Rule
from policies.satisfiable import impossible
from policies.words import Words

MODE = "context.mode"
PURPOSE = "context.purpose"
_HOPELESS = (2, "", "")  # more than one condition is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a permit, and whether it held for the question."""

    text: str  # Cedar
    holds: bool
    lacking_fr: str  # what is said when it does not hold
    lacking_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One permit as it met the question."""

    rule_id: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision with all its why: the permits of the action and mode asked for, each condition told."""

    decision: Decision
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A condition asked of the engine by itself, under its own id."""

    id: str
    text: str
    lacking: tuple[str, str]
    lifts: frozenset[str]  # the forbids that cannot apply where this condition holds


@dataclass(frozen=True, slots=True)
class _Conjunct:
    """One conjunct of a permit: alternatives, each a list of leaves that must all hold."""

    whole: _Leaf
    branches: tuple[tuple[_Leaf, ...], ...]


class Explainer:
    """The conditions of every permit as small permits of their own, asked in one call. Immutable."""

    def __init__(self, rules: Sequence[Rule], nouns: Nouns, words: Words) -> None:
        self._nouns = nouns
        self._words = words
        self._small: dict[str, pst.Template] = {}
        self._doors: dict[str, tuple[_Leaf, ...]] = {}
        self._permits: dict[str, tuple[_Conjunct, ...]] = {}
        self._forbids = [
            (rule.id, parts, set().union(*(facts_in(part) for part in parts)) - {MODE})
            for rule in rules
            if rule.effect == "forbid" and (parts := conjuncts(rule.tree))
        ]
        for rule in rules:
            if rule.effect == "permit":
                self._take_apart(rule)
        leaves = (
            leaf for parts in self._permits.values() for part in parts for branch in part.branches for leaf in branch
        )
        self._liftable = frozenset().union(*(leaf.lifts for leaf in leaves))
        self._engine = Engine(self._small, nouns.schema)

    def near_misses(
        self, request: dict[str, Any], entities: cedarpy.Entities, forbidden_by: Sequence[str] = ()
    ) -> tuple[NearMiss, ...]:
        """The permits of this action and mode that lacked one condition only; () when the engine cannot tell.

        `forbidden_by` are the forbids that fired: only a condition that lifts every one of them would open the door.
        """
        against = frozenset(forbidden_by)
        if not against <= self._liftable:
            return ()
        held = self._held(request, entities)
        found: list[NearMiss] = []
        for rule_id in self._considered(held):
            parts = self._permits[rule_id]
            lacks = [lack for part in parts if (lack := _lack(part, held, against)) is not None]
            if len(lacks) == 1 and lacks[0][0] == 1:
                _, fr, en = lacks[0]
                found.append(NearMiss(rule_id=rule_id, missing_fr=fr, missing_en=en))
        return tuple(found)

    def considered(self, request: dict[str, Any], entities: cedarpy.Entities) -> tuple[Considered, ...]:
        """Every permit of this action and mode, each condition with its truth."""
        held = self._held(request, entities)
        return tuple(
            Considered(rule_id=rule_id, conditions=tuple(_condition(part, held) for part in self._permits[rule_id]))
            for rule_id in self._considered(held)
        )

    def _held(self, request: dict[str, Any], entities: cedarpy.Entities) -> frozenset[str]:
        return frozenset(self._engine.ask([request], entities)[0].rule_ids)

    def _considered(self, held: frozenset[str]) -> list[str]:
        return [rule_id for rule_id, doors in self._doors.items() if all(door.id in held for door in doors)]

    def _take_apart(self, rule: Rule) -> None:
        """The scope and the mode are the door of a rule: behind another door, its conditions say nothing."""
        doors = [self._leaf(rule, pst.BoolLit(True))]
        parts: list[_Conjunct] = []
        for expr in conjuncts(rule.tree):
            if facts_in(expr) == {MODE}:
                doors.append(self._leaf(rule, expr))
                continue
            branches = tuple(tuple(self._leaf(rule, leaf) for leaf in _all_of(branch)) for branch in alternatives(expr))
            parts.append(_Conjunct(self._leaf(rule, expr), branches))
        self._doors[rule.id] = tuple(doors)
        self._permits[rule.id] = tuple(parts)

    def _leaf(self, rule: Rule, expr: pst.Expr) -> _Leaf:
        name = f"{rule.id}#{len(self._small)}"
        self._small[name] = pst.Template(
            id=name,
            effect="permit",
            principal=rule.tree.principal,
            action=rule.tree.action,
            resource=rule.tree.resource,
            clauses=(pst.When(expr),),
            annotations=pst.FrozenMap(),
        )
        return _Leaf(name, render(expr), self._words.lacking(expr, self._nouns), self._lifted_by(expr))

    def _lifted_by(self, expr: pst.Expr) -> frozenset[str]:
        read = facts_in(expr)
        if PURPOSE in read:
            return frozenset()  # nobody is told which purpose to claim
        return frozenset(
            name
            for name, parts, facts in self._forbids
            if read & facts and impossible([expr, *parts], self._nouns) is not None
        )


def _all_of(expr: pst.Expr) -> list[pst.Expr]:
    if isinstance(expr, pst.BinaryOp) and expr.op == "and":
        return _all_of(expr.left) + _all_of(expr.right)
    return [expr]


def _lack(part: _Conjunct, held: frozenset[str], against: frozenset[str] = frozenset()) -> tuple[int, str, str] | None:
    """None when the conjunct holds; else how many conditions its nearest branches lack, in words.

    A branch whose one missing condition leaves some forbid of `against` in force lacks more than that condition.
    """
    if part.whole.id in held:
        return None
    lacking = [[leaf for leaf in branch if leaf.id not in held] for branch in part.branches]
    open_again = [branch for branch in lacking if against <= frozenset().union(*(leaf.lifts for leaf in branch))]
    if against and not open_again:
        return _HOPELESS
    lacking = open_again if against else lacking
    fewest = min(len(branch) for branch in lacking)
    nearest = [branch for branch in lacking if len(branch) == fewest]
    fr = " ; ou ".join(" et ".join(leaf.lacking[0] for leaf in branch) for branch in nearest)
    en = "; or ".join(" and ".join(leaf.lacking[1] for leaf in branch) for branch in nearest)
    return max(fewest, 1), fr, en


def _condition(part: _Conjunct, held: frozenset[str]) -> Condition:
    lack = _lack(part, held)
    fr, en = (lack[1], lack[2]) if lack else part.whole.lacking
    return Condition(text=part.whole.text, holds=lack is None, lacking_fr=fr, lacking_en=en)
