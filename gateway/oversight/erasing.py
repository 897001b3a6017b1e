"""What is erased of a person, in the caller's transaction: never a leaf, so that every proof still holds.

For a patient and up to a month: the personal values of their entries with the keys that sealed them, the reasons typed
to open their dossier, the contacts in refusals, and the words of contests and reviews about those accesses. By
retention also, of accesses that old: who the professional was, and the answered requests; and sessions a month after
they ended. Notices hold no personal value (their address is read when they are sent), and the hospital's own directory
is not the log's to erase: it lives as long as the hospital's medical record (CSP R1112-7, 20 years).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from audit import AuditLog
from audit.entry import Json
from gateway.storage.journal import patient_subject
from gateway.storage.log_store import SqlLogStore

# A request and its entry are of one transaction, but their clocks are read one after the other.
REQUEST_APART_MS = 60_000
_REASONS = text(
    """UPDATE access_grant SET reason_text = ''
    WHERE patient_id = :patient_id AND opened_at < :before AND reason_text <> ''"""
)
_CONTESTS = text("UPDATE contest SET words = '', answer = '' WHERE patient_id = :patient_id AND received_at < :before")
_STEPS = text(
    """UPDATE review_step SET words = '' WHERE words <> '' AND grant_id IN
    (SELECT id FROM access_grant WHERE patient_id = :patient_id AND opened_at < :before)"""
)
_REFUSALS = text(
    """SELECT r.staff_key, r.request_id, r.refusal FROM audit_disclosure d
    JOIN access_request r ON r.refusal IS NOT NULL AND r.asked_at BETWEEN d.time - :apart AND d.time + :apart
        AND r.refusal LIKE '%' || d.entry_id || '%'
    WHERE d.subject = :subject AND d.period <= :through
        AND (SELECT e.type FROM audit_entry e WHERE e.entry_id = d.entry_id) = 'access.refused'"""
)
_FORGET_CONTACTS = text(
    "UPDATE access_request SET refusal = :refusal WHERE staff_key = :staff_key AND request_id = :request_id"
)
_DUE = text("SELECT DISTINCT subject, period FROM audit_key WHERE period < :limit ORDER BY period, subject LIMIT :most")
_OLD_GRANTS = text(
    "SELECT id FROM access_grant WHERE opened_at < :before AND staff_key <> '' ORDER BY opened_at LIMIT :most"
)
_FORGET_GRANT = text(
    "UPDATE access_grant SET staff_key = '', staff = :staff, reason_text = '' WHERE id = :grant_id AND staff_key <> ''"
)
_OLD_ROWS = (
    text("UPDATE contest SET words = '', answer = '' WHERE received_at < :before AND (words <> '' OR answer <> '')"),
    text("UPDATE review_step SET words = '', by_key = '', by_name = '' WHERE at < :before AND by_key <> ''"),
    text("UPDATE review SET staff_key = '' WHERE opened_at < :before AND staff_key <> ''"),
    text("DELETE FROM access_request WHERE asked_at < :before"),
)
_SESSIONS = text("DELETE FROM session WHERE expires_at < :before")
# What `load_staff_member` reads back as nobody.
NOBODY = (
    '{"amr":[],"authenticated_at":0,"category":"","establishment":"","factors":0,"issuer":"","key":"","name":"",'
    '"named":false,"profession":null,"roles":[],"rpps":"","specialty":"","subject":"","unit":""}'
)


@dataclass(frozen=True, slots=True)
class Erased:
    """Of one month: how many entries lost personal values, and how many persons' keys are gone.

    `personal` is to be sealed in the entry that records it: which numbers of a patient's history are gone, so that
    what remains still shows as complete (audit/README.md, section 3).
    """

    period: str
    entries: int
    keys: int
    personal: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


def erase_patient(connection: Connection, log: AuditLog, patient_id: str, through: str) -> Sequence[Erased]:
    """Erase what the record holds of a patient, up to the month `through` (`2026-11`) included."""
    subject = patient_subject(patient_id)
    _forget_contacts(connection, subject, through)
    periods = [period for period in SqlLogStore(connection).periods(subject) if period <= through]
    erased = erase_pairs(connection, log, [(subject, period) for period in periods])
    about = {"patient_id": patient_id, "before": end_of(through)}
    for statement in (_REASONS, _CONTESTS, _STEPS):
        connection.execute(statement, about)
    return erased


def _forget_contacts(connection: Connection, subject: str, through: str) -> None:
    """A refusal is kept as it was answered, with whom else to call: those are people too."""
    wanted = {"subject": subject, "through": through, "apart": REQUEST_APART_MS}
    for row in connection.execute(_REFUSALS, wanted).all():
        refusal = {**json.loads(row.refusal), "trusted_person": "", "medecin_traitant_phone": ""}
        values = {"staff_key": row.staff_key, "request_id": row.request_id, "refusal": json.dumps(refusal)}
        connection.execute(_FORGET_CONTACTS, values)


def due_by_retention(connection: Connection, limit: str, most: int) -> Sequence[tuple[str, str]]:
    """At most `most` (subject, period) that still have a key and are of a month before `limit`."""
    return [(row.subject, row.period) for row in connection.execute(_DUE, {"limit": limit, "most": most})]


def erase_pairs(connection: Connection, log: AuditLog, pairs: Sequence[tuple[str, str]]) -> Sequence[Erased]:
    """Erase these, counted by month. An entry about two persons counts for each of them."""
    store = SqlLogStore(connection)
    entries, keys = Counter[str](), Counter[str]()
    personal: dict[str, dict[str, Mapping[str, Json]]] = {period: {} for _, period in pairs}
    for subject, period in pairs:
        gone = log.erase(store, subject, period)
        entries[period] += gone.entries
        keys[period] += 1
        if gone.ranges:
            personal[period][subject] = gone.personal(len(personal[period]) + 1)
    return [Erased(period, entries[period], keys[period], personal[period]) for period in sorted(keys)]


def old_grants(connection: Connection, before: int, most: int) -> Sequence[str]:
    """At most `most` accesses opened before that (ms) which still say whose they were."""
    return list(connection.execute(_OLD_GRANTS, {"before": before, "most": most}).scalars())


def forget_grants(connection: Connection, grant_ids: Sequence[str]) -> None:
    """Keep that there was an access, when and in which mode; no longer by whom, nor the reason in their words."""
    if grant_ids:
        connection.execute(_FORGET_GRANT, [{"grant_id": grant_id, "staff": NOBODY} for grant_id in grant_ids])


def erase_old_rows(connection: Connection, before: int, sessions_before: int) -> None:
    """The words of contests and reviews and the answered requests from before that (ms), and the sessions that ended
    before their own limit: they hold the traits of patients, and nothing needs them once they are over."""
    connection.execute(_SESSIONS, {"before": sessions_before})
    for statement in _OLD_ROWS:
        connection.execute(statement, {"before": before})


def months_before(now_ms: int, months: int) -> str:
    """The month that many months before the one of `now_ms` (UTC): `2023-11`."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    count = now.year * 12 + now.month - 1 - months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def start_of(period: str) -> int:
    """The first instant (ms) of a month. Raises ValueError when it is none."""
    return int(datetime.strptime(period, "%Y-%m").replace(tzinfo=UTC).timestamp() * 1000)


def end_of(period: str) -> int:
    """The first instant (ms) after a month. Raises ValueError when it is none."""
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]), 12)
    return start_of(f"{year:04d}-{month + 1:02d}")
