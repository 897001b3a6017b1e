"""From the patient to the dossier and out of it: what each page asks, opens, keeps and hides."""

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.access.request import Mode
from tests.web.fake_gateway import FakeGateway

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
REQUEST_ID = re.compile(r'name="request_id" value="([^"]+)"')


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """A form sent from the page of the same path, with its hidden fields."""
    page = client.get(re.sub(r"/(extend|end)$", "", path)).text
    token, request_id = TOKEN.search(page), REQUEST_ID.search(page)
    assert token is not None
    hidden = {"csrf_token": token[1], **({"request_id": request_id[1]} if request_id else {})}
    return client.post(path, data={**hidden, **fields})


def opened(client: FlaskClient, patient: str = "usual") -> str:
    """The address of an access opened by break-glass."""
    answer = post(client, f"/patients/{patient}", choice="break_glass.vital_emergency")
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_search_by_number_goes_straight_to_its_patient_and_puts_nothing_personal_in_the_address(
    web: Flask, fake: FakeGateway
) -> None:
    answer = post(fake.client(web, "interne"), "/", search="2 79 03 51 215 189 89")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/patients/usual"


def test_homonyms_are_listed_and_flagged_never_picked(web: Flask, fake: FakeGateway) -> None:
    page = post(fake.client(web, "interne"), "/", search="MOREAU camille 05/05/1990")
    assert page.status_code == 200
    assert page.text.count('class="patient-row"') == 2
    assert page.text.count("Homonyme") == 2


def test_a_wrong_key_is_told_beside_the_field_and_what_was_typed_stays(web: Flask, fake: FakeGateway) -> None:
    page = post(fake.client(web, "interne"), "/", search="279035121518988")
    assert page.status_code == 422
    assert "La clé du matricule INS ne correspond pas" in page.text
    assert 'value="279035121518988"' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_no_reason_is_chosen_beforehand(web: Flask, fake: FakeGateway) -> None:
    page = fake.client(web, "interne").get("/patients/usual").text
    assert page.count('type="radio"') == 6
    assert "checked" not in page.split("<dialog")[0]
    assert "L’accès dure 30 minutes. Le patient et son médecin traitant en seront informés." in page


def test_without_a_choice_nothing_is_asked_and_the_fault_takes_the_focus(web: Flask, fake: FakeGateway) -> None:
    page = post(fake.client(web, "interne"), "/patients/usual")
    assert page.status_code == 422
    assert re.search(r'class="fault-summary"[^>]* autofocus', page.text)
    assert fake.opening.asked == []


def test_another_reason_needs_its_words_and_keeps_what_was_written(web: Flask, fake: FakeGateway) -> None:
    page = post(fake.client(web, "interne"), "/patients/usual", choice="break_glass.other", text="trop")
    assert page.status_code == 422
    assert ">trop</textarea>" in page.text
    assert fake.opening.asked == []


