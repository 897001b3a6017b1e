"""The desk records for people without digital means: as such, by whom, how checked, and no word of a dossier."""

import dataclasses

import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.access.outcome import Granted, Refused
from gateway.errors import NotAllowed, NotFound
from gateway.portal.choices import EmergencySetting
from gateway.portal.desk import CheckTooWeak, DeskAccess, DeskVisit, IdentityCheck, MinorOnTheTelephone, UnknownSpeaker
from gateway.portal.standing import Right, Side
from policies import Mode
from tests.portal.conftest import DESK, DPO, INTERN, MINOR, PARENT, PATIENT, SENIOR, Ward

FORM = ContestForm(ContestWish.EXPLAIN, ContestAnswer.LETTER, "Pourquoi ?")


def seen(ward: Ward, key: str = "patiente", **changes: object) -> DeskVisit:
    """Somebody at the counter with their identity card."""
    visit = DeskVisit(patient_id=ward.patient_id(key), check=IdentityCheck.ID_DOCUMENT)
    if changes.get("side") is Side.REPRESENTATIVE:
        changes = {
            "speaker": next(iter(ward.gateway.portal.desk.representatives(DESK, visit.patient_id)), ""),
            **changes,
        }
    return dataclasses.replace(visit, **changes)  # type: ignore[arg-type]


def test_a_contest_at_the_desk_is_the_patients_and_says_who_wrote_it_down_and_how(ward: Ward) -> None:
    desk, access = ward.gateway.portal.desk, ward.visit("patiente")
    found = desk.access_by_code(DESK, seen(ward), ward.code(access))
    assert found == DeskAccess(access_id=access, opened_at=found.opened_at)
    receipt = desk.contest(DESK, seen(ward), access, FORM)
    (mine,) = ward.gateway.portal.contesting.contests(PATIENT)
    assert (mine.number, mine.words, mine.side) == (receipt.number, "Pourquoi ?", "holder")
    (entry,) = ward.entries("review.contested")
    assert (entry.facts["by"], entry.facts["check"], entry.facts["side"]) == ("desk", "id_document", "holder")
    assert any(isinstance(values.get("staff"), dict) for values in entry.personal.values())
    assert entry.personal[f"patient/{ward.patient_id('patiente')}"]["words"] == "Pourquoi ?"


