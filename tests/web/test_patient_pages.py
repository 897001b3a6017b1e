"""Patients at their pages: what they read, what they send, and what a page never asks or shows."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.portal.standing import Person, Right, Role
from tests.web.fake_gateway import FakeGateway
from tests.web.hospital import PATIENTS

ACCESS = "/patient/accesses/acc-0"
PAGES = (
    "/patient",
    "/patient?after=50",
    ACCESS,
    f"{ACCESS}/contest",
    f"{ACCESS}/block",
    "/patient/contests",
    "/patient/blocks",
    "/patient/settings",
    "/patient/settings/samu",
    "/patient/notices",
    "/patient/calendar",
    "/patient/help",
    "/patient/of/son",
    "/patient/of/son/accesses/acc-99",
    "/patient/of/son/settings",
)
BORN = {"day": "28", "month": "3", "year": "1979"}


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """A form of ours, as the browser sends it."""
    return client.post(path, data={"csrf_token": token(client.get(path).text), **form})


def words(answer: TestResponse) -> str:
    """The page as it is read, typography undone."""
    text = re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'").split())


def proven(client: FlaskClient) -> TestResponse:
    assert send(client, "/n/ABCDE23456", **BORN).status_code == 303
    return client.get("/n/ABCDE23456")


# --- the notice


def test_a_notice_tells_everything_after_the_proof_and_offers_what_can_be_done(web: Flask) -> None:
    client = web.test_client()
    told = words(proven(client))
    for part in ("Inès Martin", "Hôpital Saint-Exemple", "Vous étiez inconscient", "des ordonnances", "de ", " h "):
        assert part in told
    for offer in ("Rien", "Demander ou contester", "Bloquer cette personne", "Me connecter", "01 99 00 12 34"):
        assert offer in told
    assert client.get("/n/ABCDE23456/receipt").json["format"] == "receipt"  # type: ignore[index]


def test_a_wrong_proof_shows_nothing_and_says_how_the_lock_works(web: Flask) -> None:
    client = web.test_client()
    wrong = send(client, "/n/ABCDE23456", **{**BORN, "day": "29"})
    assert wrong.status_code == 403
    assert "Inès" not in wrong.text
    assert "Après cinq erreurs, attendez un quart d'heure" in words(wrong)
    assert 'value="1979"' in wrong.text, "what was typed stays"
    assert send(client, "/n/ABCDE23456", **{**BORN, "month": "13"}).status_code == 422
    assert client.get("/n/ABCDE23456/receipt").status_code == 303


def test_the_pass_of_one_notice_opens_no_other_and_leaving_closes_it(web: Flask) -> None:
    client = web.test_client()
    proven(client)
    assert "Inès" not in client.get("/n/ZZZZZ99999").text
    page = client.get("/n/ABCDE23456").text
    assert client.post("/n/ABCDE23456/leave", data={"csrf_token": token(page)}).status_code == 303
    assert "Inès" not in client.get("/n/ABCDE23456").text


def test_a_contest_begun_on_a_notice_survives_the_end_of_its_pass(web: Flask, fake: FakeGateway) -> None:
    client = web.test_client()
    csrf = token(proven(client).text)
    fake.portal.fake.passes.clear()
    typed = {"csrf_token": csrf, "step": "3", "wish": "not_me", "words": "Je n'étais pas là.", "answer_by": "phone"}
    asked_again = client.post("/n/ABCDE23456/contest", data=typed)
    assert asked_again.status_code == 403
    assert "Ce que vous avez écrit est gardé" in words(asked_again)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked_again.text))
    assert kept["words"] == "Je n&#39;étais pas là."
    sent = client.post("/n/ABCDE23456/contest", data={**typed, **BORN})
    assert sent.status_code == 303
    assert fake.portal.fake.sent[""][0].number in client.get(sent.headers["Location"]).text


def test_a_signed_in_patient_goes_from_the_notice_to_their_own_page_of_it(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    assert client.get("/n/ABCDE23456").headers["Location"] == ACCESS
    assert "Votre date de naissance" in words(client.get("/n/ZZZZZ99999"))


# --- the accesses


def test_every_access_says_who_when_where_in_which_mode_and_whether_it_was_reviewed(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "patiente")
    page = client.get("/patient")
    assert page.text.count('<li class="card') == 50
    told = words(page)
    for part in ("60 accès", "Inès Martin", "Dr Paul Garnier", "En urgence", "il était justifié", "service URG"):
        assert part in told
    assert "suivante" not in told
    older = client.get("/patient?after=50")
    assert older.text.count('<li class="card') == 10
    assert 'href="/patient?after=50"' in page.text


def test_the_accesses_are_filtered_by_period_kind_and_person(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    emergencies = client.get("/patient?mode=break_glass")
    assert "20 accès" in words(emergencies)
    assert "Voir tous les accès" in words(emergencies)
    assert "20 accès" in words(client.get("/patient?professional=acc-1"))
    wrong = client.get("/patient?since=99/99/2026")
    assert wrong.status_code == 422
    assert "Corriger les dates" in words(wrong)
    assert 'aria-invalid="true"' in wrong.text


def test_a_day_may_be_typed_as_french_people_write_it(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    page = client.get("/patient?since=1/1/2001")
    assert 'value="2001-01-01"' in page.text
    assert "60 accès" in words(page)


def test_the_calendar_links_each_day_with_an_access(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    page = client.get("/patient/calendar")
    days = re.findall(r'href="/patient\?since=([\d-]+)&amp;until=([\d-]+)"', page.text)
    assert days
    assert all(since == until for since, until in days)
    assert "1 accès" in words(client.get(f"/patient?since={days[0][0]}&until={days[0][0]}"))
    before = re.search(r'href="(/patient/calendar\?month=[\d-]+)" rel="prev"', page.text)
    assert before is not None
    assert client.get(before[1]).status_code == 200
    assert "Personne n'a ouvert" in words(client.get("/patient/calendar?month=nonsens"))


def test_receipt_and_history_are_files_to_keep(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    for path, name in ((f"{ACCESS}/receipt", "recu-acces.json"), ("/patient/history", "historique-acces.json")):
        answer = client.get(path)
        assert name in answer.headers["Content-Disposition"]
        assert answer.json
    for page in ("/patient", ACCESS):
        assert 'href="/verify"' in client.get(page).text


def test_someone_the_hospital_does_not_know_is_told_so(web: Flask, fake: FakeGateway) -> None:
    fake.portal.fake.known = False
    page = fake.client(web, "patiente").get("/patient")
    assert "Nous ne vous avons pas trouvé" in words(page)


# --- contesting


def test_contesting_is_three_steps_then_a_number_and_a_date(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    path = f"{ACCESS}/contest"
    assert "étape 1 sur 3" in words(client.get(path))
    silent = send(client, path, step="1")
    assert silent.status_code == 422
    assert "Choisissez une réponse" in words(silent)
    assert "étape 2 sur 3" in words(send(client, path, step="1", wish="knows_me"))
    third = send(client, path, step="2", wish="knows_me", words="C'est mon voisin.")
    assert "étape 3 sur 3" in words(third)
    assert "C&#39;est mon voisin." in third.text
    back = send(client, path, step="3", wish="knows_me", words="C'est mon voisin.", back="1")
    assert "étape 2 sur 3" in words(back)
    assert "C&#39;est mon voisin.</textarea>" in back.text
    form = {"step": "3", "wish": "knows_me", "words": "C'est mon voisin.", "answer_by": "letter"}
    sent = send(client, path, **form)
    assert sent.status_code == 303
    told = words(client.get(sent.headers["Location"]))
    made = fake.portal.fake.sent[""]
    assert made[0].number in told
    assert "L'hôpital répond au plus tard le" in told
    assert send(client, path, **form).status_code == 303
    assert len(made) == 1, "a button pressed twice is one contest"
    assert made[0].number in words(client.get(ACCESS))


def test_a_text_too_long_comes_back_to_be_shortened(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    answer = send(client, f"{ACCESS}/contest", step="2", wish="other", words="é" * 2001)
    assert answer.status_code == 422
    assert "é" * 2001 in answer.text
    refused = send(client, f"{ACCESS}/contest", step="3", wish="other", words="TROP", answer_by="phone")
    assert refused.status_code == 422
    assert "Vous avez déjà beaucoup écrit" in words(refused)


def test_what_was_written_is_shown_again_when_the_session_ended(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    csrf = token(client.get(f"{ACCESS}/contest").text)
    fake.sessions.live.clear()
    form = {"csrf_token": csrf, "step": "2", "wish": "other", "words": "Mon long texte."}
    lapsed = client.post(f"{ACCESS}/contest", data=form)
    assert lapsed.status_code == 403
    assert "Mon long texte.</textarea>" in lapsed.text
    assert f"return_to={ACCESS}/contest" in lapsed.text
    forged = client.post(f"{ACCESS}/contest", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Mon long texte" not in forged.text


# --- blocking and choosing


def test_blocking_is_confirmed_first_and_can_be_undone(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    asked = words(client.get(f"{ACCESS}/block"))
    assert "Même en urgence" in asked
    assert "Vous pouvez changer d'avis" in asked
    assert fake.portal.fake.blocked[""] == [], "looking blocks nobody"
    done = send(client, f"{ACCESS}/block")
    assert "Inès Martin ne peut plus ouvrir votre dossier" in words(client.get(done.headers["Location"]))
    assert "bloqué depuis" in words(client.get(ACCESS))
    undone = send(client, "/patient/blocks/interne/remove")
    assert "Cette personne n'est plus bloquée" in words(client.get(undone.headers["Location"]))
    assert client.get("/patient/blocks/interne/remove").status_code == 404


@pytest.mark.parametrize("name", ["samu", "professionals", "masked"])
def test_a_setting_says_what_it_means_before_it_changes(web: Flask, fake: FakeGateway, name: str) -> None:
    client = fake.client(web, "patiente")
    before = getattr(fake.portal.fake.chosen[""], name)
    page = words(client.get(f"/patient/settings/{name}"))
    assert ("Si vous dites non" if before else "Si vous dites oui") in page
    done = send(client, f"/patient/settings/{name}", allow="no" if before else "yes")
    assert getattr(fake.portal.fake.chosen[""], name) is not before
    assert "C'est changé" in words(client.get(done.headers["Location"]))


def test_a_setting_asked_twice_is_what_the_page_said(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    send(client, "/patient/settings/samu", allow="no")
    send(client, "/patient/settings/samu", allow="no")
    assert fake.portal.fake.chosen[""].samu is False
    assert send(client, "/patient/settings/samu", allow="peut-être").status_code == 200
    assert client.get("/patient/settings/autre").status_code == 404


def test_the_choice_of_notices_is_kept_and_large_print_shown_at_once(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    form = {"channel": "letter", "all_accesses": "yes", "large_print": "yes", "language": "en"}
    done = send(client, "/patient/notices", **form)
    wanted = fake.portal.fake.wanted[""]
    assert wanted.channels == ("letter", "email", "sms")
    assert (wanted.all_accesses, wanted.large_print, wanted.language) == (True, True, "en")
    assert 'class="large"' in client.get(done.headers["Location"]).text
    send(client, "/patient/notices", channel="pigeon")
    assert fake.portal.fake.wanted[""].channels == (), "an unknown way is the hospital's choice"


def test_the_whole_order_of_the_ways_is_chosen_with_plain_controls_and_shown_again(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "patiente")
    done = send(client, "/patient/notices", channel="letter", channel_2="sms", channel_3="email")
    assert fake.portal.fake.wanted[""].channels == ("letter", "sms", "email")
    page = client.get(done.headers["Location"]).text
    assert 'name="channel" value="letter" checked' in page
    for rank, chosen in ((2, "sms"), (3, "email")):
        select = page.partition(f'name="channel_{rank}"')[2].partition("</select>")[0]
        assert f'value="{chosen}" selected' in select
        assert select.count("selected") == 1


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"channel": "", "channel_2": "sms", "channel_3": ""}, ("sms", "email", "letter")),
        ({"channel": "sms", "channel_2": "sms", "channel_3": "letter"}, ("sms", "letter", "email")),
        ({"channel": "letter", "channel_2": "pigeon", "channel_4": "sms"}, ("letter", "email", "sms")),
        ({"channel": "", "channel_2": "", "channel_3": ""}, ()),
    ],
)
def test_ranks_left_open_named_twice_or_unknown_leave_the_rest_to_the_hospital(
    web: Flask, fake: FakeGateway, asked: dict[str, str], kept: tuple[str, ...]
) -> None:
    send(fake.client(web, "patiente"), "/patient/notices", **asked)
    assert fake.portal.fake.wanted[""].channels == kept


# --- somebody else's record


def test_a_representative_chooses_whose_record_and_each_page_says_whose_it_is(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    assert 'href="/patient/of/son"' in client.get("/patient").text
    for path in ("", "/accesses/acc-99", "/blocks", "/contests", "/settings", "/calendar", "/accesses/acc-99/block"):
        assert "Vous regardez le dossier de Sebastien" in words(client.get(f"/patient/of/son{path}")), path
    assert client.get("/patient/of/son/accesses/acc-0").status_code == 404
    assert client.get("/patient/of/someone").status_code == 404
    send(client, "/patient/of/son/accesses/acc-99/block")
    assert fake.portal.fake.blocked["son"]
    assert not fake.portal.fake.blocked[""]


def test_what_somebody_may_not_do_is_neither_offered_nor_done(web: Flask, fake: FakeGateway) -> None:
    minor = Person(PATIENTS["usual"], Role.MINOR, frozenset({Right.SEE, Right.CONTEST}))
    fake.portal.fake.people_of = lambda holder: (minor,)
    client = fake.client(web, "patiente")
    page = client.get(ACCESS).text
    assert f"{ACCESS}/contest" in page
    assert f"{ACCESS}/block" not in page
    csrf = token(page)
    for path in (f"{ACCESS}/block", "/patient/settings/samu", "/patient/notices"):
        assert client.get(path).status_code == 403, path
        assert client.post(path, data={"csrf_token": csrf, "allow": "no"}).status_code == 403, path
    assert "Ces choix ne sont pas possibles ici" in words(client.get("/patient/settings"))


# --- reading


def test_easy_reading_and_large_print_are_links_that_are_remembered(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    easy = client.get("/patient/help?read=easy")
    assert "Vous avez un dossier de santé sur internet.<br>Il est à vous.<br>" in easy.text
    assert 'class="easy' in client.get("/patient").text
    assert "Lecture normale" in words_of_header(client.get("/patient"))
    client.get("/patient?print=large")
    assert 'class="easy large"' in client.get(ACCESS).text
    client.get("/patient?read=usual&print=usual")
    assert 'class=""' in client.get(ACCESS).text
    assert 'class=""' in client.get("/patient?read=<script>").text


def test_reading_otherwise_keeps_what_was_filtered(web: Flask, fake: FakeGateway) -> None:
    page = fake.client(web, "patiente").get("/patient?mode=break_glass&read=usual").text
    assert "/patient?mode=break_glass&amp;read=easy" in page
    assert "/patient?mode=break_glass&amp;lang=en" in page


def test_easy_reading_keeps_what_people_typed_as_text(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    client.get("/patient?read=easy")
    send(client, f"{ACCESS}/contest", step="3", wish="other", words="<b>a. b</b>", answer_by="phone")
    page = client.get("/patient/contests").text
    assert "&lt;b&gt;a. b&lt;/b&gt;" in page
    assert "<b>a" not in page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_works_without_script_and_weighs_less_than_a_hundred_kilobytes(
    web: Flask, fake: FakeGateway, path: str
) -> None:
    client = fake.client(web, "patiente")
    for query in ("lang=fr", "lang=en", "read=easy&print=large"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert not re.search(r"\sstyle=|\son\w+=", answer.text)
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
        weight = len(answer.data) + sum(len(client.get(file).data) for file in files)
        assert weight < 100_000, (path, weight)
        for form in re.findall(r'<form[^>]*method="post".*?</form>', answer.text, re.S):
            assert 'name="csrf_token"' in form, path


def test_no_page_of_patients_forbids_pasting_or_races_the_clock(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    for path in (*PAGES, "/n/ZZZZZ99999"):
        page = client.get(path).text
        assert "onpaste" not in page
        assert "http-equiv" not in page
        assert 'autocomplete="off"' not in page


def test_an_english_page_of_patients_holds_no_french_sentence_of_ours(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    client.get("/patient?lang=en")
    for path in PAGES:
        told = words(client.get(path))
        for french in (" votre ", " vous ", " accès ", "Revenir", "Choisir", "soignant", " le ", "dossier"):
            assert french not in told, (path, french)


def test_a_problem_of_a_patient_is_told_in_their_words(web: Flask, fake: FakeGateway) -> None:
    lost = fake.client(web, "patiente").get("/patient/nowhere")
    assert lost.status_code == 404
    assert "liste des patients" not in words(lost)
    assert "appelez-nous" in words(lost)
    out = web.test_client().get("/patient/auth/logged-out")
    assert "Vous êtes déconnecté" in words(out)


def words_of_header(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[0]).split())
