"""The cases of the reviews, their steps and what the rules do with them, against the entries, in both directions."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.accesses import MOST_APART_MS
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.consequences import EMERGENCIES
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.oversight.completeness.topic import Topic, actor, digest_of
from gateway.oversight.reviews.case import DECIDED, CaseState, StepKind
from gateway.storage.tables import review, review_rule, review_step

CASES, STEPS, RULES = review.name, review_step.name, review_rule.name
_SCHEMA = """
CREATE TABLE step (entry TEXT PRIMARY KEY, access TEXT, kind TEXT, place INTEGER, by_key TEXT, by_name TEXT, words TEXT,
    rule TEXT, met INTEGER DEFAULT 0);
CREATE INDEX step_by_access ON step (access, place);
CREATE TABLE effect (rule TEXT PRIMARY KEY, effect TEXT, by_key TEXT, entry TEXT, met INTEGER DEFAULT 0);
"""
_KINDS = {f"review.{kind.value}": kind.value for kind in StepKind}
# Where a step leaves its case; the others leave it where it is.
_MOVES = {
    StepKind.ASKED: CaseState.ASKED,
    StepKind.EXPLAINED: CaseState.ANSWERED,
    StepKind.FIRST_JUSTIFIED: CaseState.SECOND,
    StepKind.FIRST_UNJUSTIFIED: CaseState.SECOND,
    StepKind.DISAGREED: CaseState.OPEN,
    StepKind.JUSTIFIED: CaseState.JUSTIFIED,
    StepKind.UNJUSTIFIED: CaseState.UNJUSTIFIED,
    StepKind.CLOSED_BY_RULE: CaseState.JUSTIFIED,
    StepKind.UNDONE: CaseState.OPEN,
    StepKind.REOPENED: CaseState.OPEN,
}
_BY_NOBODY = {StepKind.CONTESTED: "patient", StepKind.REMINDED: "gateway"}
_CASES = select(review).execution_options(yield_per=ROWS_PER_FETCH)
_STEPS = (
    select(review_step, review.c.patient_id)
    .join(review, review.c.grant_id == review_step.c.grant_id, isouter=True)
    .execution_options(yield_per=ROWS_PER_FETCH)
)


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    by_key, by_name = actor(personal)
    if entry.type == "review.rule_set":
        rule = (entry.facts.get("rule"), entry.facts.get("effect"), by_key, entry.entry_id)
        claims.meet("DELETE FROM effect WHERE rule = ?", rule[0])
        claims.add("effect (rule, effect, by_key, entry)", *rule)
    kind = _KINDS.get(entry.type)
    if kind is None:
        return
    words = digest_of(personal.get("words", ""))
    claims.add(
        "step (entry, access, kind, place, by_key, by_name, words, rule)",
        entry.entry_id,
        entry.facts.get("access"),
        kind,
        claims.place,
        by_key,
        by_name,
        # Who lost the values that say who it was may have lost the words with them.
        words if by_key is not None or "patient" in personal else None,
        entry.facts.get("rule"),
    )


def check_cases(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each emergency access has its case, each case stands where its steps left it, each step has its entry and each
    such entry its step; what a rule does is what was last set."""
    for row in connection.execute(_CASES):
        findings.looked_at["reviews"] += 1
        _check_case(row, claims, findings)
    for claim in claims.rows(
        f"""SELECT o.access, o.entry FROM opened o WHERE json_extract(o.facts, '$.mode') IN {EMERGENCIES}
        AND o.access NOT IN (SELECT access FROM cased) ORDER BY o.place"""  # noqa: S608
    ):
        findings.add("review_missing", CASES, claim["access"], entry=claim["entry"])
    for row in connection.execute(_STEPS):
        findings.looked_at["review steps"] += 1
        _check_step(row, claims, findings)
    for claim in claims.rows("SELECT * FROM step WHERE met = 0 ORDER BY place"):
        findings.add("step_missing", STEPS, claim["access"] or "", kind=claim["kind"], entry=claim["entry"])
    _check_rules(connection, claims, findings)


