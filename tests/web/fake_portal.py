"""The patients' own room in memory, of the shape its pages call: Dominique PAT-TROIS, her son Sébastien whom she
represents, sixty accesses to her dossier and one to his.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from gateway.access.announcing import ProofRefused
from gateway.access.contests import Contest, ContestForm, ContestReceipt
from gateway.access.finding import SearchResult
from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.patients.patient import PatientRecord
from gateway.portal.choices import EmergencySetting, EmergencySettings, NoticePreferences
from gateway.portal.desk import DeskAccess, DeskVisit, IdentityCheck
from gateway.portal.standing import Person, Right, Role, Side
from gateway.portal.views import (
    AccessView,
    BlockView,
    CalendarMonth,
    Choice,
    DayCount,
    FilterChoices,
    HistoryFilter,
    HistoryPage,
    NoticePass,
    ReviewOutcome,
)
from gateway.world import World, from_epoch_ms
from policies import Mode
from tests.web.hospital import PATIENTS, STAFF, patient

CODE, BORN = "ABCDE23456", "1979-03-28"
DAY_MS = 24 * 3_600_000
PAGE = 50
SON = patient("son", "MELANGE", "SEBASTIEN", "2011-06-19", "M", ipp="8000000011")


@dataclass
class FakePortal:
    """The room's parts are this one object, under each of their names."""

    world: World
    finding: object
    accesses: dict[str, list[AccessView]] = field(default_factory=dict)
    sent: dict[str, list[Contest]] = field(default_factory=dict)
    blocked: dict[str, list[BlockView]] = field(default_factory=dict)
    chosen: dict[str, EmergencySettings] = field(default_factory=dict)
    wanted: dict[str, NoticePreferences] = field(default_factory=dict)
    passes: dict[str, str] = field(default_factory=dict)
    visits: list[DeskVisit] = field(default_factory=list)
    known: bool = True

    def __post_init__(self) -> None:
        now = self.world.epoch_ms()
        self.accesses = {
            "": [access(number, now - 3_600_000 - number * 5 * DAY_MS) for number in range(60)],
            "son": [access(99, now - 2 * DAY_MS, mode=Mode.BREAK_GLASS)],
        }
        for whose in self.accesses:
            self.sent[whose], self.blocked[whose] = [], []
            self.chosen[whose] = EmergencySettings(samu=True, professionals=True, masked=False)
            self.wanted[whose] = NoticePreferences(offered=("email", "sms", "letter"))

    def parts(self) -> SimpleNamespace:
        """As the assembled gateway holds them."""
        names = ("people", "history", "notices", "contesting", "blocking", "choosing")
        return SimpleNamespace(
            **{**dict.fromkeys(names, self), "notices": FakeNoticePages(self), "desk": FakeDesk(self), "fake": self}
        )

    def people_of(self, holder: PatientHolder) -> tuple[Person, ...]:
        if not self.known:
            return ()
        return (
            Person(PATIENTS["usual"], Role.ADULT, frozenset(Right)),
            Person(SON, Role.PARENT, frozenset(Right) - {Right.HISTORY_FILE, Right.PREFERENCES}),
        )

    def page(
        self, holder: PatientHolder, whose: str = "", asked: HistoryFilter | None = None, mark: str = ""
    ) -> HistoryPage:
        asked = asked or HistoryFilter()
        found = [view for view in self.accesses[whose] if _fits(view, asked, self.accesses[whose])]
        start = int(mark or 0)
        rest = found[start + PAGE :]
        return HistoryPage(
            accesses=tuple(found[start : start + PAGE]), next=str(start + PAGE) if rest else "", total=len(found)
        )

    def access(self, holder: PatientHolder, access_id: str, whose: str = "") -> AccessView:
        for view in self.accesses[whose]:
            if view.access_id == access_id:
                blocked = any(block.block_id == view.staff.subject for block in self.blocked[whose])
                numbers = tuple(one.number for one in self.sent[whose] if one.access_id == access_id)
                return replace(view, blocked=blocked, contest_numbers=numbers)
        raise NotFound("no such access")

    def by_code(self, holder: PatientHolder, code: str) -> tuple[AccessView, str]:
        if code != CODE:
            raise NotFound("not theirs")
        return self.accesses[""][0], ""

    def choices(self, holder: PatientHolder, whose: str = "") -> FilterChoices:
        views = self.accesses[whose]
        people = {view.staff.key: Choice(view.access_id, view.staff.name) for view in views}
        return FilterChoices(
            units=(Choice("URG", "URG"), Choice("SAMU", "SAMU")),
            professionals=tuple(people.values()),
            modes=tuple(Mode),
            first_day=_day(views[-1]).isoformat(),
            last_day=_day(views[0]).isoformat(),
        )

    def month(
        self, holder: PatientHolder, whose: str = "", month: str = "", asked: HistoryFilter | None = None
    ) -> CalendarMonth:
        days = sorted({_day(view) for view in self.accesses[whose]})
        months = sorted({f"{day:%Y-%m}" for day in days})
        shown = month or months[-1]
        counts = [
            DayCount(
                day.isoformat(),
                sum(_day(view) == day for view in self.accesses[whose]),
                sum(_day(view) == day and view.mode is not Mode.NORMAL for view in self.accesses[whose]),
            )
            for day in days
            if f"{day:%Y-%m}" == shown
        ]
        before = [one for one in months if one < shown]
        after = [one for one in months if one > shown]
        return CalendarMonth(
            month=shown,
            days=tuple(counts),
            before=before[-1] if before else "",
            after=after[0] if after else "",
        )

    def receipt(self, holder: PatientHolder, access_id: str, whose: str = "") -> Mapping[str, object]:
        self.access(holder, access_id, whose)
        return {"format": "receipt", "access": access_id}

    def file(self, holder: PatientHolder) -> Mapping[str, object]:
        return {"format": "history", "subject": "patient/1"}

    def contest(self, holder: PatientHolder, access_id: str, form: ContestForm, whose: str = "") -> ContestReceipt:
        self.access(holder, access_id, whose)
        return self.record(form, access_id, whose)

    def record(self, form: ContestForm, access_id: str, whose: str) -> ContestReceipt:
        if "TROP" in form.words:
            raise InvalidRequest("too many", code="contest-too-many")
        now, new_id = self.world.epoch_ms(), self.world.new_id()
        one = Contest(
            id=new_id,
            wish=form.wish,
            words=form.words,
            answer_by=form.answer_by,
            received_at=now,
            promised_at=now + 30 * DAY_MS,
            answered_at=None,
            answer="",
            access_id=access_id,
        )
        self.sent[whose].insert(0, one)
        return ContestReceipt(one.id, one.number, one.promised_at)

    def contests(self, holder: PatientHolder, whose: str = "") -> tuple[Contest, ...]:
        return tuple(self.sent[whose])

    def block(self, holder: PatientHolder, access_id: str, whose: str = "") -> BlockView:
        staff = self.access(holder, access_id, whose).staff
        view = BlockView(
            block_id=staff.subject, staff_name=staff.name, staff_unit=staff.unit, blocked_at=self.world.epoch_ms()
        )
        if view.block_id not in {one.block_id for one in self.blocked[whose]}:
            self.blocked[whose].insert(0, view)
        return view

    def blocks(self, holder: PatientHolder, whose: str = "") -> tuple[BlockView, ...]:
        return tuple(self.blocked[whose])

    def unblock(self, holder: PatientHolder, block_id: str, whose: str = "") -> BlockView:
        for block in self.blocked[whose]:
            if block.block_id == block_id:
                self.blocked[whose].remove(block)
                return block
        raise NotFound("no such block")

    def settings(self, holder: PatientHolder, whose: str = "") -> EmergencySettings:
        return self.chosen[whose]

    def set(
        self, holder: PatientHolder, setting: EmergencySetting, allowed: bool, whose: str = ""
    ) -> EmergencySettings:
        self.chosen[whose] = replace(self.chosen[whose], **{setting.value: allowed})
        return self.chosen[whose]

    def preferences(self, holder: PatientHolder, whose: str = "") -> NoticePreferences:
        return self.wanted[whose]

    def prefer(self, holder: PatientHolder, wanted: NoticePreferences, whose: str = "") -> NoticePreferences:
        self.wanted[whose] = wanted
        return wanted


