"""Activations as rows: what is in force, what waits, and the moment something takes its turn. Nothing here commits."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from gateway.errors import NotFound
from gateway.rulebook.activations import Activation
from gateway.rulebook.people import Who
from gateway.storage.tables import policy_activation, policy_version

_ALL = select(policy_activation, policy_version.c.digest).join(
    policy_version, policy_version.c.number == policy_activation.c.number
)
_HIGHEST = select(func.max(policy_activation.c.turn)).scalar_subquery()
_LOOK = select(policy_activation.c.number, policy_activation.c.turn, policy_activation.c.effective_at).where(
    (policy_activation.c.turn == _HIGHEST)
    | (policy_activation.c.turn.is_(None) & policy_activation.c.cancelled_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Look:
    """The cheap look a process takes once a second: the version in force, and whether another one is due."""

    number: int  # 0: nothing was ever put in force
    turn: int
    due: bool


def look(connection: Connection, now: int) -> Look:
    """What is in force, by the database."""
    number = turn = 0
    due = False
    for row in connection.execute(_LOOK):
        if row.turn is None:
            due = due or row.effective_at <= now
        else:
            number, turn = row.number, row.turn
    return Look(number, turn, due)


def add_activation(
    connection: Connection,
    activation_id: str,
    number: int,
    kind: str,
    by: Who,
    now: int,
    *,
    effective_at: int | None = None,
) -> None:
    """Put a version in force now, or (`effective_at`) leave it waiting for its time."""
    waits = effective_at is not None
    connection.execute(
        insert(policy_activation),
        {
            "id": activation_id,
            "number": number,
            "kind": kind,
            "decided_key": by.key,
            "decided_name": by.name[:200],
            "decided_at": now,
            "effective_at": effective_at if effective_at is not None else now,
            "turn": None if waits else _next_turn(connection),
            "taken_at": None if waits else now,
        },
    )


def take_due(connection: Connection, now: int) -> tuple[Activation, ...]:
    """Give what is due its turn, in the order of its time; what took force."""
    due = _ALL.where(
        policy_activation.c.turn.is_(None),
        policy_activation.c.cancelled_at.is_(None),
        policy_activation.c.effective_at <= now,
    ).order_by(policy_activation.c.effective_at, policy_activation.c.decided_at, policy_activation.c.id)
    taken = []
    for row in connection.execute(due).all():
        values = {"turn": _next_turn(connection), "taken_at": now}
        connection.execute(update(policy_activation).where(policy_activation.c.id == row.id).values(values))
        taken.append(find_activation(connection, row.id))
    return tuple(taken)


def cancel_activation(connection: Connection, activation_id: str, by: Who, now: int) -> None:
    """Call a waiting one off."""
    values = {"cancelled_at": now, "cancelled_key": by.key, "cancelled_name": by.name[:200]}
    connection.execute(update(policy_activation).where(policy_activation.c.id == activation_id).values(values))


def find_activation(connection: Connection, activation_id: str) -> Activation:
    """One of them. Raises `NotFound`."""
    row = connection.execute(_ALL.where(policy_activation.c.id == activation_id)).one_or_none()
    if row is None:
        raise NotFound("no such activation")
    return _activation(row)


def activations(connection: Connection) -> tuple[Activation, ...]:
    """All of them, newest decision first."""
    found = _ALL.order_by(
        policy_activation.c.decided_at.desc(), policy_activation.c.turn.desc().nulls_first(), policy_activation.c.id
    )
    return tuple(_activation(row) for row in connection.execute(found))


def former_numbers(connection: Connection, before_turn: int) -> tuple[int, ...]:
    """The versions that were in force before this turn, the latest first, each once."""
    found = (
        select(policy_activation.c.number)
        .where(policy_activation.c.turn < before_turn)
        .order_by(policy_activation.c.turn.desc())
    )
    return tuple(dict.fromkeys(connection.execute(found).scalars()))


def previous_number(connection: Connection) -> int:
    """The version a roll-back goes to when none is named; 0 when there is none.

    Rolling back twice goes back twice: what was rolled away from is not come back to by accident.
    """
    column = policy_activation.c
    taken = select(column.number, column.kind).where(column.turn.is_not(None)).order_by(column.turn)
    stack: list[int] = []
    for row in connection.execute(taken):
        if row.kind == "rollback" and row.number in stack:
            del stack[stack.index(row.number) + 1 :]
        elif not stack or stack[-1] != row.number:
            stack.append(row.number)
    return stack[-2] if len(stack) > 1 else 0


def _next_turn(connection: Connection) -> int:
    highest: int | None = connection.execute(select(func.max(policy_activation.c.turn))).scalar()
    return (highest or 0) + 1


def _activation(row: Row[*tuple[Any, ...]]) -> Activation:
    return Activation(
        id=row.id,
        number=row.number,
        digest=row.digest,
        kind=row.kind,
        decided_by=Who(row.decided_key, row.decided_name),
        decided_at=row.decided_at,
        effective_at=row.effective_at,
        turn=row.turn or 0,
        taken_at=row.taken_at,
        cancelled_at=row.cancelled_at,
        cancelled_by=Who(row.cancelled_key, row.cancelled_name) if row.cancelled_at is not None else None,
    )
