"""Replays as rows: how far they are and what they found. No question and no person of the past is kept here."""

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from gateway.errors import NotFound
from gateway.rulebook.people import Who
from gateway.rulebook.replays import Replay, ReplayGroup
from gateway.storage.tables import policy_replay

DEAD_AFTER_MS = 60_000
MOST_SHOWN = 50
COUNTS = ("erased", "unreadable", "differing", "agreed_then")


def add_replay(connection: Connection, replay: Replay) -> None:
    """A replay that waits for its turn."""
    values = {
        "id": replay.id,
        "before_ref": replay.before,
        "after_ref": replay.after,
        "since": replay.since,
        "until": replay.until,
        "asked_key": replay.asked_by.key,
        "asked_name": replay.asked_by.name[:200],
        "asked_at": replay.asked_at,
        "state": replay.state,
        "total": replay.total,
        "beat_at": replay.asked_at,
    }
    connection.execute(insert(policy_replay), values)


def beat(connection: Connection, replay_id: str, done: int, now: int) -> None:
    """It is at work, and so far."""
    change = update(policy_replay).where(policy_replay.c.id == replay_id)
    connection.execute(change.values(state="running", done=done, beat_at=now))


def end_replay(connection: Connection, replay: Replay, now: int) -> None:
    """It is done, or failed."""
    groups = [
        [one.change, one.rule, one.profession, one.unit, one.mode, one.count, list(one.entry_ids)]
        for one in replay.groups
    ]
    result = {name: getattr(replay, name) for name in COUNTS} | {"groups": groups}
    values = {
        "state": replay.state,
        "done": replay.done,
        "trouble": replay.trouble[:500],
        "result": json.dumps(result, ensure_ascii=False),
        "beat_at": now,
    }
    connection.execute(update(policy_replay).where(policy_replay.c.id == replay.id).values(**values))


def find_replay(connection: Connection, replay_id: str, now: int) -> Replay:
    """One of them. Raises `NotFound`."""
    row = connection.execute(select(policy_replay).where(policy_replay.c.id == replay_id)).one_or_none()
    if row is None:
        raise NotFound("no such replay")
    return _replay(row, now)


def latest_replays(connection: Connection, now: int) -> tuple[Replay, ...]:
    """The latest, newest first."""
    found = select(policy_replay).order_by(policy_replay.c.asked_at.desc(), policy_replay.c.id).limit(MOST_SHOWN)
    return tuple(_replay(row, now) for row in connection.execute(found))


def _replay(row: Row[*tuple[Any, ...]], now: int) -> Replay:
    result: dict[str, Any] = {"groups": [], **dict.fromkeys(COUNTS, 0)}
    if row.result:
        result |= json.loads(row.result)
    state, trouble = row.state, row.trouble
    if state in ("waiting", "running") and now - row.beat_at > DEAD_AFTER_MS:
        state, trouble = "failed", "interrompu : relancez-le / it was interrupted: start it again"
    return Replay(
        id=row.id,
        before=row.before_ref,
        after=row.after_ref,
        since=row.since,
        until=row.until,
        asked_by=Who(row.asked_key, row.asked_name),
        asked_at=row.asked_at,
        state=state,
        done=row.done,
        total=row.total,
        trouble=trouble,
        groups=tuple(_group(one) for one in result["groups"]),
        **{name: result[name] for name in COUNTS},
    )


def _group(values: list[Any]) -> ReplayGroup:
    change, rule, profession, unit, mode, count, entry_ids = values
    return ReplayGroup(
        change=change,
        rule=rule,
        profession=profession,
        unit=unit,
        mode=mode,
        count=count,
        entry_ids=tuple(entry_ids),
    )
