"""The demo's own pages: a link for each persona, what can be tried, what was caught."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.caught import CaughtMessages
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.pages import create_demo_pages
from gateway.demo.personas import PERSONAS
from gateway.storage.database import Database
from tests.gateways import demo_settings
from tests.worlds import StillWorld


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """An empty mailbox."""
    return Mailbox(tmp_path / "mail.db", StillWorld().world.now)


@pytest.fixture
def client(tmp_path: Path, mailbox: Mailbox, sqlite_url: str) -> Iterator[FlaskClient]:
    """The pages, as mounted under `/demo`."""
    database = Database(sqlite_url)
    caught = CaughtMessages(mailbox, tmp_path / "letters", database)
    yield create_demo_pages(demo_settings(tmp_path, StillWorld().world), caught).test_client()
    database.close()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_persona_and_scenario_is_offered_in_both_languages(client: FlaskClient, language: str) -> None:
    page = client.get(f"/?lang={language}").get_data(as_text=True)
    assert f'<html lang="{language}">' in page
    for persona in PERSONAS:
        assert (f"/as/{persona.name}" in page) is (persona.kind != "client")
    assert all(scenario.ipp in page for scenario in SCENARIOS)


@pytest.mark.parametrize(
    ("persona", "place"), [("interne", "/"), ("informatique", "/it"), ("dpo", "/dpo"), ("patiente", "/patient")]
)
def test_a_personas_link_leads_to_their_page_as_nobody_yet(client: FlaskClient, persona: str, place: str) -> None:
    answer = client.get(f"/as/{persona}")
    assert (answer.status_code, answer.location) == (303, place)
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith(f"demo_persona={persona}") and "Path=/demo-idp" in cookie for cookie in cookies)
    assert any(cookie.startswith("session=;") for cookie in cookies)


@pytest.mark.parametrize("persona", ["api", "nobody"])
def test_there_is_no_link_for_software_or_for_nobody(client: FlaskClient, persona: str) -> None:
    assert client.get(f"/as/{persona}").status_code == 404


def test_mail_that_was_caught_is_shown_and_can_do_nothing(client: FlaskClient, mailbox: Mailbox) -> None:
    assert "Rien encore" in client.get("/mail").get_data(as_text=True)
    mailbox.keep(
        ["x@demo.test"], b"Subject: <script>alert(1)</script>\r\n\r\nhttp://127.0.0.1:8080/n/ABC <img src=x>\r\n"
    )
    answer = client.get("/mail")
    page = answer.get_data(as_text=True)
    assert "<script>" not in page
    assert "<img" not in page
    assert 'href="http://127.0.0.1:8080/n/ABC"' in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
