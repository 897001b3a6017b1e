"""Alerts to hospital IT: a row each, shown on their page and counted in the metrics. Never personal data."""

from sqlalchemy import Connection, insert, select

from gateway.storage.tables import alert
from gateway.world import World

LONGEST_DETAIL = 500


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
