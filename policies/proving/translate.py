"""Cedar's rules as formulas, with Cedar's own meaning: short circuits, errors, forbids that win.

An expression this translator does not know becomes a free truth, together with whether it errs: nothing is assumed of
it, so a proof that holds anyway is a proof, and anything else is "not proved". Reference: Cedar policy language,
evaluation semantics (docs.cedarpolicy.com, "Operators and functions").
"""

import hashlib
from collections.abc import Callable, Sequence

import z3
from cedarpy import pst

from policies.conditions import path_of
from policies.proving.linked import Linked
from policies.proving.space import LEAST, MOST, Space
from policies.proving.space import text as literal
from policies.proving.terms import (
    ALWAYS,
    NEVER,
    Elements,
    Formula,
    Named,
    Number,
    Term,
    Text,
    Truth,
    UntranslatableError,
    Word,
    Words,
    holds,
    same,
)
from policies.question import Action

_COMPARED: dict[str, Callable[[Formula, Formula], Formula]] = {
    "less": lambda one, other: one < other,
    "less_eq": lambda one, other: one <= other,
    "greater": lambda one, other: one > other,
    "greater_eq": lambda one, other: one >= other,
}
_COUNTED: dict[str, Callable[[Formula, Formula], Formula]] = {
    "add": lambda one, other: one + other,
    "sub": lambda one, other: one - other,
    "mul": lambda one, other: one * other,
}