class FakeNoticePages:
    """One notice, of code ABCDE23456, whose patient was born on 28 March 1979."""

    def __init__(self, portal: FakePortal) -> None:
        self.portal = portal

    def prove(self, code: str, birth_date: str) -> NoticePass:
        if (code, birth_date) != (CODE, BORN):
            raise ProofRefused("no")
        token = self.portal.world.new_token()
        self.portal.passes[token] = code
        return NoticePass(token=token, expires_at=self.portal.world.epoch_ms() + 900_000, view=self.shown(token, code))

    def shown(self, token: str, code: str) -> AccessView:
        if self.portal.passes.get(token) != code:
            raise ProofRefused("over")
        return self.portal.accesses[""][0]

    def also_told(self, token: str, code: str) -> tuple[AccessView, ...]:
        self.shown(token, code)
        return self.portal.accesses[""][1:2]

    def receipt(self, token: str, code: str) -> Mapping[str, object]:
        return {"format": "receipt", "access": self.shown(token, code).access_id}

    def contest(self, token: str, code: str, form: ContestForm) -> ContestReceipt:
        return self.portal.record(form, self.shown(token, code).access_id, "")

    def contests(self, token: str, code: str) -> tuple[Contest, ...]:
        self.shown(token, code)
        return tuple(self.portal.sent[""])

    def leave(self, token: str) -> None:
        self.portal.passes.pop(token, None)


