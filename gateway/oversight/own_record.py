"""What the record holds of a member of staff, for that person alone: a list, the whole of it as a file, a receipt.

A professional reads the traces of their own acts (CSP R1111-43). Of the patient they are shown the hospital's number,
never more. A person's entries are numbered as a patient's are (audit/README.md, section 2): their file proves each of
its entries, and shows that none is hidden. A program's are not, and its file says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from audit import AuditLog
from audit.entry import Fact
from gateway.access.actors import sealed_actor, subject_of
from gateway.access.receipts import Patience, Receipts
from gateway.errors import NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.figures.figure import Period
from gateway.oversight.searching import PAGE, LogLine, line_of
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World

_OWN = """SELECT d.entry_id, d.time FROM audit_disclosure d
    WHERE d.subject = :subject AND d.time >= :start AND d.time < :end"""
# One look into one month for each row: a join would be planned over all months, and for many rows read them whole.
_TYPE = "(SELECT e.type FROM audit_entry e WHERE e.entry_id = d.entry_id)"
_OF_TYPE = f" AND {_TYPE} = :type"
_BEFORE = " AND (d.time < :before OR (d.time = :before AND d.entry_id < :before_id))"
_NEWEST_FIRST = " ORDER BY d.time DESC, d.entry_id DESC LIMIT :most"
_TYPES = text(
    f"""SELECT DISTINCT {_TYPE} AS type FROM audit_disclosure d
    WHERE d.subject = :subject AND d.time >= :start AND d.time < :end ORDER BY 1"""  # noqa: S608
)
_NUMBERS = text(
    "SELECT g.id, p.ipp FROM access_grant g JOIN patient p ON p.id = g.patient_id WHERE g.id IN :grants"
).bindparams(bindparam("grants", expanding=True))
_ENTRY_OF = text("SELECT audit_entry_id FROM access_grant WHERE id = :grant_id AND staff_key = :staff_key")
# What a receipt reveals to the professional: that it is theirs.
REVEALED = ("staff",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuestion:
    """Which of one's entries: of a period, of a type (empty: all)."""

    period: Period
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """Entries newest first; `ipps`: the hospital's number of the patient, by access id. `next` as in `LogPage`."""

    lines: tuple[LogLine, ...]
    ipps: Mapping[str, str]
    types: tuple[str, ...]
    next: tuple[int, str] | None


class OwnRecord:
    """For any member of staff; each call is recorded. Raises `RecordUnavailable`."""

    def __init__(
        self, *, database: Database, world: World, log: AuditLog, journal: Journal, patience: Patience | None = None
    ) -> None:
        self._database = database
        self._log = log
        self._journal = journal
        self._receipts = Receipts(database=database, world=world, log=log, patience=patience)

    def page(self, staff: StaffMember, asked: OwnQuestion, before: tuple[int, str] | None = None) -> OwnPage:
        """A page of one's own entries."""

        def unit(tx: Transaction) -> OwnPage:
            page = self._page(tx.connection, subject_of(staff), asked, before)
            facts: dict[str, Fact] = {"shown": len(page.lines), "own": True}
            self._journal.append(tx, "log.viewed", "success", facts=facts, personal=sealed_actor(staff))
            return page

        return self._database.transact(unit)

    def file(self, staff: StaffMember) -> Mapping[str, object]:
        """All one's own entries as one file, each proven; that it was made is recorded first. Raises `Unavailable`
        when no signed head covers the newest within a second."""
        personal = sealed_actor(staff)
        self._database.transact(lambda tx: self._journal.append(tx, "history.given", "success", personal=personal))
        return self._receipts.of_person(subject_of(staff))

    def receipt(self, staff: StaffMember, access_id: str) -> Mapping[str, object]:
        """The receipt of one's own opening of a dossier: proven, or after a second pending and signed. Raises
        `NotFound` for an access of somebody else."""

        def unit(tx: Transaction) -> str:
            wanted = {"grant_id": access_id, "staff_key": staff.key}
            entry_id: str | None = tx.connection.execute(_ENTRY_OF, wanted).scalar_one_or_none()
            if entry_id is None:
                raise NotFound("no such access of this person")
            facts = {"entry": entry_id, "access": access_id}
            self._journal.append(tx, "log.receipt_given", "success", facts=facts, personal=sealed_actor(staff))
            return entry_id

        return self._receipts.of_entry(self._database.transact(unit), REVEALED)

    def _page(
        self, connection: Connection, subject: str, asked: OwnQuestion, before: tuple[int, str] | None
    ) -> OwnPage:
        span: dict[str, object] = {"subject": subject, "start": asked.period.start, "end": asked.period.end}
        types = tuple(filter(None, connection.execute(_TYPES, span).scalars()))
        statement, values = _OWN, {**span, "most": PAGE + 1}
        if asked.type in types:
            statement, values = statement + _OF_TYPE, {**values, "type": asked.type}
        if before is not None:
            statement, values = statement + _BEFORE, {**values, "before": before[0], "before_id": before[1]}
        rows = connection.execute(text(statement + _NEWEST_FIRST), values).all()
        store = SqlLogStore(connection)
        lines = tuple(line_of(self._log, store, row.entry_id, subject) for row in rows[:PAGE])
        return OwnPage(
            lines=lines,
            ipps=_numbers(connection, lines),
            types=types,
            next=(rows[PAGE - 1].time, rows[PAGE - 1].entry_id) if len(rows) > PAGE else None,
        )


def _numbers(connection: Connection, lines: tuple[LogLine, ...]) -> dict[str, str]:
    grants = sorted({str(line.facts["access"]) for line in lines if line.facts.get("access")})
    if not grants:
        return {}
    return {row.id: row.ipp for row in connection.execute(_NUMBERS, {"grants": grants})}
