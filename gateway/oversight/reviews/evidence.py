"""The facts behind the flags of an access, as the database holds them: the reader, the patient, the admissions."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

from gateway.identity.staff_member import load_staff_member
from gateway.oversight.reviews.case import Stay
from gateway.oversight.reviews.flags import Facts, Names
from gateway.oversight.reviews.habits import Habits, learn
from gateway.settings import ReviewSettings

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# A clock of the admissions' system that runs ahead is forgiven that much; a later admission is not evidence yet.
CLOCK_SLACK_MS = 5 * 60_000
# Enough to know the habits of a unit by; the newest count.
MOST_LEARNT = 20_000

_CASE = text(
    """SELECT r.grant_id, r.patient_id, r.staff_key, r.unit, r.mode, r.reason_code, r.opened_at, r.state, r.rank_key,
        r.explained_by, r.weighed_at, r.decided_at, g.staff, p.birth_name, p.used_name, p.linked_staff_key, p.protected,
        (SELECT c.address FROM patient_contact c WHERE c.patient_id = p.id AND c.kind = 'patient'
         ORDER BY c.position LIMIT 1) AS address
    FROM review r JOIN access_grant g ON g.id = r.grant_id JOIN patient p ON p.id = r.patient_id
    WHERE r.grant_id = :grant_id"""
)
_READER = text(
    """SELECT p.birth_name, p.used_name, (SELECT c.address FROM patient_contact c WHERE c.patient_id = p.id
        AND c.kind = 'patient' ORDER BY c.position LIMIT 1) AS address
    FROM patient p WHERE p.linked_staff_key = :staff_key ORDER BY p.id LIMIT 1"""
)
_STAYS = text(
    """SELECT id, visit_number, unit, admitted_at, discharged_at, cancelled_at FROM admission
    WHERE patient_id = :patient_id AND admitted_at <= :latest AND admitted_at <= :now
    AND (discharged_at IS NULL OR discharged_at >= :earliest) ORDER BY admitted_at, id LIMIT 50"""
)
_COUNTS = text(
    """SELECT (SELECT COUNT(*) FROM review WHERE staff_key = :staff_key AND patient_id = :patient_id
            AND opened_at BETWEEN :back AND :other_episode) AS earlier,
        (SELECT COUNT(*) FROM review WHERE staff_key = :staff_key AND mode <> 'normal'
            AND opened_at > :day AND opened_at <= :opened_at) AS volume,
        (SELECT COUNT(*) FROM contest WHERE grant_id = :grant_id) AS contests"""
)
_LEARN = text(
    """SELECT staff_key, opened_at FROM review WHERE opened_at BETWEEN :since AND :until AND unit = :unit
    AND mode <> 'normal' ORDER BY opened_at DESC LIMIT :most"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A case's row, its facts, and the stays around the access (cancelled ones included)."""

    row: Row[tuple[object, ...]]
    facts: Facts
    stays: tuple[Stay, ...]


def gather(connection: Connection, grant_id: str, settings: ReviewSettings, now: int) -> Gathered | None:
    """Everything the flags of one access need; None where there is no such case."""
    row = connection.execute(_CASE, {"grant_id": grant_id}).one_or_none()
    if row is None:
        return None
    reader = connection.execute(_READER, {"staff_key": row.staff_key}).one_or_none()
    stays = stays_around(connection, row.patient_id, row.opened_at, settings, now)
    counts = connection.execute(
        _COUNTS,
        {
            "staff_key": row.staff_key,
            "patient_id": row.patient_id,
            "grant_id": row.grant_id,
            "opened_at": row.opened_at,
            "back": row.opened_at - settings.repeat_days * DAY_MS,
            "other_episode": row.opened_at - DAY_MS,
            "day": row.opened_at - DAY_MS,
        },
    ).one()
    facts = Facts(
        staff_key=row.staff_key,
        reader_name=load_staff_member(row.staff).name,
        reason_code=row.reason_code,
        opened_at=row.opened_at,
        patient=Names(birth_name=row.birth_name, used_name=row.used_name),
        patient_address=row.address or "",
        linked_staff_key=row.linked_staff_key or "",
        protected=bool(row.protected),
        reader_record=Names(birth_name=reader.birth_name, used_name=reader.used_name) if reader else None,
        reader_address=(reader.address or "") if reader else "",
        admissions=sum(not stay.cancelled for stay in stays),
        earlier=counts.earlier,
        volume=counts.volume,
        contests=counts.contests,
    )
    return Gathered(row=row, facts=facts, stays=stays)


def stays_around(
    connection: Connection, patient_id: str, opened_at: int, settings: ReviewSettings, now: int
) -> tuple[Stay, ...]:
    """The stays of a patient that touch the hours before and after an access, oldest first."""
    near = settings.admission_hours * HOUR_MS
    rows = connection.execute(
        _STAYS,
        {
            "patient_id": patient_id,
            "latest": opened_at + near,
            "earliest": opened_at - near,
            "now": now + CLOCK_SLACK_MS,
        },
    )
    return tuple(
        Stay(
            episode_id=row.id,
            visit_number=row.visit_number,
            unit=row.unit,
            admitted_at=row.admitted_at,
            discharged_at=row.discharged_at,
            cancelled=row.cancelled_at is not None,
        )
        for row in rows
    )


def habits_of(connection: Connection, unit: str, settings: ReviewSettings, until: int) -> Habits:
    """The habits of a unit, from its emergency accesses of the last days."""
    since = until - settings.habit_days * DAY_MS
    rows = connection.execute(_LEARN, {"unit": unit, "since": since, "until": until, "most": MOST_LEARNT})
    return learn((row.staff_key, row.opened_at) for row in rows)
