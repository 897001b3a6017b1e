"""What happens to real people at their pages: a page left open, a button pressed twice, the way back, a second tab, a
code written otherwise, too many errors, an old telephone. Nothing typed is lost, and each page says what to do."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.fake_gateway import FakeGateway
from tests.web.hospital import PATIENTS
from tests.web.test_patient_pages import ACCESS, BORN, proven, send, token, words

LONG = "J'étais chez moi ce jour-là, demandez à ma fille. " * 30


def kept(page: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return {name: html.unescape(value) for name, value in found.items()}


def weight(client: FlaskClient, answer: TestResponse) -> int:
    """The page and every file it asks for, in bytes."""
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text))
    return len(answer.data) + sum(len(client.get(file).data) for file in files)


def test_what_took_long_to_write_is_whole_in_the_form_that_comes_back(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    typed = {"step": "2", "wish": "not_me", "words": LONG.strip()}
    late = client.post(f"{ACCESS}/contest", data={"csrf_token": "of yesterday", **typed})
    assert late.status_code == 403
    assert "Ce que vous avez écrit est gardé" in words(late)
    again = client.post(f"{ACCESS}/contest", data=kept(late))
    assert "étape 3 sur 3" in words(again)
    assert kept(again)["words"] == LONG.strip()


def test_who_was_signed_out_while_writing_signs_in_elsewhere_and_goes_on_from_the_same_page(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "patiente")
    csrf = token(client.get(f"{ACCESS}/contest").text)
    fake.sessions.live.clear()
    typed = {"csrf_token": csrf, "step": "2", "wish": "not_me", "words": LONG.strip()}
    lapsed = client.post(f"{ACCESS}/contest", data=typed)
    assert lapsed.status_code == 403
    assert 'target="_blank"' in lapsed.text
    too_soon = client.post(f"{ACCESS}/contest", data=kept(lapsed))
    assert kept(too_soon)["words"] == LONG.strip(), "pressed before signing in: still the same page"
    signed_in = fake.client(web, "patiente")
    late = signed_in.post(f"{ACCESS}/contest", data=kept(too_soon))
    going_on = signed_in.post(f"{ACCESS}/contest", data=kept(late)) if late.status_code == 403 else late
    assert "étape 3 sur 3" in words(going_on)
    assert kept(going_on)["words"] == LONG.strip()


@pytest.mark.parametrize("way", ["lang=en", "read=easy", "print=large"])
def test_who_changes_the_way_of_reading_while_writing_stays_at_the_step_with_every_word(
    web: Flask, fake: FakeGateway, way: str
) -> None:
    client = fake.client(web, "patiente")
    csrf = token(client.get(f"{ACCESS}/contest").text)
    second = client.post(f"{ACCESS}/contest", data={"csrf_token": csrf, "step": "1", "wish": "not_me"})
    assert f'formaction="{ACCESS}/contest?{way}"' in second.text
    typed = {**kept(second), "words": LONG.strip(), "stay": "1"}
    otherwise = client.post(f"{ACCESS}/contest?{way}", data=typed)
    assert otherwise.status_code == 200
    assert kept(otherwise)["step"] == "2"
    assert kept(otherwise)["wish"] == "not_me"
    written = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", otherwise.text, re.DOTALL)
    assert written is not None
    assert html.unescape(written[1]) == LONG.strip()
    assert ("Step 2 of 3" in otherwise.text or "step 2 of 3" in otherwise.text) == (way == "lang=en")


def test_the_enter_key_goes_on_and_changes_no_way_of_reading(web: Flask, fake: FakeGateway) -> None:
    page = fake.client(web, "patiente").get(f"{ACCESS}/contest").text
    form = page[page.index('<form method="post" class="stack"') :]
    assert form.index('<button class="main">') == form.index("<button")
    assert page.index('name="stay"') > page.index('<button class="main">')


def test_a_notice_left_open_overnight_keeps_a_long_contest_too(web: Flask, fake: FakeGateway) -> None:
    client = web.test_client()
    proven(client)
    fake.portal.fake.passes.clear()
    typed = {"step": "3", "wish": "not_me", "words": LONG.strip(), "answer_by": "phone"}
    late = client.post("/n/ABCDE23456/contest", data={"csrf_token": "of yesterday", **typed})
    asked = client.post("/n/ABCDE23456/contest", data=kept(late))
    assert "Dites-nous encore qui vous êtes" in words(asked)
    sent = client.post("/n/ABCDE23456/contest", data={**kept(asked), **BORN})
    assert sent.status_code == 303
    assert fake.portal.fake.sent[""][0].words == LONG.strip()


def test_the_way_back_after_sending_shows_the_same_contest_and_makes_no_second(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    form = {"step": "3", "wish": "other", "words": "Je demande.", "answer_by": "letter"}
    first = send(client, f"{ACCESS}/contest", **form)
    second = send(client, f"{ACCESS}/contest", **form)  # back, and the same button
    assert first.headers["Location"] == second.headers["Location"]
    assert len(fake.portal.fake.sent[""]) == 1
    assert "no-store" in first.headers["Cache-Control"]


def test_a_button_pressed_twice_blocks_once_and_unblocks_once(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    csrf = {"csrf_token": token(client.get(f"{ACCESS}/block").text)}
    assert [client.post(f"{ACCESS}/block", data=csrf).status_code for _ in range(2)] == [303, 303]
    assert len(fake.portal.fake.blocked[""]) == 1


def test_two_tabs_on_two_accesses_do_not_mix(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    other = "/patient/accesses/acc-1"
    one, two = (token(client.get(f"{path}/contest").text) for path in (ACCESS, other))
    for path, csrf, said in ((ACCESS, two, "Le premier."), (other, one, "Le second.")):
        form = {"csrf_token": csrf, "step": "3", "wish": "other", "words": said, "answer_by": "phone"}
        assert client.post(f"{path}/contest", data=form).status_code == 303
    made = {contest.access_id: contest.words for contest in fake.portal.fake.sent[""]}
    assert made == {"acc-0": "Le premier.", "acc-1": "Le second."}


@pytest.mark.parametrize("typed", ["ABCDE 23456", " ABCDE23456 ", "/ABCDE23456"])
def test_a_code_typed_by_hand_leads_to_its_notice(web: Flask, typed: str) -> None:
    client = web.test_client()
    assert "Le code, de dix signes" in words(client.get("/n"))
    empty = client.get("/n?code=+")
    assert "Écrivez le code" in words(empty)
    found = client.get("/n", query_string={"code": typed})
    assert found.headers["Location"] == "/n/ABCDE23456"
    proof = client.get(found.headers["Location"])
    assert "Votre code : ABCDE23456" in words(proof)
    assert 'href="/n"' in proof.text


@pytest.mark.parametrize("typed", ["//evil.example", "../it", "https://evil.example/a", "\\evil", "a?b#c"])
def test_a_code_that_is_an_address_leads_nowhere_else(web: Flask, typed: str) -> None:
    location = web.test_client().get("/n", query_string={"code": typed}).headers["Location"]
    assert re.fullmatch(r"/n/[^/?#\\]+", location)


def test_where_nobody_can_sign_in_the_code_is_asked(web: Flask, fake: FakeGateway) -> None:
    for path in ("/patient/auth/logged-out", "/patient"):
        page = fake.client(web, "patiente").get(path)
        assert ('href="/n"' in page.text) is (path != "/patient")
    fake.patient_sign_in = None
    client = web.test_client()
    asked = client.get("/patient", follow_redirects=True)
    assert asked.status_code == 200
    assert "Le code, de dix signes" in words(asked)


def test_too_many_errors_say_when_to_come_back_and_whom_to_call(web: Flask) -> None:
    client = web.test_client()
    for _error in range(6):
        wrong = send(client, "/n/ABCDE23456", **{**BORN, "day": "29"})
    told = words(wrong)
    assert "Après cinq erreurs, attendez un quart d'heure" in told
    assert "01 99 00 12 34" in told.partition("Une question")[0], "the number stands beside the advice"
    easy = client.get("/n/ABCDE23456?read=easy")
    assert "Attendez quinze minutes." in words(easy)


def test_long_names_and_accents_are_whole(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "patiente")
    name = "Marie-Noëlle Françoise de La Rochefoucauld-Beauséjour d'Haëné"
    form = {
        "step": "3",
        "wish": "other",
        "words": f"C'était {name} ; ça m'inquiète, où ? œuf, 🙂.",
        "answer_by": "phone",
    }
    sent = send(client, f"{ACCESS}/contest", **form)
    told = html.unescape(words(client.get(sent.headers["Location"].partition("?")[0])))
    assert form["words"] in told
    assert name in told


# --- light enough for an old telephone


@pytest.mark.parametrize("query", ["lang=fr", "lang=en", "read=easy&print=large"])
def test_the_notices_and_their_mishaps_are_light_and_without_script(web: Flask, fake: FakeGateway, query: str) -> None:
    client = web.test_client()
    unknown = client.get(f"/n/ZZZZZ99999?{query}")
    wrong = send(client, f"/n/ABCDE23456?{query}", **{**BORN, "day": "29"})
    wrong_date = send(client, f"/n/ABCDE23456?{query}", **{**BORN, "month": "13"})
    code = client.get(f"/n?{query}")
    proven(client)
    notice = client.get(f"/n/ABCDE23456?{query}")
    contest = client.get(f"/n/ABCDE23456/contest?{query}")
    fake.portal.fake.passes.clear()
    over = client.get(f"/n/ABCDE23456?{query}")
    late = client.post(f"/n/ABCDE23456/contest?{query}", data={"csrf_token": "old", "step": "2", "words": LONG})
    lost = client.get(f"/patient/nowhere?{query}")
    large = client.post(f"/n/ABCDE23456?{query}", data={"year": "x" * 2_000_000})
    signed_out = client.get(f"/patient/auth/logged-out?{query}")
    for answer in (unknown, wrong, wrong_date, code, notice, contest, over, late, lost, large, signed_out):
        assert answer.status_code < 500
        assert "<script" not in answer.text
        assert weight(client, answer) < 100_000, answer.request.path
        assert "01 99 00 12 34" in words(answer) or answer.status_code < 400, "whom to call"


def test_a_failure_of_ours_is_light_in_words_for_patients_and_leaks_nothing(web: Flask, fake: FakeGateway) -> None:
    def fails(*_asked: object, **_more: object) -> object:
        raise RuntimeError("SELECT secret FROM patient")

    fake.portal.fake.page = fails
    client = fake.client(web, "patiente")
    broken = client.get("/patient")
    assert broken.status_code == 500
    assert "SELECT" not in broken.text
    assert "Rien n'a été perdu" in words(broken)
    assert "01 99 00 12 34" in broken.text.replace("\u00a0", " ")
    assert weight(client, broken) < 100_000
    assert "<script" not in broken.text


@pytest.mark.parametrize("path", ["", "/accesses", "/settings", "/notices", "/accesses/acc-0/contest", "/nowhere"])
def test_the_desk_is_light_too(web: Flask, fake: FakeGateway, path: str) -> None:
    client = fake.client(web, "secretaire")
    seen = "side=holder&check=id_document&for=contest"
    for address in ("/desk", f"/desk/patients/{PATIENTS['usual'].id}{path}?{seen}"):
        answer = client.get(address)
        assert answer.status_code < 500
        assert weight(client, answer) < 100_000, address
