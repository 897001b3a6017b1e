"""Search of the log by period, type, person and patient, and the receipt of any entry. Opening the log is logged."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, text

from audit import AuditError, AuditLog
from audit.entry import Fact, Json
from gateway.access.actors import sealed_actor
from gateway.access.receipts import Patience, Receipts
from gateway.errors import NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.figures.figure import Period
from gateway.oversight.reviews.reviewing import require_reviewer
from gateway.patients.directory import find_by_ipp
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject, person_subject, program_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World

PAGE = 50
MOST_PEOPLE = 5
LONGEST_ASKED = 200
_RPPS = re.compile(r"\d{11}")
_TYPE = re.compile(r"[a-z0-9_.]{1,64}")
_PEOPLE = text(
    """SELECT DISTINCT staff_key FROM access_grant WHERE LOWER(staff) LIKE :name ESCAPE '!' ORDER BY 1 LIMIT :most"""
)
_TYPES = text("SELECT DISTINCT type FROM audit_entry WHERE time >= :start AND time < :end ORDER BY type LIMIT 300")
_NUMBERS = text("SELECT id, ipp FROM patient WHERE id IN :patients").bindparams(bindparam("patients", expanding=True))
_SELECT = "SELECT e.entry_id, e.time FROM audit_entry e"
_ABOUT = "EXISTS (SELECT 1 FROM audit_disclosure d WHERE d.entry_id = e.entry_id AND d.subject = :{name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuestion:
    """What to look for. `person`: RPPS number, staff key, or part of a name; `ipp`: the patient's hospital number."""

    period: Period
    type: str = ""
    person: str = ""
    ipp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry with the personal values still there; `altered`: its stored values are not those of its leaf."""

    entry_id: str
    time: int
    type: str
    outcome: str
    facts: Mapping[str, Fact]
    personal: Mapping[str, Json]
    altered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Entries newest first; `next`: the (time, entry id) after which the next page begins. `unknown`: `person` or `ipp`
    when nobody answers to it. `ipps`: the hospital's number of each patient named in the lines, by id."""

    lines: tuple[LogLine, ...]
    next: tuple[int, str] | None
    types: tuple[str, ...]
    unknown: str
    ipps: Mapping[str, str] = field(default_factory=dict)


