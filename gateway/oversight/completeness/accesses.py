"""Every grant and every answered request against the entries, in both directions."""

import json
import sqlite3
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.storage.tables import access_grant, access_request

GRANTS, REQUESTS = access_grant.name, access_request.name
# An opening reads the clock before its transaction and its entry inside it: they are moments apart, or a clock jumped.
MOST_APART_MS = 600_000

_GRANTS = select(access_grant).execution_options(yield_per=ROWS_PER_FETCH)
_REQUESTS = select(access_request.c.request_id, access_request.c.grant_id, access_request.c.refusal).execution_options(
    yield_per=ROWS_PER_FETCH
)


def check_grants(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each grant has its `access.opened` entry with the same facts, and is as long and as over as later entries say."""
    for row in connection.execute(_GRANTS):
        findings.looked_at["grants"] += 1
        claim = claims.one("SELECT * FROM opened WHERE access = ?", row.id)
        if claim is None or claim["entry"] != row.audit_entry_id:
            findings.add("grant_without_entry", GRANTS, row.id, entry=row.audit_entry_id)
        if claim is None:
            continue
        claims.meet("UPDATE opened SET met = 1 WHERE access = ?", row.id)
        _compare_opening(row, claim, findings)
        _compare_window(row, claim, claims, findings)
    for claim in claims.rows("SELECT access, entry FROM opened WHERE met = 0 ORDER BY place"):
        findings.add("grant_missing", GRANTS, claim["access"], entry=claim["entry"])


def check_requests(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each request that was answered by a refusal has its entry, with the same rules, and each refusal its request,
    as long as retention keeps it."""
    for row in connection.execute(_REQUESTS):
        findings.looked_at["requests"] += 1
        if row.grant_id is not None:
            if claims.one("SELECT 1 FROM opened WHERE access = ?", row.grant_id) is None:
                findings.add("request_without_entry", REQUESTS, row.request_id, grant=row.grant_id)
            continue
        refusal = json.loads(row.refusal)
        entry_id = refusal["audit"]["entry_id"]
        claim = claims.one("SELECT * FROM refused WHERE entry = ?", entry_id)
        if claim is None:
            findings.add("request_without_entry", REQUESTS, row.request_id, entry=entry_id)
            continue
        claims.meet("UPDATE refused SET met = 1 WHERE entry = ?", entry_id)
        _compare_refusal(row.request_id, refusal, claim, findings)
    for claim in claims.rows("SELECT entry FROM refused WHERE met = 0 AND time >= ?", claims.kept_since):
        findings.add("request_missing", REQUESTS, "", entry=claim["entry"])


def _compare_opening(row: Row[*tuple[Any, ...]], claim: sqlite3.Row, findings: Findings) -> None:
    facts, decision = json.loads(claim["facts"]), json.loads(row.decision)
    pairs = {
        "mode": (row.mode, facts.get("mode")),
        "reason_code": (row.reason_code, facts.get("reason")),
        "consent_basis": (row.consent_basis, facts.get("consent")),
        "first_access": (bool(row.first_access), facts.get("first_access")),
        "decision.expires_at": (decision.get("expires_at"), facts.get("expires_at")),
        "decision.rules": ([rule["rule_id"] for rule in decision["rules"]], facts.get("rules")),
        "decision.obligations": (decision.get("obligations"), facts.get("obligations")),
        "decision.policy_version": (decision.get("policy_version"), claim["policy"]),
        "notice_id": (row.notice_id, next(iter(facts.get("notices", ())), None)),
        "opened_at": (abs(row.opened_at - claim["time"]) <= MOST_APART_MS, True),
    }
    # What was erased cannot be compared any more, and is not.
    if claim["patient"] is not None:
        pairs["patient_id"] = (row.patient_id, claim["patient"])
        pairs["reason_text"] = (hashed(row.reason_text), claim["reason"])
    if claim["staff"] is not None:
        pairs["staff_key"] = (hashed(row.staff_key), claim["staff"])
    for column, (found, recorded) in pairs.items():
        findings.compare(GRANTS, row.id, column, found=found, recorded=recorded)


def _compare_window(row: Row[*tuple[Any, ...]], claim: sqlite3.Row, claims: Claims, findings: Findings) -> None:
    until, extensions, over = json.loads(claim["facts"]).get("expires_at"), 0, False
    for turn in claims.rows("SELECT type, expires_at FROM turned WHERE access = ? ORDER BY place", row.id):
        if turn["type"] == "access.extended":
            until, extensions = turn["expires_at"], extensions + 1
        over = over or turn["type"] in {"access.ended", "access.withdrawn"}
    findings.compare(GRANTS, row.id, "expires_at", found=row.expires_at, recorded=until)
    findings.compare(GRANTS, row.id, "extensions", found=row.extensions, recorded=extensions)
    findings.compare(GRANTS, row.id, "ended_at", found=row.ended_at is not None, recorded=over)


def _compare_refusal(request_id: str, refusal: dict[str, Any], claim: sqlite3.Row, findings: Findings) -> None:
    facts = json.loads(claim["facts"])
    pairs = {
        "refusal.mode": (refusal["mode"], facts.get("mode")),
        "refusal.rules": ([rule["rule_id"] for rule in refusal["rules"]], facts.get("rules")),
        "refusal.near_misses": ([rule["rule_id"] for rule in refusal["near_misses"]], facts.get("near_misses")),
        "refusal.engine_fault": (refusal["engine_fault"], facts.get("engine_fault")),
        "refusal.policy_version": (refusal["policy_version"], claim["policy"]),
    }
    for column, (found, recorded) in pairs.items():
        findings.compare(REQUESTS, request_id, column, found=found, recorded=recorded)
