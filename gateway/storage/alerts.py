"""Alerts to hospital IT: a row each, shown on their page and counted in the metrics. Never personal data."""

from sqlalchemy import Connection, insert

from gateway.storage.tables import alert
from gateway.world import World

LONGEST_DETAIL = 500


def raise_alert(connection: Connection, world: World, kind: str, detail: str) -> None:
    """Leave an alert, in the transaction of what caused it."""
    connection.execute(
        insert(alert),
        {"id": world.new_id(), "kind": kind, "detail": detail[:LONGEST_DETAIL], "raised_at": world.epoch_ms()},
    )
