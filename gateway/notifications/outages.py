"""A channel that is down for everybody, told apart from a recipient it cannot reach.

Transient failures of different notices in a row, or of the carrier itself, take a channel down; one acceptance, or one
refusal of a recipient, brings it back. While it is down nothing is sent by it but a probe every so often, and no notice
loses an attempt.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.alerts import raise_alert
from gateway.storage.tables import alert, notice_channel
from gateway.world import World

ALERT_KIND = "notice-channel-down"
# A probe due later than this after its honest time was set by a clock that has since jumped back.
TOLERANCE_MS = 3_600_000

# Never reached, not let in, or refused as who we are: whoever the recipient was.
_OF_CARRIER = re.compile(
    r"-(connect|starttls|login|sender)$|^tls-|^sms-(unreachable|silent|401|403|429|5\d\d)$|^letter-E|^letter-setting-slow$"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a failure says of the channel: `down` now; `of_carrier`, whoever the recipient was."""

    down: bool
    of_carrier: bool


def down_channels(connection: Connection) -> frozenset[str]:
    """The channels that are down."""
    rows = connection.execute(select(notice_channel.c.channel).where(notice_channel.c.down_since.is_not(None)))
    return frozenset(rows.scalars())


def shut_channels(connection: Connection, *, now_ms: int, probe_ms: int) -> frozenset[str]:
    """Those of them not even a probe is due for."""
    rows = connection.execute(select(notice_channel).where(notice_channel.c.down_since.is_not(None)))
    return frozenset(row.channel for row in rows if now_ms < (row.probe_at or 0) <= now_ms + probe_ms + TOLERANCE_MS)


def take_probe(connection: Connection, channel: str, *, now_ms: int, probe_ms: int) -> bool:
    """Whether the caller sends the probe: one courier does, the others wait."""
    row = _row(connection, channel)
    if row is None or row.down_since is None:
        return True
    if now_ms < (row.probe_at or 0) <= now_ms + probe_ms + TOLERANCE_MS:
        return False
    done = connection.execute(
        update(notice_channel)
        .where(notice_channel.c.channel == channel, notice_channel.c.probe_at == row.probe_at)
        .values(probe_at=now_ms + probe_ms)
    )
    return done.rowcount == 1


def note_failure(
    connection: Connection, world: World, channel: str, *, notice_id: str, failure: str, most: int, probe_ms: int
) -> Trouble:
    """A transient failure. The `most`th in a row takes the channel down and raises an alert, once."""
    now = world.epoch_ms()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(notice_channel).values(channel=channel, failures=0).on_conflict_do_nothing())
    row = _row(connection, channel, lock=True)
    if row is None:
        raise LookupError(channel)
    of_carrier = _OF_CARRIER.search(failure) is not None
    failures = row.failures + int(of_carrier or row.last_notice != notice_id)
    opens = row.down_since is None and failures >= most
    down = opens or row.down_since is not None
    connection.execute(
        update(notice_channel)
        .where(notice_channel.c.channel == channel)
        .values(
            failures=failures,
            last_notice=notice_id,
            last_failure=failure,
            down_since=now if opens else row.down_since,
            probe_at=now + probe_ms if down else None,
        )
    )
    if opens:
        raise_alert(connection, world, ALERT_KIND, channel)
    return Trouble(down=down, of_carrier=of_carrier)


def note_answer(connection: Connection, channel: str, *, now_ms: int) -> None:
    """The carrier took a message, or refused one for good: it works."""
    row = _row(connection, channel)
    if row is None or (row.failures == 0 and row.down_since is None):
        return
    connection.execute(
        update(notice_channel)
        .where(notice_channel.c.channel == channel)
        .values(failures=0, last_notice="", down_since=None, probe_at=None)
    )
    if row.down_since is not None:
        connection.execute(
            update(alert)
            .where(alert.c.kind == ALERT_KIND, alert.c.detail == channel, alert.c.resolved_at.is_(None))
            .values(resolved_at=now_ms)
        )


def _row(connection: Connection, channel: str, *, lock: bool = False) -> Row[tuple[object, ...]] | None:
    query = select(notice_channel).where(notice_channel.c.channel == channel)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()