class FakeDesk:
    """The desk of that small hospital."""

    def __init__(self, portal: FakePortal) -> None:
        self.portal = portal

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        return self.portal.finding.search(staff, text)  # type: ignore[attr-defined, no-any-return]

    def patient(self, staff: StaffMember, patient_id: str) -> PatientRecord:
        return self.portal.finding.patient(staff, patient_id)  # type: ignore[attr-defined, no-any-return]

    def rights(self, staff: StaffMember, patient_id: str, side: Side) -> frozenset[Right]:
        return frozenset(Right) if side is Side.HOLDER else frozenset()

    def is_sure(self, staff: StaffMember, visit: DeskVisit) -> bool:
        return visit.check is not IdentityCheck.TRAITS_TOLD

    def begin(self, staff: StaffMember, visit: DeskVisit) -> frozenset[Right]:
        return self.rights(staff, visit.patient_id, visit.side)

    def representatives(self, staff: StaffMember, patient_id: str) -> dict[str, str]:
        return {}

    def do_not_call(self, staff: StaffMember, patient_id: str) -> bool:
        return False

    def access_by_code(self, staff: StaffMember, visit: DeskVisit, code: str) -> DeskAccess:
        if code != CODE:
            raise NotFound("no such notice of theirs")
        view = self.portal.accesses[""][0]
        return DeskAccess(access_id=view.access_id, opened_at=view.opened_at)

    def accesses_on(self, staff: StaffMember, visit: DeskVisit, day: str) -> tuple[DeskAccess, ...]:
        try:
            asked = date.fromisoformat(day)
        except ValueError:
            raise InvalidRequest("no such day", field="day", code="period") from None
        found = [view for view in self.portal.accesses[""] if _day(view) == asked]
        return tuple(DeskAccess(access_id=view.access_id, opened_at=view.opened_at) for view in found)

    def contest(self, staff: StaffMember, visit: DeskVisit, access_id: str, form: ContestForm) -> ContestReceipt:
        self.portal.visits.append(visit)
        return self.portal.record(form, access_id, "")

    def block(self, staff: StaffMember, visit: DeskVisit, access_id: str) -> None:
        self._sure(visit)
        self.portal.block(None, access_id)  # type: ignore[arg-type]

    def unblock_all(self, staff: StaffMember, visit: DeskVisit) -> int:
        count = len(self.portal.blocked[""])
        self.portal.blocked[""].clear()
        return count

    def settings(self, staff: StaffMember, visit: DeskVisit) -> EmergencySettings:
        return self.portal.chosen[""]

    def set(self, staff: StaffMember, visit: DeskVisit, setting: EmergencySetting, allowed: bool) -> EmergencySettings:
        self._sure(visit)
        return self.portal.set(None, setting, allowed)  # type: ignore[arg-type]

    def preferences(self, staff: StaffMember, visit: DeskVisit) -> NoticePreferences:
        return self.portal.wanted[""]

    def prefer(self, staff: StaffMember, visit: DeskVisit, wanted: NoticePreferences) -> NoticePreferences:
        self.portal.visits.append(visit)
        return self.portal.prefer(None, wanted)  # type: ignore[arg-type]

    def _sure(self, visit: DeskVisit) -> None:
        self.portal.visits.append(visit)
        if visit.check is IdentityCheck.TRAITS_TOLD:
            error = NotAllowed("a voice is not enough")
            error.code = "desk-check"
            raise error