class LogSearch:
    """For the role `dpo`; every call is recorded."""

    def __init__(
        self, *, database: Database, world: World, log: AuditLog, journal: Journal, patience: Patience | None = None
    ) -> None:
        self._database = database
        self._log = log
        self._journal = journal
        self._receipts = Receipts(database=database, world=world, log=log, patience=patience)

    def search(self, reviewer: StaffMember, asked: LogQuestion, before: tuple[int, str] | None = None) -> LogPage:
        """A page of what answers. Raises `NotAllowed`, `RecordUnavailable`."""
        require_reviewer(reviewer)

        def unit(tx: Transaction) -> LogPage:
            page = self._page(tx.connection, asked, before)
            facts: dict[str, Fact] = {
                "shown": len(page.lines),
                "first": asked.period.first.isoformat(),
                "last": asked.period.last.isoformat(),
                "type": asked.type[:64],
            }
            personal = {
                subject: {**values, "asked": {"person": asked.person[:LONGEST_ASKED], "ipp": asked.ipp[:64]}}
                for subject, values in sealed_actor(reviewer).items()
            }
            self._journal.append(tx, "log.searched", "success", facts=facts, personal=personal)
            return page

        return self._database.transact(unit)

    def receipt(self, reviewer: StaffMember, entry_id: str) -> Mapping[str, object]:
        """The receipt of an entry, nothing personal disclosed: proven, or after a second pending and signed. Raises
        `NotFound`, `audit.AuditError`."""
        require_reviewer(reviewer)

        def unit(tx: Transaction) -> None:
            if SqlLogStore(tx.connection).entry(entry_id) is None:
                raise NotFound("no such entry")
            facts = {"entry": entry_id}
            self._journal.append(tx, "log.receipt_given", "success", facts=facts, personal=sealed_actor(reviewer))

        self._database.transact(unit)
        return self._receipts.of_entry(entry_id, ())

    def _page(self, connection: Connection, asked: LogQuestion, before: tuple[int, str] | None) -> LogPage:
        span = {"start": asked.period.start, "end": asked.period.end}
        types = tuple(connection.execute(_TYPES, span).scalars())
        people = people_named(connection, asked.person) if asked.person.strip() else ()
        patient = find_by_ipp(connection, asked.ipp) if asked.ipp.strip() else None
        unknown = ""
        if asked.person.strip() and not people:
            unknown = "person"
        elif asked.ipp.strip() and patient is None:
            unknown = "ipp"
        if unknown:
            return LogPage(lines=(), next=None, types=types, unknown=unknown)
        conditions, values = ["e.time >= :start AND e.time < :end"], {**span, "most": PAGE + 1}
        parameters: dict[str, object] = dict(values)
        if _TYPE.fullmatch(asked.type):
            conditions.append("e.type = :type")
            parameters["type"] = asked.type
        if people:
            subjects = [subject for key in people for subject in (person_subject(key), program_subject(key))]
            names = [f"person_{number}" for number in range(len(subjects))]
            conditions.append("(" + " OR ".join(_ABOUT.format(name=name) for name in names) + ")")
            parameters |= dict(zip(names, subjects, strict=True))
        if patient is not None:
            conditions.append(_ABOUT.format(name="patient"))
            parameters["patient"] = patient_subject(patient.id)
        if before is not None:
            conditions.append("(e.time < :before OR (e.time = :before AND e.entry_id < :before_id))")
            parameters |= {"before": before[0], "before_id": before[1]}
        statement = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY e.time DESC, e.entry_id DESC LIMIT :most"
        rows = connection.execute(text(statement), parameters).all()
        store = SqlLogStore(connection)
        lines = tuple(line_of(self._log, store, row.entry_id) for row in rows[:PAGE])
        return LogPage(
            lines=lines,
            ipps=numbers_of(connection, _patients_in(lines)),
            next=(rows[PAGE - 1].time, rows[PAGE - 1].entry_id) if len(rows) > PAGE else None,
            types=types,
            unknown="",
        )


def line_of(log: AuditLog, store: SqlLogStore, entry_id: str, subject: str = "") -> LogLine:
    """An entry for a reader; with a `subject`, only what is sealed for that one."""
    try:
        entry = log.read(store, entry_id)
    except AuditError:
        # Never hidden: an entry whose values were tampered with is shown as such.
        stored = store.entry(entry_id)
        return LogLine(
            entry_id=entry_id,
            time=stored.time if stored else 0,
            type=stored.type if stored else "",
            outcome="",
            facts={},
            personal={},
            altered=True,
        )
    shown = [values for whose, values in entry.personal.items() if not subject or whose == subject]
    return LogLine(
        entry_id=entry.entry_id,
        time=entry.time,
        type=entry.type,
        outcome=entry.outcome,
        facts=entry.facts,
        personal={name: value for values in shown for name, value in values.items()},
        altered=False,
    )


def _patients_in(lines: Iterable[LogLine]) -> set[str]:
    return {
        str(value)
        for line in lines
        for name, value in line.personal.items()
        if name.partition(".")[0] in ("patient", "found")
    }


def numbers_of(connection: Connection, patients: Collection[str]) -> dict[str, str]:
    """The hospital's number of each of these patients, by id."""
    if not patients:
        return {}
    return {row.id: row.ipp for row in connection.execute(_NUMBERS, {"patients": sorted(patients)})}


def people_named(connection: Connection, asked: str) -> tuple[str, ...]:
    """The staff keys that answer to an RPPS number, a key, or a part of a name (of whoever opened a dossier)."""
    asked = asked.strip()[:LONGEST_ASKED]
    if _RPPS.fullmatch(asked):
        return (f"rpps:{asked}",)
    if asked.startswith(("rpps:", "sub:")):
        return (asked,)
    escaped = re.sub(r"([!%_])", r"!\1", asked.lower())
    rows = connection.execute(_PEOPLE, {"name": f'%"name":"%{escaped}%"%', "most": MOST_PEOPLE})
    return tuple(rows.scalars())
