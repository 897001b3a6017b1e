"""The notices of one stay told by one message: those that wait ride with the one that goes.

The message is the leader's, with its code; each rider keeps its own state, attempts and proof. A rider is nobody's to
claim while it rides: it goes with its leader, or waits its own turn again when the leader does not go.
"""

from sqlalchemy import ColumnElement, Connection, func, select, update

from gateway.notifications import outbox
from gateway.notifications.notice import WAITING, Notice
from gateway.notifications.route import Send
from gateway.notifications.ways import Ways
from gateway.storage.tables import access_grant, notice

_WAITING = tuple(sorted(state.value for state in WAITING))
# More than that is not one message's worth: the rest goes with the next one.
MOST_RIDERS = 50


def last_told(connection: Connection, of: Notice, channel: str) -> int | None:
    """When this channel last took a message for the same recipient about the same stay (UTC epoch ms); None if never,
    or if the access belongs to no stay."""
    stay = _stay(connection, of)
    if not stay:
        return None
    return connection.execute(
        select(func.max(notice.c.settled_at))
        .join_from(notice, access_grant, access_grant.c.id == notice.c.grant_id)
        .where(*_same(of, stay), notice.c.channel == channel, notice.c.state.in_(("sent", "delivered")))
    ).scalar()


def gather_riders(connection: Connection, ways: Ways, leader: Notice, way: Send) -> int:
    """Let the waiting notices of the stay that would go the very same way ride with `leader`; how many do."""
    stay = _stay(connection, leader)
    if not stay:
        return 0
    ids = connection.execute(
        select(notice.c.id)
        .join_from(notice, access_grant, access_grant.c.id == notice.c.grant_id)
        .where(*_same(leader, stay), notice.c.state.in_(_WAITING), notice.c.rides_with.is_(None))
        .order_by(notice.c.created_at)
        .limit(MOST_RIDERS)
    ).scalars()
    riding = 0
    for notice_id in ids.all():
        rider = outbox.find(connection, notice_id)
        if rider is None or outbox.told_with(connection, notice_id):
            continue
        onward = ways.next(connection, rider).route
        if isinstance(onward, Send) and (onward.channel.name, onward.address) == (way.channel.name, way.address):
            riding += connection.execute(
                update(notice)
                .where(notice.c.id == notice_id, notice.c.state.in_(_WAITING), notice.c.rides_with.is_(None))
                .values(rides_with=leader.id)
            ).rowcount
    return riding


def _stay(connection: Connection, of: Notice) -> str:
    return str(connection.execute(select(access_grant.c.episode_id).where(access_grant.c.id == of.grant_id)).scalar())


def _same(of: Notice, stay: str) -> tuple[ColumnElement[bool], ...]:
    return (
        notice.c.patient_id == of.patient_id,
        notice.c.recipient == of.recipient.value,
        access_grant.c.episode_id == stay,
        notice.c.id != of.id,
    )
