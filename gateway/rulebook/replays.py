"""A replay: every question the log holds of a period, asked of two sets of rules. It gates nothing; it shows."""

from dataclasses import dataclass

from gateway.rulebook.people import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayGroup:
    """Differences alike in rule, profession, unit and mode. `change`: `allowed` (newly), `refused` (newly) or
    `obligations`. `entry_ids` are those of the log, the first 100 of `count`."""

    change: str
    rule: str
    profession: str
    unit: str
    mode: str
    count: int
    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay, under way or done. Instants are UTC epoch ms.

    `before` and `after` are what was asked: `version:<number>` or `draft:<id>`. `state`: `waiting`, `running`, `done`,
    `failed` (`trouble` says why in a sentence). `done` of `total` questions were asked. `erased` questions can no
    longer be read, their personal values were erased; `unreadable` ones lack a fact that today's rules need, or were
    altered: both are counted, never guessed. `agreed_then`: how many `before` answered as they were answered then.
    """

    id: str
    before: str
    after: str
    since: int
    until: int
    asked_by: Who
    asked_at: int
    state: str
    done: int
    total: int
    erased: int
    unreadable: int
    differing: int
    agreed_then: int
    trouble: str
    groups: tuple[ReplayGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDifference:
    """One recorded question answered differently, opened. Facts only: no name, no identifier of the patient."""

    entry_id: str
    time: int
    facts: tuple[tuple[str, str], ...]
    before_allowed: bool
    after_allowed: bool
    before_rules: tuple[str, ...]
    after_rules: tuple[str, ...]
    before_obligations: tuple[str, ...]
    after_obligations: tuple[str, ...]
