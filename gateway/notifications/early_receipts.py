"""Receipts in any order: one that overtakes the answer to its own message is kept until the message is known.

A provider may report a delivery before its answer reached us, or after an answer that was lost on the way: the message
it names is then unknown for a while. A receipt for a message that is not ours at all (the hospital's account may have
other users) is forgotten after some days.
"""

from collections.abc import Callable

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import Unavailable
from gateway.notifications.delivery import Deliveries, ReceiptOutcome
from gateway.storage.database import Database
from gateway.storage.tables import early_receipt, notice_attempt
from gateway.storage.transaction import Transaction
from gateway.world import World

KEPT_MS = 4 * 86_400_000  # longer than a message is tried by a provider
MOST_KEPT = 20_000
_AT_ONCE = 200

_NAMED = exists().where(
    notice_attempt.c.channel == early_receipt.c.channel,
    or_(
        notice_attempt.c.provider_reference == early_receipt.c.provider_reference,
        notice_attempt.c.idempotency_key == early_receipt.c.provider_reference,
    ),
)
_OF_CHANNEL = early_receipt.c.channel == bindparam("of_channel")
_RIPE = (
    select(early_receipt.c.provider_reference)
    .where(_OF_CHANNEL, _NAMED)
    .order_by(early_receipt.c.received_at)
    .limit(_AT_ONCE)
)
_KEPT = (
    select(early_receipt)
    .where(_OF_CHANNEL, early_receipt.c.provider_reference == bindparam("reference"))
    .with_for_update()
)
_TAKE_OUT = delete(early_receipt).where(_OF_CHANNEL, early_receipt.c.provider_reference == bindparam("reference"))
_OLD = select(exists().where(early_receipt.c.received_at < bindparam("oldest")))
_FORGET = delete(early_receipt).where(early_receipt.c.received_at < bindparam("oldest"))
_COUNT = select(func.count()).select_from(early_receipt)


class EarlyReceipts:
    """One channel's receipts. Thread-safe; any number of processes may use it."""

    def __init__(self, *, channel: str, database: Database, world: World, deliveries: Deliveries) -> None:
        self._channel = channel
        self._database = database
        self._world = world
        self._deliveries = deliveries

    def record(self, reference: str, *, failed: bool) -> ReceiptOutcome:
        """Record what the receipt says, or keep it (`unknown`) until its message is known. Raises `Unavailable` when
        too many are kept, `RecordUnavailable`."""
        now = self._world.epoch_ms()

        def unit(tx: Transaction) -> ReceiptOutcome:
            outcome = self._tell(tx, reference, failed=failed, at_ms=now)
            if outcome is ReceiptOutcome.UNKNOWN:
                self._keep(tx.connection, reference, failed=failed, at_ms=now)
            return outcome

        return self._database.transact(unit)

    def match(self) -> int:
        """Record the receipts kept whose message is known by now, and forget the oldest; how many were recorded."""
        with self._database.reading() as connection:
            ripe = connection.execute(_RIPE, {"of_channel": self._channel}).scalars().all()
            old = connection.execute(_OLD, {"oldest": self._world.epoch_ms() - KEPT_MS}).scalar_one()
        recorded = sum(self._database.transact(self._recalling(reference)) for reference in ripe)
        if old:
            oldest = self._world.epoch_ms() - KEPT_MS
            self._database.transact(lambda tx: tx.connection.execute(_FORGET, {"oldest": oldest}).rowcount)
        return recorded

    def _recalling(self, reference: str) -> Callable[[Transaction], bool]:
        def unit(tx: Transaction) -> bool:
            named = {"of_channel": self._channel, "reference": reference}
            kept = tx.connection.execute(_KEPT, named).one_or_none()
            if kept is None:
                return False  # another worker has just recorded it
            tx.connection.execute(_TAKE_OUT, named)
            self._tell(tx, reference, failed=kept.failed, at_ms=kept.received_at)
            return True

        return unit

    def _tell(self, tx: Transaction, reference: str, *, failed: bool, at_ms: int) -> ReceiptOutcome:
        return self._deliveries.record_receipt(
            tx,
            channel=self._channel,
            provider_reference=reference,
            state="failed" if failed else "delivered",
            at_ms=at_ms,
        )

    def _keep(self, connection: Connection, reference: str, *, failed: bool, at_ms: int) -> None:
        if connection.execute(_COUNT).scalar_one() >= MOST_KEPT:
            raise Unavailable("too many receipts wait for messages nobody sent")
        inserting = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        row = {
            "channel": self._channel,
            "provider_reference": reference,
            "failed": failed,
            "received_at": at_ms,
        }
        kept = inserting(early_receipt).values(row)
        # A delivery told before a failure stands, as it does for a message that is known.
        both = and_(early_receipt.c.failed, kept.excluded.failed)
        connection.execute(
            kept.on_conflict_do_update(
                index_elements=[early_receipt.c.channel, early_receipt.c.provider_reference], set_={"failed": both}
            )
        )
