"""Activations: which version takes force when. Once taken, the order is a count, not a clock."""

from dataclasses import dataclass

from gateway.rulebook.people import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A version put in force, or to be. Instants are UTC epoch ms.

    `kind`: `first` (from the folder, at the first start), `activate`, `rollback`, `release` (completed by an upgrade).
    `effective_at` is when it takes force. `turn` is its place among those that did (1, 2, 3...; the highest is in
    force), 0 while it waits: a clock that jumps back undoes nothing. `cancelled_at` is None unless it was called off.
    """

    id: str
    number: int
    digest: str
    kind: str
    decided_by: Who
    decided_at: int
    effective_at: int
    turn: int
    taken_at: int | None
    cancelled_at: int | None
    cancelled_by: Who | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """A serving process and the version it decides by. Instants are UTC epoch ms.

    `current`: it decides by the version in force. When false, `trouble` says why in a sentence ("" while it is only
    catching up). `alive`: seen within the last 30 seconds. `digest` is the one its decisions carry.
    """

    id: str
    host: str
    pid: int
    number: int
    digest: str
    current: bool
    alive: bool
    trouble: str
    started_at: int
    seen_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What decides in this process, and what should.

    `number` and `digest` decide here since `since` (UTC epoch ms). `wanted` is the number of the version in force by
    the database: another one means that this process could not load it, or is about to. `folder_differs`: the folder
    of the configuration (`policies.folder`) holds other rules than the version in force; the database is the truth.
    """

    number: int
    digest: str
    title: str
    since: int
    wanted: int
    folder: str
    folder_differs: bool
    scheduled: tuple[Activation, ...]
