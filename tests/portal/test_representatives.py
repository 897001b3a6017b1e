"""Who represents somebody, for how long, and what becomes of it: majority, withdrawn authority, the end of a measure,
two parents, and a parent who works at the hospital."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from gateway.access.people_import import PeopleImport
from gateway.errors import NotAllowed, NotFound
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.notifications.notice import NoticeState
from gateway.patients.ins import TEST_OIDS
from gateway.patients.people_file import read_people
from gateway.portal.desk import DeskVisit, IdentityCheck, OwnDesk
from gateway.portal.standing import Role, Side
from gateway.web import create_web
from tests.portal.conftest import DESK, MINOR, PARENT, SENIOR, Ward, holder

KEY = "minor_hidden_act"
FATHER = holder("MELANGE", "PASCAL", "1982-02-02", "M")
AT_WORK = dataclasses.replace(DESK, key="rpps:10100000115", name="Aurélie Mélange")


def add_father(ward: Ward) -> None:
    """A second parent, known to the hospital by his own record and address."""
    mother = ward.one("SELECT id FROM patient WHERE birth_name = 'MELANGE' AND birth_date = '1984-04-16'")
    columns = [name for name in ("ins", "ins_oid", "identity_status", "birth_name", "used_name", "birth_place",
                                 "language", "search_birth_name", "search_used_name", "dossier_status", "created_at")
               if name not in ("ins", "ins_oid")]  # fmt: skip
    kept = ", ".join(columns)
    ward.run(
        f"INSERT INTO patient (id, ipp, given_names, search_given_names, used_given_name, birth_date, sex, {kept}) "
        f"SELECT 'father', '8000009999', 'PASCAL', 'PASCAL', 'Pascal', '1982-02-02', 'M', {kept} "
        "FROM patient WHERE id = :id",
        id=mother,
    )
    contact = (
        "INSERT INTO patient_contact (id, patient_id, kind, name, email) VALUES (:id, :patient, :kind, :name, :mail)"
    )
    mail = "pascal@courriel.example"
    ward.run(contact, id="f1", patient="father", kind="patient", name="Pascal MELANGE", mail=mail)
    ward.run(
        contact, id="f2", patient=ward.patient_id(KEY), kind="legal_representative", name="Pascal MELANGE", mail=mail
    )


def works_here(ward: Ward, staff: StaffMember) -> None:
    """The mother is this member of staff."""
    ward.run("UPDATE patient SET linked_staff_key = :key WHERE birth_date = '1984-04-16' AND birth_name = 'MELANGE'",
             key=staff.key)  # fmt: skip


def shown(ward: Ward, parent: PatientHolder) -> list[str]:
    return [view.access_id for view in ward.gateway.portal.history.page(parent, ward.patient_id(KEY)).accesses]


def test_on_the_day_of_majority_during_a_stay_the_parents_view_ends_and_the_notice_is_the_young_adults(
    ward: Ward,
) -> None:
    people, whose = ward.gateway.portal.people, ward.patient_id(KEY)
    ward.run("UPDATE patient SET birth_date = '2008-11-23' WHERE id = :id", id=whose)
    young = dataclasses.replace(MINOR, birth_date="2008-11-23")
    access = ward.visit(KEY)
    assert shown(ward, PARENT) == [access]
    ward.still.pass_time(days=1)
    with pytest.raises(NotFound):
        shown(ward, PARENT)
    assert [person.role for person in people.people_of(PARENT)] == [Role.ADULT]
    (own,) = people.people_of(young)
    assert own.role is Role.ADULT
    assert ward.gateway.portal.history.receipt(young, access)
    with pytest.raises(NotFound):
        ward.gateway.portal.history.by_code(PARENT, ward.code(access))


def test_withdrawn_authority_ends_one_parents_view_and_leaves_the_others(ward: Ward) -> None:
    add_father(ward)
    access = ward.visit(KEY)
    assert shown(ward, PARENT) == shown(ward, FATHER) == [access]
    ward.run("DELETE FROM patient_contact WHERE kind = 'legal_representative' AND name LIKE 'A%' AND patient_id = :id",
             id=ward.patient_id(KEY))  # fmt: skip
    with pytest.raises(NotFound):
        shown(ward, PARENT)
    with pytest.raises(NotFound):
        ward.gateway.portal.blocking.block(PARENT, access, ward.patient_id(KEY))
    assert shown(ward, FATHER) == [access]


def test_two_parents_are_one_side_and_neither_learns_of_the_hidden_act(ward: Ward) -> None:
    add_father(ward)
    portal, whose = ward.gateway.portal, ward.patient_id(KEY)
    known = ward.visit(KEY)
    secret = ward.open(KEY)
    ward.read(secret, hidden=True)
    ward.gateway.continuing.end(SENIOR, secret)
    portal.blocking.block(PARENT, known, whose)
    assert [one.staff_name for one in portal.blocking.blocks(FATHER, whose)] == [SENIOR.name]
    assert shown(ward, PARENT) == shown(ward, FATHER) == [known]
    names = portal.desk.representatives(DESK, whose).values()
    assert {name.upper() for name in names} == {"AURELIE MELANGE", "PASCAL MELANGE"}


@pytest.mark.parametrize("measure", ["tutelle", "habilit"])
def test_a_measure_that_ends_ends_the_guardians_view_and_their_notices(ward: Ward, measure: str) -> None:
    people, whose = ward.gateway.portal.people, ward.patient_id(KEY)
    ward.run("UPDATE patient SET birth_date = '1990-01-01', protection = :measure, protection_until = '2026-11-23' "
             "WHERE id = :id", id=whose, measure=measure)  # fmt: skip
    owed = "SELECT COUNT(*) FROM notice WHERE recipient = 'legal_representative' AND grant_id = :id"
    assert [person.role for person in people.people_of(PARENT)] == [Role.ADULT, Role.GUARDIAN]
    assert ward.one(owed, id=ward.visit(KEY)) == 1
    ward.still.pass_time(days=1)
    assert len(people.people_of(PARENT)) == 2, "its last day counts"
    ward.still.pass_time(days=1)
    assert len(people.people_of(PARENT)) == 1
    assert ward.one(owed, id=ward.visit(KEY)) == 0


@pytest.mark.parametrize("measure", ["none", "sauvegarde", "curatelle"])
def test_nobody_speaks_for_an_adult_who_keeps_their_rights(sqlite_ward: Ward, measure: str) -> None:
    ward, whose = sqlite_ward, sqlite_ward.patient_id(KEY)
    ward.run("UPDATE patient SET birth_date = '1990-01-01', protection = :m WHERE id = :id", id=whose, m=measure)
    assert len(ward.gateway.portal.people.people_of(PARENT)) == 1
    assert ward.gateway.portal.desk.representatives(DESK, whose) == {}


def test_a_parent_who_works_at_the_desk_serves_neither_their_child_nor_themselves(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    works_here(ward, AT_WORK)
    desk, whose = ward.gateway.portal.desk, ward.patient_id(KEY)
    access = ward.visit(KEY)
    for side in Side:
        visit = DeskVisit(patient_id=whose, check=IdentityCheck.ID_DOCUMENT, side=side)
        for call in (
            lambda visit=visit: desk.accesses_on(AT_WORK, visit, "2026-11-22"),
            lambda visit=visit: desk.access_by_code(AT_WORK, visit, ward.code(access)),
            lambda visit=visit: desk.address_book(AT_WORK, visit),
        ):
            with pytest.raises(OwnDesk):
                call()
    with pytest.raises(OwnDesk):
        desk.do_not_call(AT_WORK, whose)
    assert not desk.do_not_call(AT_WORK, ward.patient_id("patiente"))


def test_a_parent_who_minds_the_notices_sees_none_of_their_childs_and_moves_none(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    works_here(ward, AT_WORK)
    secret = ward.open(KEY)
    ward.read(secret, hidden=True)
    ward.gateway.continuing.end(SENIOR, secret)
    while ward.gateway.courier.deliver_due().handled:
        pass
    notice_id = str(ward.one("SELECT id FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=secret))
    assert ward.gateway.notices.show(notice_id).state is NoticeState.HELD
    parent, colleague = (_pages(ward, staff, notice_id) for staff in (AT_WORK, DESK))
    assert notice_id in colleague[0]
    assert colleague[1] == 200
    assert notice_id not in parent[0]
    assert "8000000008" not in parent[0]
    assert parent[1] == 404
    with pytest.raises(NotFound):
        ward.gateway.notices.release(notice_id, reason="give it to me", by=AT_WORK.key)
    with pytest.raises(NotFound):
        ward.gateway.notices.hand_over(notice_id, reason="told", by=AT_WORK.key)
    assert ward.gateway.notices.hand_over(notice_id, reason="told", by=DESK.key).channel == "in_person"


def _pages(ward: Ward, staff: StaffMember, notice_id: str) -> tuple[str, int]:
    client = create_web(ward.gateway).test_client()
    signed_in = SignedIn(kind="staff", person=staff, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", ward.gateway.sessions.open(signed_in, (staff.key * 40)[-40:]).token)
    board = client.get("/notices").text
    return re.sub(r"<head>.*?</head>", "", board, flags=re.DOTALL), client.get(f"/notices/{notice_id}").status_code


@pytest.mark.parametrize("way", ["list", "read", "summary"])
def test_a_parent_who_is_a_physician_here_opens_the_dossier_and_reads_no_act_hidden_from_them(
    ward: Ward, way: str
) -> None:
    parent = dataclasses.replace(SENIOR, key="rpps:10100000123", rpps="10100000123", name="Aurélie Mélange")
    works_here(ward, parent)
    reading, access = ward.gateway.reading, ward.open(KEY, parent)
    colleague = ward.gateway.reading.list_documents(SENIOR, ward.open(KEY), everything=True).documents
    hidden = next(one for one in colleague if one.invisible_to_representatives)
    if way == "list":
        listed = reading.list_documents(parent, access, everything=True).documents
        assert listed
        assert not any(one.invisible_to_representatives for one in listed)
    elif way == "read":
        with pytest.raises((NotAllowed, NotFound)):
            reading.open_document(parent, access, hidden.id)
    else:
        reading.summary(parent, access)
    opened = "SELECT COUNT(*) FROM document_opening WHERE grant_id = :id AND hidden_from <> ''"
    assert ward.one(opened, id=access) == 0


def test_a_file_that_withdraws_a_parent_and_marks_an_address_counts_at_once(ward: Ward, tmp_path: Path) -> None:
    add_father(ward)
    access, whose = ward.visit(KEY), ward.patient_id(KEY)
    file = tmp_path / "people.json"
    father = {"kind": "legal_representative", "name": "Pascal MELANGE", "email": "pascal@courriel.example"}
    own = {"kind": "patient", "email": "seul@courriel.example"}
    told = {"ipp": "8000000008", "language": "en", "unsafe": "email:pressure", "contacts": [father, own]}
    file.write_text(json.dumps({"patients": [told]}))
    importing = PeopleImport(
        database=ward.gateway.database,
        world=ward.gateway.world,
        journal=ward.gateway.journal,
        allowed_oids=TEST_OIDS,
    )
    report = importing.bring_in(read_people(file))
    assert (report.changed, report.faults) == (("8000000008",), ())
    with pytest.raises(NotFound):
        shown(ward, PARENT)
    assert shown(ward, FATHER) == [access]
    while ward.gateway.courier.deliver_due().handled:
        pass
    held = "SELECT last_failure FROM notice WHERE grant_id = :id AND recipient = 'patient'"
    assert ward.one(held, id=access) == "unsafe-address"
    (entry,) = ward.entries("patient.imported")
    assert entry.facts == {"created": False, "fields": ["contacts", "language", "unsafe"]}
    assert entry.personal[f"patient/{whose}"]["unsafe"] == {"email": "pressure"}
    again = importing.bring_in(read_people(file))
    assert again.unchanged == ("8000000008",)
    assert len(ward.entries("patient.imported")) == 1
