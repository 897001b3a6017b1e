"""What waits for a patient is looked at again now, because what may reach them has just changed."""

from sqlalchemy import Connection, update

from gateway.notifications.notice import WAITING
from gateway.storage.tables import notice


def reconsider(connection: Connection, patient_id: str, *, now_ms: int) -> int:
    """Let the courier find the way of each waiting notice anew: it goes another way, or a rule holds it. How many."""
    done = connection.execute(
        update(notice)
        .where(notice.c.patient_id == patient_id, notice.c.state.in_([state.value for state in WAITING]))
        .values(due_at=now_ms, waits_for="", rides_with=None)
    )
    return done.rowcount
