"""The ways a notice was sent: one row for each channel and address, in each turn, with what became of it.

A turn begins when the notice is owed, and again when a person sends it anew. Within one, a way that failed is not tried
again, nor one that had the whole message and gave no answer, unless its carrier sends one message a key. A way whose
courier died is tried again under the same key, so that a second message is known as such.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, and_, bindparam, case, insert, or_, select, update

from gateway.notifications.channel import AddressKind
from gateway.notifications.notice import Notice
from gateway.storage.tables import notice_attempt

NOTICE_ID_LENGTH = 36


class AttemptState(StrEnum):
    """`sending` is in a courier's hands; `waiting` failed for now; `accepted` by the carrier; `printed` a letter that
    left; `delivered` is proved; `failed` will never arrive this way; `unanswered` was perhaps sent, nobody knows."""

    SENDING = "sending"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    PRINTED = "printed"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNANSWERED = "unanswered"


TAKEN = frozenset({AttemptState.ACCEPTED, AttemptState.PRINTED, AttemptState.DELIVERED})
INTERRUPTED = "interrupted"
# 1 for a send that was let go while its courier lived (a proof came): what that courier says counts in its stead.
_LET_GO_IN_HAND = case(
    (
        and_(notice_attempt.c.state == AttemptState.WAITING.value, notice_attempt.c.failure == INTERRUPTED),
        1,
    ),
    else_=0,
)
_TOLD = sorted(one.value for one in TAKEN | {AttemptState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way of one notice. `uncertain` counts the sends that may have arrived without anybody saying so."""

    id: str
    notice_id: str
    turn: int
    channel: str
    key: str
    address_digest: str
    address_kind: AddressKind
    state: AttemptState
    provider_reference: str
    failure: str
    sends: int
    uncertain: int
    proves_at: int | None
    started_at: int
    settled_at: int | None


_OF_NOTICE = (
    select(notice_attempt)
    .where(notice_attempt.c.notice_id == bindparam("of_notice"))
    .order_by(notice_attempt.c.started_at, notice_attempt.c.idempotency_key)
)
_BY_ID = select(notice_attempt).where(notice_attempt.c.id == bindparam("attempt_id"))
_BY_REFERENCE = (
    select(notice_attempt)
    .where(
        notice_attempt.c.channel == bindparam("by_channel"),
        # A receipt may be faster than our own commit: the provider then names the message by the key it was given.
        or_(
            notice_attempt.c.provider_reference == bindparam("reference"),
            notice_attempt.c.idempotency_key == bindparam("reference"),
        ),
    )
    .order_by(notice_attempt.c.started_at, notice_attempt.c.id)
)


def address_digest(notice_id: str, kind: AddressKind, address: str) -> str:
    """Tells one address of a notice from another, and nothing else of it."""
    return hashlib.sha256(f"{notice_id}\0{kind.value}\0{address}".encode()).hexdigest()[:32]


def notice_id_of(key: str) -> str:
    """The notice a key belongs to: a letter's file and an SMS provider's journal know it by the key alone."""
    return key[:NOTICE_ID_LENGTH]


def attempts_of(connection: Connection, notice_id: str) -> tuple[Attempt, ...]:
    """Every way of a notice, oldest first."""
    return tuple(_attempt(row) for row in connection.execute(_OF_NOTICE, {"of_notice": notice_id}))


def attempts_by_reference(connection: Connection, channel: str, reference: str) -> tuple[Attempt, ...]:
    """The ways a carrier's reference (or our key) names: several when one message told several notices."""
    if not reference:
        return ()
    return tuple(
        _attempt(row) for row in connection.execute(_BY_REFERENCE, {"by_channel": channel, "reference": reference})
    )


def attempt_of_envelope(connection: Connection, envelope_id: str) -> Attempt | None:
    """The way a carrier was given this envelope id for: its own id, which nobody else was told."""
    row = connection.execute(_BY_ID, {"attempt_id": envelope_id}).one_or_none()
    return None if row is None else _attempt(row)


