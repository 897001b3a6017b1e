"""The people of the demo hospital do not exist: valid test matricules, French names, addresses nobody has."""

import re
import string
from datetime import UTC, date, datetime

import pytest

from gateway.demo.hospital.invention import Invention, invent_hospital
from gateway.demo.hospital.people import make_test_ins
from gateway.demo.hospital.scenarios import SCENARIOS, scenario_named
from gateway.demo.personas import persona_named
from gateway.patients.folding import first_given_name, name_key
from gateway.patients.ins import OID_TEST, TEST_OIDS, parse_ins

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ISSUER = "http://127.0.0.1:8080/demo-idp/staff"
PLAIN = set(string.ascii_uppercase)


@pytest.fixture(scope="module")
def hospital() -> Invention:
    return invent_hospital(NOW, issuer=ISSUER)


def test_there_are_300_people_whose_matricules_are_valid_tests_and_never_shared(hospital: Invention) -> None:
    numbers = [person.record.ins for person in hospital.people if person.record.ins]
    assert len(hospital.people) == 300
    assert len({ins.value for ins in numbers}) == len(numbers) > 280
    for ins in numbers:
        assert ins.oid == OID_TEST
        assert parse_ins(ins.value, ins.oid, allowed_oids=TEST_OIDS) == ins


def test_a_matricule_agrees_with_the_sex_birth_month_and_birthplace(hospital: Invention) -> None:
    for record in (person.record for person in hospital.people):
        born = date.fromisoformat(record.traits.birth_date)
        assert born <= NOW.date()
        if record.ins and record.ipp != "8000000008":
            assert record.ins.value[0] == ("2" if record.traits.sex == "F" else "1")
            assert record.ins.value[1:5] == f"{born:%y%m}"
            assert record.ins.value[5:10] == record.traits.birth_place


def test_some_are_born_in_each_department_of_corsica_and_some_abroad(hospital: Invention) -> None:
    places = {person.record.traits.birth_place[:2] for person in hospital.people if person.record.ins}
    assert {"2A", "2B", "99", "97"} <= places


def test_names_have_accents_hyphens_particles_apostrophes_and_ligatures(hospital: Invention) -> None:
    names = [person.record.traits.birth_name for person in hospital.people]
    given = [person.record.traits.given_names for person in hospital.people]
    for kind in ("-", "'", "Œ", " ", "É"):
        assert any(kind in name for name in names), kind
    assert any("-" in name for name in given)
    assert any(set(name_key(name)) <= PLAIN and not name.isascii() for name in given)
    assert any(len(name.split()) >= 3 for name in given)


def test_hospital_numbers_and_identifiers_are_never_shared(hospital: Invention) -> None:
    assert len({person.record.ipp for person in hospital.people}) == 300
    identifiers = [
        *(person.record.id for person in hospital.people),
        *(document.id for document in hospital.documents),
        *(arrival.episode_id for arrival in hospital.admissions),
        *hospital.contact_ids,
    ]
    assert len(set(identifiers)) == len(identifiers)


def test_every_address_and_number_is_in_a_range_nobody_has(hospital: Invention) -> None:
    contacts = [contact for person in hospital.people for contact in person.contacts]
    for contact in contacts:
        for mail in (contact.email, contact.mssante):
            assert not mail or re.fullmatch(r"[a-z0-9.\-]+@[a-z.]*demo\.test", mail), mail
        assert not contact.phone or re.fullmatch(r"(01 99 00|06 39 98) \d\d \d\d", contact.phone), contact.phone
    assert any(contact.email for contact in contacts)
    assert any(contact.kind == "patient" and not contact.email for contact in contacts)


def test_everyone_has_a_medecin_traitant_with_a_secure_mailbox(hospital: Invention) -> None:
    for person in hospital.people:
        (doctor,) = [contact for contact in person.contacts if contact.kind == "medecin_traitant"]
        assert doctor.mssante.endswith("mssante.demo.test")


def test_only_a_qualified_or_recovered_identity_carries_a_matricule(hospital: Invention) -> None:
    for record in (person.record for person in hospital.people):
        assert (record.ins is not None) == (record.identity_status in {"QUAL", "RECUP"})
    assert {person.record.identity_status for person in hospital.people} >= {"QUAL", "RECUP"}


def test_the_same_day_gives_the_same_hospital_and_samples_change_one_patient_alone() -> None:
    first, second = invent_hospital(NOW, issuer=ISSUER), invent_hospital(NOW, issuer=ISSUER)
    assert first == second
    without = invent_hospital(NOW, issuer=ISSUER, patiente_has_documents=False)
    patiente = first.people[0].record.id
    assert without.people == first.people
    assert without.admissions == first.admissions
    assert without.documents == tuple(one for one in first.documents if one.patient_id != patiente)
    assert any(one.patient_id == patiente for one in first.documents)


