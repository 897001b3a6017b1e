"""Opening a dossier: the grant, its notices and its entry are one commit, or none of them is."""

import threading

import pytest

from gateway.access.outcome import Granted, Refused
from gateway.errors import PatientUnknown, RequestIdReused
from gateway.identity.staff_member import TRE_G15
from gateway.storage import tables
from policies import Mode
from tests.access.conftest import Hospital, staff_member


def test_an_intern_breaks_the_glass_and_the_patient_and_their_doctor_will_be_told(hospital: Hospital) -> None:
    outcome = hospital.open(hospital.add_patient())
    assert isinstance(outcome, Granted)
    assert outcome.access.open
    assert outcome.access.expires_at - outcome.access.opened_at == 30 * 60_000
    assert outcome.access.notice is not None
    assert outcome.access.notice.state == "pending"
    assert hospital.count(tables.notice) == 2
    assert hospital.count(tables.notice, "recipient = 'medecin_traitant'") == 1
    assert hospital.entries("access.opened") == [outcome.access.audit.entry_id]
    entry = hospital.entry(outcome.access.audit.entry_id)
    assert entry.purpose == "BTG"
    assert entry.policy_version == outcome.access.policy_version
    assert len(entry.facts["notices"]) == 2


def test_the_entry_names_the_professional_only_under_seal(hospital: Hospital) -> None:
    outcome = hospital.open(hospital.add_patient(), reason="other", text="patiente amenée inconsciente")
    assert isinstance(outcome, Granted)
    entry = hospital.entry(outcome.access.audit.entry_id)
    assert any(values.get("staff", {}).get("name") == "Inès Martin" for values in entry.personal.values())
    with hospital.database.reading() as connection:
        leaf = bytes(connection.execute(tables.audit_entry.select()).one().leaf).decode()
    for secret in ("Martin", "inconsciente", "DURAND", "279035121518989", hospital.add_patient(2)):
        assert secret not in leaf


def test_without_asking_an_ordinary_access_is_refused_and_the_refusal_says_what_remains(hospital: Hospital) -> None:
    outcome = hospital.open(hospital.add_patient(), mode=Mode.NORMAL)
    assert isinstance(outcome, Refused)
    assert outcome.break_glass == "available"
    assert outcome.near_misses
    assert {"ask_patient", "break_glass", "hospital_record", "medecin_traitant"} <= set(outcome.possible)
    assert hospital.entries("access.refused") == [outcome.audit.entry_id]
    assert hospital.count(tables.access_grant) == hospital.count(tables.notice) == 0


