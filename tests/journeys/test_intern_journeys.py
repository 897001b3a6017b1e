"""The intern's own road, in a real browser: how many screens, how many gestures, and nothing of what must stay shut."""

import re
import time

import pytest
from playwright.sync_api import Browser

from gateway.demo.hospital.scenarios import SCENARIOS
from tests.journeys.conftest import DemoServer
from tests.journeys.people import sign_in, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_SCREENS = 2
MOST_INTERACTIONS = 3
IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
SUMMARY = re.compile(r"/access/[0-9a-f-]{36}$")


def test_with_the_keyboard_alone_a_digit_and_enter_lead_to_the_summary(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        started = time.monotonic()
        intern.find(IPP["unconscious"])
        intern.press("1")
        intern.press("Enter")
        assert SUMMARY.search(intern.page.url)
        assert len(intern.screens) <= MOST_SCREENS
        assert intern.interactions <= MOST_INTERACTIONS
        assert time.monotonic() - started < 15
        assert intern.page.locator(".mode-banner").is_visible()
        assert "min" in intern.page.locator(".countdown").inner_text()
        # While it is open nobody is asked again: the same patient is one gesture away.
        intern.find(IPP["unconscious"])
        assert SUMMARY.search(intern.page.url)
        assert intern.interactions == 0


def test_with_the_mouse_alone_two_clicks_lead_from_the_list_to_the_summary(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.click("text=KERVELLA", leads=True)
        intern.interactions, intern.screens = 0, [intern.page.url]
        intern.click("text=Hors d’état de s’exprimer")
        intern.click("text=Ouvrir en urgence", leads=True)
        assert SUMMARY.search(intern.page.url)
        assert len(intern.screens) <= MOST_SCREENS
        assert intern.interactions <= MOST_INTERACTIONS


def test_without_scripts_the_same_road_is_as_short(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium, scripts=False) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.find(IPP["masked_allowed"])
        intern.page.locator("[value=agrees]:focus").wait_for()
        intern.press("Space")  # the first answer has the focus: the patient agrees
        intern.press("Enter")
        assert SUMMARY.search(intern.page.url)
        assert len(intern.screens) <= MOST_SCREENS
        assert intern.interactions <= MOST_INTERACTIONS
        assert intern.page.locator("main h2").first.is_visible()


def test_once_the_team_recorded_the_agreement_one_enter_opens(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium) as context:
        senior = sign_in(context, demo_server.url, "senior")
        senior.find(IPP["opposed_centre_15"])
        senior.press("c")
        senior.press("Enter")
        assert SUMMARY.search(senior.page.url)
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.find(IPP["opposed_centre_15"])
        intern.press("Enter")
        assert SUMMARY.search(intern.page.url)
        assert intern.interactions == 1


def test_an_opposition_lets_no_byte_of_the_dossier_through(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        answers: list[str] = []
        intern.page.on("response", lambda answer: answers.append(answer.url))
        intern.find(IPP["opposed_break_glass"])
        page = intern.page.content()
        assert "Ce patient s’est opposé à l’accès en urgence à son dossier partagé." in page
        assert intern.page.locator("[value^='break_glass']").count() == 0
        assert not any("/access/" in answer or "/documents" in answer for answer in answers)
        assert not re.search(r"allergi|traitement en cours|AVC|antiagrégant", page, re.I)
        # A request made by hand is refused as the page said it would be.
        intern.page.evaluate(
            """() => {
              const radio = document.querySelector("[name=choice]");
              radio.value = "break_glass.vital_emergency"; radio.checked = true; }"""
        )
        intern.click("form .primary", leads=True)
        assert not SUMMARY.search(intern.page.url)
        assert "opposé" in intern.page.inner_text("main")
        assert not re.search(r"allergi|antiagrégant", intern.page.content(), re.I)


def test_enter_without_a_reason_brings_the_focus_to_the_fault(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.find(IPP["homonym_1"])
        intern.press("Enter")
        assert intern.page.evaluate("document.activeElement.className") == "fault-summary"


def test_an_ended_access_is_not_shown_again_by_going_back(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium) as context:
        senior = sign_in(context, demo_server.url, "senior")
        senior.find(IPP["invisible_document"])
        senior.press("1")
        senior.press("Enter")
        title = senior.page.locator(".documents a").first.inner_text()
        senior.click("text=Terminer", leads=True)
        senior.page.go_back()
        assert "Cet accès est terminé" in senior.page.inner_text("main")
        assert title not in senior.page.content()


def test_the_keys_walk_the_list_find_the_field_and_tell_what_they_do(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.press("ArrowDown")
        intern.press("ArrowDown")
        second = intern.page.locator("[data-patients] a").nth(1)
        assert second.evaluate("link => link === document.activeElement")
        intern.press("?")
        assert intern.page.locator("#help").is_visible()
        intern.press("Escape")
        intern.press("/")
        assert intern.page.evaluate("document.activeElement.id") == "search"


def test_the_focus_is_never_hidden_by_what_stays_on_screen(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium) as context:
        nurse = sign_in(context, demo_server.url, "infirmiere")
        nurse.find(IPP["patiente"])
        nurse.press("1")
        nurse.press("Enter")
        hidden = nurse.page.evaluate(
            """() => {
              const under = [];
              for (const link of document.querySelectorAll("main a, main summary")) {
                if (!link.checkVisibility()) continue;
                link.focus();
                const box = link.getClientRects()[0];
                const top = document.elementFromPoint(box.left + 2, box.top + box.height / 2);
                if (top && !link.contains(top) && !top.contains(link)) under.push(link.textContent);
              }
              return under; }"""
        )
        assert hidden == []


def test_a_shared_workstation_shows_the_next_person_nothing_of_the_last(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.find(IPP["patiente"])
        address = intern.page.url
        intern.click("text=Se déconnecter", leads=True)
        intern.page.goto(address)
        intern.page.click("button[value=senior]")
        intern.page.wait_for_url(f"{demo_server.url}/")
