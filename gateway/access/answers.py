"""How a request id was answered: by a grant, or by a refusal that is kept so that asking again answers the same."""

import hashlib
import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, text

from gateway.access.outcome import AuditReference, Refused, RuleReason
from gateway.access.request import AccessRequest
from gateway.patients.patient import PatientRecord
from policies import Mode

CLAIM_REQUEST = """
    INSERT INTO access_request (staff_key, request_id, fingerprint, grant_id, refusal, asked_at)
    VALUES (:staff_key, :request_id, :fingerprint, :grant_id, :refusal, :asked_at) ON CONFLICT DO NOTHING
"""
_CLAIM_REQUEST = text(CLAIM_REQUEST)
_FIND_REQUEST = text(
    """SELECT fingerprint, grant_id, refusal FROM access_request
    WHERE staff_key = :staff_key AND request_id = :request_id"""
)
_LEAF_HASH = text("SELECT leaf_hash FROM audit_entry WHERE entry_id = :entry_id")


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """How a request id was answered: by a grant, or by the JSON of a refusal."""

    fingerprint: str
    grant_id: str | None
    refusal: str | None


def claim_request(
    connection: Connection,
    staff_key: str,
    request_id: str,
    fingerprint: str,
    now: int,
    *,
    grant_id: str | None,
    refusal: str | None,
) -> bool:
    """Take the request id for this answer; False when it is answered already. On PostgreSQL a concurrent request
    with the same id waits here until the first one's fate is known."""
    result = connection.execute(
        _CLAIM_REQUEST,
        {
            "staff_key": staff_key,
            "request_id": request_id,
            "fingerprint": fingerprint,
            "grant_id": grant_id,
            "refusal": refusal,
            "asked_at": now,
        },
    )
    return result.rowcount == 1


def find_request(connection: Connection, staff_key: str, request_id: str) -> StoredRequest | None:
    """How this request id was answered before."""
    row = connection.execute(_FIND_REQUEST, {"staff_key": staff_key, "request_id": request_id}).one_or_none()
    return None if row is None else StoredRequest(row.fingerprint, row.grant_id, row.refusal)


def fingerprint_of(request: AccessRequest, patient_id: str) -> str:
    """SHA-256 of what was asked, so that one id cannot stand for two questions."""
    reason = (request.reason.code, request.reason.text) if request.reason else ("", "")
    asked = [patient_id, request.mode.value, *reason, request.consent_given, request.patient_refuses]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def refusal_to_json(refused: Refused) -> str:
    """What is kept of a refusal, so that asking again with the same id answers the same; the patient is looked up."""
    kept = asdict(refused)
    del kept["patient"], kept["audit"]["leaf_hash"]  # known only once the entry, appended last, is sealed
    return json.dumps(kept, ensure_ascii=False)


def refusal_from_json(connection: Connection, kept: str, patient: PatientRecord) -> Refused:
    """The refusal as it was answered."""
    data = json.loads(kept)
    entry_id = data["audit"]["entry_id"]
    leaf_hash = connection.execute(_LEAF_HASH, {"entry_id": entry_id}).scalar_one()
    return Refused(
        patient=patient,
        mode=Mode(data["mode"]),
        rules=tuple(RuleReason(**rule) for rule in data["rules"]),
        near_misses=tuple(RuleReason(**rule) for rule in data["near_misses"]),
        break_glass=data["break_glass"],
        possible=tuple(data["possible"]),
        medecin_traitant_phone=data["medecin_traitant_phone"],
        trusted_person=data["trusted_person"],
        policy_version=data["policy_version"],
        engine_fault=data["engine_fault"],
        audit=AuditReference(entry_id, bytes(leaf_hash).hex()),
        patient_refuses=data.get("patient_refuses", False),
    )
