"""Somebody else reads the patient's messages: said at the desk or in the portal, effective at once, shown to nobody."""

import dataclasses
import html
import re

import pytest
from flask.testing import FlaskClient

from gateway.errors import NotAllowed
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.notifications.channel import AddressKind
from gateway.notifications.notice import NoticeState, Recipient
from gateway.notifications.recipient import recipient_facts
from gateway.patients.safety import AddressWay, UnsafeReason
from gateway.portal.desk import CheckTooWeak, DeskVisit, IdentityCheck, PhoneNotSafe
from gateway.portal.standing import Side
from gateway.web import create_web
from tests.portal.conftest import DESK, MINOR, PARENT, PATIENT, SENIOR, Ward

READ = UnsafeReason.READ_BY_OTHERS


def browser(ward: Ward, person: PatientHolder | StaffMember) -> FlaskClient:
    """Their browser, signed in."""
    client = create_web(ward.gateway).test_client()
    kind = "patient" if isinstance(person, PatientHolder) else "staff"
    signed_in = SignedIn(kind=kind, person=person, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", ward.gateway.sessions.open(signed_in, (person.key * 40)[-40:]).token)
    return client


def post(client: FlaskClient, address: str, **form: object) -> int:
    """Send the form of that page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert token is not None
    return client.post(address, data={**form, "csrf_token": token[1]}).status_code


def seen(ward: Ward, key: str = "patiente", check: IdentityCheck = IdentityCheck.ID_DOCUMENT) -> DeskVisit:
    return DeskVisit(patient_id=ward.patient_id(key), check=check, side=Side.HOLDER)


def kinds(ward: Ward, key: str = "patiente") -> set[str]:
    """Which of the patient's own addresses a notice may use."""
    with ward.gateway.database.reading() as connection:
        facts = recipient_facts(
            connection,
            ward.patient_id(key),
            Recipient.PATIENT,
            today=ward.still.world.now().date(),
            mailbox_form="{ins}@mss.test",
        )
    return {one.kind.value for one in facts.addresses}


@pytest.fixture
def reached(ward: Ward) -> Ward:
    """The patient has an address of every kind."""
    own = "UPDATE patient_contact SET email = 'd@mail.test', phone = '06 39 98 00 55', address = '1 rue X, 75001 Paris'"
    ward.run(f"{own} WHERE kind = 'patient' AND patient_id = :id", id=ward.patient_id("patiente"))
    return ward


def test_each_way_is_marked_at_the_desk_and_no_notice_takes_it(reached: Ward) -> None:
    ward, client = reached, browser(reached, DESK)
    page = f"/desk/patients/{ward.patient_id('patiente')}/addresses?side=holder&check=id_document"
    assert kinds(ward) == {"email", "phone", "postal", "mssante"}
    assert {kind.value for kind in AddressKind} == {way.value for way in AddressWay}
    assert "d•••@mail.test" in client.get(page).text
    assert "d@mail.test" not in client.get(page).text
    assert post(client, page, email="pressure", postal="shared", mssante="nonsense") == 303
    assert kinds(ward) == {"phone", "mssante"}
    again = client.get(page).text
    assert re.search(r'value="pressure" selected', again)
    assert post(client, page, phone="read_by_others") == 303
    assert kinds(ward) == {"email", "postal", "mssante"}
    first, _second = ward.entries("choice.addresses")
    assert first.facts == {"side": "holder", "by": "desk", "check": "id_document"}
    assert first.personal[f"patient/{ward.patient_id('patiente')}"]["unsafe"] == {
        "email": "pressure",
        "postal": "shared",
    }
    assert any(isinstance(values.get("staff"), dict) for values in first.personal.values())


def test_a_notice_that_waits_goes_another_way_at_once_or_is_held(reached: Ward) -> None:
    ward, desk = reached, reached.gateway.portal.desk
    ward.visit("patiente")
    of_patient = "SELECT id FROM notice WHERE recipient = 'patient' AND patient_id = :id"
    notice_id = str(ward.one(of_patient, id=ward.patient_id("patiente")))
    # The channels of this hospital are not there: what is tried waits for its next time.
    ward.gateway.courier.deliver_due()
    waits = ward.one("SELECT due_at FROM notice WHERE id = :id", id=notice_id)
    assert isinstance(waits, int)
    assert waits > ward.still.world.epoch_ms()
    desk.mark_addresses(DESK, seen(ward), dict.fromkeys(AddressWay, READ))
    assert ward.gateway.courier.deliver_due().held == 1
    kept = ward.gateway.notices.show(notice_id)
    assert (kept.state, kept.last_failure) == (NoticeState.HELD, "unsafe-address")
    assert [task.kind.value for task in ward.gateway.notices.tasks(notice_id)] == ["tell"]


def test_the_patient_says_it_in_the_portal_and_no_page_shows_it_again(reached: Ward) -> None:
    ward, client = reached, browser(reached, PATIENT)
    page = "/patient/notices/private"
    assert page in client.get("/patient/settings").text
    before = _without_token(client.get(page).text)
    assert post(client, page) == 422
    assert post(client, page, way=["email", "postal"]) == 303
    assert kinds(ward) == {"phone", "mssante"}
    assert post(client, page, way=["phone"]) == 303
    assert kinds(ward) == {"mssante"}, "added to what was said before"
    assert _without_token(client.get(page).text) == before
    assert "checked" not in client.get(page).text
    for other in ("/patient/settings", "/patient/notices", "/patient"):
        assert "read_by_others" not in client.get(other).text
    assert post(client, page, safe="yes") == 303
    assert kinds(ward) == {"email", "phone", "postal", "mssante"}
    assert [entry.facts["check"] for entry in ward.entries("choice.addresses")] == ["sign_in"] * 3


def _without_token(page: str) -> str:
    return re.sub(r'value="[^"]{20,}"|nonce="[^"]+"', "", page)


def test_a_representative_neither_sees_nor_sets_it_and_the_child_is_told_by_the_ward(sqlite_ward: Ward) -> None:
    ward, key = sqlite_ward, "minor_hidden_act"
    whose = ward.patient_id(key)
    own = "UPDATE patient_contact SET email = 'seul@mail.test' WHERE kind = 'patient'"
    ward.run(f"{own} AND patient_id = :id", id=whose)
    ward.run("UPDATE patient SET birth_date = '2014-06-19' WHERE id = :id", id=whose)
    child = dataclasses.replace(MINOR, birth_date="2014-06-19")
    client = browser(ward, PARENT)
    before = [_without_token(client.get(f"/patient/of/{whose}{path}").text) for path in ("", "/settings", "/notices")]
    assert post(browser(ward, child), "/patient/notices/private", way=["email"]) == 303
    after = [_without_token(client.get(f"/patient/of/{whose}{path}").text) for path in ("", "/settings", "/notices")]
    assert after == before
    assert not any("/notices/private" in page for page in after)
    assert client.get(f"/patient/of/{whose}/notices/private").status_code == 404
    with pytest.raises(NotAllowed):
        ward.gateway.portal.desk.mark_addresses(
            DESK, dataclasses.replace(seen(ward, key), side=Side.REPRESENTATIVE), {AddressWay.EMAIL: READ}
        )
    access = ward.visit(key)
    ward.still.pass_time(hours=5)
    while ward.gateway.courier.deliver_due().handled:
        pass
    state = "SELECT last_failure FROM notice WHERE grant_id = :id AND recipient = 'patient'"
    assert ward.one(state, id=access) == "unsafe-address", "and not told to the parents instead"


def test_a_voice_adds_a_mark_sees_none_and_takes_none_away(reached: Ward) -> None:
    ward, desk = reached, reached.gateway.portal.desk
    voice = seen(ward, check=IdentityCheck.TRAITS_TOLD)
    desk.mark_addresses(DESK, seen(ward), {AddressWay.EMAIL: UnsafeReason.PRESSURE})
    desk.mark_addresses(DESK, voice, {AddressWay.POSTAL: READ})
    desk.mark_addresses(DESK, voice, {})
    assert kinds(ward) == {"phone", "mssante"}
    with pytest.raises(CheckTooWeak):
        desk.address_book(DESK, voice)
    page = browser(ward, DESK).get(
        f"/desk/patients/{ward.patient_id('patiente')}/addresses?side=holder&check=traits_told"
    )
    assert page.status_code == 200
    assert "selected" not in page.text
    assert "mail.test" not in page.text


def test_where_the_telephone_is_not_safe_staff_are_told_not_to_call_and_a_call_back_proves_nothing(
    reached: Ward,
) -> None:
    ward, desk, client = reached, reached.gateway.portal.desk, browser(reached, DESK)
    start = f"/desk/patients/{ward.patient_id('patiente')}"
    called = seen(ward, check=IdentityCheck.CALLED_BACK)
    desk.address_book(DESK, called)
    assert "Ne rappelez pas" not in client.get(start).text
    desk.mark_addresses(DESK, seen(ward), {AddressWay.PHONE: READ})
    assert "Ne rappelez pas" in html.unescape(client.get(start).text)
    for call in (lambda: desk.address_book(DESK, called), lambda: desk.unblock_all(DESK, called)):
        with pytest.raises(PhoneNotSafe):
            call()
    offered = client.get(f"{start}?side=holder&check=called_back").text
    assert "for=contest" in offered
    assert "for=block" not in offered
    assert "/settings?" not in offered
    desk.mark_addresses(DESK, called, {})
    assert "phone" not in kinds(ward)


def test_a_contact_the_hospital_brought_in_as_unsafe_is_marked_and_can_be_freed(reached: Ward) -> None:
    ward, desk = reached, reached.gateway.portal.desk
    ward.run("UPDATE patient_contact SET unsafe = true WHERE kind = 'patient' AND patient_id = :id",
             id=ward.patient_id("patiente"))  # fmt: skip
    assert kinds(ward) == {"mssante"}
    assert set(desk.address_book(DESK, seen(ward)).marks) == set(AddressWay) - {AddressWay.MSSANTE}
    desk.mark_addresses(DESK, seen(ward), {AddressWay.PHONE: UnsafeReason.NOT_THEIRS})
    assert kinds(ward) == {"email", "postal", "mssante"}
    desk.mark_addresses(DESK, seen(ward), {AddressWay.PHONE: UnsafeReason.NOT_THEIRS})
    assert len(ward.entries("choice.addresses")) == 1, "said twice is said once"


def test_who_is_no_desk_marks_nothing(sqlite_ward: Ward) -> None:
    with pytest.raises(NotAllowed):
        sqlite_ward.gateway.portal.desk.mark_addresses(SENIOR, seen(sqlite_ward), {AddressWay.EMAIL: READ})
    with pytest.raises(NotAllowed):
        sqlite_ward.gateway.portal.desk.do_not_call(SENIOR, sqlite_ward.patient_id("patiente"))
