"""Who may not open a dossier may not close it either, and learns nothing of whose it is."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.access.outcome import Granted, Refused
from gateway.access.request import AccessRequest, PatientSelector, Reason, parse_reason
from gateway.assembly import Gateway
from gateway.errors import InvalidReason, NotAllowed, PatientUnknown
from gateway.identity.staff_member import TRE_G15, StaffMember
from gateway.patients.ins import Ins
from gateway.storage import tables
from policies import Mode
from tests.access.conftest import Hospital, staff_member
from tests.rules_in_force import shipped_book

SECRETARY = staff_member("secretaire", "1.2.250.1.213.1.1.4.6", "secretariat_medical")
OFFICE = replace(staff_member("informatique", TRE_G15, "10"), profession=None, roles=frozenset({"it"}), unit="DSI")
OUTSIDER = staff_member("externe", TRE_G15, "10", specialty="SM26", establishment="690000015")
SOFTWARE = replace(OFFICE, key="sub:https://idp.test|api", named=False, factors=0, roles=frozenset[str]())
STRANGERS = (SECRETARY, OFFICE, OUTSIDER, SOFTWARE)
SETTINGS = (
    {"opposed_break_glass": True, "opposed_centre_15": True},
    {"dossier_status": "closed"},
    {"identity_status": "RECUP"},
    {"deceased_on": "2025-01-01"},
)


def _told(refused: Refused) -> tuple[object, ...]:
    return (
        [rule.rule_id for rule in refused.rules],
        refused.near_misses,
        refused.break_glass,
        refused.possible,
        refused.medecin_traitant_phone,
        refused.trusted_person,
        refused.patient.opposed_break_glass,
        refused.patient.opposed_centre_15,
    )


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda staff: staff.subject)
def test_a_refusal_attested_by_someone_who_could_open_nothing_closes_no_door(
    hospital: Hospital, stranger: StaffMember
) -> None:
    patient = hospital.add_patient()
    outcome = hospital.open(patient, stranger, mode=Mode.NORMAL, refuses=True)
    assert isinstance(outcome, Refused)
    assert not outcome.patient_refuses
    assert hospital.entries("access.refused") == [outcome.audit.entry_id]
    assert hospital.entry(outcome.audit.entry_id).facts["patient_refuses"] is False
    assert hospital.count(tables.care_statement) == 0
    assert isinstance(hospital.open(patient), Granted)


def test_a_refusal_attested_by_a_professional_the_patient_blocked_closes_no_door(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    hospital.run(
        "INSERT INTO patient_block (id, patient_id, staff_key, created_at) VALUES ('b', :patient, :key, 0)",
        patient=patient,
        key=hospital.senior.key,
    )
    outcome = hospital.open(patient, hospital.senior, mode=Mode.NORMAL, refuses=True)
    assert isinstance(outcome, Refused)
    assert not outcome.patient_refuses
    assert isinstance(hospital.open(patient), Granted)


def test_a_refusal_said_while_the_identity_is_not_qualified_still_counts_once_it_is(hospital: Hospital) -> None:
    patient = hospital.add_patient(identity_status="RECUP")
    said = hospital.open(patient, mode=Mode.NORMAL, refuses=True)
    assert isinstance(said, Refused)
    assert said.patient_refuses
    hospital.run("UPDATE patient SET identity_status = 'QUAL' WHERE id = :patient", patient=patient)
    assert isinstance(hospital.open(patient, hospital.senior), Refused)


def test_a_refusal_said_before_the_admission_was_typed_counts_after_it(hospital: Hospital) -> None:
    patient = hospital.add_patient(admitted=None)
    hospital.open(patient, mode=Mode.NORMAL, refuses=True)
    hospital.run(
        "INSERT INTO admission (id, patient_id, visit_number, unit, admitted_at)"
        " VALUES ('e', :patient, 'V', 'URG', :at)",
        patient=patient,
        at=hospital.still.world.epoch_ms(),
    )
    outcome = hospital.open(patient, hospital.senior)
    assert isinstance(outcome, Refused)
    assert "INT-12-refus-du-patient" in [rule.rule_id for rule in outcome.rules]


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda staff: staff.subject)
@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.BREAK_GLASS, Mode.CENTRE_15])
def test_who_could_open_nothing_learns_nothing_of_this_patient(
    hospital: Hospital, stranger: StaffMember, mode: Mode
) -> None:
    plain = hospital.open(hospital.add_patient(1), stranger, mode=mode)
    assert isinstance(plain, Refused)
    for number, columns in enumerate(SETTINGS, start=2):
        other = hospital.open(hospital.add_patient(number, **columns), stranger, mode=mode)
        assert isinstance(other, Refused)
        assert _told(other) == _told(plain)
        shown = hospital.opening.preview(stranger, other.patient.id)
        assert not shown.medecin_traitant_phone
        assert not shown.patient.opposed_break_glass
        assert [rule.rule_id for rule in shown.rules] == _previewed(hospital, stranger)


def _previewed(hospital: Hospital, stranger: StaffMember) -> list[str]:
    first = "00000000-0000-4000-8000-000000000001"
    return [rule.rule_id for rule in hospital.opening.preview(stranger, first).rules]


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda staff: staff.subject)
def test_who_could_open_nothing_cannot_tell_a_patient_of_the_hospital_from_nobody(
    hospital: Hospital, stranger: StaffMember
) -> None:
    known = hospital.open(hospital.add_patient(1, opposed_break_glass=True), stranger)
    request = _by_ins(hospital, "187117500000099")
    unknown = hospital.opening.open_dossier(stranger, request)
    again = hospital.opening.open_dossier(stranger, request)
    assert isinstance(known, Refused)
    assert isinstance(unknown, Refused)
    assert _told(known) == _told(unknown)
    assert again == unknown
    assert len(hospital.entries("access.refused")) == 2
    assert "187117500000099" in str(hospital.entry(unknown.audit.entry_id))


def test_asking_for_a_patient_nobody_knows_is_recorded_and_what_was_asked_is_sealed(hospital: Hospital) -> None:
    with pytest.raises(PatientUnknown):
        hospital.opening.open_dossier(hospital.intern, _by_ins(hospital, "187117500000099"))
    (entry_id,) = hospital.entries("patient.searched")
    assert hospital.entry(entry_id).facts == {"by": "ins", "found": 0}
    with hospital.database.reading() as connection:
        leaf = connection.execute(select(tables.audit_entry.c.leaf)).scalar_one()
    assert b"187117500000099" not in bytes(leaf)


def _by_ins(hospital: Hospital, ins: str) -> AccessRequest:
    return AccessRequest(
        request_id=hospital.still.world.new_id(),
        patient=PatientSelector(ins=Ins(ins, "1.2.250.1.213.1.4.10")),
        mode=Mode.BREAK_GLASS,
        reason=Reason("vital_emergency"),
    )


def test_a_reason_with_signs_no_database_can_hold_is_kept_without_them(hospital: Hospital) -> None:
    reason = parse_reason(shipped_book().settings, Mode.BREAK_GLASS, "other", "chute de\x00 dix mètres\x1b")
    assert reason is not None
    assert reason.text == "chute de dix mètres"
    patient = hospital.add_patient()
    assert isinstance(hospital.open(patient, reason=reason.code, text=reason.text), Granted)


@pytest.mark.parametrize("blank", ["\x00" * 20, "\u200b" * 20, " " * 20])
def test_a_reason_of_invisible_signs_is_no_reason(blank: str) -> None:
    with pytest.raises(InvalidReason):
        parse_reason(shipped_book().settings, Mode.BREAK_GLASS, "other", blank)


def test_another_establishments_search_finds_nobody_and_is_recorded(gateway: Gateway) -> None:
    with pytest.raises(NotAllowed):
        gateway.finding.search(OUTSIDER, "8000000001")
    with gateway.database.reading() as connection:
        types = connection.execute(select(tables.audit_entry.c.type)).scalars().all()
    assert "patient.search_refused" in types
    assert "patient.searched" not in types
