"""The outbox: notices owed, in the database, changed only inside a transaction of the caller's.

A notice leaves the outbox in one of three ways, all of them recorded: a channel accepted it, a rule holds it, or it is
a person's task. Every wait has an end that a clock jumping either way cannot push out of reach: a due time or a claim
further ahead than any honest one counts as passed. The clocks of two hosts may differ by less than a claim lasts.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from gateway.notifications.notice import ClaimedNotice, NewNotice, Notice, NoticeKind, NoticeState, Recipient
from gateway.storage.tables import notice

# No notice is honestly due later than that: a break-glass notice waits 24 h at most, a retry less.
LONGEST_WAIT_MS = 25 * 3_600_000
# A claim that ends later than this after its honest end was made by a clock that has since jumped back.
CLAIM_TOLERANCE_MS = 3_600_000

_QUEUE = insert(notice)
_WAITING = (NoticeState.PENDING.value, NoticeState.RELEASED.value)


def _claimable() -> ColumnElement[bool]:
    due = or_(notice.c.due_at <= bindparam("now"), notice.c.due_at > bindparam("latest_due"))
    over = or_(
        notice.c.claimed_until.is_(None),
        notice.c.claimed_until <= bindparam("now"),
        notice.c.claimed_until > bindparam("latest_claim"),
    )
    return or_(and_(notice.c.state.in_(_WAITING), due), and_(notice.c.state == NoticeState.SENDING.value, over))


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
_COUNTS = select(notice.c.state, func.count()).group_by(notice.c.state)
_BY_ID = select(notice).where(notice.c.id == bindparam("notice_id"))
_BY_CODE = select(notice).where(notice.c.code == bindparam("of_code"))


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
    connection: Connection, now_ms: int, claim_id: str, limit: int, claim_seconds: int
) -> tuple[ClaimedNotice, ...]:
    """Take up to `limit` notices that are due, oldest first, for `claim_seconds`; each counts as one more attempt.

    A notice whose courier died is taken again once its claim is over, and says so (`interrupted`).
    """
    times = {"now": now_ms, "latest_due": now_ms + LONGEST_WAIT_MS}
    latest_claim = now_ms + claim_seconds * 1000 + CLAIM_TOLERANCE_MS
    rows = connection.execute(_DUE, {**times, "latest_claim": latest_claim, "most": limit}).all()
    if not rows:
        return ()
    until = now_ms + claim_seconds * 1000
    connection.execute(_CLAIM, {"ids": [row.id for row in rows], "new_claim": claim_id, "until": until})
    return tuple(
        ClaimedNotice(
            notice=_notice(row),
            claim=claim_id,
            claimed_until=until,
            released=row.state == NoticeState.RELEASED.value,
            interrupted=row.state == NoticeState.SENDING.value,
        )
        for row in rows
    )


def settle_sent(connection: Connection, claimed: ClaimedNotice, *, channel: str, now_ms: int) -> bool:
    """A channel accepted it. True if this settles it; False if it was `sent` already (another courier took it when the
    claim was over): the acceptance is then a duplicate, under the same idempotency key.

    The claim is not asked for: an acceptance is a fact whoever holds the notice now, and keeps it from going again.
    """
    return _settle(
        connection,
        notice.c.id == claimed.notice.id,
        from_states=tuple(state for state in NoticeState if state is not NoticeState.SENT),
        state=NoticeState.SENT,
        channel=channel,
        now_ms=now_ms,
    )


def settle_retry(connection: Connection, claimed: ClaimedNotice, *, channel: str, failure: str, due_at: int) -> bool:
    """The attempt failed: the notice waits until `due_at`. False, and nothing done, if the claim is no longer ours."""
    done = connection.execute(
        update(notice)
        .where(notice.c.id == claimed.notice.id, notice.c.claim == claimed.claim)
        .where(notice.c.state == NoticeState.SENDING.value)
        .values(
            state=(NoticeState.RELEASED if claimed.released else NoticeState.PENDING).value,
            channel=channel,
            last_failure=failure,
            due_at=due_at,
            claim=None,
            claimed_until=None,
        )
    )
    return done.rowcount == 1


def settle_person(connection: Connection, claimed: ClaimedNotice, *, channel: str, failure: str, now_ms: int) -> bool:
    """No channel can deliver it: a person must. False, and nothing done, if the claim is no longer ours."""
    return _settle(
        connection,
        and_(notice.c.id == claimed.notice.id, notice.c.claim == claimed.claim),
        from_states=(NoticeState.SENDING,),
        state=NoticeState.PERSON,
        channel=channel,
        now_ms=now_ms,
        failure=failure,
    )


def settle_held(connection: Connection, claimed: ClaimedNotice, *, rule: str, now_ms: int) -> bool:
    """A rule holds it back until a person releases it. False, and nothing done, if the claim is no longer ours."""
    return _settle(
        connection,
        and_(notice.c.id == claimed.notice.id, notice.c.claim == claimed.claim),
        from_states=(NoticeState.SENDING,),
        state=NoticeState.HELD,
        channel="",
        now_ms=now_ms,
        failure=rule,
    )


def put(
    connection: Connection, before: Notice, state: NoticeState, *, word: str, now_ms: int, channel: str = ""
) -> bool:
    """A person moves a notice to another state, with all its attempts before it again; `word` says why it is there.
    False, and nothing done, if it is no longer as `before` says."""
    waiting = state.value in _WAITING
    done = connection.execute(
        update(notice)
        .where(notice.c.id == before.id, notice.c.state == before.state.value, notice.c.attempts == before.attempts)
        .values(
            state=state.value,
            channel=channel or before.channel,
            attempts=0 if waiting else before.attempts,
            last_failure=word,
            due_at=now_ms if waiting else before.due_at,
            settled_at=None if waiting else now_ms,
            claim=None,
            claimed_until=None,
        )
    )
    return done.rowcount == 1


def find(connection: Connection, notice_id: str) -> Notice | None:
    """The notice with this id, or None."""
    row = connection.execute(_BY_ID, {"notice_id": notice_id}).one_or_none()
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


def counts(connection: Connection) -> dict[NoticeState, int]:
    """How many notices are in each state, for figures and alarms; a state nobody is in counts 0."""
    rows = connection.execute(_COUNTS).all()
    found = {str(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state.value, 0) for state in NoticeState}


def _settle(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    from_states: tuple[NoticeState, ...],
    state: NoticeState,
    channel: str,
    now_ms: int,
    failure: str = "",
) -> bool:
    done = connection.execute(
        update(notice)
        .where(which, notice.c.state.in_([origin.value for origin in from_states]))
        .values(
            state=state.value,
            channel=channel,
            last_failure=failure,
            settled_at=now_ms,
            claim=None,
            claimed_until=None,
        )
    )
    return done.rowcount == 1


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
    )