def test_about_24_are_present_and_every_scenario_among_them(hospital: Invention) -> None:
    present = [arrival for arrival in hospital.admissions if arrival.present]
    past = [arrival for arrival in hospital.admissions if not arrival.present]
    assert len(present) == 24
    assert {arrival.unit for arrival in present} == {"URG"}
    assert all(arrival.motive for arrival in present)
    assert len(past) > 50
    assert all(arrival.admitted_at < (arrival.discharged_at or 0) for arrival in past)
    assert len({arrival.visit_number for arrival in hospital.admissions}) == len(hospital.admissions)
    here = {arrival.patient_id for arrival in present}
    by_ipp = {person.record.ipp: person.record for person in hospital.people}
    assert all(by_ipp[scenario.ipp].id in here for scenario in SCENARIOS)
    assert all(arrival.admitted_at <= NOW.timestamp() * 1000 for arrival in hospital.admissions)


def test_some_of_those_present_agreed_already_and_no_scenario_did(hospital: Invention) -> None:
    by_id = {person.record.id: person.record for person in hospital.people}
    named = {scenario.ipp for scenario in SCENARIOS}
    open_now = {arrival.episode_id for arrival in hospital.admissions if arrival.present}
    assert len(hospital.consents) == 3
    for consent in hospital.consents:
        assert consent.episode_id in open_now
        assert by_id[consent.patient_id].ipp not in named


def test_the_patient_who_signs_in_has_the_traits_of_her_persona(hospital: Invention) -> None:
    persona, record = persona_named("patiente"), hospital.people[0].record
    assert persona is not None
    assert record.ins is not None
    assert record.ins.value == "279035121518989"
    assert (record.traits.birth_name, record.traits.given_names, record.traits.birth_date, record.traits.sex) == (
        persona.family_name,
        persona.given_name,
        persona.birth_date,
        "F",
    )


def test_the_minor_is_a_minor_and_the_parent_persona_represents_him(hospital: Invention) -> None:
    scenario, parent = scenario_named("minor_hidden_act"), persona_named("parent")
    (minor,) = [person for person in hospital.people if person.record.ipp == scenario.ipp]
    assert parent is not None
    assert minor.age(NOW.date()) < 18
    assert minor.record.ins is not None
    assert minor.record.ins.value == "111068647818424"
    (representative,) = [contact for contact in minor.contacts if contact.kind == "legal_representative"]
    assert representative.name == f"{parent.given_name} {parent.family_name}"
    assert not any(contact.email or contact.phone for contact in minor.contacts if contact.kind == "patient")


def test_each_scenario_is_what_it_says(hospital: Invention) -> None:
    records = {person.record.ipp: person.record for person in hospital.people}
    by_key = {scenario.key: records[scenario.ipp] for scenario in SCENARIOS}
    assert by_key["opposed_break_glass"].opposed_break_glass
    assert by_key["opposed_centre_15"].opposed_centre_15
    assert not by_key["opposed_centre_15"].opposed_break_glass
    assert by_key["masked_allowed"].masked_in_emergency
    assert not by_key["masked_refused"].masked_in_emergency
    assert by_key["closed_dossier"].dossier_status == "closed"
    assert by_key["no_dossier"].dossier_status == "absent"
    assert by_key["unqualified_identity"].identity_status == "RECUP"
    assert by_key["deceased"].deceased_on == "2026-11-21"
    assert by_key["staff_patient"].linked_staff_key == "rpps:10100000008"
    one, other = by_key["homonym_1"].traits, by_key["homonym_2"].traits
    assert name_key(one.birth_name) == name_key(other.birth_name)
    assert first_given_name(one.given_names) == first_given_name(other.given_names)
    assert one.birth_date == other.birth_date
    (block,) = hospital.blocks
    assert block.patient_id == by_key["blocked_professional"].id
    assert block.staff_key == f"sub:{ISSUER}|demo-interne"
    plain = by_key["unconscious"]
    assert not any((plain.opposed_break_glass, plain.opposed_centre_15, plain.deceased_on))


def test_every_scenario_says_what_to_try_in_both_languages() -> None:
    assert len({scenario.key for scenario in SCENARIOS}) == len(SCENARIOS) == 16
    for scenario in SCENARIOS:
        assert all((scenario.label_fr, scenario.label_en, scenario.try_fr, scenario.try_en))
        assert scenario.label_fr != scenario.label_en


def test_the_published_number_of_the_sample_patient_is_made_by_the_same_rule() -> None:
    assert make_test_ins("F", date(1979, 3, 28), "51215", 189).value == "279035121518989"
    assert make_test_ins("M", date(1988, 10, 12), "2B172", 951).value == "188102B17295165"
