"""The pages of those who mind the notices, over the whole gateway: forms alone do everything, and nobody is named."""

import html
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import StaffMember
from gateway.storage.tables import notice_attempt
from gateway.web import create_web
from policies import Mode
from tests.access.conftest import staff_member

SYSTEM, FINESS = "1.2.250.1.71.1.2.7", "750000018"
SENIOR = staff_member("senior", SYSTEM, "10", specialty="SM59", establishment=FINESS, name="Denis Leroy")
PATIENT_IPP, NAME = "8000000001", "PAT-TROIS"


def member(role: str) -> StaffMember:
    return replace(SENIOR, subject=role, name=f"Personne {role}", unit="", profession=None, roles=frozenset({role}))


@pytest.fixture
def web(gateway: Gateway) -> Flask:
    """The pages of the demo hospital."""
    return create_web(gateway)


def client_of(web: Flask, gateway: Gateway, person: StaffMember, language: str = "fr") -> FlaskClient:
    client = web.test_client()
    signed_in = SignedIn(kind="staff", person=person, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", gateway.sessions.open(signed_in, person.subject * 8).token)
    client.set_cookie("lang", language)
    return client


def owed(gateway: Gateway) -> str:
    """A patient's notice of a break-glass access."""
    outcome = gateway.opening.open_dossier(
        SENIOR,
        AccessRequest(
            request_id=gateway.world.new_id(),
            patient=PatientSelector(ipp=PATIENT_IPP),
            mode=Mode.BREAK_GLASS,
            reason=Reason("vital_emergency"),
        ),
    )
    assert isinstance(outcome, Granted)
    return next(one.id for one in gateway.notices.list() if one.recipient.value == "patient")


def act(client: FlaskClient, notice_id: str, what: str, reason: str) -> tuple[int, str]:
    page = client.get(f"/notices/{notice_id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "act": what, "reason": reason}
    answer = client.post(f"/notices/{notice_id}", data=form, follow_redirects=True)
    return answer.status_code, answer.text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("role", ["it", "desk", "dpo"])
def test_those_who_mind_notices_see_their_state_and_no_name(
    web: Flask, gateway: Gateway, role: str, language: str
) -> None:
    notice_id = owed(gateway)
    client = client_of(web, gateway, member(role), language)
    for address in ("/notices", "/notices?state=pending&late=", f"/notices/{notice_id}"):
        page = client.get(address)
        assert page.status_code == 200
        assert NAME not in page.text
        assert (PATIENT_IPP in page.text) is (role != "it")
    assert notice_id in client.get("/notices").text
    assert notice_id not in client.get("/notices?late=yes").text


def test_nobody_else_sees_them(web: Flask, gateway: Gateway) -> None:
    notice_id = owed(gateway)
    client = client_of(web, gateway, SENIOR)
    assert client.get("/notices").status_code == 403
    assert client.get(f"/notices/{notice_id}").status_code == 403
    assert client.post(f"/notices/{notice_id}").status_code in (400, 403)


def test_a_notice_is_held_then_handed_over_each_with_its_reason(web: Flask, gateway: Gateway) -> None:
    notice_id = owed(gateway)
    client = client_of(web, gateway, member("desk"))
    status, page = act(client, notice_id, "hold", "   ")
    assert (status, "Écrivez un motif" in page) == (422, True)
    status, page = act(client, notice_id, "hold", "adresse douteuse")
    assert status == 200
    assert gateway.notices.show(notice_id).state.value == "held"
    assert "retenu par une personne" in page
    status, _ = act(client, notice_id, "retry", "trop tôt")
    assert status == 422
    act(client, notice_id, "hand-over", "dit au lit")
    assert gateway.notices.show(notice_id).state.value == "sent"
    assert gateway.notices.tasks(notice_id)[0].done_at is not None


def test_a_late_task_stands_out(web: Flask, gateway: Gateway, still_world: object) -> None:
    notice_id = owed(gateway)
    gateway.notices.hold(notice_id, reason="x", by="x")
    still_world.pass_time(hours=80)  # type: ignore[attr-defined]
    client = client_of(web, gateway, member("desk"))
    page = client.get("/notices?late=yes").text
    assert "1 tâche est en retard" in page.replace("\u00a0", " ")
    assert notice_id in page


@pytest.mark.parametrize("address", ["/notices?state=nonsense", "/notices/unknown"])
def test_what_does_not_exist_is_said_to_be_so(web: Flask, gateway: Gateway, address: str) -> None:
    assert client_of(web, gateway, member("it")).get(address).status_code in (400, 404, 422)


@pytest.mark.parametrize(
    ("language", "unanswered", "bounced", "with_a_person"),
    [
        ("fr", "peut-être envoyé, sans réponse", "non remis, dit le serveur de messagerie", "Confiés à une personne"),
        ("en", "perhaps sent, no answer", "not delivered, the mail server says", "With a person, with a deadline"),
    ],
)
def test_what_was_perhaps_sent_or_bounced_is_said_in_words_and_the_ends_are_counted(
    web: Flask, gateway: Gateway, language: str, unanswered: str, bounced: str, with_a_person: str
) -> None:
    notice_id = owed(gateway)
    common = {"notice_id": notice_id, "turn": 1, "address_digest": "d", "started_at": 0, "address_kind": "email"}
    ways = [
        {"id": "1", "channel": "email", "idempotency_key": "a", "state": "unanswered", "failure": "smtp-lost-send"},
        {"id": "2", "channel": "mssante", "idempotency_key": "b", "state": "failed", "failure": "bounced-5.1.1"},
    ]
    gateway.database.transact(
        lambda tx: tx.connection.execute(insert(notice_attempt), [common | way for way in ways]).rowcount
    )
    gateway.notices.hold(notice_id, reason="so", by="x")
    client = client_of(web, gateway, member("it"), language)
    sheet = html.unescape(client.get(f"/notices/{notice_id}").text).replace("\u00a0", " ").replace("\u202f", " ")
    assert unanswered in sheet
    assert f"{bounced} <code>bounced-5.1.1</code>" in sheet
    board = gateway.notices.board()
    assert (board.human_tasks, board.held, board.delivered) == (1, 1, 0)
    assert board.on_the_way == sum(board.counts.values()) - 1
    page = html.unescape(client.get("/notices").text)
    assert re.search(rf"{with_a_person}.*?</dt><dd>1 <small>", page)