def test_an_unknown_choice_opens_nothing(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    for choice in ("break_glass.curiosity", "insurance.other", "break_glass", "normal.vital_emergency"):
        assert post(client, "/patients/usual", choice=choice).status_code == 422, choice
    assert fake.accesses == {}


def test_a_double_click_is_one_request(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    page = client.get("/patients/usual").text
    token, request_id = TOKEN.search(page), REQUEST_ID.search(page)
    assert token is not None
    assert request_id is not None
    form = {"csrf_token": token[1], "request_id": request_id[1], "choice": "break_glass.vital_emergency"}
    answers = [client.post("/patients/usual", data=form) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(fake.accesses) == 1


def test_agreement_opens_in_the_ordinary_mode_and_a_refusal_opens_nothing(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    assert post(client, "/patients/opposed", choice="agrees").status_code == 303
    refused = post(client, "/patients/usual", choice="refuses")
    assert refused.status_code == 403
    assert "Le refus du patient est enregistré" in refused.text
    assert [(one.mode, one.consent_given, one.patient_refuses) for one in fake.opening.asked] == [
        (Mode.NORMAL, True, False),
        (Mode.NORMAL, False, True),
    ]


def test_an_open_access_is_never_asked_for_twice(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    answer = client.get("/patients/usual")
    assert (answer.status_code, answer.headers["Location"]) == (303, access)


def test_where_consent_is_recorded_one_button_opens(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    page = client.get("/patients/agreed").text
    assert 'type="radio"' not in page
    assert re.search(r'value="already_agreed" autofocus', page)
    assert post(client, "/patients/agreed", choice="already_agreed").status_code == 303


def test_the_regulating_physician_has_a_panel_of_their_own(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "regulateur")
    page = client.get("/patients/call").text
    assert "SAMU-Centre 15" in page
    assert "break_glass." not in page
    assert post(client, "/patients/call", choice="centre_15.regulation").status_code == 303
    assert fake.opening.asked[0].mode is Mode.CENTRE_15


def test_an_opposition_says_what_remains_possible_and_not_a_word_of_content(web: Flask, fake: FakeGateway) -> None:
    page = fake.client(web, "interne").get("/patients/shut")
    assert page.status_code == 403
    assert (
        "Ce patient s’est opposé à l’accès en urgence à son dossier partagé. Il ne peut pas être ouvert." in page.text
    )
    assert "01 99 00 45 67" in page.text
    assert fake.reading.opened == []
    for reference in fake.reading.references:
        assert reference.title not in page.text


def test_the_emergency_mode_and_its_end_are_on_every_page_of_the_access(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    for page in (access, f"{access}/documents", f"{access}/documents/doc-1"):
        text = client.get(page).text
        assert "Accès en urgence (bris de glace)" in text
        assert "Accès urgence\u00a0: 30 min" in text
        assert "04:30" in text  # half an hour after 03:00 UTC, in Paris


def test_the_summary_has_every_section_and_each_line_its_source(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    page = client.get(opened(client)).text
    for title in ("Alertes vitales", "Allergies et intolérances", "Traitements", "Directives anticipées"):
        assert title in page
    lines = page.count('<p class="line')
    assert lines > 50
    assert page.count('class="sources"') >= lines - 10  # the hospital's own contacts have none
    assert "Des informations peuvent manquer" in page


def test_an_empty_dossier_says_it_does_not_know_and_never_that_there_is_none(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    page = client.get(opened(client, "empty")).text
    assert "Aucune information" in page
    assert "Aucune allergie connue" not in page


def test_a_store_that_does_not_answer_is_said_with_a_way_to_retry(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client, "silent")
    page = client.get(access)
    assert page.status_code == 503
    assert "Le dossier partagé ne répond pas" in page.text
    assert f'href="{access}" autofocus>Réessayer' in page.text


def test_after_its_end_an_access_shows_nothing_of_the_dossier(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    fake.still.pass_time(minutes=30)
    for page in (access, f"{access}/documents", f"{access}/documents/doc-1", f"{access}/documents/doc-1/original"):
        answer = client.get(page)
        assert answer.status_code == 403
        assert answer.headers["Cache-Control"] == "no-store"
        assert all(reference.title not in answer.text for reference in fake.reading.references)
    assert post(client, f"{access}/extend").status_code == 403


def test_extending_moves_the_end_and_comes_back_to_the_same_page(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    fake.still.pass_time(minutes=29)
    assert "Accès urgence\u00a0: 1 min" in client.get(access).text
    answer = post(client, f"{access}/extend", back=f"{access}/documents")
    assert answer.headers["Location"] == f"{access}/documents"
    assert "Accès urgence\u00a0: 30 min" in client.get(access).text
    for elsewhere in (
        "https://elsewhere.example/",
        f"{access}/documents\r\nX-Injected: 1",
        f"{access}/documents\\..\\",
    ):
        assert post(client, f"{access}/extend", back=elsewhere).headers["Location"] == access


def test_another_persons_access_does_not_exist_for_me(web: Flask, fake: FakeGateway) -> None:
    access = opened(fake.client(web, "interne"))
    other = fake.client(web, "senior")
    assert other.get(access).status_code == 404
    assert other.get(f"{access}/documents/doc-1").status_code == 404


def test_a_document_page_runs_no_script_and_the_original_comes_unchanged(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    page = client.get(f"{access}/documents/doc-1")
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    original = client.get(f"{access}/documents/doc-1/original")
    assert original.data == fake.reading.content["doc-1"]
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_a_pdf_is_shown_in_a_frame_of_ours_only(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    page = client.get(f"{access}/documents/doc-pdf")
    assert f'<iframe class="pdf" src="{access}/documents/doc-pdf/pdf"' in page.text
    shown = client.get(f"{access}/documents/doc-pdf/pdf")
    assert shown.mimetype == "application/pdf"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert shown.data.startswith(b"%PDF")
    # Anything else asked for in place is only ever downloaded.
    assert client.get(f"{access}/documents/doc-1/pdf").headers["Content-Disposition"] == "attachment"


def test_the_two_year_filter_is_shown_and_can_be_removed(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    access = opened(client)
    filtered, whole = client.get(f"{access}/documents").text, client.get(f"{access}/documents?everything=1").text
    assert "Filtre actif" in filtered
    assert "?everything=1" in filtered
    assert whole.count("<tr>") > filtered.count("<tr>")
