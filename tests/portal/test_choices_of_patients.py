"""The emergency settings and the choice of notices take effect at once, and leave who changed them and how."""

import dataclasses

import pytest

from gateway.access.outcome import Granted, Refused
from gateway.errors import AccessNotOpen, InvalidRequest
from gateway.portal.choices import EmergencySetting, NoticePreferences
from policies import Mode
from tests.portal.conftest import MINOR, PARENT, PATIENT, REGULATOR, SENIOR, Ward, holder_of


def test_by_default_the_samu_and_others_may_and_masked_documents_stay_masked(sqlite_ward: Ward) -> None:
    found = sqlite_ward.gateway.portal.choosing.settings(PATIENT)
    assert (found.samu, found.professionals, found.masked) == (True, True, False)


@pytest.mark.parametrize(
    ("setting", "staff", "mode", "rule"),
    [
        (EmergencySetting.PROFESSIONALS, SENIOR, Mode.BREAK_GLASS, "INT-13-opposition-bris-de-glace"),
        (EmergencySetting.SAMU, REGULATOR, Mode.CENTRE_15, "INT-14-opposition-centre-15"),
    ],
)
def test_an_opposition_refuses_the_next_request_of_its_mode_and_ends_what_is_open(
    ward: Ward, setting: EmergencySetting, staff, mode: Mode, rule: str
) -> None:
    choosing = ward.gateway.portal.choosing
    access = ward.open("patiente", staff, mode)
    assert not choosing.set(PATIENT, setting, False).allows(setting)
    with pytest.raises(AccessNotOpen):
        ward.gateway.reading.summary(staff, access)
    refused = ward.ask("patiente", staff, mode)
    assert isinstance(refused, Refused)
    assert rule in {one.rule_id for one in refused.rules}
    (changed,) = ward.entries("choice.emergency")
    assert changed.facts == {
        "setting": setting.value,
        "allowed": False,
        "ended": 1,
        "side": "holder",
        "by": "adult",
        "check": "sign_in",
    }
    choosing.set(PATIENT, setting, True)
    assert isinstance(ward.ask("patiente", staff, mode), Granted)


def test_each_setting_stands_alone(sqlite_ward: Ward) -> None:
    ward, choosing = sqlite_ward, sqlite_ward.gateway.portal.choosing
    choosing.set(PATIENT, EmergencySetting.PROFESSIONALS, False)
    assert isinstance(ward.ask("patiente", REGULATOR, Mode.CENTRE_15), Granted)
    choosing.set(PATIENT, EmergencySetting.PROFESSIONALS, True)
    choosing.set(PATIENT, EmergencySetting.SAMU, False)
    assert isinstance(ward.ask("patiente"), Granted)


def test_masked_documents_are_read_in_an_emergency_once_the_patient_allows_it_and_not_before(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    patient, choosing = holder_of("masked_refused"), ward.gateway.portal.choosing
    access = ward.open("masked_refused")

    def masked() -> int:
        return sum(
            item.masked for item in ward.gateway.reading.list_documents(SENIOR, access, everything=True).documents
        )

    assert masked() == 0
    choosing.set(patient, EmergencySetting.MASKED, True)
    assert masked() == 1, "at once, in the access already open"
    choosing.set(patient, EmergencySetting.MASKED, False)
    assert masked() == 0


def test_what_is_already_so_is_not_recorded_again(sqlite_ward: Ward) -> None:
    choosing = sqlite_ward.gateway.portal.choosing
    choosing.set(PATIENT, EmergencySetting.SAMU, True)
    assert sqlite_ward.entries("choice.emergency") == []


def test_a_patient_who_wants_it_is_told_of_every_access_and_the_compulsory_notices_stay(ward: Ward) -> None:
    choosing = ward.gateway.portal.choosing

    def notices(access: str) -> int:
        told = ward.one("SELECT COUNT(*) FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=access)
        return int(str(told))

    assert notices(ward.visit("patiente", SENIOR, Mode.NORMAL)) == 1, "the first access of a professional"
    assert notices(ward.visit("patiente", SENIOR, Mode.NORMAL)) == 0
    wanted = dataclasses.replace(choosing.preferences(PATIENT), all_accesses=True, language="en", large_print=True)
    choosing.prefer(PATIENT, wanted)
    ordinary = ward.visit("patiente", SENIOR, Mode.NORMAL)
    assert notices(ordinary) == 1
    assert ward.one("SELECT language FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=ordinary) == "en"
    choosing.prefer(PATIENT, dataclasses.replace(wanted, all_accesses=False))
    assert notices(ward.visit("patiente", SENIOR, Mode.NORMAL)) == 0
    assert notices(ward.visit("patiente", SENIOR)) == 1, "a bris de glace is told whatever is chosen"


def test_the_channels_are_kept_in_the_order_chosen_and_with_them_who_chose(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    choosing = ward.gateway.portal.choosing
    before = choosing.preferences(PATIENT)
    assert before.changed_at is None
    assert before.offered == ward.gateway.settings.notifications.channels
    turned = tuple(reversed(before.offered))
    after = choosing.prefer(PATIENT, NoticePreferences(channels=turned, language="fr"))
    assert after.channels == turned
    assert after.changed_at == ward.still.world.epoch_ms()
    (entry,) = ward.entries("choice.notices")
    assert entry.facts["channels"] == list(turned)
    assert any(values.get("holder") == {"key": PATIENT.key} for values in entry.personal.values())


@pytest.mark.parametrize(
    "wanted",
    [
        NoticePreferences(channels=("pigeon",)),
        NoticePreferences(channels=("email", "email")),
        NoticePreferences(language="xx"),
    ],
)
def test_what_the_hospital_does_not_offer_cannot_be_chosen(sqlite_ward: Ward, wanted: NoticePreferences) -> None:
    with pytest.raises(InvalidRequest):
        sqlite_ward.gateway.portal.choosing.prefer(PATIENT, wanted)


def test_a_parent_sets_what_may_happen_in_an_emergency_for_their_child(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    choosing, whose = ward.gateway.portal.choosing, ward.patient_id("minor_hidden_act")
    choosing.set(PARENT, EmergencySetting.PROFESSIONALS, False, whose)
    assert not choosing.settings(MINOR).professionals
    assert isinstance(ward.ask("minor_hidden_act"), Refused)
    (entry,) = ward.entries("choice.emergency")
    assert (entry.facts["side"], entry.facts["by"]) == ("representative", "parent")
