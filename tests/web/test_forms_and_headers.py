"""Forged and late forms, cookies, headers, errors: what protects every page alike."""

import re

from flask import Flask

from gateway.web import create_web
from tests.web.fake_gateway import FakeGateway
from tests.web.hospital import PATIENTS


def test_a_form_without_its_token_does_nothing_and_can_be_sent_again_with_what_was_typed(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "interne")
    late = client.post("/", data={"csrf_token": "old", "search": "DUPONT <Jean>"})
    assert late.status_code == 403
    assert "Cette page était ouverte depuis trop longtemps" in late.text
    assert 'name="search" value="DUPONT &lt;Jean&gt;"' in late.text
    token = re.search(r'<form method="post" class="stack"[^>]*>\s*<input[^>]*value="([^"]+)"', late.text)
    assert token is not None
    assert client.post("/", data={"csrf_token": token[1], "search": "8000000001"}).status_code == 303


def test_a_form_from_another_site_is_refused_even_with_a_token_and_its_fields_are_not_shown(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "interne")
    page = client.get("/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "search": "8000000001"}
    forged = client.post("/", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert "8000000001" not in forged.text
    assert client.post("/", data=form, headers={"Origin": "https://evil.example"}).status_code == 403


def test_every_form_that_changes_something_carries_a_token(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    for path in ("/", "/patients/usual", "/patients/agreed", "/n/ABCDE23456"):
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", client.get(path).text, re.S):
            assert 'name="csrf_token"' in form, path


def test_no_page_holds_a_script_or_a_style_of_its_own(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    for path in ("/", "/patients/usual", "/nowhere", "/n/ABCDE23456"):
        answer = client.get(path)
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", answer.text), path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "form-action 'self' https://idp.hospital.example https://patients.example" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_over_https_cookies_belong_to_the_host_alone_and_transport_is_pinned() -> None:
    fake = FakeGateway(base_url="https://gateway.hospital.example")
    web = create_web(fake)  # type: ignore[arg-type]
    answer = web.test_client().get("/auth/sign-in", base_url="https://gateway.hospital.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-device=")
    for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert word in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_styles_and_scripts_may_be_kept_under_an_address_that_changes_with_them(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    address = re.search(r'href="(/static/[^"]+\.css)"', client.get("/").text)
    assert address is not None
    assert "immutable" in client.get(address[1]).headers["Cache-Control"]
    assert client.get(re.sub(r"/static/\w+/", "/static/old/", address[1])).headers["Cache-Control"] == "no-cache"
    assert client.get("/static/x/..%2f..%2fsettings.py").status_code == 404


def test_an_unexpected_error_leaks_nothing(web: Flask, fake: FakeGateway) -> None:
    def broken(*_anything: object) -> None:
        raise ValueError("INS 279035121518989 of Mme PAT-TROIS")

    fake.finding.ed_list = broken
    answer = fake.client(web, "interne").get("/")
    assert answer.status_code == 500
    assert "Référence" in answer.text
    for leak in ("279035121518989", "PAT-TROIS", "ValueError", "Traceback"):
        assert leak not in answer.text


def test_a_body_that_is_too_large_is_refused_with_a_word(web: Flask, fake: FakeGateway) -> None:
    answer = fake.client(web, "interne").post("/", data={"search": "x" * 1_200_000})
    assert answer.status_code == 413
    assert "trop long" in answer.text


def test_signing_out_is_one_click_ends_the_session_and_clears_the_browser(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert token is not None
    answer = client.post("/auth/sign-out", data={"csrf_token": token[1]})
    assert answer.headers["Location"].startswith("https://idp.hospital.example/logout")
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert fake.sessions.live == {}
    assert client.get("/").status_code == 303


def test_signing_in_again_comes_back_to_the_page_for_the_same_person_only(web: Flask, fake: FakeGateway) -> None:
    client = web.test_client()
    asked = client.get("/patients/usual")
    assert asked.headers["Location"] == "/auth/sign-in?return_to=/patients/usual"
    client.get(asked.headers["Location"])
    assert client.get("/auth/callback?persona=interne").headers["Location"] == "/patients/usual"
    # The session ends; another person signs in on the same workstation and sees nothing of the former one.
    fake.sessions.live.clear()
    client.get(client.get("/patients/usual").headers["Location"])
    assert client.get("/auth/callback?persona=senior").headers["Location"] == "/"


def test_a_callback_nobody_began_here_is_refused_with_a_way_on(web: Flask) -> None:
    answer = web.test_client().get("/auth/callback?code=x&state=y")
    assert answer.status_code == 403
    assert "Cette connexion n’a pas été commencée ici" in answer.text


def test_a_notice_shows_the_same_page_for_a_known_and_an_unknown_code(web: Flask) -> None:
    client = web.test_client()
    pages = [
        re.sub(f"{code[:5]}\\s?{code[5:]}", "CODE", client.get(f"/n/{code}").text)
        for code in ("ABCDE23456", "ZZZZZ99999")
    ]
    assert pages[0] == pages[1]
    assert "Inès" not in pages[0]


def test_probes_answer_without_a_word_about_anyone(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    client.get("/patients/usual")
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok", "checks": {"database": True, "notices": False}}
    metrics = client.get("/metrics").text
    assert 'gateway_page_answers_total{method="GET",page="patient_page",status="2xx"} 1.0' in metrics
    for record in PATIENTS.values():
        assert record.id not in metrics
        assert record.traits.birth_name not in metrics


def test_a_method_no_page_takes_is_told_which_it_does(web: Flask) -> None:
    answer = web.test_client().put("/n/ABCDE23456", headers={"Sec-Fetch-Site": "none"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
