"""The figures count what happened, by the days of Paris, on both databases."""

from datetime import date

import pytest

from gateway.access.sign_in_record import IdentityRecorder
from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.oversight.figures.bands import ShareWatch
from gateway.oversight.figures.figure import Figure, Period, period_between
from gateway.settings import ReviewSettings
from gateway.storage.journal import Journal, person_subject
from policies import Mode
from tests.oversight.conftest import HOUR_MS, Watched

TODAY = Period(date(2026, 11, 1), date(2026, 11, 22))


def _figure(watched: Watched, key: str, period: Period = TODAY) -> Figure:
    return watched.oversight.figuring.one(watched.dpo, key, period)


def _rows(figure: Figure) -> dict[str, tuple[object, ...]]:
    return {label[0][1]: values for label, values in figure.rows if any(values)}


def test_break_glass_is_counted_by_paris_day_and_unit_and_as_a_share(watched: Watched) -> None:
    watched.hospital.still.pass_time(hours=-4)  # 23:00 UTC is the next day in Paris
    watched.break_glass(1)
    watched.hospital.open(watched.hospital.add_patient(2), watched.hospital.senior, mode=Mode.NORMAL, consent=True)
    assert _rows(_figure(watched, "break_glass_days")) == {"2026-11-22": (1,)}
    assert _rows(_figure(watched, "share_days")) == {"2026-11-22": (1, 2, 50.0)}
    assert _figure(watched, "share_days").notes == {"share": 50.0}
    assert len(_figure(watched, "break_glass_days").rows) == 22


def test_reasons_admissions_delays_notices_and_contests_are_counted(watched: Watched) -> None:
    first = watched.break_glass(1)
    watched.break_glass(2, admitted=None, reason="other", text="un motif assez long")
    watched.oversight.minding.round()
    assert _rows(_figure(watched, "reasons")) == {"vital_emergency": (1, 50.0), "other": (1, 50.0)}
    assert _rows(_figure(watched, "without_admission")) == {"URG": (2, 1, 50.0)}
    watched.oversight.reviewing.justify(watched.dpo, first)
    delays = _figure(watched, "review_delay")
    assert _rows(delays) == {"up_to_1": (1,)}
    assert delays.notes == {"median_days": 0.0}
    assert sum(values[0] or 0 for _, values in _figure(watched, "notices").rows) == 4
    assert _figure(watched, "contests").empty


def test_dossiers_consulted_are_counted_per_100_passages(watched: Watched) -> None:
    access = watched.break_glass(1)
    for number in (2, 3, 4):
        watched.hospital.add_patient(number)
    assert _rows(_figure(watched, "dossiers_per_passages")) == {"2026-11-16": (0, 4, 0.0)}
    now = watched.hospital.still.world.epoch_ms()
    watched.hospital.run(
        "INSERT INTO document_opening (grant_id, document_id, class_code, hidden_from, opened_at) "
        "VALUES (:access, 'd', '11', '', :now)",
        access=access,
        now=now,
    )
    assert _rows(_figure(watched, "dossiers_per_passages")) == {"2026-11-16": (1, 4, 25.0)}


def test_the_way_from_sign_in_to_the_summary_is_measured_from_the_log(watched: Watched) -> None:
    hospital = watched.hospital
    journal = Journal(hospital.log, hospital.still.world)
    hospital.database.transact(lambda tx: IdentityRecorder(journal).signed_in(tx, hospital.intern))
    hospital.still.pass_time(seconds=12)
    personal = {person_subject(hospital.intern.key): {"who": "x"}}
    hospital.database.transact(lambda tx: journal.append(tx, "summary.opened", "success", personal=personal))
    figure = _figure(watched, "sign_in_to_summary")
    assert _rows(figure) == {"up_to_15": (1,)}
    assert figure.notes["median_seconds"] == 12.0


def test_an_alert_is_raised_once_a_week_when_a_units_share_leaves_its_band(watched: Watched) -> None:
    hospital, week = watched.hospital, 7 * 24 * HOUR_MS
    hospital.add_patient(1)
    now, rows = hospital.still.world.epoch_ms(), []
    for number in range(9 * 50):
        weeks_back, place = divmod(number, 50)
        emergency = place < (45 if weeks_back == 0 else 10 + weeks_back % 3)
        rows.append(
            (f"{number:036d}", "break_glass" if emergency else "normal", now - weeks_back * week - place * 1000)
        )
    for grant_id, mode, opened_at in rows:
        hospital.run(
            "INSERT INTO access_grant (id, patient_id, staff_key, staff, mode, first_access, opened_at, expires_at, "
            "decision, audit_entry_id) VALUES (:id, '00000000-0000-4000-8000-000000000001', 'k', "
            ":staff, :mode, false, :at, :at, '{}', :id)",
            id=grant_id, mode=mode, at=opened_at, staff='{"unit":"URG"}',
        )  # fmt: skip
    watch = ShareWatch(database=hospital.database, world=hospital.still.world, settings=ReviewSettings())
    assert watch.watch() == 1
    assert watch.watch() == 0
    assert hospital.count("alert", "kind = 'break-glass-share' AND detail LIKE 'unit URG: 90 %'") == 1
    figure = _figure(watched, "bands")
    assert _rows(figure)["URG"][-1] == 1


def test_figures_are_for_the_dpo_and_looking_is_recorded(watched: Watched) -> None:
    with pytest.raises(NotAllowed):
        watched.oversight.figuring.all(watched.hospital.senior, TODAY)
    with pytest.raises(NotFound):
        _figure(watched, "unknown")
    assert len(watched.oversight.figuring.all(watched.dpo, TODAY)) == 10
    assert len(watched.hospital.entries("review.figures_viewed")) == 1


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-22", "2026-11-21"), ("2024-01-01", "2026-01-01"), ("hier", ""), ("", "0001-01-01")]
)
def test_a_period_that_makes_no_sense_is_refused(first: str, last: str) -> None:
    with pytest.raises(InvalidRequest):
        period_between(first, last, date(2026, 11, 22))
