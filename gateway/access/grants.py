"""Rows of `access_grant` and `access_request`, mapped once. An access is open while the server's clock says so."""

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, Row, text

from gateway.access.answers import CLAIM_REQUEST, claim_request
from gateway.access.case import BIRTH, bear_case
from gateway.access.outcome import Access, AuditReference, NoticeReference, RuleReason
from gateway.access.request import Reason
from gateway.errors import NotFound
from gateway.identity.staff_member import StaffMember, dump_person, load_staff_member
from gateway.notifications.notice import NoticeState
from gateway.patients.patient import PatientRecord
from policies import Mode

_INTO = """
    INSERT INTO access_grant (id, patient_id, staff_key, staff, episode_id, mode, reason_code, reason_text,
        consent_basis, first_access, opened_at, expires_at, extensions, decision, notice_id, audit_entry_id)
"""
_VALUES = """
    :id, :patient_id, :staff_key, :staff, :episode_id, :mode, :reason_code, :reason_text,
    :consent_basis, :first_access, :opened_at, :expires_at, 0, :decision, :notice_id, :audit_entry_id
"""
_INSERT = text(f"{_INTO} VALUES ({_VALUES})")
# PostgreSQL: the request id and the grant in one round trip.
_CLAIM_AND_INSERT = text(
    f"WITH claim AS ({CLAIM_REQUEST} RETURNING request_id) {_INTO} SELECT {_VALUES} FROM claim"  # noqa: S608
)
# An emergency access is born with the case of its review: in the same statement, so that none can be missed.
_BORN = f"born AS ({_INTO} SELECT {_VALUES} FROM claim RETURNING id)"  # noqa: S608
_OF_BORN = "SELECT id, :patient_id, :staff_key, :unit, :mode, :reason_code, :opened_at FROM born"
_CLAIM_INSERT_AND_BEAR = text(f"WITH claim AS ({CLAIM_REQUEST} RETURNING request_id), {_BORN} {BIRTH} {_OF_BORN}")
_COLUMNS = """
    g.id, g.patient_id, g.staff_key, g.staff, g.episode_id, g.mode, g.reason_code, g.reason_text, g.consent_basis,
    g.first_access, g.opened_at, g.expires_at, g.ended_at, g.extensions, g.decision, g.notice_id, g.audit_entry_id,
    n.state AS notice_state, e.leaf_hash
"""
_FROM = """
    FROM access_grant g LEFT JOIN notice n ON n.id = g.notice_id JOIN audit_entry e ON e.entry_id = g.audit_entry_id
"""
_BY_ID = text(f"SELECT {_COLUMNS} {_FROM} WHERE g.id = :grant_id AND g.staff_key = :staff_key")
# Whichever comes first: the one still open, else any.
_STANDING = text(
    """SELECT id, episode_id = :episode_id AND mode = :mode AND ended_at IS NULL AND expires_at > :now AS is_open
    FROM access_grant WHERE staff_key = :staff_key AND patient_id = :patient_id
    ORDER BY 2 DESC, opened_at DESC LIMIT 1"""
)
_ANY_OPEN = text(
    """SELECT g.id FROM access_grant g WHERE g.staff_key = :staff_key AND g.patient_id = :patient_id
    AND g.ended_at IS NULL AND g.expires_at > :now ORDER BY g.opened_at DESC LIMIT 1"""
)
_HELD = text(
    """SELECT DISTINCT patient_id FROM access_grant
    WHERE staff_key = :staff_key AND ended_at IS NULL AND expires_at > :now"""
)
_MINE_OPEN = text(
    """SELECT id, patient_id FROM access_grant
    WHERE staff_key = :staff_key AND ended_at IS NULL AND expires_at > :now ORDER BY opened_at DESC, id"""
)
_STILL_OPEN = text(
    """SELECT 1 FROM access_grant WHERE id = :grant_id AND staff_key = :staff_key
    AND ended_at IS NULL AND expires_at > :now"""
)
_EXTEND = text("UPDATE access_grant SET expires_at = :expires_at, extensions = extensions + 1 WHERE id = :grant_id")
_END = text("UPDATE access_grant SET ended_at = :now WHERE id = :grant_id AND ended_at IS NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A grant about to be written."""

    id: str
    patient_id: str
    staff: StaffMember
    episode_id: str
    mode: Mode
    reason_code: str
    reason_text: str
    consent_basis: str
    first_access: bool
    opened_at: int
    expires_at: int
    rules: tuple[RuleReason, ...]
    obligations: tuple[str, ...]
    policy_version: str
    notice_id: str | None
    audit_entry_id: str

    def as_stored(self, leaf_hash: str) -> "StoredGrant":
        """What reading it back would give, once its entry has this leaf hash (lower-case hex)."""
        return StoredGrant(
            id=self.id,
            patient_id=self.patient_id,
            staff=self.staff,
            episode_id=self.episode_id,
            mode=self.mode,
            reason_code=self.reason_code,
            reason_text=self.reason_text,
            consent_basis=self.consent_basis,
            first_access=self.first_access,
            opened_at=self.opened_at,
            expires_at=self.expires_at,
            ended_at=None,
            extensions=0,
            rules=self.rules,
            obligations=self.obligations,
            policy_version=self.policy_version,
            first_expires_at=self.expires_at,
            notice=NoticeReference(self.notice_id, NoticeState.PENDING.value) if self.notice_id else None,
            audit=AuditReference(self.audit_entry_id, leaf_hash),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What this person already had of this patient: the access still open, if any; else only that there was one."""

    open_grant_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGrant:
    """A grant as its row holds it; the patient is joined by whoever needs them."""

    id: str
    patient_id: str
    staff: StaffMember
    episode_id: str
    mode: Mode
    reason_code: str
    reason_text: str
    consent_basis: str
    first_access: bool
    opened_at: int
    expires_at: int
    ended_at: int | None
    extensions: int
    rules: tuple[RuleReason, ...]
    obligations: tuple[str, ...]
    policy_version: str
    first_expires_at: int  # before any extension
    notice: NoticeReference | None
    audit: AuditReference

    def as_opened(self) -> "StoredGrant":
        """The grant as it was answered at first: what the same request id is answered again, word for word."""
        notice = NoticeReference(self.notice.id, NoticeState.PENDING.value) if self.notice else None
        return replace(self, expires_at=self.first_expires_at, ended_at=None, extensions=0, notice=notice)

    @property
    def reason(self) -> Reason | None:
        """The reason given at the opening; None in normal mode."""
        return Reason(self.reason_code, self.reason_text) if self.reason_code else None

    def is_open(self, now: int) -> bool:
        """Judged by the server's clock alone."""
        return self.ended_at is None and now < self.expires_at

    def to_access(self, patient: PatientRecord, now: int) -> Access:
        """The face the doors see."""
        return Access(
            id=self.id,
            patient=patient,
            staff=self.staff,
            mode=self.mode,
            reason_code=self.reason_code,
            consent_basis=self.consent_basis,
            first_access=self.first_access,
            opened_at=self.opened_at,
            expires_at=self.expires_at,
            ended_at=self.ended_at,
            extensions=self.extensions,
            open=self.is_open(now),
            rules=self.rules,
            obligations=self.obligations,
            policy_version=self.policy_version,
            notice=self.notice,
            audit=self.audit,
        )


def insert_grant(connection: Connection, grant: NewGrant, request_id: str, fingerprint: str) -> bool:
    """Take the request id and write the grant, whose audit entry follows in the same transaction, and with an emergency
    access the case of its review. False, and nothing is written, when the request is answered already; waits as
    `claim_request` does."""
    values = _values(grant)
    reviewed = grant.mode is not Mode.NORMAL
    if connection.dialect.name == "postgresql":
        claim = {"request_id": request_id, "fingerprint": fingerprint, "asked_at": grant.opened_at}
        claim |= {"grant_id": grant.id, "refusal": None}
        statement = _CLAIM_INSERT_AND_BEAR if reviewed else _CLAIM_AND_INSERT
        return connection.execute(statement, {**values, **claim, "unit": grant.staff.unit}).rowcount == 1
    claimed = claim_request(
        connection, grant.staff.key, request_id, fingerprint, grant.opened_at, grant_id=grant.id, refusal=None
    )
    if claimed:
        connection.execute(_INSERT, values)
        if reviewed:
            bear_case(connection, {**values, "unit": grant.staff.unit})
    return claimed


def _values(grant: NewGrant) -> dict[str, object]:
    decision = {
        "rules": [asdict(rule) for rule in grant.rules],
        "obligations": grant.obligations,
        "policy_version": grant.policy_version,
        "expires_at": grant.expires_at,
    }
    return {
        "id": grant.id,
        "patient_id": grant.patient_id,
        "staff_key": grant.staff.key,
        "staff": dump_person(grant.staff),
        "episode_id": grant.episode_id,
        "mode": grant.mode.value,
        "reason_code": grant.reason_code,
        "reason_text": grant.reason_text,
        "consent_basis": grant.consent_basis,
        "first_access": grant.first_access,
        "opened_at": grant.opened_at,
        "expires_at": grant.expires_at,
        "decision": json.dumps(decision, ensure_ascii=False),
        "notice_id": grant.notice_id,
        "audit_entry_id": grant.audit_entry_id,
    }


def find_grant(connection: Connection, staff_key: str, grant_id: str) -> StoredGrant:
    """The person's own grant, open or not. Raises `NotFound`: no such grant, or another person's."""
    row = connection.execute(_BY_ID, {"grant_id": grant_id, "staff_key": staff_key}).one_or_none()
    if row is None:
        raise NotFound("no such access of this person")
    return _grant(row)


def find_standing(
    connection: Connection, staff_key: str, patient_id: str, episode_id: str, mode: Mode, now: int
) -> Standing | None:
    """Whether this person has an access to this patient open in this episode and mode, or ever had any (None: never;
    the first time is told to the patient)."""
    row = connection.execute(
        _STANDING,
        {
            "staff_key": staff_key,
            "patient_id": patient_id,
            "episode_id": episode_id,
            "mode": mode.value,
            "now": now,
        },
    ).one_or_none()
    return None if row is None else Standing(row.id if row.is_open else None)


def find_any_open_grant(connection: Connection, staff_key: str, patient_id: str, now: int) -> str | None:
    """The id of the newest access of this person to this patient that is still open, whatever its mode."""
    row = connection.execute(
        _ANY_OPEN, {"staff_key": staff_key, "patient_id": patient_id, "now": now}
    ).scalar_one_or_none()
    return None if row is None else str(row)


def patients_held_open(connection: Connection, staff_key: str, now: int) -> frozenset[str]:
    """The patients whose dossier this person has open now."""
    return frozenset(connection.execute(_HELD, {"staff_key": staff_key, "now": now}).scalars())


def open_grants(connection: Connection, staff_key: str, now: int) -> tuple[tuple[str, str], ...]:
    """(access id, patient id) of everything this person has open, newest first."""
    rows = connection.execute(_MINE_OPEN, {"staff_key": staff_key, "now": now})
    return tuple((row.id, row.patient_id) for row in rows)


def is_still_open(connection: Connection, staff_key: str, grant_id: str, now: int) -> bool:
    """Asked again inside the transaction that records a reading: an access that just ended opens nothing more."""
    parameters = {"grant_id": grant_id, "staff_key": staff_key, "now": now}
    return connection.execute(_STILL_OPEN, parameters).scalar_one_or_none() is not None


def extend_grant(connection: Connection, grant: StoredGrant, expires_at: int) -> StoredGrant:
    """Move the end of the window."""
    connection.execute(_EXTEND, {"grant_id": grant.id, "expires_at": expires_at})
    return replace(grant, expires_at=expires_at, extensions=grant.extensions + 1)


def end_grant(connection: Connection, grant: StoredGrant, now: int) -> StoredGrant:
    """Close the access for good."""
    connection.execute(_END, {"grant_id": grant.id, "now": now})
    return replace(grant, ended_at=now)


def _grant(row: Row[tuple[object, ...]]) -> StoredGrant:
    decision = json.loads(row.decision)
    return StoredGrant(
        id=row.id,
        patient_id=row.patient_id,
        staff=load_staff_member(row.staff),
        episode_id=row.episode_id,
        mode=Mode(row.mode),
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        consent_basis=row.consent_basis,
        first_access=bool(row.first_access),
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        extensions=row.extensions,
        rules=tuple(RuleReason(**rule) for rule in decision["rules"]),
        obligations=tuple(decision["obligations"]),
        policy_version=decision["policy_version"],
        first_expires_at=decision["expires_at"],
        notice=NoticeReference(row.notice_id, row.notice_state) if row.notice_id else None,
        audit=AuditReference(row.audit_entry_id, bytes(row.leaf_hash).hex()),
    )