def access(number: int, opened_at: int, mode: Mode | None = None) -> AccessView:
    """The access of that number: every third one an emergency, by three professionals in turn."""
    mode = mode or (Mode.NORMAL, Mode.NORMAL, Mode.BREAK_GLASS)[(number + 2) % 3]
    urgent = mode is not Mode.NORMAL
    who = STAFF[("interne", "senior", "regulateur")[number % 3]]
    review = (ReviewOutcome.JUSTIFIED, ReviewOutcome.WAITING, ReviewOutcome.UNJUSTIFIED)[(number // 3) % 3]
    return AccessView(
        access_id=f"acc-{number}",
        code=CODE if number == 0 else "",
        opened_at=opened_at,
        expires_at=opened_at + 1_800_000,
        ended_at=None,
        open=False,
        mode=mode,
        first_access=number < 3,
        staff=who,
        hospital="Hôpital Saint-Exemple",
        phone="01 99 00 12 34",
        reason_code="vital_emergency" if urgent else "",
        consent_basis="none" if urgent else ("explicit", "care_team")[number % 2],
        categories=("11", "42", "90") if number % 4 == 0 else ("42",) if number % 4 == 1 else (),
        review=review if urgent else ReviewOutcome.NONE,
        reviewed_at=None,
        receipt_state="pending" if number == 0 else "proved",
        contest_numbers=(),
        blocked=False,
    )


def _day(view: AccessView) -> date:
    moment: datetime = from_epoch_ms(view.opened_at)
    return moment.astimezone(ZoneInfo("Europe/Paris")).date()


def _fits(view: AccessView, asked: HistoryFilter, every: list[AccessView]) -> bool:
    try:
        since = date.fromisoformat(asked.since) if asked.since else date.min
        until = date.fromisoformat(asked.until) if asked.until else date.max
    except ValueError:
        raise InvalidRequest("no such day", field="since", code="period") from None
    if since > until:
        raise InvalidRequest("ends before it begins", field="until", code="period")
    who = next((one.staff.key for one in every if one.access_id == asked.professional), "")
    return (
        since <= _day(view) <= until
        and (asked.mode is None or view.mode is asked.mode)
        and (not asked.unit or view.staff.unit == asked.unit)
        and (not asked.professional or view.staff.key == who)
    )
