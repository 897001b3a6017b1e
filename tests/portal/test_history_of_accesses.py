"""What a patient reads of their history: all of it, in pages, found again, nothing of anybody else's."""

import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.errors import InvalidRequest, NotFound
from gateway.portal.views import HistoryFilter, ReviewOutcome
from policies import Mode
from tests.portal.conftest import DPO, INTERN, MINOR, PARENT, PATIENT, SENIOR, SURGEON, Ward, holder


def test_every_access_is_shown_once_newest_first_in_pages_of_fifty(ward: Ward) -> None:
    opened = [ward.visit("patiente", staff) for staff in (SENIOR, INTERN) * 26]
    first = ward.gateway.portal.history.page(PATIENT)
    second = ward.gateway.portal.history.page(PATIENT, mark=first.next)
    shown = [view.access_id for view in (*first.accesses, *second.accesses)]
    assert (len(first.accesses), len(second.accesses), second.next) == (50, 2, "")
    assert shown == opened[::-1]
    assert first.total == second.total == 52


def test_accesses_of_one_instant_lose_nobody_at_the_turn_of_a_page(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    for number in range(53):
        ward.open("patiente", SENIOR if number % 2 else INTERN)
        ward.run("UPDATE access_grant SET ended_at = opened_at WHERE ended_at IS NULL")
    first = ward.gateway.portal.history.page(PATIENT)
    second = ward.gateway.portal.history.page(PATIENT, mark=first.next)
    assert len({view.access_id for view in (*first.accesses, *second.accesses)}) == 53


def test_the_history_is_found_by_period_mode_unit_and_professional(ward: Ward) -> None:
    history = ward.gateway.portal.history
    emergency = ward.visit("patiente", SENIOR)
    ward.still.pass_time(days=2)
    surgery = ward.visit("patiente", SURGEON, Mode.NORMAL)
    ward.still.pass_time(days=20)
    again = ward.visit("patiente", SENIOR, Mode.NORMAL)

    def found(**asked: object) -> set[str]:
        page = history.page(PATIENT, asked=HistoryFilter(**asked))  # type: ignore[arg-type]
        assert page.total == len(page.accesses)
        return {view.access_id for view in page.accesses}

    assert found() == {emergency, surgery, again}
    assert found(since="2026-11-24", until="2026-11-24") == {surgery}
    assert found(mode=Mode.BREAK_GLASS) == {emergency}
    assert found(unit="CHIR") == {surgery}
    assert found(professional=emergency) == {emergency, again}
    assert found(since="2026-11-23", professional=emergency, mode=Mode.NORMAL) == {again}
    choices = history.choices(PATIENT)
    assert [choice.value for choice in choices.units] == ["CHIR", "URG"]
    assert [choice.label for choice in choices.professionals] == ["Alice Ferrand", "Denis Leroy"]
    assert (choices.first_day, choices.last_day) == ("2026-11-22", "2026-12-14")


def test_the_calendar_counts_each_day_and_names_the_next_months(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    history = ward.gateway.portal.history
    ward.visit("patiente", SENIOR)
    ward.visit("patiente", INTERN, Mode.NORMAL)
    ward.still.pass_time(days=40)
    ward.visit("patiente", SENIOR)
    newest = history.month(PATIENT)
    assert (newest.month, newest.before, newest.after) == ("2027-01", "2026-11", "")
    november = history.month(PATIENT, month="2026-11")
    assert [(day.day, day.accesses, day.emergencies) for day in november.days] == [("2026-11-22", 2, 1)]
    assert history.month(PATIENT, month="2026-11", asked=HistoryFilter(mode=Mode.NORMAL)).days[0].accesses == 1


def test_a_day_is_a_day_of_paris_over_midnight(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    ward.still.pass_time(hours=20, minutes=30)  # 23:30 UTC on 22 November is 00:30 on the 23rd in Paris
    access = ward.visit("patiente")
    page = ward.gateway.portal.history.page(PATIENT, asked=HistoryFilter(since="2026-11-23", until="2026-11-23"))
    assert [view.access_id for view in page.accesses] == [access]


@pytest.mark.parametrize(
    ("asked", "mark"),
    [
        (HistoryFilter(since="2026-02-30"), ""),
        (HistoryFilter(since="2026-11-23", until="2026-11-22"), ""),
        (HistoryFilter(until="9999-99-99"), ""),
        (HistoryFilter(), "1.2"),
        (HistoryFilter(), "'; DROP TABLE notice; --"),
    ],
)
def test_what_cannot_be_asked_is_said(sqlite_ward: Ward, asked: HistoryFilter, mark: str) -> None:
    with pytest.raises(InvalidRequest):
        sqlite_ward.gateway.portal.history.page(PATIENT, asked=asked, mark=mark)


def test_nobody_reads_the_history_of_somebody_else(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    history, minor = ward.gateway.portal.history, ward.patient_id("minor_hidden_act")
    access = ward.visit("minor_hidden_act")
    for call in (
        lambda: history.page(PATIENT, minor),
        lambda: history.access(PATIENT, access),
        lambda: history.receipt(PATIENT, access),
        lambda: history.by_code(PATIENT, ward.code(access)),
        lambda: history.page(holder("NOBODY", "AT ALL", "1990-01-01", "F")),
        lambda: history.page(MINOR, ward.patient_id("patiente")),
        lambda: history.page(PATIENT, asked=HistoryFilter(professional=access)),
    ):
        with pytest.raises(NotFound):
            call()


def test_what_was_read_is_told_in_words_with_what_the_review_says(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    history, oversight = ward.gateway.portal.history, ward.gateway.oversight
    access = ward.visit("patiente")
    view = history.access(PATIENT, access)
    assert (view.staff.name, view.mode, view.reason_code) == ("Denis Leroy", Mode.BREAK_GLASS, "vital_emergency")
    assert (view.review, view.reviewed, view.open) == (ReviewOutcome.WAITING, False, False)
    oversight.reviewing.justify(DPO, access)
    view = history.access(PATIENT, access)
    assert (view.review, view.reviewed) == (ReviewOutcome.JUSTIFIED, True)
    ordinary = ward.visit("patiente", SENIOR, Mode.NORMAL)
    assert history.access(PATIENT, ordinary).review is ReviewOutcome.NONE
    ward.gateway.portal.contesting.contest(PATIENT, ordinary, ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL))
    assert history.access(PATIENT, ordinary).review is ReviewOutcome.WAITING


def test_whoever_reads_a_history_is_in_it(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    ward.visit("patiente")
    ward.gateway.portal.history.page(PATIENT)
    (entry,) = ward.entries("history.viewed")
    assert entry.facts["shown"] == 1
    assert entry.facts["by"] == "adult"
    assert any("holder" in values for values in entry.personal.values())


def test_a_notice_read_here_needs_no_other_channel(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    access = ward.visit("patiente")
    ward.gateway.portal.history.page(PATIENT)
    state = ward.one("SELECT state FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=access)
    assert state == "delivered"


def test_a_receipt_proves_one_access_and_the_file_the_whole_history(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    access = ward.visit("patiente")
    ward.gateway.sequencing.publish_checkpoint()
    receipt = ward.gateway.portal.history.receipt(PATIENT, access)
    assert receipt["format"] == "emergency-access-audit-receipt/v1"
    assert receipt["state"] == "proven"
    assert len(ward.entries("history.receipt_given")) == 1


def test_a_parent_sees_their_own_record_and_their_child(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    people = ward.gateway.portal.people.people_of(PARENT)
    assert [person.role.value for person in people] == ["adult", "parent"]
    assert people[1].whose == ward.patient_id("minor_hidden_act")
