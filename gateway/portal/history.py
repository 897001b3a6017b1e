"""The history of a dossier: every access in plain words, found by period, mode, unit or professional."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from sqlalchemy import Connection, Row, text

from gateway.access.receipts import Receipts
from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.identity.staff_member import PatientHolder, load_staff_member
from gateway.notifications.code import parse_code
from gateway.notifications.delivery import Deliveries
from gateway.paris import paris_day
from gateway.portal import listing
from gateway.portal.days import span_of_days, span_of_month
from gateway.portal.listing import Wanted
from gateway.portal.people import People
from gateway.portal.recorder import PortalRecorder, signed_in
from gateway.portal.standing import Person, Right
from gateway.portal.views import (
    AccessView,
    CalendarMonth,
    Choice,
    DayCount,
    FilterChoices,
    HistoryFilter,
    HistoryPage,
)
from gateway.settings import HospitalSettings
from gateway.storage.database import Database
from gateway.storage.journal import patient_subject
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Mode

PAGE = 50
EVERYTHING = HistoryFilter()
# What a receipt reveals to the patient: that it is about them, and who opened the dossier.
REVEALED = ("patient", "staff")
_START = (2**53 - 1, "~")
_MARK = re.compile(r"(\d{1,16})\.([0-9a-f-]{36})", re.ASCII)
_OF_CODE = text("SELECT grant_id, patient_id FROM notice WHERE code = :code")


class History:
    """Every call raises `NotFound` (nobody of theirs, no such access), `RecordUnavailable`, `Unavailable`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        people: People,
        recorder: PortalRecorder,
        receipts: Receipts,
        deliveries: Deliveries,
        hospital: HospitalSettings,
    ) -> None:
        self._database = database
        self._world = world
        self._people = people
        self._recorder = recorder
        self._receipts = receipts
        self._deliveries = deliveries
        self._hospital = hospital

    def page(
        self, holder: PatientHolder, whose: str = "", asked: HistoryFilter = EVERYTHING, mark: str = ""
    ) -> HistoryPage:
        """At most 50 accesses, newest first; `mark` is `next` of the page before. Recorded.

        Raises `InvalidRequest` (`period`, `page-mark`).
        """
        person, before = self._people.person(holder, whose), _place(mark)

        def unit(tx: Transaction) -> HistoryPage:
            connection, now = tx.connection, self._world.epoch_ms()
            wanted = self._wanted(connection, person, asked, now)
            rows = listing.find_page(connection, person, wanted, now, before, PAGE + 1)
            shown = rows[:PAGE]
            page = HistoryPage(
                accesses=tuple(listing.view_of(connection, person, row, self._hospital, now) for row in shown),
                next=f"{shown[-1].opened_at}.{shown[-1].id}" if len(rows) > PAGE else "",
                total=listing.count(connection, person, wanted, now),
            )
            self._note_seen(tx, person, shown)
            self._recorder.viewed(tx, person, signed_in(holder), shown=len(shown))
            return page

        return self._database.transact(unit)

    def access(self, holder: PatientHolder, access_id: str, whose: str = "") -> AccessView:
        """One of them. Recorded."""
        person = self._people.person(holder, whose)

        def unit(tx: Transaction) -> AccessView:
            now = self._world.epoch_ms()
            row = _required(listing.find_one(tx.connection, person, access_id, now))
            view = listing.view_of(tx.connection, person, row, self._hospital, now)
            self._note_seen(tx, person, (row,))
            self._recorder.viewed(tx, person, signed_in(holder), shown=1)
            return view

        return self._database.transact(unit)

    def by_code(self, holder: PatientHolder, code: str) -> tuple[AccessView, str]:
        """The access behind a notice's code and its `whose`, when it is theirs to see; else `NotFound`. Recorded."""
        read = parse_code(code)
        with self._database.reading() as connection:
            notice = connection.execute(_OF_CODE, {"code": read or ""}).one_or_none()
        people = {person.patient.id: person for person in self._people.people_of(holder)}
        if notice is None or notice.patient_id not in people:
            raise NotFound("no such notice of this person")
        whose = people[notice.patient_id].whose
        return self.access(holder, notice.grant_id, whose), whose

    def choices(self, holder: PatientHolder, whose: str = "") -> FilterChoices:
        """What the filter may be set to."""
        person, now = self._people.person(holder, whose), self._world.epoch_ms()
        with self._database.reading() as connection:
            rows = listing.staff_rows(connection, person, now)
        newest = {row.staff_key: row for row in sorted(rows, key=lambda row: (row.opened_at, row.id))}
        named = [Choice(row.id, load_staff_member(row.staff).name) for row in newest.values()]
        units = {load_staff_member(row.staff).unit for row in rows}
        days = [paris_day(row.opened_at) for row in rows]
        return FilterChoices(
            units=tuple(Choice(unit, unit) for unit in sorted(units - {""})),
            professionals=tuple(sorted(named, key=lambda choice: (choice.label, choice.value))),
            modes=tuple(mode for mode in Mode if any(row.mode == mode.value for row in rows)),
            first_day=min(days, default=""),
            last_day=max(days, default=""),
        )

    def month(
        self, holder: PatientHolder, whose: str = "", month: str = "", asked: HistoryFilter = EVERYTHING
    ) -> CalendarMonth:
        """The calendar of a month (`2026-11`; empty: the newest with an access), of the accesses the filter finds.

        Raises `InvalidRequest` (`period`)."""
        person, now = self._people.person(holder, whose), self._world.epoch_ms()
        if month:
            span_of_month(month)
        with self._database.reading() as connection:
            wanted = self._wanted(connection, person, asked, now)
            found = [(paris_day(at), mode) for at, mode in listing.moments(connection, person, wanted, now)]
        months = sorted({day[:7] for day, _mode in found})
        shown = month or (months[-1] if months else paris_day(now)[:7])
        return CalendarMonth(
            month=shown,
            days=_days([(day, mode) for day, mode in found if day[:7] == shown]),
            before=max((one for one in months if one < shown), default=""),
            after=min((one for one in months if one > shown), default=""),
        )

    def receipt(self, holder: PatientHolder, access_id: str, whose: str = "") -> Mapping[str, object]:
        """The verifiable receipt of one access, JSON-able; recorded. Raises `NotAllowed` for a representative (see
        `standing`)."""
        person = self._people.person(holder, whose)
        if Right.RECEIPT not in person.rights:
            raise NotAllowed("receipts count what a representative may not know of")

        def unit(tx: Transaction) -> str:
            row = _required(listing.find_one(tx.connection, person, access_id, self._world.epoch_ms()))
            self._recorder.receipt_given(tx, person, signed_in(holder), access_id)
            entry_id: str = row.audit_entry_id
            return entry_id

        return self._receipts.of_entry(self._database.transact(unit), REVEALED)

    def file(self, holder: PatientHolder) -> Mapping[str, object]:
        """The file of the holder's own whole history, with its counter; that it was made is recorded first."""
        person = self._people.person(holder)
        self._database.transact(lambda tx: self._recorder.history_given(tx, person.patient.id))
        return self._receipts.of_person(patient_subject(person.patient.id))

    def _wanted(self, connection: Connection, person: Person, asked: HistoryFilter, now: int) -> Wanted:
        since, until = span_of_days(asked.since, asked.until)
        staff_key = ""
        if asked.professional:
            staff_key = str(_required(listing.find_one(connection, person, asked.professional, now)).staff_key)
        mode = asked.mode.value if asked.mode else ""
        return Wanted(since=since, until=until, mode=mode, unit=asked.unit, staff_key=staff_key)

    def _note_seen(self, tx: Transaction, person: Person, rows: Iterable[Row[tuple[object, ...]]]) -> None:
        """Who read of it here needs no other channel to be told."""
        for row in rows:
            if row.notice_id is not None:
                self._deliveries.record_seen(tx, row.notice_id, by="sign_in", at_ms=self._world.epoch_ms())


def _days(found: list[tuple[str, Mode]]) -> tuple[DayCount, ...]:
    counted = []
    for day, of_day in groupby(found, key=lambda one: one[0]):
        modes = [mode for _day, mode in of_day]
        counted.append(DayCount(day, len(modes), sum(mode is not Mode.NORMAL for mode in modes)))
    return tuple(counted)


def _place(mark: str) -> tuple[int, str]:
    if not mark:
        return _START
    read = _MARK.fullmatch(mark)
    if read is None or int(read[1]) > _START[0]:
        raise InvalidRequest("the mark of the page is none of ours", field="page", code="page-mark")
    return int(read[1]), read[2]


def _required(row: Row[tuple[object, ...]] | None) -> Row[tuple[object, ...]]:
    if row is None:
        raise NotFound("no such access of this person")
    return row
