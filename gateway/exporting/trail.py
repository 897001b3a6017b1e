"""The record as AuditEvents, asked for by its two rightful readers: the DPO everything, a patient their own entries.

Whoever reads it leaves an entry, before anything is answered.
"""

from dataclasses import dataclass
from typing import Any

from audit import AuditLog
from audit.entry import Fact
from gateway.access.actors import sealed_actor
from gateway.access.holders import record_of
from gateway.errors import InvalidRequest, LogNotForYou, NotFound, PatientUnknown
from gateway.exporting.audit_event import audit_events
from gateway.exporting.event_parts import EventSource
from gateway.exporting.own_entries import shown_to_patient
from gateway.exporting.page_mark import PageMark
from gateway.exporting.record import RecordReader
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.patients.directory import search
from gateway.patients.ins import Ins
from gateway.patients.query import PatientQuery, ins_query, ipp_query
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject
from gateway.world import World

MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuestion:
    """Entries of `since` (UTC ms) or later and before `until`; of one patient, by INS or by the hospital's number."""

    since: int
    until: int
    most: int  # entries a page, 1 to 200; a search that found several patients makes an event for each
    ins: Ins | None = None
    ipp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """AuditEvents, newest first; `next` is the opaque mark of the page after, empty on the last."""

    events: tuple[dict[str, Any], ...]
    next: str


class AuditTrail:
    """The searches behind `/fhir/AuditEvent`. Raises `NotAllowed`, `RecordUnavailable`, `Unavailable`."""

    def __init__(
        self, *, database: Database, world: World, log: AuditLog, journal: Journal, source: EventSource
    ) -> None:
        self._database = database
        self._world = world
        self._journal = journal
        self._source = source
        self._reader = RecordReader(database=database, log=log)

    def ask(self, caller: StaffMember | PatientHolder, question: TrailQuestion) -> TrailPage:
        """The first page. Raises `PatientUnknown` when no patient has the identifier that the DPO asked for."""
        if not 1 <= question.most <= MOST_ENTRIES:
            raise InvalidRequest("_count is 1 to 200", field="_count")
        asked_for = self._patient_asked_for(question)
        if isinstance(caller, PatientHolder):
            own = self._record_of(caller)
            if (question.ins or question.ipp) and asked_for != own:
                raise LogNotForYou("a patient reads the entries about themselves")
            asked_for = own
        elif (question.ins or question.ipp) and not asked_for:
            # Whether a number is a patient's is told to nobody but who may read the log.
            _require_officer(caller)
            raise PatientUnknown("no patient has this identifier")
        mark = PageMark(question.since, (question.until, ""), asked_for, question.most)
        return self._page(caller, mark)

    def go_on(self, caller: StaffMember | PatientHolder, mark: str) -> TrailPage:
        """The page a `next` mark stands for; it gives no right. Raises `InvalidRequest` for what is no mark."""
        read = PageMark.read(mark)
        if isinstance(caller, PatientHolder) and read.patient_id != self._record_of(caller):
            raise LogNotForYou("a patient reads the entries about themselves")
        return self._page(caller, read)

    def _page(self, caller: StaffMember | PatientHolder, mark: PageMark) -> TrailPage:
        if isinstance(caller, StaffMember):
            _require_officer(caller)
        with self._database.reading() as connection:
            if mark.patient_id:
                found = self._reader.newest_about(connection, mark.patient_id, mark.since, mark.before, mark.most)
            else:
                found = self._reader.newest(connection, mark.since, mark.before, mark.most)
            more = len(found) == mark.most
            last = (found[-1].entry.time, found[-1].entry.entry_id) if found else mark.before
            if isinstance(caller, PatientHolder):
                found = shown_to_patient(connection, found, mark.patient_id)
        events = tuple(event for item in found for event in audit_events(item, self._source))
        self._record(caller, mark, len(found))
        return TrailPage(events=events, next=str(mark.after(last)) if more else "")

    def _record(self, caller: StaffMember | PatientHolder, mark: PageMark, shown: int) -> None:
        about = {patient_subject(mark.patient_id): {"patient": mark.patient_id}} if mark.patient_id else {}
        facts: dict[str, Fact] = {
            "door": "fhir",
            "shown": shown,
            "since": mark.since,
            "before": mark.before[0],
            "own": isinstance(caller, PatientHolder),
        }
        self._database.transact(
            lambda tx: self._journal.append(
                tx, "log.viewed", "success", facts=facts, personal={**sealed_actor(caller), **about}
            )
        )

    def _patient_asked_for(self, question: TrailQuestion) -> str:
        query: PatientQuery
        if question.ins is not None:
            query = ins_query(question.ins.value, frozenset({question.ins.oid}))
        elif question.ipp:
            query = ipp_query(question.ipp)
        else:
            return ""
        with self._database.reading() as connection:
            found, _ = search(connection, query, 2)
        return found[0].id if len(found) == 1 else ""

    def _record_of(self, holder: PatientHolder) -> str:
        with self._database.reading() as connection:
            record = record_of(connection, holder)
        if record is None:
            raise NotFound("no qualified identity matches this person")
        return record.id


def _require_officer(staff: StaffMember) -> None:
    if not staff.named or "dpo" not in staff.roles:
        raise LogNotForYou("the log is for the DPO, and for each patient about themselves")
