"""What the entries say happened, kept aside by access, request, document and notice so that the tables can be held to
it row by row: in a private temporary file of SQLite's own, since a log of years does not fit in memory.

It holds opaque ids, codes and digests. Whoever finds a row that a claim speaks of marks the claim as met; the claims
that nobody met are acts whose rows are gone.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from audit.entry import Entry, Json
from gateway.oversight.erasing import start_of

_SCHEMA = """
CREATE TABLE opened (access TEXT PRIMARY KEY, entry TEXT, place INTEGER, time INTEGER, policy TEXT, facts TEXT,
    patient TEXT, staff TEXT, unit TEXT, reason TEXT, met INTEGER DEFAULT 0);
CREATE TABLE turned (access TEXT, place INTEGER, type TEXT, expires_at INTEGER);
CREATE INDEX turned_by_access ON turned (access, place);
CREATE TABLE refused (entry TEXT PRIMARY KEY, time INTEGER, policy TEXT, facts TEXT, met INTEGER DEFAULT 0);
CREATE TABLE document (access TEXT, document TEXT, entry TEXT, met INTEGER DEFAULT 0, PRIMARY KEY (access, document));
CREATE TABLE listed (access TEXT, entry TEXT, documents INTEGER, sha256 TEXT, time INTEGER);
CREATE INDEX listed_by_access ON listed (access);
CREATE TABLE reached (access TEXT, document TEXT, entry TEXT);
CREATE TABLE promised (notice TEXT PRIMARY KEY, access TEXT, entry TEXT, met INTEGER DEFAULT 0);
CREATE TABLE told (notice TEXT, place INTEGER, type TEXT, action TEXT, channel TEXT);
CREATE INDEX told_by_notice ON told (notice, place);
"""
TURNS = ("access.resumed", "access.extended", "access.ended", "access.withdrawn")
OPENINGS = ("document.opened", "summary.opened")
REACHED = ("document.delivered", "document.failed")


class Claims:
    """Fed with every entry in the order of the record; then asked. Close it."""

    def __init__(self, *schemas: str) -> None:
        """`schemas`: further tables, those of each topic."""
        # An empty name: a temporary file that SQLite deletes when it is closed, and spills to only when it must.
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.executescript("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;" + _SCHEMA + "".join(schemas))
        # One transaction to the end: to end one after each claim costs more than the claim.
        self._scratch.execute("BEGIN")
        self._scratch.row_factory = sqlite3.Row
        self._place = 0
        self.erased: Counter[str] = Counter()  # entries that lost values to recorded erasures, by month
        self.kept_from = ""  # the first month whose answered requests retention has kept
        self.forgotten: set[str] = set()  # patients of whom something was erased by order

    def close(self) -> None:
        """Forget everything."""
        self._scratch.close()

    def take(self, entry: Entry, personal: Mapping[str, Json]) -> None:
        """The next entry, with the personal values that are still there."""
        self._place += 1
        if entry.type == "access.opened":
            self._opened(entry, personal)
        elif entry.type == "access.refused":
            what = (entry.entry_id, entry.time, entry.policy_version, _json(entry))
            self.add("refused (entry, time, policy, facts)", *what)
        elif entry.type in TURNS:
            access, until = entry.facts.get("access"), entry.facts.get("expires_at")
            self.add("turned (access, place, type, expires_at)", access, self._place, entry.type, until)
        elif entry.type in OPENINGS:
            self._documents(entry)
        elif entry.type in REACHED:
            where = (entry.facts.get("access"), entry.facts.get("document"))
            self.add("reached (access, document, entry)", *where, entry.entry_id)
        elif entry.type.startswith("notice.") and "notice" in entry.facts:
            told = (entry.facts["notice"], self._place, entry.type)
            how = (entry.facts.get("action", ""), entry.facts.get("channel", ""))
            self.add("told (notice, place, type, action, channel)", *told, *how)
        elif entry.type == "record.erased":
            self._erased(entry)

    @property
    def kept_since(self) -> int:
        """The first instant (ms) of which retention has erased nothing; 0 before the first time."""
        return start_of(self.kept_from) if self.kept_from else 0

    @property
    def place(self) -> int:
        """How many entries were taken: the place of the one at hand."""
        return self._place

    def may_be_erased(self, patient_id: str, time: int) -> bool:
        """Whether what was written about a patient at `time` may have lost its words or its entry's values."""
        return time < self.kept_since or patient_id in self.forgotten

    def one(self, query: str, *parameters: object) -> sqlite3.Row | None:
        """The first row of a SELECT."""
        row: sqlite3.Row | None = self._scratch.execute(query, parameters).fetchone()
        return row

    def rows(self, query: str, *parameters: object) -> Iterator[sqlite3.Row]:
        """The rows of a SELECT, streamed."""
        yield from self._scratch.execute(query, parameters)

    def meet(self, statement: str, *parameters: object) -> bool:
        """Mark a claim as met; False when there is no such claim."""
        return self._scratch.execute(statement, parameters).rowcount == 1

    def _opened(self, entry: Entry, personal: Mapping[str, Json]) -> None:
        access, staff = entry.facts.get("access"), personal.get("staff")
        patient = personal.get("patient")
        self.add(
            "opened (access, entry, place, time, policy, facts, patient, staff, unit, reason)",
            access,
            entry.entry_id,
            self._place,
            entry.time,
            entry.policy_version,
            _json(entry),
            patient if isinstance(patient, str) else None,
            hashed(staff["key"]) if isinstance(staff, dict) else None,
            hashed(staff["unit"]) if isinstance(staff, dict) else None,
            # Without the patient's values nobody can say whether there was a text.
            hashed(personal.get("reason_text", "")) if patient is not None else None,
        )
        notices = entry.facts.get("notices")
        for notice in notices if isinstance(notices, list) else ():
            self.add("promised (notice, access, entry)", notice, access, entry.entry_id)

    def _documents(self, entry: Entry) -> None:
        access = entry.facts.get("access")
        one, several = entry.facts.get("document"), entry.facts.get("documents")
        for document in several if isinstance(several, list) else [one] if one else []:
            self.add("document (access, document, entry)", access, document, entry.entry_id)
        if "documents_sha256" in entry.facts:
            what = (entry.facts.get("documents_count"), entry.facts["documents_sha256"], entry.time)
            self.add("listed (access, entry, documents, sha256, time)", access, entry.entry_id, *what)

    def _erased(self, entry: Entry) -> None:
        period, entries, kept_from = (entry.facts.get(name) for name in ("period", "entries", "kept_from"))
        if isinstance(period, str) and isinstance(entries, int):
            self.erased[period] += entries
        if isinstance(kept_from, str):
            self.kept_from = max(self.kept_from, kept_from)

    def add(self, into: str, *values: Any) -> None:
        """Keep a claim: `into` is `table (column, ...)`."""
        marks = ", ".join("?" * len(values))
        # A claim made twice is the first one's: a second opening of one access would be a second entry of one number.
        self._scratch.execute(f"INSERT OR IGNORE INTO {into} VALUES ({marks})", values)  # noqa: S608


def hashed(value: object) -> str:
    """A value that may be personal, to be compared and not to be read."""
    return hashlib.sha256(str(value).encode()).hexdigest()


def _json(entry: Entry) -> str:
    return json.dumps(entry.facts)
