"""Sessions in our own table, so that they can be ended at once; the cookie holds 256 random bits, the table their hash.

Sessions are identity's own: beside `access`, `oversight`, the courier and the worker, this room opens transactions.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from gateway.errors import Unavailable
from gateway.identity.flows import hash_token
from gateway.identity.recorder import SignInRecorder
from gateway.identity.signed_in import Kind, SignedIn
from gateway.identity.staff_member import (
    PatientHolder,
    StaffMember,
    dump_person,
    load_patient_holder,
    load_staff_member,
)
from gateway.settings import IdentitySettings
from gateway.storage.database import Database
from gateway.storage.tables import session
from gateway.storage.transaction import Transaction
from gateway.world import World

SEEN_AT_MOST_EVERY_MS = 60_000
# Rows are kept that long after their end, then go; what happened stays in the log.
KEPT_AFTER_END_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that may act now. Instants are UTC epoch ms; it ends at the earlier of the two ends."""

    kind: Kind
    person: StaffMember | PatientHolder
    csrf_token: str
    id_token: str
    created_at: int
    idle_end: int
    absolute_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """`token` goes into the cookie and is kept nowhere; `replaced` are the people whose session on this device
    ended with this sign-in (the same person may be among them)."""

    token: str
    csrf_token: str
    replaced: tuple[StaffMember | PatientHolder, ...]


class Sessions:
    """Opens, finds and ends sessions. Unused for `idle_minutes` or older than `absolute_hours`, a session is over."""

    def __init__(
        self, *, database: Database, world: World, settings: IdentitySettings, recorder: SignInRecorder
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._idle_ms = settings.idle_minutes * 60_000
        self._absolute_ms = settings.absolute_hours * 3_600_000

    def open(self, signed_in: SignedIn, device_token: str) -> NewSession:
        """Begin a session; a session of anyone on this device ends, in the same transaction with both entries.

        `device_token`: the random, long-lived cookie of the browser. Raises `RecordUnavailable`.
        """
        token, csrf_token = self._world.new_token(), self._world.new_token()
        now, device = self._world.epoch_ms(), hash_token(device_token)

        def work(transaction: Transaction) -> tuple[StaffMember | PatientHolder, ...]:
            _hold_device(transaction, device)
            replaced = self._end(transaction, session.c.device_hash == device, now)
            old = session.c.expires_at < now - KEPT_AFTER_END_MS
            transaction.connection.execute(delete(session).where(old))
            transaction.connection.execute(
                insert(session).values(
                    token_hash=hash_token(token),
                    kind=signed_in.kind,
                    person=dump_person(signed_in.person),
                    person_key=signed_in.person.key,
                    device_hash=device,
                    csrf_token=csrf_token,
                    provider_sid=signed_in.provider_sid,
                    id_token=signed_in.id_token,
                    created_at=now,
                    last_seen_at=now,
                    expires_at=now + self._absolute_ms,
                )
            )
            self._recorder.signed_in(transaction, signed_in.person)
            return replaced

        replaced = self._database.transact(work)
        return NewSession(token=token, csrf_token=csrf_token, replaced=replaced)

    def find(self, token: str) -> LiveSession | None:
        """The live session of this cookie, or None whatever is wrong with it. Raises `Unavailable`."""
        token_hash = hash_token(token)
        with self._database.reading() as connection:
            row = connection.execute(select(session).where(session.c.token_hash == token_hash)).first()
        now = self._world.epoch_ms()
        if row is None or not self._is_live(row, now):
            return None
        seen = row.last_seen_at
        if now - seen >= SEEN_AT_MOST_EVERY_MS and self._note_seen(token_hash, now):
            seen = now
        return LiveSession(
            kind=row.kind,
            person=_person(row),
            csrf_token=row.csrf_token,
            id_token=row.id_token,
            created_at=row.created_at,
            idle_end=seen + self._idle_ms,
            absolute_end=row.expires_at,
        )

    def end(self, token: str) -> bool:
        """End the session of this cookie; False when it was not live. Raises `RecordUnavailable`."""
        return self._end_where(session.c.token_hash == hash_token(token)) == 1

    def end_all(self, person_key: str) -> int:
        """End every live session of a person (`StaffMember.key`); how many. Raises `RecordUnavailable`."""
        return self._end_where(session.c.person_key == person_key)

    def _end_where(self, which: ColumnElement[bool]) -> int:
        now = self._world.epoch_ms()
        return len(self._database.transact(lambda transaction: self._end(transaction, which, now)))

    def _end(
        self, transaction: Transaction, which: ColumnElement[bool], now: int
    ) -> tuple[StaffMember | PatientHolder, ...]:
        """End the sessions not ended yet; the people of those that were still live, each with its entry."""
        ended: Sequence[Row[Any]] = transaction.connection.execute(
            update(session)
            .where(which, session.c.ended_at.is_(None))
            .values(ended_at=now, id_token="", csrf_token="")
            .returning(session)
        ).all()
        people = tuple(_person(row) for row in ended if self._in_time(row, now))
        for person in people:
            self._recorder.signed_out(transaction, person)
        return people

    def _is_live(self, row: Row[Any], now: int) -> bool:
        return row.ended_at is None and self._in_time(row, now)

    def _in_time(self, row: Row[Any], now: int) -> bool:
        return bool(now < row.expires_at and now < row.last_seen_at + self._idle_ms)

    def _note_seen(self, token_hash: str, now: int) -> bool:
        def work(transaction: Transaction) -> None:
            transaction.connection.execute(
                update(session)
                .where(session.c.token_hash == token_hash, session.c.ended_at.is_(None), session.c.last_seen_at < now)
                .values(last_seen_at=now)
            )

        try:
            self._database.transact(work)
        except Unavailable:
            # A database that takes no writes ends the session a little early; it does not stop the reading.
            return False
        return True


def _person(row: Row[Any]) -> StaffMember | PatientHolder:
    return load_staff_member(row.person) if row.kind == "staff" else load_patient_holder(row.person)


def _hold_device(transaction: Transaction, device: str) -> None:
    """Two sign-ins on one device follow one another; SQLite has one writer anyway."""
    if transaction.connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(device.encode("ascii")).digest()[:8], "big", signed=True)
        transaction.connection.execute(select(func.pg_advisory_xact_lock(number)))
