"""The versions of the rules, who agreed to them and when each took force, against the entries, in both directions."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.topic import Topic, actor
from gateway.rulebook.contents import text_digest, version_files
from gateway.storage.tables import policy_activation, policy_approval, policy_version, policy_version_name

VERSIONS, ACTIVATIONS = policy_version.name, policy_activation.name
APPROVALS, NAMES = policy_approval.name, policy_version_name.name
_SCHEMA = """
CREATE TABLE version (number INTEGER PRIMARY KEY, digest TEXT, text TEXT, entry TEXT, met INTEGER DEFAULT 0);
CREATE TABLE named (digest TEXT, number INTEGER, PRIMARY KEY (digest, number));
CREATE TABLE agreed (number INTEGER, role TEXT, by_key TEXT, entry TEXT, met INTEGER DEFAULT 0);
CREATE INDEX agreed_by_version ON agreed (number, role);
CREATE TABLE force (activation TEXT PRIMARY KEY, number INTEGER, turn INTEGER, effective_at INTEGER, kind TEXT,
    by_key TEXT, cancelled INTEGER DEFAULT 0, entry TEXT, met INTEGER DEFAULT 0);
"""
_BORN = ("policies.staged", "policies.taken_in")
_TAKEN = ("policies.activated", "policies.rolled_back")


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    facts, (by_key, _) = entry.facts, actor(personal)
    number, activation = facts.get("version"), facts.get("activation")
    if entry.type in (*_BORN, *_TAKEN, "policies.loaded"):
        claims.add("named (digest, number)", entry.policy_version, number)
    if entry.type in _BORN:
        row = (number, entry.policy_version, facts.get("text"), entry.entry_id)
        claims.add("version (number, digest, text, entry)", *row)
    elif entry.type == "policies.approved":
        roles = facts.get("as")
        for role in roles if isinstance(roles, list) else ():
            claims.add("agreed (number, role, by_key, entry)", number, role, by_key, entry.entry_id)
    elif entry.type == "policies.activation_scheduled":
        when = (activation, number, facts.get("effective_at"), by_key, entry.entry_id)
        claims.add("force (activation, number, effective_at, by_key, entry)", *when)
    elif entry.type == "policies.activation_cancelled":
        claims.meet("UPDATE force SET cancelled = 1 WHERE activation = ?", activation)
    elif entry.type in _TAKEN:
        kind = "rollback" if entry.type == "policies.rolled_back" else ""
        claims.add("force (activation, number, by_key, entry)", activation, number, by_key, entry.entry_id)
        claims.meet(
            "UPDATE force SET number = ?, turn = ?, kind = ? WHERE activation = ?",
            number,
            facts.get("turn"),
            kind,
            activation,
        )


def check_rules(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each version has the text that was recorded with it; each approval and each activation, cancelled ones too, has
    its entry; and each such entry its row."""
    for row in connection.execute(select(policy_version)).all():
        findings.looked_at["rule versions"] += 1
        _check_version(connection, row, claims, findings)
    for gone in claims.rows("SELECT number, entry FROM version WHERE met = 0"):
        findings.add("version_missing", VERSIONS, str(gone["number"]), entry=gone["entry"])
    for row in connection.execute(select(policy_activation)):
        findings.looked_at["activations"] += 1
        claim = claims.one("SELECT * FROM force WHERE activation = ?", row.id)
        if claim is None:
            findings.add("activation_without_entry", ACTIVATIONS, row.id, version=row.number)
            continue
        claims.meet("UPDATE force SET met = 1 WHERE activation = ?", row.id)
        _compare_activation(row, claim, findings)
    for gone in claims.rows("SELECT * FROM force WHERE met = 0"):
        row_id, version = gone["activation"], gone["number"]
        findings.add("activation_missing", ACTIVATIONS, row_id, version=version, entry=gone["entry"])
    _check_approvals(connection, claims, findings)
    for row in connection.execute(select(policy_version_name)):
        if claims.one("SELECT 1 FROM named WHERE digest = ? AND number = ?", row.digest, row.number) is None:
            findings.add("version_name_without_entry", NAMES, row.digest, version=row.number)


def _check_version(connection: Connection, row: Row[*tuple[Any, ...]], claims: Claims, findings: Findings) -> None:
    claim = claims.one("SELECT * FROM version WHERE number = ?", row.number)
    if claim is None:
        findings.add("version_without_entry", VERSIONS, str(row.number))
        return
    claims.meet("UPDATE version SET met = 1 WHERE number = ?", row.number)
    findings.compare(VERSIONS, str(row.number), "digest", found=row.digest, recorded=claim["digest"])
    recorded = claim["text"] or row.text_digest
    findings.compare(VERSIONS, str(row.number), "text_digest", found=row.text_digest, recorded=recorded)
    if _text_of(connection, row.number) != recorded:
        findings.add("version_altered", VERSIONS, str(row.number), entry=claim["entry"])


def _text_of(connection: Connection, number: int) -> str:
    try:
        return text_digest(version_files(connection, number))
    except TypeError:
        # SQLite gives back whatever was put there.
        return ""


def _compare_activation(row: Row[*tuple[Any, ...]], claim: sqlite3.Row, findings: Findings) -> None:
    pairs: dict[str, tuple[object, object]] = {
        "number": (row.number, claim["number"]),
        "turn": (row.turn, claim["turn"]),
        "cancelled_at": (row.cancelled_at is not None, bool(claim["cancelled"])),
    }
    if claim["kind"] is not None:
        pairs["kind"] = (row.kind == "rollback", claim["kind"] == "rollback")
    if claim["effective_at"] is not None:
        pairs["effective_at"] = (row.effective_at, claim["effective_at"])
    if claim["by_key"] is not None:
        pairs["decided_key"] = (hashed(row.decided_key), claim["by_key"])
    for column, (found, recorded) in pairs.items():
        findings.compare(ACTIVATIONS, row.id, column, found=found, recorded=recorded)


def _check_approvals(connection: Connection, claims: Claims, findings: Findings) -> None:
    for row in connection.execute(select(policy_approval)):
        # By whom is known as long as their values are kept; then any approval of the same role stands for it.
        met = claims.meet(
            """UPDATE agreed SET met = 1 WHERE rowid = (SELECT rowid FROM agreed WHERE number = ? AND role = ?
            AND met = 0 AND (by_key = ? OR by_key IS NULL) ORDER BY by_key IS NULL LIMIT 1)""",
            row.number,
            row.role,
            hashed(row.key),
        )
        if not met:
            findings.add("approval_without_entry", APPROVALS, f"{row.number}/{row.role}")
    for claim in claims.rows("SELECT number, role, entry FROM agreed WHERE met = 0"):
        findings.add("approval_missing", APPROVALS, f"{claim['number']}/{claim['role']}", entry=claim["entry"])


TOPIC = Topic(("policies.",), _SCHEMA, _take, check_rules)
