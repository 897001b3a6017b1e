"""Has a time-stamp authority (RFC 3161) stamp one head a day, verifies its answer at once, and keeps it.

Verified means: granted, over this head, in answer to this very request (nonce), signed by an authority below the roots
of the settings whose certificates were valid then, at a time near ours. Anything else is not kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from audit import Checkpoint
from audit.errors import TimestampError
from audit.timestamp import REQUEST_TYPE, RESPONSE_TYPE, query_timestamp, verify_timestamp
from gateway.anchoring.duty import Claim, Duties
from gateway.anchoring.fault import AnchorFault, Fault
from gateway.anchoring.kept import TIMESTAMP, keep
from gateway.paris import paris
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place
from gateway.storage.transaction import Transaction
from gateway.world import World

CLOCK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StampedHead:
    """The head that was stamped, and the authority's time (UTC)."""

    head: Checkpoint
    time: datetime


class Stamping:
    """`client` bounds each call in time and size; `roots` are PEM."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        duties: Duties,
        client: httpx.Client,
        url: str,
        roots: Sequence[bytes],
        hour: int,
        claim_ms: int,
    ) -> None:
        self._database = database
        self._world = world
        self._duties = duties
        self._client = client
        self._url = url
        self._roots = tuple(roots)
        self._hour = hour
        self._claim_ms = claim_ms
        self.name = urlsplit(url).hostname or ""

    def run_due(self, keep_going: Callable[[], bool] = lambda: True) -> StampedHead | None:
        """Once a Paris day, from the hour set for it: stamp the newest head; None when it is not due or failed (then
        there is an alert, and it is tried again). Raises `Unavailable`."""
        now = self._world.epoch_ms()
        moment = paris(now)
        day = moment.date().isoformat()
        duty = self._duties.look().get((TIMESTAMP, self.name))
        done = duty is not None and (duty.day >= day or duty.waits_until > now)
        if moment.hour < self._hour or done or self._head() is None or not keep_going():
            return None
        claim = self._duties.claim(TIMESTAMP, self.name, self._claim_ms, before=day)
        if claim is None:
            return None
        try:
            return self._stamp(claim, day)
        except AnchorFault as fault:
            self._duties.failed(claim, fault.fault)
            return None

    def stamp_now(self) -> StampedHead | None:
        """Stamp the newest head on demand; None when nothing is signed yet. Raises AnchorFault, `Unavailable`."""
        return self._stamp(None, "")

    def _stamp(self, claim: Claim | None, day: str) -> StampedHead | None:
        head = self._head()
        if head is None:
            return None
        token, time = self._ask(head)
        number = place(head.shard, head.size)

        def unit(tx: Transaction) -> None:
            keep(tx.connection, self._world, TIMESTAMP, self.name, number, token)
            if claim is not None:
                self._duties.done(tx.connection, claim, head=number, day=day)

        self._database.transact(unit)
        return StampedHead(head, time)

    def _ask(self, head: Checkpoint) -> tuple[bytes, datetime]:
        query = query_timestamp(head.note)
        headers = {"Content-Type": REQUEST_TYPE, "Accept": RESPONSE_TYPE}
        try:
            answer = self._client.post(self._url, content=query.der, headers=headers)
        except httpx.HTTPError as error:
            raise AnchorFault(Fault.SILENT) from error
        if answer.status_code != 200:
            raise AnchorFault(Fault.SILENT if answer.status_code >= 500 else Fault.REFUSED)
        try:
            stamped = verify_timestamp(answer.content, head.note, self._roots, query.nonce)
        except TimestampError as error:
            raise AnchorFault(Fault.NOT_GRANTED) from error
        if abs(stamped.time - self._world.now()) > CLOCK:
            raise AnchorFault(Fault.CLOCK)
        return answer.content, stamped.time

    def _head(self) -> Checkpoint | None:
        with self._database.lookup() as connection:
            return SqlLogStore(connection).head()
