"""Orders to erase against their entries, in both directions; and the keys that outlived what they sealed."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.topic import Topic, actor
from gateway.oversight.erasure import OrderState
from gateway.storage.tables import audit_disclosure, audit_key, erasure_order

ORDERS, KEYS = erasure_order.name, audit_key.name
_SCHEMA = """
CREATE TABLE ordered (id TEXT PRIMARY KEY, reason TEXT, through TEXT, patient TEXT, by_key TEXT, entry TEXT,
    met INTEGER DEFAULT 0);
CREATE TABLE settled (id TEXT, state TEXT, entries INTEGER, by_key TEXT, entry TEXT);
CREATE INDEX settled_by_order ON settled (id);
"""
# Erasing deletes the values and the key together; a key alone is what was left by somebody who deleted values.
_IDLE_KEYS = (
    select(audit_key.c.key_id, audit_key.c.subject, audit_key.c.period)
    .join(
        audit_disclosure,
        (audit_disclosure.c.key_id == audit_key.c.key_id) & (audit_disclosure.c.subject == audit_key.c.subject),
        isouter=True,
    )
    .where(audit_disclosure.c.key_id.is_(None))
)


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    facts, (by_key, _) = entry.facts, actor(personal)
    if "order" not in facts:
        return
    if entry.type == "record.erasure_ordered":
        about = (facts["order"], facts.get("reason"), facts.get("through"), personal.get("patient"))
        claims.add("ordered (id, reason, through, patient, by_key, entry)", *about, by_key, entry.entry_id)
    else:
        state = OrderState.DONE if entry.type == "record.erased" else OrderState.REFUSED
        how = (facts["order"], state.value, facts.get("entries", 0), by_key, entry.entry_id)
        claims.add("settled (id, state, entries, by_key, entry)", *how)


def check_erasures(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each order has its entry and is where its last entry left it; each such entry has its order. It also says whose
    words may be gone, and comes before the checks that compare words."""
    for row in connection.execute(select(erasure_order)).all():
        findings.looked_at["erasure orders"] += 1
        claim = claims.one("SELECT * FROM ordered WHERE id = ?", row.id)
        if claim is None:
            findings.add("order_without_entry", ORDERS, row.id)
            continue
        claims.meet("UPDATE ordered SET met = 1 WHERE id = ?", row.id)
        settled = list(claims.rows("SELECT * FROM settled WHERE id = ?", row.id))
        last = settled[-1] if settled else None
        if last is not None and last["state"] == OrderState.DONE:
            claims.forgotten.add(row.patient_id)
        pairs: dict[str, tuple[object, object]] = {
            "through": (row.through, claim["through"]),
            "reason": (row.reason, claim["reason"]),
            "state": (row.state, last["state"] if last is not None else OrderState.ORDERED.value),
            "entries": (row.entries, sum(item["entries"] for item in settled)),
        }
        if claim["patient"] is not None:
            pairs["patient_id"] = (row.patient_id, claim["patient"])
        if claim["by_key"] is not None:
            pairs["ordered_by"] = (hashed(row.ordered_by), claim["by_key"])
        if last is not None and last["by_key"] is not None:
            pairs["settled_by"] = (hashed(row.settled_by), last["by_key"])
        for column, (found, recorded) in pairs.items():
            findings.compare(ORDERS, row.id, column, found=found, recorded=recorded)
    for claim in claims.rows("SELECT id, entry FROM ordered WHERE met = 0"):
        findings.add("order_missing", ORDERS, claim["id"], entry=claim["entry"])
    for row in connection.execute(_IDLE_KEYS):
        findings.add("key_without_values", KEYS, row.key_id, subject=row.subject, month=row.period)


TOPIC = Topic(("record.",), _SCHEMA, _take, check_erasures)
