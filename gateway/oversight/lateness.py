"""The alarm of the sequencer: an entry that waits too long for its signed head means that none is at work.

Any process may look. Those that serve do by themselves and when they are probed: the dead sequencer cannot tell."""

from sqlalchemy import func, select

from gateway.storage.alerts import raise_alert, resolve_alerts
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import alert
from gateway.storage.transaction import Transaction
from gateway.world import World

KIND = "checkpoint-late"
_OPEN = select(alert.c.id).where(alert.c.kind == KIND, alert.c.resolved_at.is_(None)).limit(1)
# Of several processes that look at one moment one raises it.
_TRY_LOCK = select(func.pg_try_advisory_xact_lock(0x6C6174656E657373))


class Lateness:
    """Looks, raises one alert for each time the sequencer falls behind, and resolves it when it has caught up."""

    def __init__(self, *, database: Database, world: World, late_after_ms: int) -> None:
        self._database = database
        self._world = world
        self._late_after_ms = late_after_ms

    def look(self) -> int | None:
        """How long the oldest entry has waited, ms, when that is too long; else None. Raises `Unavailable`."""
        with self._database.reading() as connection:
            since = SqlLogStore(connection).pending_since()
            alerted = connection.execute(_OPEN).first() is not None
        waited = 0 if since is None else self._world.epoch_ms() - since
        late = waited > self._late_after_ms
        if late and not alerted:
            self._database.transact(self._raise)
        elif alerted and not late:
            self._database.transact(lambda tx: resolve_alerts(tx.connection, KIND, self._world.epoch_ms()))
        return waited if late else None

    def _raise(self, transaction: Transaction) -> None:
        connection = transaction.connection
        if self._database.dialect == "postgresql" and not connection.execute(_TRY_LOCK).scalar():
            return
        if connection.execute(_OPEN).first() is None:
            detail = f"entries have waited for a signed head for more than {self._late_after_ms} ms: is a worker alive?"
            raise_alert(connection, self._world, KIND, detail)
