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
@id("INT-{number}-essai")
@reason("Le service fermé n'ouvre rien ({number}).")
@reason_en("The closed unit opens nothing ({number}).")
forbid (
  principal,
  action,
  resource
)
when {{
  principal.unit == "FERME{number}"
}};
"""
WORDS = {
    "fr": ("attend votre accord", "Votre approbation est enregistrée"),
    "en": ("waits for your agreement", "Your approval is recorded"),
}


def written(page: Page, number: str) -> int:
    """A version of the guardrails, drafted and submitted; its number."""
    tab_to(page, ".tabs a[href='/it/drafts']")
    enter(page)
    tab_to(page, "#title")
    page.keyboard.type(f"Service fermé {number}")
    enter(page)
    tab_to(page, f"a[href$='/files/{FILE}']")
    enter(page)
    tab_to(page, "textarea")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(RULE.format(number=number))
    tab_to(page, "button[value=check]")
    enter(page)
    assert page.locator(".fault-summary").count() == 0, page.inner_text(".fault-summary")
    enter(page, "Escape")
    enter(page, "p")
    assert page.locator(".said.danger").count() == 0, page.inner_text("main")
    enter(page, "s")
    return version_of(page)


@pytest.mark.parametrize(("language", "width", "number"), [("fr", 1280, "91"), ("en", 360, "92")])
def test_the_privacy_officer_finds_reads_and_approves_a_change_of_the_guardrails(
    demo_server: DemoServer, chromium: Browser, language: str, width: int, number: str
) -> None:
    waits, thanks = WORDS[language]
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        version = written(sign_in(context, demo_server.url, "informatique", "/it").page, number)
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "informatique2", f"/it/versions/{version}").page
        enter(page, "a")
        enter(page)
        assert thanks in page.inner_text(".said")
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "dpo", "/dpo").page
        link = f"main a[href='/it/versions/{version}']"
        assert waits in page.inner_text(link)
        faults = {"/dpo": faults_of(page)}
        tab_to(page, link)
        enter(page)
        faults["version"] = faults_of(page)
        assert page.locator("[data-key=M]").count() == 0, "the privacy officer puts nothing in force"
        enter(page, "a")
        assert f"FERME{number}" in page.content(), "what one agrees to is on the page"
        faults["approve"] = faults_of(page)
        enter(page)
        assert thanks in page.inner_text(".said")
        assert page.locator("[data-key=A]").count() == 0
        page.goto(f"{demo_server.url}/dpo")
        assert page.locator(link).count() == 0
        assert {name: found for name, found in faults.items() if found} == {}
