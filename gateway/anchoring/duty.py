"""Who is at which anchor, how far it is, and when it is tried again: one worker at a time, whoever restarts."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from gateway.anchoring.fault import ALARMS, Fault, alert_detail
from gateway.storage.alerts import raise_alert, resolve_alerts
from gateway.storage.database import Database
from gateway.world import World

FIRST_RETRY_MS = 5_000
LONGEST_RETRY_MS = 300_000
ALARM = "anchor-alarm"
_KEY = "kind = :kind AND name = :name"
_LOOK = text("SELECT kind, name, claimed_until, head, day, failing_since, fault FROM anchor_duty ORDER BY kind, name")
_CREATE = text("INSERT INTO anchor_duty (kind, name) VALUES (:kind, :name) ON CONFLICT DO NOTHING")
_CLAIM = text(
    f"""UPDATE anchor_duty SET claim = :claim, claimed_until = :until
    WHERE {_KEY} AND (claimed_until IS NULL OR claimed_until <= :now)"""  # noqa: S608
)
_DONE = text(
    f"""UPDATE anchor_duty SET claim = NULL, claimed_until = :again, head = :head, day = :day, failing_since = NULL,
    fault = '' WHERE {_KEY} AND claim = :claim"""  # noqa: S608
)
_FAILED = text(
    f"""UPDATE anchor_duty SET claim = NULL, claimed_until = :again, failing_since = :since, fault = :fault
    WHERE {_KEY} AND claim = :claim"""  # noqa: S608
)
_FAILING = text("SELECT 1 FROM anchor_duty WHERE kind = :kind AND failing_since IS NOT NULL LIMIT 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """How far one anchor is. `head` is the place of the last head it has (`gateway.storage.shards`), `day` the last
    Paris day it was done for; `waits_until` (ms) while somebody is at it or it is too early to try again."""

    kind: str
    name: str
    head: int = 0
    day: str = ""
    waits_until: int = 0
    failing_since: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one duty until it is done or failed, or too much time has gone by."""

    id: str
    duty: Duty


class Duties:
    """The table `anchor_duty`."""

    def __init__(self, database: Database, world: World) -> None:
        self._database = database
        self._world = world

    def look(self) -> dict[tuple[str, str], Duty]:
        """All of them, by kind and name. Raises `Unavailable`."""
        with self._database.lookup() as connection:
            return _duties(connection)

    def claim(self, kind: str, name: str, lasting_ms: int, *, before: str = "") -> Claim | None:
        """Take the duty for at most `lasting_ms`; None while another worker has it, it is too early, or (`before` a
        day) it was done for that day. Raises `RecordUnavailable`."""
        claim, now = self._world.new_id(), self._world.epoch_ms()

        def unit(connection: Connection) -> Claim | None:
            values = {"kind": kind, "name": name}
            connection.execute(_CREATE, values)
            taken = connection.execute(_CLAIM, {**values, "claim": claim, "until": now + lasting_ms, "now": now})
            duty = _duties(connection)[kind, name]
            if taken.rowcount != 1:
                return None
            if before and duty.day >= before:
                self.done(connection, Claim(claim, duty), head=duty.head, day=duty.day)
                return None
            return Claim(claim, duty)

        return self._database.transact(lambda tx: unit(tx.connection))

    def done(self, connection: Connection, claim: Claim, *, head: int, day: str = "", again: int | None = None) -> bool:
        """Settle it, in the caller's transaction; `again` (ms) is when it may be claimed next. False when the claim
        was lost to another worker meanwhile."""
        now, duty = self._world.epoch_ms(), claim.duty
        values = {"kind": duty.kind, "name": duty.name, "claim": claim.id, "head": head, "day": day, "again": again}
        mine = connection.execute(_DONE, values).rowcount == 1
        if duty.failing_since is not None and connection.execute(_FAILING, {"kind": duty.kind}).first() is None:
            resolve_alerts(connection, alert_kind(duty.kind), now)
        return mine

    def failed(self, claim: Claim, fault: Fault) -> None:
        """Try again later (after 5 s to 5 min), and raise an alert, once for each kind of fault."""
        duty, now = claim.duty, self._world.epoch_ms()
        since = now if duty.failing_since is None else duty.failing_since
        wait = min(max(now - since, FIRST_RETRY_MS), LONGEST_RETRY_MS)
        values = {"kind": duty.kind, "name": duty.name, "claim": claim.id, "since": since, "fault": fault.value}

        def unit(connection: Connection) -> None:
            mine = connection.execute(_FAILED, {**values, "again": now + wait}).rowcount == 1
            if mine and duty.fault != fault:
                self.alert(connection, duty, fault)

        self._database.transact(lambda tx: unit(tx.connection))

    def alert(self, connection: Connection, duty: Duty, fault: Fault) -> None:
        """Tell hospital IT what happened and what to do."""
        kind = ALARM if fault in ALARMS else alert_kind(duty.kind)
        raise_alert(connection, self._world, kind, alert_detail(duty.name, fault))


def alert_kind(kind: str) -> str:
    """The kind of alert of an anchor that is out of reach; it resolves by itself when none of the kind fails."""
    return f"anchor-{kind}"


def _duties(connection: Connection) -> dict[tuple[str, str], Duty]:
    return {
        (row.kind, row.name): Duty(
            kind=row.kind,
            name=row.name,
            head=row.head,
            day=row.day,
            waits_until=row.claimed_until or 0,
            failing_since=row.failing_since,
            fault=row.fault,
        )
        for row in connection.execute(_LOOK)
    }