def _check_case(row: Row[*tuple[Any, ...]], claims: Claims, findings: Findings) -> None:
    claims.add("cased (access)", row.grant_id)
    opened = claims.one("SELECT * FROM opened WHERE access = ?", row.grant_id)
    steps = list(claims.rows("SELECT * FROM step WHERE access = ? ORDER BY place", row.grant_id))
    if opened is None:
        findings.add("review_without_entry", CASES, row.grant_id)
        return
    facts = json.loads(opened["facts"])
    contested = any(step["kind"] == StepKind.CONTESTED for step in steps)
    if facts.get("mode") not in EMERGENCIES and not contested:
        findings.add("review_without_entry", CASES, row.grant_id)
        return
    state, decided_by = _derived(steps)
    pairs: dict[str, tuple[object, object]] = {
        "mode": (row.mode, facts.get("mode")),
        "reason_code": (row.reason_code, facts.get("reason")),
        "opened_at": (abs(row.opened_at - opened["time"]) <= MOST_APART_MS, True),
        "steps": (row.steps, len(steps)),
        "state": (row.state, state.value),
        "decided_at": (row.decided_at is not None, state in DECIDED),
    }
    if opened["patient"] is not None:
        pairs["patient_id"] = (row.patient_id, opened["patient"])
    if opened["staff"] is not None and (row.staff_key or row.opened_at >= claims.kept_since):
        pairs["staff_key"] = (hashed(row.staff_key), opened["staff"])
        pairs["unit"] = (hashed(row.unit), opened["unit"])
    if decided_by is not None or state not in DECIDED:
        pairs["decided_by"] = (hashed(row.decided_by), decided_by or hashed(""))
    for column, (found, recorded) in pairs.items():
        findings.compare(CASES, row.grant_id, column, found=found, recorded=recorded)


def _derived(steps: list[sqlite3.Row]) -> tuple[CaseState, str | None]:
    """Where the steps left a case, and by whom (hashed) it was decided; None where nobody can say any more."""
    state, by = CaseState.OPEN, None
    for step in steps:
        kind = StepKind(step["kind"])
        if kind in _MOVES:
            state, by = _MOVES[kind], step["by_key"]
            if kind is StepKind.CLOSED_BY_RULE:
                by = hashed(f"rule:{step['rule']}")
        elif kind is StepKind.CONTESTED and state in DECIDED:
            # Contested again, a decided case is open again.
            state = CaseState.OPEN
    return state, by if state in DECIDED else None


def _check_step(row: Row[*tuple[Any, ...]], claims: Claims, findings: Findings) -> None:
    where = f"{row.grant_id}/{row.number}"
    claim = claims.one("SELECT * FROM step WHERE entry = ?", row.audit_entry_id)
    if claim is None:
        findings.add("step_without_entry", STEPS, where, kind=row.kind, entry=row.audit_entry_id)
        return
    claims.meet("UPDATE step SET met = 1 WHERE entry = ?", row.audit_entry_id)
    kept = row.at >= claims.kept_since
    pairs: dict[str, tuple[object, object]] = {
        "grant_id": (row.grant_id, claim["access"]),
        "kind": (row.kind, claim["kind"]),
    }
    by = _BY_NOBODY.get(StepKind(claim["kind"]), f"rule:{claim['rule']}" if claim["rule"] else None)
    if by is not None:
        pairs["by_key"] = (row.by_key, by if row.by_key or kept else "")
    elif claim["by_key"] is not None and (row.by_key or kept):
        pairs["by_key"] = (hashed(row.by_key), claim["by_key"])
        pairs["by_name"] = (hashed(row.by_name), claim["by_name"])
    if claim["words"] is not None and (row.words or not claims.may_be_erased(row.patient_id or "", row.at)):
        pairs["words"] = (hashed(row.words), claim["words"])
    for column, (found, recorded) in pairs.items():
        findings.compare(STEPS, where, column, found=found, recorded=recorded)


def _check_rules(connection: Connection, claims: Claims, findings: Findings) -> None:
    for row in connection.execute(select(review_rule)):
        claim = claims.one("SELECT * FROM effect WHERE rule = ?", row.rule)
        if claim is None:
            findings.add("rule_without_entry", RULES, row.rule)
            continue
        claims.meet("UPDATE effect SET met = 1 WHERE rule = ?", row.rule)
        findings.compare(RULES, row.rule, "effect", found=row.effect, recorded=claim["effect"])
        if claim["by_key"] is not None:
            findings.compare(RULES, row.rule, "set_by", found=hashed(row.set_by), recorded=claim["by_key"])
    for claim in claims.rows("SELECT rule, entry FROM effect WHERE met = 0"):
        findings.add("rule_missing", RULES, claim["rule"], entry=claim["entry"])


TOPIC = Topic(("review.",), _SCHEMA + "CREATE TABLE cased (access TEXT PRIMARY KEY);", _take, check_cases)
