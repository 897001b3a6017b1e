"""The numbers of each person's own entries: 1, 2, 3... up to their counter, each there or known to be erased.

It is what the file of a history shows its holder (audit/README.md, section 10), for everybody at once: a hidden access
shows as a gap. In the tree the numbers of one person are sorted out by the scratch database, which spills to disk.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

from sqlalchemy import Connection, select

from audit.entry import Json
from audit.numbers import Range, erased_of, number_of
from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.storage.tables import audit_disclosure, audit_subject

COUNTERS, VALUES = audit_subject.name, audit_disclosure.name
SCHEMA = """
CREATE TABLE numbered (subject TEXT, first INTEGER, last INTEGER, erased INTEGER, entry TEXT);
CREATE TABLE counted (subject TEXT PRIMARY KEY, last INTEGER);
"""
_COUNTERS = select(audit_subject).execution_options(yield_per=ROWS_PER_FETCH)
# A range that is gone comes before the numbers inside it.
_BY_SUBJECT = "SELECT subject, first, last, erased, entry FROM numbered ORDER BY subject, first, erased DESC"
MOST_GAPS = 100


class Histories:
    """Fed with the values of each subject of each entry; `end` holds them to each other and to the counters."""

    def __init__(self, claims: Claims, findings: Findings) -> None:
        self._claims = claims
        self._findings = findings
        # Values that did not open were named already; so many numbers may be missing for that.
        self._unopened: Counter[str] = Counter()

    def take(self, subject: str, entry_id: str, personal: Mapping[str, Json]) -> None:
        """What is sealed for a subject in an entry."""
        number = number_of(personal, subject)
        if number is not None:
            self._claims.add("numbered (subject, first, last, erased, entry)", subject, number, number, 0, entry_id)
        for first, last in erased_of(personal, subject):
            self._claims.add("numbered (subject, first, last, erased, entry)", subject, first, last, 1, entry_id)

    def unopened(self, subject: str) -> None:
        """Something is sealed for a subject that does not open."""
        self._unopened[subject] += 1

    def end(self, connection: Connection) -> None:
        """Everything was taken."""
        for row in connection.execute(_COUNTERS):
            self._claims.add("counted (subject, last)", row.subject, row.last)
        for subject, rows in groupby(self._claims.rows(_BY_SUBJECT), key=lambda row: str(row["subject"])):
            self._findings.looked_at["histories"] += 1
            self._judge(subject, rows)
        for alone in self._claims.rows(
            "SELECT subject, last FROM counted WHERE last > 0 AND subject NOT IN (SELECT subject FROM numbered)"
        ):
            if alone["last"] > self._unopened[alone["subject"]]:
                self._findings.add("history_cut", COUNTERS, alone["subject"], counter=alone["last"], last=0)

    def _judge(self, subject: str, rows: Iterator[sqlite3.Row]) -> None:
        covered = shown = gone_until = missing = 0
        gaps: list[Range] = []
        for row in rows:
            first, last = row["first"], row["last"]
            if row["erased"]:
                gone_until = max(gone_until, last)
            else:
                where = {"subject": subject, "number": first}
                if first == shown:
                    self._findings.add("history_repeated", VALUES, row["entry"], **where)
                elif first <= gone_until:
                    self._findings.add("erasure_undone", VALUES, row["entry"], **where)
                shown = first
            if first > covered + 1:
                missing += first - covered - 1
                gaps = [*gaps, (covered + 1, first - 1)][:MOST_GAPS]
            covered = max(covered, last)
        unopened = self._unopened[subject]
        if missing > unopened:
            for first, last in gaps:
                self._findings.add("history_gap", VALUES, subject, first=first, last=last)
        counter = self._claims.one("SELECT last FROM counted WHERE subject = ?", subject)
        counted = counter["last"] if counter is not None else 0
        if counted > covered + unopened:
            self._findings.add("history_cut", COUNTERS, subject, counter=counted, last=covered)
        elif counted < covered:
            self._findings.add("history_turned_back", COUNTERS, subject, counter=counted, last=covered)