class Translator:
    """Translates the rules of one version. `opaque` turns true when something could not be translated."""

    def __init__(self, space: Space, facts: Linked, hierarchy: bool, sealed: str) -> None:
        self._space = space
        self._facts = facts
        self._hierarchy = hierarchy  # the schema has entities inside others, which this translator does not follow
        self._sealed = sealed  # names the tables: an unknown expression means the same only under the same tables
        self._action = Word("Action", {action.value: space.choices["action"].is_(action.value) for action in Action})
        self._reads = space.choices["action"].is_(Action.READ_DOCUMENT.value)
        self.opaque = False

    def rule(self, tree: pst.Template) -> tuple[Formula, Formula]:
        """(the rule applies, asking it is an error)."""
        scope = z3.And(
            self._scoped(tree.principal, Named("Professional", self._space.texts["actor.id"])),
            self._acts(tree.action),
            self._scoped(tree.resource, None),
        )
        body: Sequence[Truth] = [
            self._truth(clause.expr) if isinstance(clause, pst.When) else self._truth(pst.UnaryOp("not", clause.expr))
            for clause in tree.clauses
        ]
        value, error = ALWAYS, NEVER
        for part in body:
            error = z3.Or(error, z3.And(value, part.error))
            value = z3.And(value, part.value)
        return z3.And(scope, value, z3.Not(error)), z3.And(scope, error)

    def _scoped(self, constraint: pst.PrincipalOrResourceConstraint, who: Named | None) -> Formula:
        """The scope's word on the principal, or on the resource when `who` is None."""
        var = pst.Var("principal" if who else "resource")
        match constraint:
            case pst.ScopeAny():
                return ALWAYS
            case pst.ScopeEq(pst.EntityUid() as entity):
                return self._truth(pst.BinaryOp("eq", var, pst.EntityLit(entity))).value
            case pst.ScopeIn(pst.EntityUid() as entity):
                return self._truth(pst.BinaryOp("in", var, pst.EntityLit(entity))).value
            case pst.ScopeIs(kind):
                return self._truth(pst.Is(var, kind, None)).value
            case pst.ScopeIsIn(kind, pst.EntityUid() as entity):
                return self._truth(pst.Is(var, kind, pst.EntityLit(entity))).value
        return self._unknown(constraint).value

    def _acts(self, constraint: pst.ActionConstraint) -> Formula:
        match constraint:
            case pst.ScopeAny():
                return ALWAYS
            case pst.ActionEq(entity):
                return self._action.when.get(entity.id, NEVER)
            case pst.ActionIn(entities) if not self._hierarchy:
                return z3.Or([self._action.when.get(entity.id, NEVER) for entity in entities])
        return self._unknown(constraint).value

    def _truth(self, expr: pst.Expr) -> Truth:
        """A condition; a free truth when it cannot be translated."""
        try:
            term = self._term(expr)
        except (UntranslatableError, ValueError, z3.Z3Exception):
            return self._unknown(expr)
        return term if isinstance(term, Truth) else self._unknown(expr)

    def _unknown(self, expr: object) -> Truth:
        self.opaque = True
        name = hashlib.sha256(f"{self._sealed}{expr!r}".encode()).hexdigest()
        return Truth(z3.Bool(f"unknown:{name}"), z3.Bool(f"unknown error:{name}"))

    def _term(self, expr: pst.Expr) -> Term:
        match expr:
            case pst.BoolLit(value):
                return Truth(z3.BoolVal(value))
            case pst.LongLit(value):
                return Number(z3.IntVal(value))
            case pst.StringLit(value):
                return Text(literal(value))
            case pst.EntityLit(value):
                return self._entity(value)
            case pst.Var() | pst.GetAttr():
                return self._fact(expr)
            case pst.Set(elements):
                members = tuple(self._term(element) for element in elements)
                return Elements(members, z3.Or([member.error for member in members]))
            case pst.UnaryOp("not", arg):
                inner = self._truth(arg)
                return Truth(z3.Not(inner.value), inner.error)
            case pst.UnaryOp(op, arg):
                return self._unary(op, self._term(arg))
            case pst.BinaryOp("and" | "or", left, right):
                return self._short(expr.op, self._truth(left), self._truth(right))
            case pst.BinaryOp(op, left, right):
                return self._binary(op, self._term(left), self._term(right))
            case pst.IfThenElse(cond, then_expr, else_expr):
                return self._branches(self._truth(cond), self._term(then_expr), self._term(else_expr))
            case pst.Like(base, pattern):
                return self._like(self._term(base), pattern)
            case pst.Is(base, kind, in_expr):
                return self._is(base, kind, in_expr)
        raise UntranslatableError(type(expr).__name__)

    def _entity(self, uid: pst.EntityUid) -> Term:
        kind = str(uid.type)
        if kind == "Professional":
            return Named(kind, literal(uid.id))
        if kind in ("Document", "Dossier"):  # their names are the face's own business
            raise UntranslatableError(kind)
        return Word(kind, {uid.id: ALWAYS})

    def _fact(self, expr: pst.Expr) -> Term:
        path = path_of(expr)
        if path == "action":
            return self._action
        if path == "principal":
            return Named("Professional", self._space.texts["actor.id"])
        term = self._facts.term(path)
        if term is None:
            raise UntranslatableError(path)
        if path.startswith("resource."):  # a dossier has no facts of its own: asking for one is an error
            return type(term)(**{**_fields(term), "error": z3.Not(self._reads)})
        return term

    def _unary(self, op: str, inner: Term) -> Term:
        match op, inner:
            case "neg", Number(value, error):
                return self._bounded(-value, error)
            case "is_empty", Words(_, when, error):
                return Truth(z3.Not(z3.Or(list(when.values()))), error)
            case "is_empty", Elements(members, error):
                return Truth(z3.BoolVal(not members), error)
        raise UntranslatableError(op)

    def _binary(self, op: str, left: Term, right: Term) -> Term:
        error = z3.Or(left.error, right.error)
        if op in ("eq", "not_eq"):
            equal = same(left, right)
            return Truth(equal if op == "eq" else z3.Not(equal), error)
        if op in _COMPARED and isinstance(left, Number) and isinstance(right, Number):
            return Truth(_COMPARED[op](left.value, right.value), error)
        if op in _COUNTED and isinstance(left, Number) and isinstance(right, Number):
            if op == "mul" and not (z3.is_int_value(left.value) or z3.is_int_value(right.value)):
                raise UntranslatableError("a product of two facts")  # no solver decides these in general
            return self._bounded(_COUNTED[op](left.value, right.value), error)
        if op == "contains":
            return Truth(holds(left, right), error)
        if op in ("contains_all", "contains_any") and isinstance(right, Elements):
            every = [holds(left, member) for member in right.members]
            return Truth(z3.And(every) if op == "contains_all" else z3.Or(every), error)
        if op == "in" and not self._hierarchy:  # without a hierarchy, to be in is to be
            return Truth(holds(right, left) if isinstance(right, Elements) else same(left, right), error)
        raise UntranslatableError(op)

    @staticmethod
    def _bounded(value: Formula, error: Formula) -> Number:
        return Number(value, z3.Or(error, value < LEAST, value > MOST))

    @staticmethod
    def _short(op: str, left: Truth, right: Truth) -> Truth:
        if op == "and":
            return Truth(z3.And(left.value, right.value), z3.Or(left.error, z3.And(left.value, right.error)))
        return Truth(z3.Or(left.value, right.value), z3.Or(left.error, z3.And(z3.Not(left.value), right.error)))

    @staticmethod
    def _branches(cond: Truth, then: Term, otherwise: Term) -> Truth:
        if not (isinstance(then, Truth) and isinstance(otherwise, Truth)):
            raise UntranslatableError("if")
        error = z3.Or(cond.error, z3.If(cond.value, then.error, otherwise.error))
        return Truth(z3.If(cond.value, then.value, otherwise.value), error)

    @staticmethod
    def _like(base: Term, pattern: tuple[pst.PatternElem, ...]) -> Truth:
        if not isinstance(base, Text):
            raise UntranslatableError("like")
        anything = z3.Full(z3.ReSort(z3.StringSort()))
        parts = [anything if isinstance(part, pst.Wildcard) else z3.Re(literal(part.value)) for part in pattern]
        whole = z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re(literal(""))
        return Truth(z3.InRe(base.value, whole), base.error)

    def _is(self, base: pst.Expr, kind: pst.EntityType, in_expr: pst.Expr | None) -> Truth:
        name = str(kind)
        if in_expr is not None:
            inside = self._truth(pst.BinaryOp("in", base, in_expr))
            return self._short("and", self._is(base, kind, None), inside)
        if base == pst.Var("resource"):
            return Truth({"Document": self._reads, "Dossier": z3.Not(self._reads)}.get(name, NEVER))
        term = self._term(base)
        if isinstance(term, Word | Named):
            return Truth(z3.BoolVal(term.kind == name), term.error)
        raise UntranslatableError("is")


def _fields(term: Term) -> dict[str, object]:
    return {name: getattr(term, name) for name in term.__slots__}
