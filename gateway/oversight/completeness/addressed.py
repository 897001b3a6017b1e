"""Which addresses patients said are not safe for them, against the entries: a mark that is gone would send a message to
whom it was kept from, and nobody would know.

The latest entry of a patient says which marks there are, all of them.
"""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.oversight.completeness.topic import Topic
from gateway.storage.tables import unsafe_address

MARKS = unsafe_address.name
_SCHEMA = "CREATE TABLE marked (patient TEXT, way TEXT, reason TEXT, entry TEXT, met INTEGER DEFAULT 0);"
_ROWS = select(unsafe_address).execution_options(yield_per=ROWS_PER_FETCH)


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    whose, marks = personal.get("patient"), personal.get("unsafe")
    if whose is None or not isinstance(marks, dict):
        return
    claims.meet("DELETE FROM marked WHERE patient = ?", whose)
    for way, reason in marks.items():
        claims.add("marked (patient, way, reason, entry)", whose, way, json.dumps(reason), entry.entry_id)


def check_addresses(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each mark has its entry and its reason, and each mark of an entry stands."""
    for row in connection.execute(_ROWS):
        findings.looked_at["choices"] += 1
        claim = claims.one("SELECT reason FROM marked WHERE patient = ? AND way = ?", row.patient_id, row.way)
        if claim is None:
            if not claims.may_be_erased(row.patient_id, row.marked_at):
                findings.add("mark_without_entry", MARKS, row.patient_id)
            continue
        claims.meet("UPDATE marked SET met = 1 WHERE patient = ? AND way = ?", row.patient_id, row.way)
        findings.compare(MARKS, row.patient_id, "reason", found=json.dumps(row.reason), recorded=claim["reason"])
    for claim in claims.rows("SELECT patient, entry FROM marked WHERE met = 0"):
        findings.add("choice_missing", MARKS, claim["patient"], entry=claim["entry"])


TOPIC = Topic(("choice.addresses", "patient.imported"), _SCHEMA, _take, check_addresses)
