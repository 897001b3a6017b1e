"""The anchors that were obtained: which head, from whom, when, and the proof itself. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, text

from audit.bundle import Timestamp
from gateway.storage.shards import placed
from gateway.storage.tables import audit_anchor
from gateway.world import World

WITNESS, TIMESTAMP, MAIL = "witness", "timestamp", "mail"
_NEWEST = text(
    """SELECT a.kind, a.name, a.head, a.time FROM audit_anchor a JOIN
    (SELECT kind, name, max(time) AS newest FROM audit_anchor GROUP BY kind, name) n
    ON a.kind = n.kind AND a.name = n.name AND a.time = n.newest ORDER BY a.head"""
)
_TOKENS = text("SELECT head, data FROM audit_anchor WHERE kind = 'timestamp' ORDER BY head, time")


@dataclass(frozen=True, slots=True)
class KeptAnchor:
    """The newest anchor of one kind and name: the head's shard and size, and when (ms) it was obtained."""

    kind: str
    name: str
    shard: int
    size: int
    time: int


def keep(connection: Connection, world: World, kind: str, name: str, head: int, data: bytes) -> None:
    """Add one, of the head at place `head`."""
    row = {"id": world.new_id(), "kind": kind, "name": name, "head": head, "time": world.epoch_ms(), "data": data}
    connection.execute(insert(audit_anchor), row)


def newest(connection: Connection) -> dict[tuple[str, str], KeptAnchor]:
    """The newest of each, by kind and name."""
    return {
        (row.kind, row.name): KeptAnchor(row.kind, row.name, *placed(row.head), row.time)
        for row in connection.execute(_NEWEST)
    }


def kept_timestamps(connection: Connection) -> Sequence[Timestamp]:
    """Every time-stamp, for an export."""
    return [Timestamp(*placed(row.head), bytes(row.data)) for row in connection.execute(_TOKENS)]
