"""What a patient shuts is shut at once: the accesses open at that moment end in the commit that says so."""

from sqlalchemy import text

from gateway.access.actors import subject_of
from gateway.access.grants import end_grant, find_grant
from gateway.access.recorders import AccessRecorder
from gateway.storage.journal import patient_subject, take_turns
from gateway.storage.transaction import Transaction
from policies import Mode

_OPEN = text(
    """SELECT id, staff_key FROM access_grant WHERE patient_id = :patient_id AND ended_at IS NULL AND expires_at > :now
    AND (:staff_key = '' OR staff_key = :staff_key) AND (:mode = '' OR mode = :mode) ORDER BY opened_at, id"""
)
# The same as an opening takes (see `opening`): whoever is opening now is waited for, and ended.
_LOCK_PAIR = text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 0))")


def end_open_accesses(
    tx: Transaction,
    recorder: AccessRecorder,
    now: int,
    *,
    patient_id: str,
    rule: str,
    staff_key: str = "",
    mode: Mode | None = None,
    by: str = "",
) -> int:
    """End what a professional has open of this patient, or what anyone has open in a mode; how many. Each leaves its
    entry, with the `rule` of the guardrails that forbids it from now on. `by` is the subject of whoever has it done,
    about whom the caller records it afterwards."""
    if staff_key and tx.connection.dialect.name == "postgresql":
        tx.connection.execute(_LOCK_PAIR, {"pair": f"{staff_key}\n{patient_id}"})
    asked = {"patient_id": patient_id, "now": now, "staff_key": staff_key, "mode": mode.value if mode else ""}
    rows = tx.connection.execute(_OPEN, asked).all()
    grants = [find_grant(tx.connection, row.staff_key, row.id) for row in rows]
    take_turns(tx, [patient_subject(patient_id), by, *(subject_of(grant.staff) for grant in grants)])
    for grant in grants:
        end_grant(tx.connection, grant, now)
        recorder.withdrawn(tx, grant.staff, grant, (rule,), grant.policy_version)
    return len(rows)
