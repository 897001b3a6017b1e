"""Alerts to hospital IT: a row each, shown on their page and counted in the metrics. Never personal data."""

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.storage.tables import alert
from gateway.world import World

LONGEST_DETAIL = 500
_RESOLVE = (
    update(alert)
    .where(alert.c.kind == bindparam("of_kind"), alert.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now"))
)


def raise_alert(connection: Connection, world: World, kind: str, detail: str) -> None:
    """Leave an alert, in the transaction of what caused it."""
    connection.execute(
        insert(alert),
        {"id": world.new_id(), "kind": kind, "detail": detail[:LONGEST_DETAIL], "raised_at": world.epoch_ms()},
    )


def raise_alert_once(connection: Connection, world: World, kind: str, detail: str) -> None:
    """The same, unless one in these very words is open: who asks again and again hides no other alert."""
    same = select(alert.c.id).where(alert.c.kind == kind, alert.c.detail == detail, alert.c.resolved_at.is_(None))
    if connection.execute(same.limit(1)).first() is None:
        raise_alert(connection, world, kind, detail)


def resolve_alerts(connection: Connection, kind: str, now: int) -> None:
    """What the open alerts of this kind were about is over since `now` (ms)."""
    connection.execute(_RESOLVE, {"of_kind": kind, "now": now})
