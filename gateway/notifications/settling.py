"""How a notice leaves a courier's hands, or a person's: each function is one change, inside the caller's transaction.

A failure is settled only by whoever holds the claim; an acceptance or a proof is a fact whoever holds it.
"""

from sqlalchemy import ColumnElement, Connection, and_, update

from gateway.notifications.notice import WAITING, ClaimedNotice, Notice, NoticeState
from gateway.storage.tables import notice

_ACCEPTED = (NoticeState.SENT, NoticeState.DELIVERED)
_FREE: dict[str, object] = {"claim": None, "claimed_until": None, "waits_for": "", "move_on_at": None}


def settle_sent(
    connection: Connection, claimed: ClaimedNotice, *, channel: str, now_ms: int, proof_due_at: int | None = None
) -> bool:
    """A channel accepted it. True if this settles it; False if it was `sent` already (another courier took it when the
    claim was over): the acceptance is then a duplicate, under the same idempotency key.

    The claim is not asked for: an acceptance is a fact whoever holds the notice now, and keeps it from going again.
    Notices that ride with it are sent with it.
    """
    states = tuple(state for state in NoticeState if state not in _ACCEPTED)
    values: dict[str, object] = {
        "channel": channel,
        "proof_due_at": proof_due_at,
        "settled_at": now_ms,
        "last_failure": "",
    }
    return _move(connection, notice.c.id == claimed.notice.id, states, NoticeState.SENT, values)


def settle_rider(
    connection: Connection, rider: Notice, *, channel: str, now_ms: int, proof_due_at: int | None = None
) -> bool:
    """It was told by the message of the notice it rides with."""
    values: dict[str, object] = {
        "channel": channel,
        "proof_due_at": proof_due_at,
        "settled_at": now_ms,
        "last_failure": "",
    }
    return _move(connection, notice.c.id == rider.id, tuple(WAITING), NoticeState.SENT, values)


def settle_retry(
    connection: Connection,
    claimed: ClaimedNotice,
    *,
    channel: str,
    failure: str,
    due_at: int,
    counted: bool = True,
    waits_for: str = "",
) -> bool:
    """The attempt failed: the notice waits until `due_at`. False, and nothing done, if the claim is no longer ours.

    Not `counted`: the channel is down, and no attempt of the notice's is used up.
    """
    before = claimed.notice
    return _move(
        connection,
        _ours(claimed),
        (NoticeState.SENDING,),
        claimed.waited_as,
        {
            "channel": channel,
            "last_failure": failure,
            "due_at": due_at,
            "attempts": before.attempts + 1 if counted else before.attempts,
            "waits_for": waits_for,
            "move_on_at": before.move_on_at,
        },
    )


def begin_way(connection: Connection, claimed: ClaimedNotice, *, move_on_at: int) -> None:
    """A channel is about to be given it; it is left for the next one at `move_on_at` if it takes nothing."""
    connection.execute(update(notice).where(_ours(claimed)).values(move_on_at=move_on_at, waits_for=""))


def settle_wait(
    connection: Connection, claimed: ClaimedNotice, *, due_at: int, waits_for: str = "", move_on_at: int | None = None
) -> bool:
    """Nothing was tried: it is not the hour, or the channel is down. False if the claim is no longer ours."""
    values: dict[str, object] = {
        "due_at": due_at,
        "attempts": claimed.notice.attempts,
        "waits_for": waits_for,
        "move_on_at": move_on_at if move_on_at is not None else claimed.notice.move_on_at,
    }
    return _move(connection, _ours(claimed), (NoticeState.SENDING,), claimed.waited_as, values)


def settle_person(connection: Connection, claimed: ClaimedNotice, *, channel: str, failure: str, now_ms: int) -> bool:
    """No channel can deliver it: a person must. False, and nothing done, if the claim is no longer ours."""
    values: dict[str, object] = {"channel": channel, "last_failure": failure, "settled_at": now_ms}
    return _move(connection, _ours(claimed), (NoticeState.SENDING,), NoticeState.PERSON, values)


