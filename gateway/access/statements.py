"""What an awake patient said when asked, recorded for the episode: it opens the ordinary door, or closes two."""

from typing import Literal

from sqlalchemy import Connection, text

from gateway.access.context import PatientContext
from gateway.identity.staff_member import StaffMember
from gateway.world import World

_INSERT = text(
    """INSERT INTO care_statement (id, patient_id, episode_id, kind, recorded_by, recorded_at)
    VALUES (:id, :patient_id, :episode_id, :kind, :recorded_by, :recorded_at)"""
)


def record_statement(
    connection: Connection,
    world: World,
    context: PatientContext,
    staff: StaffMember,
    kind: Literal["consent", "refusal"],
) -> None:
    """Keep the patient's word as this professional attests it (CSP R1111-46)."""
    connection.execute(
        _INSERT,
        {
            "id": world.new_id(),
            "patient_id": context.patient.id,
            "episode_id": context.episode_id,
            "kind": kind,
            "recorded_by": staff.key,
            "recorded_at": world.epoch_ms(),
        },
    )
