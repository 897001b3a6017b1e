"""Windows, reasons, enrolment and notices come from the version in force, and the law's floor from none."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.context import nobody
from gateway.access.outcome import Granted, Outcome, Refused
from gateway.access.owing import Owing
from gateway.access.request import parse_reason
from gateway.access.window import MINUTE_MS, extended_until, window_ms
from gateway.errors import ConfigurationError, InvalidReason
from gateway.rulebook.in_force import Held
from gateway.settings import load_settings
from policies import HospitalRules, Mode, PolicyBook, Sources
from policies.settings import NoticeRules
from tests.access.conftest import Hospital
from tests.rules_in_force import POLICIES, shipped_book
from tests.worlds import StillWorld

CONFIG = Path(__file__).resolve().parents[2] / "config" / "demo.toml"


def changed_book(*changes: tuple[str, str]) -> PolicyBook:
    """The shipped rules with other settings."""
    files = dict(Sources.read(POLICIES).files)
    told = files["settings.toml"].decode()
    for before, after in changes:
        assert before in told
        told = told.replace(before, after)
    return PolicyBook.build(Sources.of({**files, "settings.toml": told.encode()}))


def put(hospital: Hospital, book: PolicyBook) -> None:
    """Another version takes force, under the parts that are running."""
    for part in (hospital.opening, hospital.continuing):
        part._rules.put(Held(book))


def minutes_open(outcome: Outcome) -> int:
    assert isinstance(outcome, Granted)
    return (outcome.access.expires_at - outcome.access.opened_at) // MINUTE_MS


def test_each_mode_has_the_window_of_the_version_in_force(hospital: Hospital) -> None:
    emergency = ("y_window_minutes = 30", "y_window_minutes = 12")
    put(hospital, changed_book(("\nwindow_minutes = 30", "\nwindow_minutes = 20"), emergency))
    patient = hospital.add_patient()
    assert minutes_open(hospital.open(patient)) == 12
    assert minutes_open(hospital.open(patient, mode=Mode.NORMAL, consent=True)) == 20


def test_an_extension_never_goes_past_the_longest_of_the_version_in_force(hospital: Hospital) -> None:
    opened = hospital.open(hospital.add_patient())
    assert isinstance(opened, Granted)
    put(hospital, changed_book(("longest_minutes = 240", "longest_minutes = 40")))
    hospital.still.pass_time(minutes=25)
    extended = hospital.continuing.extend(hospital.intern, opened.access.id)
    assert not isinstance(extended, Refused)
    assert extended.expires_at == opened.access.opened_at + 40 * MINUTE_MS


def test_a_swap_in_the_middle_of_an_opening_changes_nothing_of_it(hospital: Hospital) -> None:
    """The version that decided is the one whose window is granted and whose digest is kept."""
    other = changed_book(("y_window_minutes = 30", "y_window_minutes = 7"))
    rules, patient = hospital.opening._rules, hospital.add_patient()
    first = rules.current()

    class SwappingOwing(Owing):
        def notices(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            rules.put(Held(other))
            return super().notices(*args, **kwargs)

    hospital.opening._owing = SwappingOwing(hospital.still.world)
    outcome = hospital.open(patient)
    assert isinstance(outcome, Granted)
    assert (minutes_open(outcome), outcome.access.policy_version) == (30, first.digest)
    assert rules.current() is other


def test_an_establishment_taken_from_the_list_opens_nothing(hospital: Hospital) -> None:
    put(hospital, changed_book(('enrolled = ["750000018"]', 'enrolled = ["750000026"]')))
    outcome = hospital.open(hospital.add_patient())
    assert isinstance(outcome, Refused)
    assert "INT-08-etablissement-non-enrole" in [rule.rule_id for rule in outcome.rules]


def test_the_panel_offers_the_reasons_of_the_version_in_force(hospital: Hospital) -> None:
    put(
        hospital,
        changed_book(('modes = ["break_glass"]\nkey = "2"', 'modes = []\nkey = "2"'), ('key = "4"', 'key = "9"')),
    )
    preview = hospital.opening.preview(hospital.senior, hospital.add_patient())
    assert [(one.code, one.key) for one in preview.reasons_for("break_glass")] == [
        ("vital_emergency", "1"),
        ("immediate_risk", "3"),
        ("other", "9"),
    ]
    assert preview.window_minutes == 30


def test_without_any_reason_there_is_no_emergency_door(hospital: Hospital) -> None:
    put(hospital, changed_book(('modes = ["break_glass"]', "modes = []")))
    preview = hospital.opening.preview(hospital.senior, hospital.add_patient())
    assert not preview.break_glass
    assert preview.reasons == ()
    assert preview.normal_with_consent


def test_a_grant_with_a_reason_retired_since_can_still_be_looked_at_and_ended(hospital: Hospital) -> None:
    opened = hospital.open(hospital.add_patient(), reason="immediate_risk")
    assert isinstance(opened, Granted)
    put(hospital, changed_book(('modes = ["break_glass"]\nkey = "3"', 'modes = []\nkey = "3"')))
    assert hospital.continuing.current(hospital.intern, opened.access.id).reason_code == "immediate_risk"
    assert isinstance(hospital.continuing.extend(hospital.intern, opened.access.id), Refused)
    assert not hospital.continuing.end(hospital.intern, opened.access.id).open


def test_how_much_must_be_written_is_the_versions_to_say() -> None:
    settings = changed_book(("text_at_least = 10", "text_at_least = 25")).settings
    with pytest.raises(InvalidReason) as told:
        parse_reason(settings, Mode.BREAK_GLASS, "other", "x" * 24)
    assert told.value.code == "reason-text-required"
    assert parse_reason(settings, Mode.BREAK_GLASS, "other", "x" * 25) is not None
    for code in ("immediate_riks", "REGULATION", "\x00"):
        with pytest.raises(InvalidReason):
            parse_reason(settings, Mode.BREAK_GLASS, code, "")


def test_other_accesses_are_told_where_the_hospital_says_so(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    hospital.open(patient, hospital.senior, mode=Mode.NORMAL, consent=True)
    assert hospital.count("notice") == 1
    hospital.run("UPDATE access_grant SET ended_at = opened_at")
    hospital.open(patient, hospital.senior, mode=Mode.NORMAL, consent=True)
    assert hospital.count("notice") == 1
    hospital.run("UPDATE access_grant SET ended_at = opened_at")
    put(hospital, changed_book(("other_access = []", 'other_access = ["patient"]')))
    hospital.open(patient, hospital.senior, mode=Mode.NORMAL, consent=True)
    assert hospital.count("notice") == 2


NOBODY = frozenset[str]()
SILENT = NoticeRules(break_glass=NOBODY, centre_15=NOBODY, first_access=NOBODY, other_access=NOBODY)


@pytest.mark.parametrize("mode", [Mode.BREAK_GLASS, Mode.CENTRE_15])
def test_an_emergency_is_told_even_if_settings_and_rules_were_silent(hospital: Hospital, mode: Mode) -> None:
    """No version can say this (it is refused); should one ever, the floor is in the code."""
    owed = notices_under(replace(shipped_book().settings, notices=SILENT), mode, first=False)
    assert owed == ["patient", "medecin_traitant"]


def test_a_first_access_is_told_even_if_settings_and_rules_were_silent() -> None:
    settings = replace(shipped_book().settings, notices=SILENT)
    assert notices_under(settings, Mode.NORMAL, first=True) == ["patient"]
    assert notices_under(settings, Mode.NORMAL, first=False) == []


WHO = st.frozensets(st.sampled_from(["patient", "medecin_traitant"]))
NOTIFY = st.lists(st.sampled_from(["notify:patient", "notify:medecin_traitant", "notify:first_access", "review:dpo"]))


@given(st.tuples(WHO, WHO, WHO, WHO), NOTIFY, st.sampled_from(Mode), st.booleans())
def test_settings_and_rules_only_ever_add_to_the_floor(
    told: tuple[frozenset[str], ...], notify: list[str], mode: Mode, first: bool
) -> None:
    notices = NoticeRules(break_glass=told[0], centre_15=told[1], first_access=told[2], other_access=told[3])
    settings = replace(shipped_book().settings, notices=notices)
    floor = set(notices_under(replace(settings, notices=SILENT), mode, first=first))
    owed = set(notices_under(settings, mode, first=first, obligations=tuple(notify)))
    assert floor | notices.owed(mode, first_access=first) <= owed
    assert {word.removeprefix("notify:") for word in notify} & {"patient", "medecin_traitant"} <= owed


def notices_under(settings: HospitalRules, mode: Mode, *, first: bool, obligations: tuple[str, ...] = ()) -> list[str]:
    """Who would be told."""
    context = replace(nobody(), has_medecin_traitant=True)
    owing = Owing(StillWorld().world)
    return [one.recipient.value for one in owing.notices("g", context, mode, first, obligations, settings)]


@given(
    st.lists(st.sampled_from(["limit:5min", "limit:2h", "limit:1d", "limit:soon", "review:dpo"])), st.sampled_from(Mode)
)
def test_a_rule_shortens_a_window_and_never_lengthens_it(obligations: list[str], mode: Mode) -> None:
    settings = shipped_book().settings
    window = window_ms(settings, mode, tuple(obligations))
    assert window == (5 if "limit:5min" in obligations else 30) * MINUTE_MS
    assert extended_until(settings, mode, tuple(obligations), 0, 239 * MINUTE_MS) == 240 * MINUTE_MS


@pytest.mark.parametrize(
    ("added", "keys", "place"),
    [
        ('[hospital]\nenrolled = ["750000018"]', ["hospital.enrolled"], "[establishments] enrolled"),
        ("[access]\nwindow_minutes = 20\n[hospital]", ["access.window_minutes"], "emergency_window_minutes"),
        (
            "[access]\nwindow_minutes = 20\nlongest_minutes = 60\n[hospital]",
            ["access.window_minutes", "access.longest_minutes"],
            "[access] longest_minutes",
        ),
    ],
)
def test_an_older_configuration_is_told_where_its_settings_live_now(
    tmp_path: Path, added: str, keys: list[str], place: str
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(CONFIG.read_text(encoding="utf-8").replace("[hospital]", added, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as told:
        load_settings(file)
    assert [fault.key for fault in told.value.faults] == keys
    assert all("settings.toml" in fault.message for fault in told.value.faults)
    assert any(place in fault.message for fault in told.value.faults)


def test_an_unknown_access_setting_is_still_an_unknown_setting(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(
        CONFIG.read_text(encoding="utf-8") + "\n[access]\nwindow_minutes = 20\nwidth = 2\n", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError) as told:
        load_settings(file)
    assert {fault.key for fault in told.value.faults} == {"access.window_minutes", "access"}
