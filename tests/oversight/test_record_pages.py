"""The record on pages: orders to erase, what staff read of themselves, the log as files, the page that verifies."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import gateway
from audit import Verifier
from audit.history import History
from audit.page import verify_page
from audit.receipt import Receipt
from gateway.access.outcome import Granted
from gateway.access.receipts import Patience
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import StaffMember
from gateway.oversight.own_record import OwnRecord
from gateway.storage.journal import patient_subject
from gateway.storage.log_store import SqlLogStore
from gateway.web import create_web
from gateway.web.dpo.entry_words import TYPES
from policies import Mode
from tests.access.conftest import staff_member

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
SENIOR = staff_member(
    "senior", "1.2.250.1.71.1.2.7", "10", specialty="SM59", establishment="750000018", name="Denis Leroy"
)
OTHER = replace(SENIOR, key="sub:https://idp.test|other", subject="other", name="Ada Autre")
DPO = replace(SENIOR, key="sub:https://idp.test|dpo", subject="dpo", name="Claire Dumont", roles=frozenset({"dpo"}))
IT = replace(DPO, key="sub:https://idp.test|it", subject="it", name="Karim Benali", roles=frozenset({"it"}))


@pytest.fixture
def web(gateway: Gateway) -> Flask:
    return create_web(gateway)


def _client(web: Flask, gateway: Gateway, person: StaffMember, language: str = "fr") -> FlaskClient:
    client = web.test_client()
    signed_in = SignedIn(kind="staff", person=person, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", gateway.sessions.open(signed_in, person.subject * 8).token)
    client.set_cookie("lang", language)
    return client


def _open(gateway: Gateway, key: str, staff: StaffMember = SENIOR) -> str:
    request = AccessRequest(
        request_id=gateway.world.new_id(),
        patient=PatientSelector(ipp=IPP[key]),
        mode=Mode.BREAK_GLASS,
        reason=Reason("vital_emergency"),
    )
    outcome = gateway.opening.open_dossier(staff, request)
    assert isinstance(outcome, Granted)
    return outcome.access.id


def _post(client: FlaskClient, page: str, action: str, **fields: str):  # type: ignore[no-untyped-def]
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token is not None
    return client.post(action, data={"csrf_token": token[1], **fields})


def _seal(gateway: Gateway) -> None:
    while gateway.sequencing.publish_checkpoint() is not None:
        pass


def test_the_dpo_orders_a_second_person_confirms_and_the_patients_values_are_gone(web: Flask, gateway: Gateway) -> None:
    access = _open(gateway, "unconscious")
    dpo, it = _client(web, gateway, DPO), _client(web, gateway, IT)
    order = {"ipp": IPP["unconscious"], "through": "2026-11", "reason": "unlawful"}
    ordered = _post(dpo, "/dpo/erasures", "/dpo/erasures", **order)
    assert ordered.headers["Location"] == "/dpo/erasures?done=ordered"
    page = dpo.get("/dpo/erasures").text
    assert "Confirmer et effacer" not in page
    assert "Une autre personne doit le confirmer" in page
    place = re.search(r'action="(/dpo/erasures/[0-9a-f-]{36})"', page)
    assert place is not None
    assert _post(dpo, "/dpo/erasures", place[1], decision="confirm").status_code == 403

    seen = it.get("/dpo/erasures").text
    assert "Claire Dumont" in seen
    assert "Confirmer et effacer" in seen
    assert 'action="/dpo/erasures"' not in seen, "ordering is the DPO's"
    confirmed = _post(it, "/dpo/erasures", place[1], decision="confirm")
    assert confirmed.headers["Location"] == "/dpo/erasures?done=done"
    after = dpo.get("/dpo/erasures").text
    assert "confirmé par Karim Benali" in after
    assert "effacées" in after
    assert _post(dpo, "/dpo/erasures", place[1], decision="refuse").status_code == 409
    patient = gateway.oversight.reviewing.case(DPO, access).patient_id
    with gateway.database.reading() as connection:
        about = gateway.log.history(SqlLogStore(connection), patient_subject(patient))
    assert {entry.type for entry in about} <= {"record.erased", "review.case_viewed"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ipp": "8999999999"}, "Aucun patient ne correspond"),
        ({"ipp": "' OR 1=1"}, "pas un numéro de patient"),
        ({"through": "2027-01"}, "Ce mois ne se comprend pas"),
        ({"through": "11/2026"}, "Ce mois ne se comprend pas"),
        ({"reason": "spite"}, "Dites pourquoi"),
    ],
)
def test_an_order_that_cannot_be_is_said_so_and_what_was_typed_stays(
    web: Flask, gateway: Gateway, change: dict[str, str], said: str
) -> None:
    order = {"ipp": IPP["unconscious"], "through": "2026-11", "reason": "request", **change}
    answer = _post(_client(web, gateway, DPO), "/dpo/erasures", "/dpo/erasures", **order)
    assert answer.status_code in (404, 422)
    assert said in answer.text.replace("\u2019", "'").replace("&#39;", "'")
    assert f'value="{order["through"]}"' in answer.text
    assert gateway.erasures.list(DPO) == ()


def test_the_one_who_ordered_may_withdraw_it(web: Flask, gateway: Gateway) -> None:
    dpo = _client(web, gateway, DPO)
    _post(dpo, "/dpo/erasures", "/dpo/erasures", ipp=IPP["unconscious"], through="2026-11", reason="request")
    place = re.search(r'action="(/dpo/erasures/[0-9a-f-]{36})"', dpo.get("/dpo/erasures").text)
    assert place is not None
    assert _post(dpo, "/dpo/erasures", place[1], decision="refuse").headers["Location"].endswith("done=refused")
    assert "ordre écarté" in dpo.get("/dpo/erasures").text


def test_staff_read_their_own_entries_and_nobody_elses_nor_a_patients_name(web: Flask, gateway: Gateway) -> None:
    mine, other = _open(gateway, "unconscious"), _open(gateway, "opposed_centre_15", OTHER)
    page = _client(web, gateway, SENIOR).get("/my-history").text
    assert mine[:8] in page
    assert IPP["unconscious"] in page
    assert other[:8] not in page
    assert "BERTHELOT" not in page
    only = _client(web, gateway, SENIOR).get("/my-history?type=session.signed_in").text
    assert mine[:8] not in only
    assert "connexion" in only
    assert _client(web, gateway, SENIOR).get("/my-history?from=2027-01-01&to=2026-01-01").status_code == 422
    english = _client(web, gateway, SENIOR, "en").get("/my-history").text
    assert "record opened" in english
    assert "dossier ouvert" not in english


def test_the_file_of_a_staff_member_holds_all_their_entries_proven_and_no_patients_value(
    web: Flask, gateway: Gateway
) -> None:
    _open(gateway, "unconscious")
    assert _client(web, gateway, SENIOR).get("/my-history/file").status_code == 503, "nothing is sealed: not whole"
    # The file's own making is the newest entry: the sequencer seals it while the page waits.
    own = OwnRecord(
        database=gateway.database,
        world=gateway.world,
        log=gateway.log,
        journal=gateway.journal,
        patience=Patience(sleep=lambda _: _seal(gateway)),
    )
    sealing = replace(gateway, oversight=replace(gateway.oversight, own_record=own))
    answer = _client(create_web(sealing), gateway, SENIOR).get("/my-history/file")
    assert answer.status_code == 200
    shown = History.from_json(answer.text).verify(Verifier(gateway.sequencing.verifier_key))
    assert shown.complete
    assert shown.since is None
    assert [item.number for item in shown.entries] == list(range(1, len(shown.entries) + 1))
    assert {"access.opened", "session.signed_in", "history.given"} <= {item.entry.type for item in shown.entries}
    values = json.dumps([dict(item.personal) for item in shown.entries])
    assert "Denis Leroy" in values
    assert "question" not in values
    assert "BERTHELOT" not in values


def test_a_staff_member_keeps_the_receipt_of_their_own_opening_alone(web: Flask, gateway: Gateway) -> None:
    mine, other = _open(gateway, "unconscious"), _open(gateway, "opposed_centre_15", OTHER)
    _seal(gateway)
    client = _client(web, gateway, SENIOR)
    kept = Receipt.from_json(client.get(f"/my-history/receipts/{mine}").text)
    verified = kept.verify(Verifier(gateway.sequencing.verifier_key))
    assert verified.entry.facts["access"] == mine
    assert set(verified.personal) == {"staff"}
    assert client.get(f"/my-history/receipts/{other}").status_code == 404


def test_the_dpo_takes_the_log_as_a_file_and_the_taking_is_in_it(web: Flask, gateway: Gateway) -> None:
    access = _open(gateway, "unconscious")
    dpo = _client(web, gateway, DPO)
    plain = _post(dpo, "/dpo/log", "/dpo/log/file", format="csv")
    assert plain.mimetype == "text/csv"
    assert access in plain.text
    assert "Denis Leroy" not in plain.text
    assert "Denis Leroy" in _post(dpo, "/dpo/log", "/dpo/log/file", format="csv_names").text
    events = _post(dpo, "/dpo/log", "/dpo/log/file", format="fhir")
    assert all(json.loads(line)["resourceType"] == "AuditEvent" for line in events.text.splitlines())
    assert "journal exporté" in _post(dpo, "/dpo/log", "/dpo/log", type="log.exported").text
    assert _post(dpo, "/dpo/log", "/dpo/log/file", first="2026-12-01", last="2026-01-01").status_code == 422
    assert _post(_client(web, gateway, SENIOR), "/", "/dpo/log/file").status_code == 403


def test_the_receipt_the_dpo_takes_before_a_head_is_signed_by_the_gateway(web: Flask, gateway: Gateway) -> None:
    _open(gateway, "unconscious")
    dpo = _client(web, gateway, DPO)
    entry = re.search(r"/dpo/log/receipts/([0-9a-f-]{36})", _post(dpo, "/dpo/log", "/dpo/log").text)
    assert entry is not None
    kept = Receipt.from_json(dpo.get(f"/dpo/log/receipts/{entry[1]}").text)
    assert kept.state == "pending"
    assert kept.promise is not None


def test_the_verifying_page_is_for_anyone_and_runs_its_own_script_alone(web: Flask, gateway: Gateway) -> None:
    stranger = web.test_client()
    page = stranger.get("/verify")
    assert page.data == verify_page().content
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert policy.startswith(verify_page().policy)
    assert "attachment" in stranger.get("/verify/page").headers["Content-Disposition"]
    assert str(Verifier(stranger.get("/verify/log.vkey").text.strip())) == gateway.sequencing.verifier_key


def test_every_kind_of_entry_has_words() -> None:
    found: set[str] = set()
    for file in Path(gateway.__path__[0]).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'append\(\s*\w+,\s*"([a-z_]+\.[a-z_]+)"', text))
    assert len(found) > 20
    assert found - set(TYPES) == set()
