"""The outbox: notices owed, in the database, changed only inside a transaction of the caller's.

A notice leaves the outbox in one of three ways, all of them recorded (`settling`): a channel accepted it, a rule holds
it, or it is a person's task. Every wait has an end that a clock jumping either way cannot push out of reach: a due
time further ahead than any honest one counts as passed. A claim ends by no clock at all, but when its courier is seen
to be dead (`claim_watch`).
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from gateway.notifications.notice import WAITING, ClaimedNotice, NewNotice, Notice, NoticeKind, NoticeState, Recipient
from gateway.storage.tables import notice

# No notice is honestly due later than that: a break-glass notice waits 24 h at most, a retry less.
LONGEST_WAIT_MS = 25 * 3_600_000

_QUEUE = insert(notice)
_WAITING = tuple(sorted(state.value for state in WAITING))


def _claimable() -> ColumnElement[bool]:
    due = or_(notice.c.due_at <= bindparam("now"), notice.c.due_at > bindparam("latest_due"))
    # What sits out a channel's outage is left alone, until it must go another way.
    free = or_(
        notice.c.waits_for.not_in(bindparam("down", expanding=True)),
        notice.c.move_on_at <= bindparam("now"),
        notice.c.move_on_at > bindparam("latest_due"),
    )
    over = or_(notice.c.claim.is_(None), notice.c.claim.in_(bindparam("abandoned", expanding=True)))
    waiting = and_(notice.c.state.in_(_WAITING), due, free, notice.c.rides_with.is_(None))
    return or_(waiting, and_(notice.c.state == NoticeState.SENDING.value, over))


# PostgreSQL: another courier's rows are skipped, not waited for. SQLite has one writer and ignores the lock.
_DUE = (
    select(notice)
    .where(_claimable())
    .order_by(notice.c.due_at, notice.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(notice)
    .where(notice.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=NoticeState.SENDING.value,
        claim=bindparam("new_claim"),
        claimed_until=bindparam("until"),
        attempts=notice.c.attempts + 1,
    )
)
_CLAIMS = select(notice.c.claim).where(notice.c.state == NoticeState.SENDING.value, notice.c.claim.is_not(None))
_COUNTS = select(notice.c.state, func.count()).group_by(notice.c.state)
_BY_ID = select(notice).where(notice.c.id == bindparam("notice_id"))
_LOCKED = _BY_ID.with_for_update()
_BY_CODE = select(notice).where(notice.c.code == bindparam("of_code"))


_TOLD_WITH = select(notice.c.id).where(notice.c.rides_with == bindparam("leader")).order_by(notice.c.created_at)


def queue(connection: Connection, *new_notices: NewNotice) -> None:
    """Put notices in the outbox, due at once; call it in the transaction that opens the grant.

    Raises `sqlalchemy.exc.IntegrityError` when the grant already has a notice for this recipient, or the code exists:
    the caller's transaction fails and opens nothing.
    """
    rows = [
        {
            "id": new_notice.id,
            "grant_id": new_notice.grant_id,
            "patient_id": new_notice.patient_id,
            "kind": new_notice.kind.value,
            "recipient": new_notice.recipient.value,
            "code": new_notice.code,
            "language": new_notice.language,
            "state": NoticeState.PENDING.value,
            "due_at": new_notice.created_at,
            "created_at": new_notice.created_at,
        }
        for new_notice in new_notices
    ]
    if rows:
        connection.execute(_QUEUE, rows)


def claim_due(
    connection: Connection,
    now_ms: int,
    claim_id: str,
    limit: int,
    claim_seconds: int,
    *,
    down: Sequence[str] = (),
    abandoned: Sequence[str] = (),
) -> tuple[ClaimedNotice, ...]:
    """Take up to `limit` notices that are due, oldest first, for `claim_seconds`; each counts as one more attempt.
    Those that wait for a channel of `down` are not due.

    A notice whose courier died is taken again once its claim is among the `abandoned`, and says so (`interrupted`).
    """
    times = {"now": now_ms, "latest_due": now_ms + LONGEST_WAIT_MS}
    given = {"most": limit, "down": list(down), "abandoned": list(abandoned)}
    rows = connection.execute(_DUE, {**times, **given}).all()
    if not rows:
        return ()
    until = now_ms + claim_seconds * 1000
    connection.execute(_CLAIM, {"ids": [row.id for row in rows], "new_claim": claim_id, "until": until})
    return tuple(
        ClaimedNotice(
            notice=_notice(row),
            claim=claim_id,
            claimed_until=until,
            waited_as=_waited_as(row),
            interrupted=row.state == NoticeState.SENDING.value,
        )
        for row in rows
    )


def claims(connection: Connection) -> frozenset[str]:
    """The claims couriers hold, alive or dead."""
    return frozenset(connection.execute(_CLAIMS).scalars())


def find(connection: Connection, notice_id: str, *, lock: bool = False) -> Notice | None:
    """The notice with this id, or None. `lock` for who will change it or its ways: whoever does so locks the notice
    first, so that no two wait for each other."""
    row = connection.execute(_LOCKED if lock else _BY_ID, {"notice_id": notice_id}).one_or_none()
    return None if row is None else _notice(row)


def find_by_code(connection: Connection, code: str) -> Notice | None:
    """The notice with this code (as `parse_code` gives it), or None. Knowing a code proves nothing: see `proof`."""
    row = connection.execute(_BY_CODE, {"of_code": code}).one_or_none()
    return None if row is None else _notice(row)


def states(connection: Connection, only: Sequence[NoticeState] = (), *, most: int = 200) -> tuple[Notice, ...]:
    """What operations watch: notices in the given states (all when empty), oldest first, at most `most`."""
    query = select(notice).order_by(notice.c.created_at, notice.c.id).limit(most)
    if only:
        query = query.where(notice.c.state.in_([state.value for state in only]))
    return tuple(_notice(row) for row in connection.execute(query))


def told_with(connection: Connection, notice_id: str) -> tuple[str, ...]:
    """The other notices of the same stay that this one's message told too."""
    return tuple(connection.execute(_TOLD_WITH, {"leader": notice_id}).scalars())


def counts(connection: Connection) -> dict[NoticeState, int]:
    """How many notices are in each state, for figures and alarms; a state nobody is in counts 0."""
    rows = connection.execute(_COUNTS).all()
    found = {str(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state.value, 0) for state in NoticeState}


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        id=row.id,
        grant_id=row.grant_id,
        patient_id=row.patient_id,
        kind=NoticeKind(row.kind),
        recipient=Recipient(row.recipient),
        code=row.code,
        language=row.language,
        channel=row.channel,
        state=NoticeState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        last_failure=row.last_failure,
        created_at=row.created_at,
        settled_at=row.settled_at,
        turn=row.turn,
        overridden=bool(row.overridden),
        waits_for=row.waits_for,
        move_on_at=row.move_on_at,
        proof_due_at=row.proof_due_at,
        rides_with=row.rides_with,
    )


def _waited_as(row: Row[tuple[object, ...]]) -> NoticeState:
    """Of a notice taken over from a courier that died, the claim no longer says."""
    state = NoticeState(row.state)
    if state in WAITING:
        return state
    return NoticeState.RELEASED if row.overridden else NoticeState.PENDING
