"""A rule's condition taken apart: its conjuncts, the facts they read, and each as Cedar text again."""

from collections.abc import Iterator

from cedarpy import pst

_INFIX = {
    "eq": "==",
    "not_eq": "!=",
    "less": "<",
    "less_eq": "<=",
    "greater": ">",
    "greater_eq": ">=",
    "and": "&&",
    "or": "||",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "in": "in",
}
_METHODS = {"contains": "contains", "contains_all": "containsAll", "contains_any": "containsAny"}


def conjuncts(rule: pst.Template) -> list[pst.Expr]:
    """The conditions that must all hold, in written order; an `unless` counts as its negation."""
    found: list[pst.Expr] = []
    for clause in rule.clauses:
        if isinstance(clause, pst.When):
            found += _split(clause.expr, "and")
        else:
            found += [_negated(part) for part in _split(clause.expr, "or")]
    return found


def alternatives(expr: pst.Expr) -> list[pst.Expr]:
    """The branches of an `a || b || c`, or the expression alone."""
    return _split(expr, "or")


def path_of(expr: pst.Expr) -> str:
    """The fact an expression reads, e.g. `context.patient.deceased`; "" when it is not a plain fact."""
    if isinstance(expr, pst.Var):
        return expr.name
    if isinstance(expr, pst.GetAttr):
        base = path_of(expr.base)
        return f"{base}.{expr.attr}" if base else ""
    return ""


def facts_in(expr: pst.Expr) -> set[str]:
    """Every fact an expression reads, the longest path of each."""
    path = path_of(expr)
    if "." in path:
        return {path}
    return set().union(*(facts_in(part) for part in _parts(expr)))


def walk(expr: pst.Expr) -> Iterator[pst.Expr]:
    """The expression and everything under it."""
    yield expr
    for part in _parts(expr):
        yield from walk(part)


def render(expr: pst.Expr) -> str:
    """The expression as Cedar text, for people; an expression this reader does not know is shown as `(…)`."""
    match expr:
        case pst.BoolLit(value):
            return "true" if value else "false"
        case pst.LongLit(value):
            return str(value)
        case pst.StringLit(value):
            return f'"{value}"'
        case pst.EntityLit(value):
            return str(value)
        case pst.Set(elements):
            return "[" + ", ".join(render(element) for element in elements) + "]"
        case pst.UnaryOp("not", arg):
            return f"!{_wrapped(arg)}"
        case pst.UnaryOp("is_empty", arg):
            return f"{render(arg)}.isEmpty()"
        case pst.BinaryOp(op, left, right) if op in _INFIX:
            return f"{_wrapped(left)} {_INFIX[op]} {_wrapped(right)}"
        case pst.BinaryOp(op, left, right) if op in _METHODS:
            return f"{_wrapped(left)}.{_METHODS[op]}({render(right)})"
    return path_of(expr) or "(…)"


def _wrapped(expr: pst.Expr) -> str:
    text = render(expr)
    return f"({text})" if isinstance(expr, pst.BinaryOp) and expr.op in _INFIX else text


def _split(expr: pst.Expr, op: str) -> list[pst.Expr]:
    if isinstance(expr, pst.BinaryOp) and expr.op == op:
        return _split(expr.left, op) + _split(expr.right, op)
    return [expr]


def _negated(expr: pst.Expr) -> pst.Expr:
    if isinstance(expr, pst.UnaryOp) and expr.op == "not":
        return expr.arg
    return pst.UnaryOp("not", expr)


def _parts(expr: pst.Expr) -> tuple[pst.Expr, ...]:
    match expr:
        case pst.UnaryOp(_, arg):
            return (arg,)
        case pst.BinaryOp(_, left, right):
            return (left, right)
        case pst.GetAttr(base, _) | pst.HasAttr(base, _) | pst.Like(base, _):
            return (base,)
        case pst.Is(base, _, in_expr):
            return (base,) if in_expr is None else (base, in_expr)
        case pst.IfThenElse(cond, then_expr, else_expr):
            return (cond, then_expr, else_expr)
        case pst.Set(elements):
            return elements
        case pst.Record(fields):
            return tuple(fields.values())
    return ()
