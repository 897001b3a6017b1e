"""What patients chose (whom they shut out, the emergency settings, how they are told), against the entries.

What a directory brought in has no entry: a block without a wish, a setting that nobody changed here.
"""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.oversight.completeness.topic import Topic
from gateway.storage.tables import block_wish, notice_preference, patient, patient_block

WISHES, BLOCKS, PATIENTS, PREFERENCES = block_wish.name, patient_block.name, patient.name, notice_preference.name
_SCHEMA = """
CREATE TABLE blocked (block TEXT PRIMARY KEY, access TEXT, side TEXT, patient TEXT, entry TEXT, met INTEGER DEFAULT 0);
CREATE TABLE setting (patient TEXT, setting TEXT, allowed INTEGER, entry TEXT, PRIMARY KEY (patient, setting));
CREATE TABLE preferred (patient TEXT PRIMARY KEY, facts TEXT, entry TEXT, met INTEGER DEFAULT 0);
"""
# The column of each setting of the portal, and whether it says the opposite.
_COLUMNS = {
    "samu": ("opposed_centre_15", True),
    "professionals": ("opposed_break_glass", True),
    "masked": ("masked_in_emergency", False),
}
_WISHES = (
    select(block_wish, patient_block.c.id.label("block_id"))
    .join(
        patient_block,
        (patient_block.c.patient_id == block_wish.c.patient_id) & (patient_block.c.staff_key == block_wish.c.staff_key),
        isouter=True,
    )
    .execution_options(yield_per=ROWS_PER_FETCH)
)
_PATIENT = select(patient).where(patient.c.id == bindparam("patient"))
_PREFERENCES = select(notice_preference).execution_options(yield_per=ROWS_PER_FETCH)


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    facts, whose = entry.facts, personal.get("patient")
    if entry.type == "choice.blocked":
        block = (facts.get("block"), facts.get("access"), facts.get("side"), whose, entry.entry_id)
        claims.add("blocked (block, access, side, patient, entry)", *block)
    elif entry.type == "choice.unblocked":
        claims.meet("DELETE FROM blocked WHERE block = ?", facts.get("block"))
    elif whose is None:
        # Erased: nobody can say whose choice it was.
        return
    elif entry.type == "choice.emergency":
        claims.meet("DELETE FROM setting WHERE patient = ? AND setting = ?", whose, facts.get("setting"))
        setting = (whose, facts.get("setting"), facts.get("allowed"), entry.entry_id)
        claims.add("setting (patient, setting, allowed, entry)", *setting)
    elif entry.type == "choice.notices":
        claims.meet("DELETE FROM preferred WHERE patient = ?", whose)
        claims.add("preferred (patient, facts, entry)", whose, json.dumps(facts), entry.entry_id)


def check_choices(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each block that somebody wished has its entry, and is in force; each setting and preference is what was last
    chosen; and each choice of an entry has its row."""
    _check_wishes(connection, claims, findings)
    for claim in claims.rows("SELECT * FROM setting ORDER BY patient, setting"):
        findings.looked_at["choices"] += 1
        row = connection.execute(_PATIENT, {"patient": claim["patient"]}).mappings().one_or_none()
        column, opposite = _COLUMNS[claim["setting"]]
        if row is None:
            findings.add("choice_missing", PATIENTS, claim["patient"], entry=claim["entry"])
        else:
            found = bool(row[column]) is not opposite
            findings.compare(PATIENTS, claim["patient"], column, found=found, recorded=bool(claim["allowed"]))
    _check_preferences(connection, claims, findings)


def _check_wishes(connection: Connection, claims: Claims, findings: Findings) -> None:
    for row in connection.execute(_WISHES):
        findings.looked_at["choices"] += 1
        if row.block_id is None:
            findings.add("block_lifted", BLOCKS, row.id)
        claim = claims.one(
            """SELECT b.*, o.staff FROM blocked b LEFT JOIN opened o ON o.access = b.access WHERE b.block = ?""", row.id
        )
        if claim is None:
            # A block that was brought in becomes a wish of its own when another side wishes it too.
            if row.id != row.block_id:
                findings.add("block_without_entry", WISHES, row.id)
            continue
        claims.meet("UPDATE blocked SET met = 1 WHERE block = ?", row.id)
        findings.compare(WISHES, row.id, "side", found=row.side, recorded=claim["side"])
        if claim["patient"] is not None:
            findings.compare(WISHES, row.id, "patient_id", found=row.patient_id, recorded=claim["patient"])
        if claim["staff"] is not None:
            findings.compare(WISHES, row.id, "staff_key", found=hashed(row.staff_key), recorded=claim["staff"])
    for claim in claims.rows("SELECT block, entry FROM blocked WHERE met = 0"):
        findings.add("block_missing", WISHES, claim["block"], entry=claim["entry"])


def _check_preferences(connection: Connection, claims: Claims, findings: Findings) -> None:
    for row in connection.execute(_PREFERENCES):
        findings.looked_at["choices"] += 1
        claim = claims.one("SELECT facts FROM preferred WHERE patient = ?", row.patient_id)
        if claim is None:
            if not claims.may_be_erased(row.patient_id, row.changed_at):
                findings.add("preference_without_entry", PREFERENCES, row.patient_id)
            continue
        claims.meet("UPDATE preferred SET met = 1 WHERE patient = ?", row.patient_id)
        facts = json.loads(claim["facts"])
        pairs: dict[str, tuple[object, object]] = {
            "channels": (json.loads(row.channels), facts.get("channels")),
            "all_accesses": (bool(row.all_accesses), facts.get("all_accesses")),
            "large_print": (bool(row.large_print), facts.get("large_print")),
            "language": (row.language, facts.get("language")),
        }
        for column, (found, recorded) in pairs.items():
            findings.compare(PREFERENCES, row.patient_id, column, found=found, recorded=recorded)
    for claim in claims.rows("SELECT patient, entry FROM preferred WHERE met = 0"):
        findings.add("choice_missing", PREFERENCES, claim["patient"], entry=claim["entry"])


TOPIC = Topic(("choice.",), _SCHEMA, _take, check_choices)