def begin(
    connection: Connection,
    attempt_id: str,
    notice: Notice,
    *,
    channel: str,
    kind: AddressKind,
    digest: str,
    now_ms: int,
    ways: Sequence[Attempt],
    key: str = "",
) -> Attempt:
    """The way this send takes: the one begun before, or a new one under a key of its own (or `key`). `ways` are the
    notice's so far."""
    for way in ways:
        if (way.turn, way.channel, way.address_digest) == (notice.turn, channel, digest):
            _change(connection, way.id, state=AttemptState.SENDING.value, sends=way.sends + 1)
            return next(one for one in attempts_of(connection, notice.id) if one.id == way.id)
    number = len(ways) + 1
    row = {
        "id": attempt_id,
        "notice_id": notice.id,
        "turn": notice.turn,
        "channel": channel,
        "idempotency_key": key or (notice.id if number == 1 else f"{notice.id}-{number}"),
        "address_digest": digest,
        "address_kind": kind.value,
        "state": AttemptState.SENDING.value,
        "sends": 1,
        "started_at": now_ms,
    }
    connection.execute(insert(notice_attempt), row)
    return next(one for one in attempts_of(connection, notice.id) if one.id == attempt_id)


def accept(connection: Connection, attempt: Attempt, *, reference: str, now_ms: int) -> bool:
    """The carrier took it. False if it had said so before; what was told of it first, a proof or a bounce, stands."""
    known = refuted(connection, attempt)
    rows = connection.execute(
        update(notice_attempt)
        .where(notice_attempt.c.id == attempt.id, notice_attempt.c.state.not_in(_TOLD))
        .values(
            state=AttemptState.ACCEPTED.value,
            settled_at=now_ms,
            failure="",
            uncertain=notice_attempt.c.uncertain - _LET_GO_IN_HAND,
        )
    ).rowcount
    connection.execute(
        update(notice_attempt)
        .where(notice_attempt.c.id == attempt.id, notice_attempt.c.provider_reference == "")
        .values(provider_reference=reference)
    )
    return rows == 1 or known != ""


def leave(
    connection: Connection,
    attempt: Attempt,
    *,
    failure: str,
    state: AttemptState,
    now_ms: int,
    perhaps_sent: bool = False,
) -> None:
    """It is `waiting`, `failed` or `unanswered` now. What a carrier took meanwhile stays taken."""
    connection.execute(
        update(notice_attempt)
        .where(notice_attempt.c.id == attempt.id, notice_attempt.c.state.not_in([one.value for one in TAKEN]))
        .values(
            state=state.value,
            failure=failure,
            uncertain=notice_attempt.c.uncertain + int(perhaps_sent) - _LET_GO_IN_HAND,
            settled_at=now_ms,
        )
    )


def let_go(connection: Connection, notice_id: str) -> int:
    """A send in a courier's hands whose fate nobody may ever tell: the courier died with it, or the notice ended
    meanwhile. What the carrier says later still counts. How many there were."""
    return connection.execute(
        update(notice_attempt)
        .where(notice_attempt.c.notice_id == notice_id, notice_attempt.c.state == AttemptState.SENDING.value)
        .values(state=AttemptState.WAITING.value, failure=INTERRUPTED, uncertain=notice_attempt.c.uncertain + 1)
    ).rowcount


def refuted(connection: Connection, attempt: Attempt) -> str:
    """Why it did not arrive, if its carrier said so before its own acceptance was settled; else ""."""
    (now,) = [one for one in attempts_of(connection, attempt.notice_id) if one.id == attempt.id]
    return now.failure if now.state is AttemptState.FAILED else ""


def refute(connection: Connection, attempt: Attempt, *, failure: str, now_ms: int) -> None:
    """What a carrier had accepted did not arrive, or nobody can prove that it did."""
    _change(connection, attempt.id, state=AttemptState.FAILED.value, failure=failure, settled_at=now_ms)


def prove(connection: Connection, attempt: Attempt, *, now_ms: int) -> None:
    """It arrived."""
    _change(connection, attempt.id, state=AttemptState.DELIVERED.value, failure="", settled_at=now_ms)


def mark_printed(connection: Connection, attempt: Attempt, *, proves_at: int, now_ms: int) -> None:
    """The letter left; it counts as delivered from `proves_at`."""
    _change(connection, attempt.id, state=AttemptState.PRINTED.value, proves_at=proves_at, settled_at=now_ms)


def _change(connection: Connection, attempt_id: str, **values: object) -> None:
    connection.execute(update(notice_attempt).where(notice_attempt.c.id == attempt_id).values(**values))


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    return Attempt(
        id=row.id,
        notice_id=row.notice_id,
        turn=row.turn,
        channel=row.channel,
        key=row.idempotency_key,
        address_digest=row.address_digest,
        address_kind=AddressKind(row.address_kind),
        state=AttemptState(row.state),
        provider_reference=row.provider_reference,
        failure=row.failure,
        sends=row.sends,
        uncertain=row.uncertain,
        proves_at=row.proves_at,
        started_at=row.started_at,
        settled_at=row.settled_at,
    )