def test_the_desk_learns_when_and_never_who_why_or_what(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    desk = ward.gateway.portal.desk
    ward.visit("patiente")
    ward.visit("patiente", INTERN, Mode.NORMAL)
    shown = desk.accesses_on(DESK, seen(ward), "2026-11-22")
    assert len(shown) == 2
    assert shown[0].opened_at < shown[1].opened_at
    assert {field.name for field in dataclasses.fields(DeskAccess)} == {"access_id", "opened_at"}
    assert desk.accesses_on(DESK, seen(ward), "2026-11-21") == ()
    assert [entry.facts["what"] for entry in ward.entries("desk.viewed")] == ["day", "day"]


def test_an_opposition_a_block_and_a_preference_said_at_the_desk_take_effect_at_once(ward: Ward) -> None:
    desk, access = ward.gateway.portal.desk, ward.open("patiente")
    desk.block(DESK, seen(ward), access)
    assert isinstance(ward.ask("patiente"), Refused)
    assert isinstance(ward.ask("patiente", INTERN), Granted)
    assert not desk.set(DESK, seen(ward), EmergencySetting.PROFESSIONALS, False).professionals
    assert isinstance(ward.ask("patiente", INTERN), Refused)
    wanted = dataclasses.replace(desk.preferences(DESK, seen(ward)), large_print=True)
    assert desk.prefer(DESK, seen(ward), wanted).large_print
    assert desk.unblock_all(DESK, seen(ward)) == 1
    written = ward.entries("choice.blocked", "choice.emergency", "choice.notices", "choice.unblocked")
    assert [entry.facts["by"] for entry in written] == ["desk"] * 4


def test_a_voice_on_the_telephone_may_ask_but_shuts_no_door_until_it_was_called_back(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    desk, access = ward.gateway.portal.desk, ward.visit("patiente")
    voice = seen(ward, check=IdentityCheck.TRAITS_TOLD)
    desk.contest(DESK, voice, access, FORM)
    for call in (
        lambda: desk.block(DESK, voice, access),
        lambda: desk.unblock_all(DESK, voice),
        lambda: desk.set(DESK, voice, EmergencySetting.SAMU, False),
    ):
        with pytest.raises(CheckTooWeak):
            call()
    desk.set(DESK, seen(ward, check=IdentityCheck.CALLED_BACK), EmergencySetting.SAMU, False)


def test_the_desk_is_for_its_own_role_at_this_hospital(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    desk, access = ward.gateway.portal.desk, ward.visit("patiente")
    elsewhere = dataclasses.replace(DESK, establishment="690000015")
    software = dataclasses.replace(DESK, named=False)
    for staff in (SENIOR, INTERN, elsewhere, software):
        with pytest.raises(NotAllowed):
            desk.search(staff, "PAT-TROIS")
        with pytest.raises(NotAllowed):
            desk.contest(staff, seen(ward), access, FORM)
    assert desk.search(DESK, "8000000001").patients
    assert desk.contest(DPO, seen(ward), access, FORM).number


def test_nobody_serves_themselves_at_the_desk(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    ward.run("UPDATE patient SET linked_staff_key = :key WHERE id = :id", key=DESK.key, id=ward.patient_id("patiente"))
    with pytest.raises(NotAllowed):
        ward.gateway.portal.desk.settings(DESK, seen(ward))


def test_a_parent_at_the_desk_is_served_as_a_parent(ward: Ward) -> None:
    """What the desk may find for a parent is what the parent may know of."""
    desk, key = ward.gateway.portal.desk, "minor_hidden_act"
    known = ward.visit(key, INTERN)
    secret = ward.open(key)
    ward.read(secret, hidden=True)
    ward.gateway.continuing.end(SENIOR, secret)
    ward.still.pass_time(minutes=1)
    parent = seen(ward, key, side=Side.REPRESENTATIVE)
    assert [one.access_id for one in desk.accesses_on(DESK, parent, "2026-11-22")] == [known]
    assert len(desk.accesses_on(DESK, seen(ward, key), "2026-11-22")) == 2
    with pytest.raises(NotFound):
        desk.access_by_code(DESK, parent, ward.code(secret))
    with pytest.raises(NotAllowed):
        desk.preferences(DESK, parent)
    assert Right.PREFERENCES in desk.rights(DESK, ward.patient_id(key), Side.HOLDER)
    desk.contest(DESK, seen(ward, key), secret, FORM)
    assert ward.gateway.portal.contesting.contests(PARENT, ward.patient_id(key)) == ()
    assert len(ward.gateway.portal.contesting.contests(MINOR)) == 1


def test_nobody_speaks_for_an_adult_at_the_desk_but_a_guardian(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    desk, whose = ward.gateway.portal.desk, ward.patient_id("patiente")
    assert desk.rights(DESK, whose, Side.REPRESENTATIVE) == frozenset()
    with pytest.raises(NotAllowed):
        desk.settings(DESK, seen(ward, side=Side.REPRESENTATIVE))
    ward.run("UPDATE patient SET protection = 'tutelle' WHERE id = :id", id=whose)
    with pytest.raises(UnknownSpeaker):
        desk.settings(DESK, seen(ward, side=Side.REPRESENTATIVE))
    guardian = "UPDATE patient_contact SET kind = 'legal_representative' WHERE kind = 'trusted_person'"
    ward.run(f"{guardian} AND patient_id = :id", id=whose)
    assert Right.EMERGENCY_SETTINGS in desk.rights(DESK, whose, Side.REPRESENTATIVE)
    assert desk.settings(DESK, seen(ward, side=Side.REPRESENTATIVE)).samu


def test_a_code_of_somebody_elses_notice_names_nothing(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    access = ward.visit("unconscious")
    with pytest.raises(NotFound):
        ward.gateway.portal.desk.access_by_code(DESK, seen(ward), ward.code(access))


def test_the_record_says_which_representative_spoke_and_nobody_else_is_heard(ward: Ward) -> None:
    desk, key = ward.gateway.portal.desk, "minor_hidden_act"
    access, whose = ward.visit(key), ward.patient_id(key)
    ((speaker, name),) = desk.representatives(DESK, whose).items()
    assert name == "Aurelie MELANGE" or name.upper() == "AURELIE MELANGE"
    parent = seen(ward, key, side=Side.REPRESENTATIVE)
    desk.accesses_on(DESK, parent, "2026-11-22")
    desk.contest(DESK, parent, access, FORM)
    (shown,), (contested,) = ward.entries("desk.viewed"), ward.entries("review.contested")
    assert shown.facts["speaker"] == contested.facts["speaker"] == speaker
    assert shown.personal[f"patient/{whose}"]["speaker_name"] == name
    for nobody in ("", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(UnknownSpeaker):
            desk.contest(DESK, seen(ward, key, side=Side.REPRESENTATIVE, speaker=nobody), access, FORM)


def test_a_voice_learns_no_day_no_setting_and_no_preference(sqlite_ward: Ward) -> None:
    """A partner knows a birth date, an address and a last visit: the telephone tells them nothing."""
    ward = sqlite_ward
    desk, access = ward.gateway.portal.desk, ward.visit("patiente")
    voice = seen(ward, check=IdentityCheck.TRAITS_TOLD)
    wanted = desk.preferences(DESK, seen(ward))
    for call in (
        lambda: desk.accesses_on(DESK, voice, "2026-11-22"),
        lambda: desk.settings(DESK, voice),
        lambda: desk.preferences(DESK, voice),
        lambda: desk.prefer(DESK, voice, wanted),
    ):
        with pytest.raises(CheckTooWeak):
            call()
    assert desk.access_by_code(DESK, voice, ward.code(access)).access_id == access


def test_a_minor_speaks_for_themselves_at_the_counter_and_not_on_the_telephone(sqlite_ward: Ward) -> None:
    ward, key = sqlite_ward, "minor_hidden_act"
    desk, access = ward.gateway.portal.desk, ward.visit(key)
    for check in (IdentityCheck.CALLED_BACK, IdentityCheck.TRAITS_TOLD):
        with pytest.raises(MinorOnTheTelephone):
            desk.access_by_code(DESK, seen(ward, key, check=check), ward.code(access))
        with pytest.raises(MinorOnTheTelephone):
            desk.contest(DESK, seen(ward, key, check=check), access, FORM)
    assert desk.contest(DESK, seen(ward, key), access, FORM).number


def test_a_button_pressed_twice_at_the_desk_is_one_contest(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    desk, access = ward.gateway.portal.desk, ward.visit("patiente")
    first, second = (desk.contest(DESK, seen(ward), access, FORM) for _ in range(2))
    assert first == second
    assert len(ward.entries("review.contested")) == 1
    wanted = dataclasses.replace(desk.preferences(DESK, seen(ward)), large_print=True)
    for _ in range(2):
        desk.prefer(DESK, seen(ward), wanted)
        desk.set(DESK, seen(ward), EmergencySetting.SAMU, False)
        desk.block(DESK, seen(ward), access)
    assert len(ward.entries("choice.notices", "choice.emergency", "choice.blocked")) == 3


def test_who_is_not_heard_is_told_at_the_first_page(sqlite_ward: Ward) -> None:
    ward, key = sqlite_ward, "minor_hidden_act"
    desk = ward.gateway.portal.desk
    with pytest.raises(MinorOnTheTelephone):
        desk.begin(DESK, seen(ward, key, check=IdentityCheck.TRAITS_TOLD))
    with pytest.raises(UnknownSpeaker):
        desk.begin(DESK, seen(ward, key, side=Side.REPRESENTATIVE, speaker="nobody"))
    assert desk.begin(DESK, seen(ward, side=Side.REPRESENTATIVE)) == frozenset()
    assert Right.CONTEST in desk.begin(DESK, seen(ward, check=IdentityCheck.TRAITS_TOLD))
