"""The reviewers' pages over the whole gateway: forms alone do everything, and nothing is open to others."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from audit import Receipt, Verifier
from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import StaffMember
from gateway.oversight.figures.bands import Band, bands_figure
from gateway.oversight.figures.figure import Figure, Period
from gateway.web import create_web
from gateway.web.dpo.charts import WIDTH, strips
from gateway.web.dpo.entry_words import TYPES
from policies import Mode
from tests.access.conftest import staff_member

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
FINESS = "750000018"


def _member(subject: str, **changes: object) -> StaffMember:
    system = "1.2.250.1.71.1.2.7"
    return staff_member(subject, system, "10", specialty="SM59", establishment=FINESS, **changes)


SENIOR = _member("senior", name="Denis Leroy")
DPO = replace(_member("dpo", name="Claire Dumont", unit=""), profession=None, roles=frozenset({"dpo"}))


@pytest.fixture
def web(gateway: Gateway) -> Flask:
    """The pages of the demo hospital."""
    return create_web(gateway)


def _client(web: Flask, gateway: Gateway, person: StaffMember, language: str = "fr") -> FlaskClient:
    client = web.test_client()
    signed_in = SignedIn(kind="staff", person=person, provider_sid="", id_token="", return_to="/")
    session = gateway.sessions.open(signed_in, person.subject * 8)
    client.set_cookie("session", session.token)
    client.set_cookie("lang", language)
    return client


def _break_glass(gateway: Gateway, key: str, reason: str = "vital_emergency", text: str = "") -> str:
    request = AccessRequest(
        request_id=gateway.world.new_id(),
        patient=PatientSelector(ipp=IPP[key]),
        mode=Mode.BREAK_GLASS,
        reason=Reason(reason, text),
    )
    outcome = gateway.opening.open_dossier(SENIOR, request)
    assert isinstance(outcome, Granted), outcome
    return outcome.access.id


def _post(client: FlaskClient, page: str, action: str, **fields: str):  # type: ignore[no-untyped-def]
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token is not None
    return client.post(action, data={"csrf_token": token[1], **fields})


def test_a_routine_case_is_justified_from_the_queue_and_taken_back(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    client = _client(web, gateway, DPO)
    page = client.get("/dpo").text
    assert "BERTHELOT" in page
    assert "Denis Leroy" in page
    answer = _post(client, "/dpo", f"/dpo/cases/{access}", decision="justify", back="/dpo?unit=URG")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/dpo?unit=URG&done={access}"
    after = client.get(answer.headers["Location"]).text
    assert "Annuler cette décision" in after
    assert f'action="/dpo/cases/{access}"' not in after
    undone = _post(client, "/dpo", f"/dpo/cases/{access}/undo")
    assert undone.status_code == 303
    assert f'action="/dpo/cases/{access}"' in client.get("/dpo").text


def test_after_a_decision_on_its_page_the_next_case_comes_by_itself(web: Flask, gateway: Gateway) -> None:
    first, second = _break_glass(gateway, "unconscious"), _break_glass(gateway, "opposed_centre_15")
    client = _client(web, gateway, DPO)
    answer = _post(client, f"/dpo/cases/{first}", f"/dpo/cases/{first}", decision="justify")
    assert answer.headers["Location"] == f"/dpo/cases/{second}?done={first}"
    assert client.get(answer.headers["Location"]).status_code == 200
    last = _post(client, f"/dpo/cases/{second}", f"/dpo/cases/{second}", decision="justify")
    assert last.headers["Location"] == f"/dpo?done={second}"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_of_the_reviewers_is_whole_in_both_languages(web: Flask, gateway: Gateway, language: str) -> None:
    access = _break_glass(gateway, "masked_refused", "other", "un motif écrit à la main")
    gateway.oversight.minding.round()
    client = _client(web, gateway, DPO, language)
    for address in (
        "/dpo",
        "/dpo?show=done",
        "/dpo/rules",
        f"/dpo/cases/{access}",
        "/dpo/figures",
        "/dpo/log",
        "/dpo/erasures",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        if language == "en":
            for french in ("Chiffres", "Accès", "relire", "Règles de clôture", "accès en urgence"):
                assert french not in answer.text, (address, french)
    page = client.get(f"/dpo/cases/{access}").text
    sentence = "personne à protéger" if language == "fr" else "person under protection"
    assert sentence in page


def test_an_unjustified_case_leaves_with_proofs_anyone_can_check(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    client = _client(web, gateway, DPO)
    refused = _post(client, f"/dpo/cases/{access}", f"/dpo/cases/{access}", decision="unjustify", words="court")
    assert refused.status_code == 422
    assert "au moins 10" in refused.text
    words = "Aucun soin en cours, le service ne connaît pas ce patient."
    _post(client, f"/dpo/cases/{access}", f"/dpo/cases/{access}", decision="unjustify", words=words)
    while gateway.sequencing.publish_checkpoint() is not None:
        pass
    packed = _post(client, f"/dpo/cases/{access}", f"/dpo/cases/{access}/file")
    assert packed.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(packed.data))
    case = json.loads(archive.read("case.json"))
    assert case["state"] == "unjustified"
    assert case["steps"][-1]["words"] == words
    verifier = Verifier(archive.read("log.vkey").decode().strip())
    receipts = [Receipt.from_json(archive.read(name).decode()) for name in archive.namelist() if "receipts/" in name]
    proven = [receipt.verify(verifier).entry for receipt in receipts if receipt.state == "proven"]
    assert {"access.opened", "review.unjustified"} <= {entry.type for entry in proven}
    assert all(entry.facts["access"] == access for entry in proven)


def test_staff_see_what_they_are_asked_in_their_header_and_answer_it(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    reviewer, reader = _client(web, gateway, DPO), _client(web, gateway, SENIOR)
    assert "/explanations" not in reader.get("/").text
    _post(reviewer, f"/dpo/cases/{access}", f"/dpo/cases/{access}", decision="ask", words="Que s'est-il passé ?")
    assert re.search(r'href="/explanations"[^>]*>Explications demandées <span class="count">1<', reader.get("/").text)
    page = reader.get("/explanations").text
    assert "Que s&#39;est-il passé ?" in page
    short = _post(reader, "/explanations", f"/explanations/{access}", words="court")
    assert short.status_code == 422
    sent = _post(reader, "/explanations", f"/explanations/{access}", words="Arrêt cardiaque au déchocage.")
    assert sent.status_code == 303
    assert "/explanations" not in reader.get("/").text
    assert "Arrêt cardiaque au déchocage." in reviewer.get(f"/dpo/cases/{access}").text


def test_a_contest_is_answered_on_its_case(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    patient = _patient_of(gateway, access)
    receipt = gateway.oversight.contesting.contest(
        patient, access, ContestForm(ContestWish.KNOWS_ME, ContestAnswer.PHONE, "C'est mon voisin.")
    )
    client = _client(web, gateway, DPO)
    page = client.get(f"/dpo/cases/{access}").text
    assert receipt.number in page
    assert "C&#39;est mon voisin." in page
    _post(client, f"/dpo/cases/{access}", f"/dpo/contests/{receipt.id}", access=access, answer="Nous l'avons rappelé.")
    assert "Nous l&#39;avons rappelé." in client.get(f"/dpo/cases/{access}").text


@pytest.mark.parametrize(
    ("side", "said", "hint"),
    [
        ("holder", "<b>Le patient</b> dit", False),
        ("representative", "<b>Son représentant légal</b> dit", True),
        ("proof", "<b>Qui avait le code du message et la date de naissance</b> dit", False),
    ],
)
def test_a_case_says_which_side_contests(web: Flask, gateway: Gateway, side: str, said: str, hint: bool) -> None:
    access = _break_glass(gateway, "unconscious")
    form = ContestForm(ContestWish.KNOWS_ME, ContestAnswer.PHONE, "C'est mon voisin.")
    gateway.oversight.contesting.contest(_patient_of(gateway, access), access, form, side=side)
    page = _client(web, gateway, DPO).get(f"/dpo/cases/{access}").text
    assert said in page
    assert 'href="/verify"' in page
    assert ("que le mineur tient secret" in page) is hint


def test_a_figure_is_drawn_tabled_and_written_from_the_same_numbers(web: Flask, gateway: Gateway) -> None:
    _break_glass(gateway, "unconscious")
    client = _client(web, gateway, DPO)
    page = client.get("/dpo/figures").text
    assert 'role="img"' in page
    assert page.count("<title ") == page.count("<desc ")
    rows = list(csv.reader(io.StringIO(client.get("/dpo/figures/break_glass_days.csv").text)))
    assert rows[0] == ["day", "URG"]
    assert [row for row in rows[1:] if row[1] != "0"] == [["2026-11-22", "1"]]
    assert re.search(r'<th scope="row">22/11/2026</th><td class="number">1</td>', page)
    assert client.get("/dpo/figures/nothing.csv").status_code == 404
    assert client.get("/dpo/figures?from=2026-12-01&to=2026-01-01").status_code == 422


def test_a_units_usual_band_is_drawn_and_said_in_words(web: Flask, gateway: Gateway) -> None:
    found = (
        Band("URG", 45, 50, 0.2, 0.35, judged=True),
        Band("SAMU", 10, 40, 0.2, 0.35, judged=True),
        Band("PEDIA", 1, 3, 0.0, 1.0, judged=False),
    )
    with web.test_request_context("/dpo/figures"):
        (strip,) = strips(bands_figure(found))
        page = render_template(
            "dpo/figures.html",
            figures=[(bands_figure(found), (strip,))],
            period=Period(date(2026, 11, 1), date(2026, 11, 22)),
            fault="",
            width=WIDTH,
        )
    assert [bar.label for bar in strip.bars] == [
        "URG · HORS de sa bande, 20 à 35 %",
        "SAMU · dans sa bande, 20 à 35 %",
        "PEDIA · trop peu d’accès pour juger",
    ]
    assert page.count('class="usual"') == 2
    assert [bar.low is not None and bar.low < bar.width < (bar.high or 0) for bar in strip.bars] == [False, True, False]
    assert re.findall(r'<td class="number">(oui|non|–)</td></tr>', page) == ["oui", "non", "–"]


def test_a_figure_of_nothing_but_zeros_says_zero(web: Flask) -> None:
    rows = tuple(((("text", f"2026-11-{day:02}"),), (0, 3)) for day in range(1, 4))
    series = ((("series", "consulted"),), (("series", "passages"),))
    figure = Figure(key="contests", head="day", series=series, rows=rows, drawn=(0,), chart="columns")
    with web.test_request_context("/dpo/figures"):
        (strip,) = strips(figure)
    assert (strip.top, {bar.height for bar in strip.bars}) == ("0", {0.0})


def test_every_type_of_entry_can_be_chosen_by_its_words(web: Flask, gateway: Gateway) -> None:
    client = _client(web, gateway, DPO)
    page = client.get("/dpo/log").text
    assert '<option value="access.opened">Dossier ouvert</option>' in page
    assert page.count("<option value=") > len(TYPES)
    found = _post(client, "/dpo/log", "/dpo/log", type="session.signed_in").text
    assert '<option value="session.signed_in" selected>Connexion</option>' in found


def test_the_log_is_searched_by_patient_and_person_and_the_search_is_in_it(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    _break_glass(gateway, "opposed_centre_15")
    client = _client(web, gateway, DPO)
    found = _post(client, "/dpo/log", "/dpo/log", ipp=IPP["unconscious"], type="access.opened").text
    assert found.count("<code>access.opened</code>") == 1
    assert access[:8] in found
    assert f"IPP {IPP['unconscious']}" in found
    assert "dossier ouvert" in found
    by_name = _post(client, "/dpo/log", "/dpo/log", person="leroy", type="access.opened").text
    assert by_name.count("<code>access.opened</code>") == 2
    assert "Aucun professionnel" in _post(client, "/dpo/log", "/dpo/log", person="Personne Inconnue").text
    assert "<code>log.searched</code>" in _post(client, "/dpo/log", "/dpo/log", type="log.searched").text
    entry = re.search(r"/dpo/log/receipts/([0-9a-f-]{36})", found)
    assert entry is not None
    receipt = client.get(f"/dpo/log/receipts/{entry[1]}")
    assert receipt.json is not None
    assert receipt.json["entry_id"] == entry[1]


def test_the_dpo_says_per_rule_what_an_admission_does(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    gateway.oversight.minding.round()
    client = _client(web, gateway, DPO)
    assert "Proposé comme justifié" in client.get(f"/dpo/cases/{access}").text
    _post(client, "/dpo/rules", "/dpo/rules", rule="admission_reader_unit", effect="close")
    gateway.oversight.minding.round()
    assert "Clos par la règle" in client.get(f"/dpo/cases/{access}").text
    assert "BERTHELOT" not in client.get("/dpo").text


def test_the_reviewers_pages_are_closed_to_everyone_else(web: Flask, gateway: Gateway) -> None:
    access = _break_glass(gateway, "unconscious")
    client = _client(web, gateway, SENIOR)
    for address in ("/dpo", f"/dpo/cases/{access}", "/dpo/figures", "/dpo/log", "/dpo/rules", "/dpo/erasures"):
        assert client.get(address).status_code == 403
    answer = _post(client, "/", f"/dpo/cases/{access}", decision="justify")
    assert answer.status_code == 403


def _patient_of(gateway: Gateway, access_id: str) -> str:
    case = gateway.oversight.reviewing.case(DPO, access_id)
    return case.patient_id
