"""The guardrails change only with three people: one writes, a second of IT agrees, and the privacy officer, who finds
what waits for her on her own page and reads what changes before she agrees. On the keyboard.
"""

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import DemoServer
from tests.journeys.people import faults_of, sign_in, window
from tests.journeys.test_it_journeys import LANGUAGES, enter, tab_to, version_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = "guardrails/90-interdits.cedar"
RULE = """
@id("INT-91-essai")
@reason("Le service fermé n'ouvre rien.")
@reason_en("The closed unit opens nothing.")
forbid (
  principal,
  action,
  resource
)
when {
  principal.unit == "FERME91"
};
"""
WAITS = {"fr": "attend votre accord", "en": "waits for your agreement"}
THANKS = "Votre approbation est enregistrée"


def written(page: Page) -> int:
    """A version of the guardrails, drafted and submitted; its number."""
    tab_to(page, ".tabs a[href='/it/drafts']")
    enter(page)
    tab_to(page, "#title")
    page.keyboard.type("Service fermé")
    enter(page)
    tab_to(page, f"a[href$='/files/{FILE}']")
    enter(page)
    tab_to(page, "textarea")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(RULE)
    tab_to(page, "button[value=check]")
    enter(page)
    assert page.locator(".fault-summary").count() == 0, page.inner_text(".fault-summary")
    enter(page, "Escape")
    enter(page, "p")
    assert page.locator(".said.danger").count() == 0, page.inner_text("main")
    enter(page, "s")
    return version_of(page)


@pytest.fixture(scope="module")
def version(demo_server: DemoServer, chromium: Browser) -> int:
    """A change of the guardrails that one person of IT wrote and another approved."""
    with window(chromium) as context:
        number = written(sign_in(context, demo_server.url, "informatique", "/it").page)
    with window(chromium) as context:
        page = sign_in(context, demo_server.url, "informatique2", f"/it/versions/{number}").page
        enter(page, "a")
        enter(page)
        assert THANKS in page.inner_text(".said")
    return number


@pytest.mark.parametrize(("language", "width"), [("en", 360), ("fr", 1280)])
def test_the_privacy_officer_finds_reads_and_approves_a_change_of_the_guardrails(
    demo_server: DemoServer, chromium: Browser, version: int, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "dpo", "/dpo").page
        link = f"main a[href='/it/versions/{version}']"
        assert WAITS[language] in page.inner_text(link)
        faults = {"/dpo": faults_of(page)}
        tab_to(page, link)
        enter(page)
        faults["version"] = faults_of(page)
        assert page.locator("[data-key=M]").count() == 0, "the privacy officer puts nothing in force"
        enter(page, "a")
        assert "FERME91" in page.content(), "what one agrees to is on the page"
        faults["approve"] = faults_of(page)
        assert {name: found for name, found in faults.items() if found} == {}
        if language == "en":
            return  # read, and left for another time
        enter(page)
        assert THANKS in page.inner_text(".said")
        assert page.locator("[data-key=A]").count() == 0
        page.goto(f"{demo_server.url}/dpo")
        assert page.locator(link).count() == 0
