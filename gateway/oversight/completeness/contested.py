"""What patients contested and what they were answered, against the entries, in both directions."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.oversight.completeness.topic import Topic, digest_of
from gateway.storage.tables import contest

CONTESTS = contest.name
_SCHEMA = """
CREATE TABLE contested (contest TEXT PRIMARY KEY, access TEXT, wish TEXT, promised_at INTEGER, side TEXT, patient TEXT,
    words TEXT, entry TEXT, met INTEGER DEFAULT 0);
CREATE TABLE answered (contest TEXT PRIMARY KEY, words TEXT, entry TEXT, met INTEGER DEFAULT 0);
"""
_CONTESTS = select(contest).execution_options(yield_per=ROWS_PER_FETCH)


def _take(claims: Claims, entry: Entry, personal: Mapping[str, Json]) -> None:
    facts = entry.facts
    if entry.type == "review.contest_answered":
        said = digest_of(personal.get("words"))
        claims.add("answered (contest, words, entry)", facts.get("contest"), said, entry.entry_id)
        return
    patient = personal.get("patient")
    claims.add(
        "contested (contest, access, wish, promised_at, side, patient, words, entry)",
        facts.get("contest"),
        facts.get("access"),
        facts.get("wish"),
        facts.get("promised_at"),
        facts.get("side"),
        patient,
        digest_of(personal.get("words", "")) if patient is not None else None,
        entry.entry_id,
    )


def check_contests(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each contest and each answer has its entry, in the words of the entry; and each such entry its row."""
    for row in connection.execute(_CONTESTS):
        findings.looked_at["contests"] += 1
        claim = claims.one("SELECT * FROM contested WHERE contest = ?", row.id)
        if claim is None:
            findings.add("contest_without_entry", CONTESTS, row.id)
            continue
        claims.meet("UPDATE contested SET met = 1 WHERE contest = ?", row.id)
        answer = claims.one("SELECT * FROM answered WHERE contest = ?", row.id)
        claims.meet("UPDATE answered SET met = 1 WHERE contest = ?", row.id)
        _compare(row, claim, answer, claims, findings)
    for claim in claims.rows("SELECT contest, entry FROM contested WHERE met = 0"):
        findings.add("contest_missing", CONTESTS, claim["contest"], entry=claim["entry"])
    for claim in claims.rows(
        """SELECT contest, entry FROM answered WHERE met = 0 AND contest NOT IN (SELECT contest FROM contested)"""
    ):
        findings.add("contest_missing", CONTESTS, claim["contest"], entry=claim["entry"])


def _compare(
    row: Row[*tuple[Any, ...]], claim: sqlite3.Row, answer: sqlite3.Row | None, claims: Claims, findings: Findings
) -> None:
    erased = claims.may_be_erased(row.patient_id, row.received_at)
    pairs: dict[str, tuple[object, object]] = {
        "grant_id": (row.grant_id, claim["access"]),
        "wish": (row.wish, claim["wish"]),
        "promised_at": (row.promised_at, claim["promised_at"]),
        "answered_at": (row.answered_at is not None, answer is not None),
    }
    if claim["side"] is not None:
        pairs["side"] = (row.side, claim["side"])
    if claim["patient"] is not None:
        pairs["patient_id"] = (row.patient_id, claim["patient"])
    if claim["words"] is not None and (row.words or not erased):
        pairs["words"] = (hashed(row.words), claim["words"])
    if answer is not None and answer["words"] is not None and (row.answer or not erased):
        pairs["answer"] = (hashed(row.answer), answer["words"])
    for column, (found, recorded) in pairs.items():
        findings.compare(CONTESTS, row.id, column, found=found, recorded=recorded)


TOPIC = Topic(("review.contested", "review.contest_answered"), _SCHEMA, _take, check_contests)
