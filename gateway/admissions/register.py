"""The register of episodes of care: who is present in a unit, and which episode of a patient is under way."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from gateway.errors import NotFound
from gateway.storage.tables import admission

LONGEST_LIST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One episode of care (HL7 v2 PV1: the visit). Instants are UTC epoch milliseconds; present until discharged."""

    episode_id: str
    visit_number: str  # PV1-19, unique in the hospital
    patient_id: str
    unit: str
    box: str  # "" while waiting
    motive: str  # as the reception wrote it, "" when unknown
    admitted_at: int
    discharged_at: int | None = None
    cancelled_at: int | None = None  # the arrival never took place (HL7 v2 A11)

    @property
    def present(self) -> bool:
        """Neither discharged nor cancelled."""
        return self.discharged_at is None and self.cancelled_at is None


NOT_CANCELLED = admission.c.cancelled_at.is_(None)
_PRESENT = (
    select(admission)
    .where(admission.c.unit == bindparam("unit"), admission.c.discharged_at.is_(None), NOT_CANCELLED)
    .order_by(admission.c.admitted_at.desc(), admission.c.id)
    .limit(LONGEST_LIST)
)
_EPISODES = (
    select(admission)
    .where(admission.c.patient_id == bindparam("patient_id"))
    .order_by(admission.c.admitted_at.desc(), admission.c.id)
    .limit(LONGEST_LIST)
)
_CURRENT = (
    select(admission)
    .where(admission.c.patient_id == bindparam("patient_id"), admission.c.discharged_at.is_(None), NOT_CANCELLED)
    .order_by(admission.c.admitted_at.desc(), admission.c.id)
    .limit(1)
)


def present(connection: Connection, unit: str) -> tuple[Admission, ...]:
    """The patients of a unit who have not been discharged, newest first (at most 500)."""
    return tuple(_admission(row) for row in connection.execute(_PRESENT, {"unit": unit}))


def current_episode(connection: Connection, patient_id: str) -> Admission | None:
    """The episode under way, the newest where the feed left several open; None: the patient is not here."""
    row = connection.execute(_CURRENT, {"patient_id": patient_id}).first()
    return None if row is None else _admission(row)


def episodes_of(connection: Connection, patient_id: str) -> tuple[Admission, ...]:
    """Every episode of a patient, newest first (at most 500)."""
    return tuple(_admission(row) for row in connection.execute(_EPISODES, {"patient_id": patient_id}))


def admit(connection: Connection, arrival: Admission) -> None:
    """Register an arrival. The visit number is unique: registering it twice raises the database's integrity error."""
    connection.execute(insert(admission), admission_row(arrival))


def discharge(connection: Connection, episode_id: str, *, discharged_at: int) -> None:
    """Close an episode (epoch ms). Closing it again keeps the first discharge. Raises `NotFound`: no such episode."""
    known = connection.execute(select(admission.c.id).where(admission.c.id == episode_id)).first()
    if known is None:
        raise NotFound("no such episode")
    connection.execute(
        update(admission)
        .where(admission.c.id == episode_id, admission.c.discharged_at.is_(None))
        .values(discharged_at=discharged_at)
    )


def cancel(connection: Connection, episode_id: str, *, cancelled_at: int) -> None:
    """The arrival never took place (HL7 v2 A11; epoch ms). Raises `NotFound`: no such episode."""
    done = connection.execute(update(admission).where(admission.c.id == episode_id).values(cancelled_at=cancelled_at))
    if done.rowcount == 0:
        raise NotFound("no such episode")


def admission_row(arrival: Admission) -> dict[str, object]:
    """The row of the `admission` table, for loads of many at once."""
    return {
        "id": arrival.episode_id,
        "visit_number": arrival.visit_number,
        "patient_id": arrival.patient_id,
        "unit": arrival.unit,
        "box": arrival.box,
        "motive": arrival.motive,
        "admitted_at": arrival.admitted_at,
        "discharged_at": arrival.discharged_at,
        "cancelled_at": arrival.cancelled_at,
    }


def _admission(row: Row[tuple[object, ...]]) -> Admission:
    return Admission(
        episode_id=row.id,
        visit_number=row.visit_number,
        patient_id=row.patient_id,
        unit=row.unit,
        box=row.box,
        motive=row.motive,
        admitted_at=row.admitted_at,
        discharged_at=row.discharged_at,
        cancelled_at=row.cancelled_at,
    )