def test_an_awake_patient_who_agrees_opens_the_ordinary_door_for_the_whole_team(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    first = hospital.open(patient, mode=Mode.NORMAL, consent=True)
    assert isinstance(first, Granted)
    assert first.access.consent_basis == "explicit"
    assert first.access.first_access
    assert hospital.count(tables.notice, "kind = 'first_access'") == 1
    colleague = hospital.open(patient, hospital.senior, mode=Mode.NORMAL)
    assert isinstance(colleague, Granted)
    assert colleague.access.consent_basis == "care_team"


def test_a_second_access_of_the_same_professional_owes_no_first_notice(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    hospital.open(patient, mode=Mode.NORMAL, consent=True)
    hospital.still.pass_time(hours=2)
    again = hospital.open(patient, mode=Mode.NORMAL)
    assert isinstance(again, Granted)
    assert not again.repeated
    assert not again.access.first_access
    assert again.access.notice is None
    assert hospital.count(tables.notice) == 1


def test_an_awake_patient_who_refuses_closes_both_doors_for_the_episode(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    said_no = hospital.open(patient, mode=Mode.NORMAL, refuses=True)
    assert isinstance(said_no, Refused)
    assert hospital.count(tables.care_statement, "kind = 'refusal'") == 1
    for mode in (Mode.NORMAL, Mode.BREAK_GLASS):
        outcome = hospital.open(patient, hospital.senior, mode=mode, consent=mode is Mode.NORMAL)
        assert isinstance(outcome, Refused), mode
        assert outcome.break_glass == "unavailable"


def test_opposition_to_break_glass_is_obeyed_and_the_ordinary_door_stays(hospital: Hospital) -> None:
    patient = hospital.add_patient(opposed_break_glass=True)
    refused = hospital.open(patient)
    assert isinstance(refused, Refused)
    assert "ask_when_awake" in refused.possible
    assert isinstance(hospital.open(patient, mode=Mode.NORMAL, consent=True), Granted)


def test_a_blocked_professional_is_refused_in_every_mode(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    hospital.run(
        "INSERT INTO patient_block (id, patient_id, staff_key, created_at) VALUES ('b', :patient, :staff, 0)",
        patient=patient,
        staff=hospital.intern.key,
    )
    assert isinstance(hospital.open(patient), Refused)
    assert isinstance(hospital.open(patient, mode=Mode.NORMAL, consent=True), Refused)
    assert isinstance(hospital.open(patient, hospital.senior), Granted)


def test_only_the_regulating_physician_opens_in_regulation_mode(hospital: Hospital) -> None:
    patient = hospital.add_patient(admitted=None)
    regulator = staff_member("regulateur", TRE_G15, "10", specialty="SM59", unit="SAMU")
    words = {"mode": Mode.CENTRE_15, "reason": "regulation"}
    assert isinstance(hospital.open(patient, hospital.senior, **words), Refused)
    outcome = hospital.open(patient, regulator, **words)
    assert isinstance(outcome, Granted)
    assert hospital.count(tables.notice, "kind = 'centre_15'") == 2


@pytest.mark.parametrize(
    "columns",
    [
        {"dossier_status": "closed"},
        {"dossier_status": "absent"},
        {"identity_status": "VALI"},
        {"ins": None, "ins_oid": None},
        {"deceased_on": "2026-11-01"},
        {"linked_staff_key": "sub:https://idp.test|interne"},
    ],
)
def test_no_door_opens_where_the_dossier_or_identity_forbids_it(hospital: Hospital, columns: dict[str, object]) -> None:
    patient = hospital.add_patient(**columns)
    assert isinstance(hospital.open(patient), Refused)
    assert isinstance(hospital.open(patient, mode=Mode.NORMAL, consent=True), Refused)
    assert len(hospital.entries("access.refused")) == 2


def test_the_same_request_asked_again_gets_the_same_answer(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    request = hospital.ask(patient)
    first = hospital.opening.open_dossier(hospital.intern, request)
    assert isinstance(first, Granted)
    hospital.continuing.extend(hospital.intern, first.access.id)
    hospital.run("UPDATE notice SET state = 'sent'")
    again = hospital.opening.open_dossier(hospital.intern, request)
    assert isinstance(again, Granted)
    assert again.access == first.access
    assert (first.repeated, again.repeated) == (False, True)
    assert len(hospital.entries("access.opened")) == 1


def test_a_refusal_asked_again_is_the_same_refusal_even_after_the_facts_changed(hospital: Hospital) -> None:
    patient = hospital.add_patient(opposed_break_glass=True)
    request = hospital.ask(patient)
    first = hospital.opening.open_dossier(hospital.intern, request)
    hospital.run("UPDATE patient SET opposed_break_glass = :no", no=False)
    again = hospital.opening.open_dossier(hospital.intern, request)
    assert isinstance(again, Refused)
    assert isinstance(first, Refused)
    assert (again.audit, again.rules, again.possible) == (first.audit, first.rules, first.possible)
    assert len(hospital.entries("access.refused")) == 1


def test_one_request_id_cannot_stand_for_two_questions(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    request = hospital.ask(patient)
    hospital.opening.open_dossier(hospital.intern, request)
    other = hospital.ask(patient, request_id=request.request_id, reason="immediate_risk")
    with pytest.raises(RequestIdReused):
        hospital.opening.open_dossier(hospital.intern, other)


def test_inside_the_window_the_same_person_is_not_asked_twice(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    first = hospital.open(patient)
    hospital.still.pass_time(minutes=10)
    second = hospital.open(patient)
    assert isinstance(first, Granted)
    assert isinstance(second, Granted)
    assert second.repeated
    assert second.access.id == first.access.id
    assert hospital.opening.preview(hospital.intern, patient).open_access_id == first.access.id
    assert hospital.count(tables.notice) == 2
    assert len(hospital.entries("access.resumed")) == 1


def test_after_the_window_a_new_access_is_a_new_grant_with_its_own_notices(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    hospital.open(patient)
    hospital.still.pass_time(minutes=31)
    again = hospital.open(patient)
    assert isinstance(again, Granted)
    assert not again.repeated
    assert hospital.count(tables.notice) == 4


def test_two_hundred_parallel_openings_of_one_request_give_one_grant_one_entry_one_notice_each(
    hospital: Hospital,
) -> None:
    patient = hospital.add_patient()
    request = hospital.ask(patient)
    ids: list[str] = []

    def ask_repeatedly() -> None:
        for _ in range(10):
            outcome = hospital.opening.open_dossier(hospital.intern, request)
            assert isinstance(outcome, Granted)
            ids.append(outcome.access.id)

    threads = [threading.Thread(target=ask_repeatedly) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 200
    assert len(set(ids)) == 1
    assert hospital.count(tables.access_grant) == 1
    assert hospital.count(tables.notice) == 2
    assert len(hospital.entries("access.opened")) == 1


def test_parallel_openings_with_different_ids_share_one_window(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    requests = [hospital.ask(patient) for _ in range(8)]
    threads = [
        threading.Thread(target=hospital.opening.open_dossier, args=(hospital.intern, request)) for request in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hospital.count(tables.access_grant) == 1
    assert hospital.count(tables.notice) == 2
    assert hospital.count(tables.access_request) == 8


def test_an_unknown_patient_is_said_to_be_unknown(hospital: Hospital) -> None:
    with pytest.raises(PatientUnknown):
        hospital.open("00000000-0000-4000-8000-999999999999")


def test_another_establishments_physician_learns_nothing_of_the_patients_own_settings(hospital: Hospital) -> None:
    patient = hospital.add_patient(opposed_break_glass=True)
    outsider = staff_member("externe", TRE_G15, "10", specialty="SM26", establishment="690000015")
    refused = hospital.open(patient, outsider)
    assert isinstance(refused, Refused)
    assert len(refused.rules) == 1
    assert "oppos" not in refused.rules[0].fr
    assert (refused.medecin_traitant_phone, refused.trusted_person) == ("", "")


def test_preview_offers_the_doors_that_exist_and_records_nothing(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    preview = hospital.opening.preview(hospital.intern, patient)
    assert (preview.normal_without_asking, preview.normal_with_consent, preview.break_glass) == (False, True, True)
    assert not preview.centre_15
    assert [reason.code for reason in preview.reasons] == [
        "vital_emergency",
        "unable_to_express",
        "immediate_risk",
        "other",
    ]
    assert hospital.count(tables.audit_entry) == 0


def test_preview_says_why_when_no_door_exists(hospital: Hospital) -> None:
    patient = hospital.add_patient(dossier_status="closed")
    preview = hospital.opening.preview(hospital.intern, patient)
    assert not preview.break_glass
    assert not preview.normal_with_consent
    assert preview.rules
    assert all(rule.fr and rule.en for rule in preview.rules)