def settle_held(connection: Connection, claimed: ClaimedNotice, *, rule: str, now_ms: int) -> bool:
    """A rule holds it back until a person releases it. False, and nothing done, if the claim is no longer ours."""
    values: dict[str, object] = {"channel": "", "last_failure": rule, "settled_at": now_ms}
    return _move(connection, _ours(claimed), (NoticeState.SENDING,), NoticeState.HELD, values)


def settle_escalated(
    connection: Connection, notice_id: str, *, failure: str, now_ms: int, claimed: ClaimedNotice | None = None
) -> bool:
    """This channel did not do: it waits for the next one, with all its attempts before it again. A courier gives the
    claim it must still hold; without one the notice must be `sent`."""
    which = notice.c.id == notice_id if claimed is None else _ours(claimed)
    states = (NoticeState.SENT,) if claimed is None else (NoticeState.SENDING,)
    values: dict[str, object] = {
        "last_failure": failure,
        "due_at": now_ms,
        "attempts": 0,
        "proof_due_at": None,
        "settled_at": None,
    }
    return _move(connection, which, states, NoticeState.ESCALATED, {**values, "rides_with": None})


def escalate_rider(connection: Connection, rider: Notice, *, failure: str, now_ms: int) -> bool:
    """The message it rode with was perhaps sent: it waits for its own next channel."""
    values: dict[str, object] = {"last_failure": failure, "due_at": now_ms, "attempts": 0, "rides_with": None}
    return _move(connection, notice.c.id == rider.id, tuple(WAITING), NoticeState.ESCALATED, values)


def settle_delivered(connection: Connection, notice_id: str, *, now_ms: int) -> bool:
    """It is proved to have arrived, wherever it stood. False if that was known."""
    states = tuple(state for state in NoticeState if state is not NoticeState.DELIVERED)
    values: dict[str, object] = {"proof_due_at": None, "settled_at": now_ms, "last_failure": ""}
    return _move(connection, notice.c.id == notice_id, states, NoticeState.DELIVERED, values)


def await_proof(connection: Connection, notice_id: str, *, until_ms: int | None) -> None:
    """A sent notice's proof is awaited until then; None: no more."""
    connection.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.state == NoticeState.SENT.value)
        .values(proof_due_at=until_ms)
    )


def unhook_riders(connection: Connection, leader_id: str) -> None:
    """The message that was to tell them does not go now: they wait their own turn again."""
    connection.execute(
        update(notice)
        .where(notice.c.rides_with == leader_id, notice.c.state.in_([state.value for state in WAITING]))
        .values(rides_with=None)
    )


def put(
    connection: Connection, before: Notice, state: NoticeState, *, word: str, now_ms: int, channel: str = ""
) -> bool:
    """A person moves a notice to another state, with all its attempts before it again; `word` says why it is there.
    What a person takes up again after every channel failed begins a new turn. False, and nothing done, if it is no
    longer as `before` says."""
    waiting = state in WAITING
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
            turn=before.turn + int(waiting and before.state is NoticeState.PERSON),
            overridden=before.overridden or state is NoticeState.RELEASED,
            proof_due_at=None,
            rides_with=None,
            **_FREE,
        )
    )
    return done.rowcount == 1


def _ours(claimed: ClaimedNotice) -> ColumnElement[bool]:
    return and_(notice.c.id == claimed.notice.id, notice.c.claim == claimed.claim)


def _move(
    connection: Connection,
    which: ColumnElement[bool],
    from_states: tuple[NoticeState, ...],
    state: NoticeState,
    values: dict[str, object],
) -> bool:
    done = connection.execute(
        update(notice)
        .where(which, notice.c.state.in_([origin.value for origin in from_states]))
        .values(**{**_FREE, **values, "state": state.value})
    )
    return done.rowcount == 1
