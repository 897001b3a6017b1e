"""The case of an access's review: born in the commit of every emergency access (CSP L1111-17 I), so that the reviewers
miss none, whatever crashes. What becomes of it is the oversight room's."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

BIRTH = "INSERT INTO review (grant_id, patient_id, staff_key, unit, mode, reason_code, opened_at)"
_BEAR = text(
    f"{BIRTH} VALUES (:id, :patient_id, :staff_key, :unit, :mode, :reason_code, :opened_at) ON CONFLICT DO NOTHING"
)


def bear_case(connection: Connection, grant: Mapping[str, object]) -> None:
    """Leave the case of a grant (its `id`, `patient_id`, `staff_key`, `unit`, `mode`, `reason_code`, `opened_at`)
    unless it has one."""
    connection.execute(_BEAR, dict(grant))
