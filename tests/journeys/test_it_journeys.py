"""Two people of hospital IT at their keyboards: one drafts a rule, another approves it, puts it in force, goes back.

No mouse: whatever is reached is reached by Tab, by a key of the page, or because the page puts the focus there.
"""

import re
import time
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import DemoServer
from tests.journeys.people import faults_of, sign_in, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
NUMBERS = {"fr": "91", "en": "92"}
FILE = "rules/20-urgences.cedar"
FARTHEST = 250  # presses of Tab; a page where more are needed is no page for a keyboard
RULE = """
@id("LOC-{number}-archives")
@reason("Les archives n'ouvrent rien ({number}).")
@reason_en("The archives open nothing ({number}).")
forbid (
  principal,
  action,
  resource
)
when {{
  {condition}
}};
"""
NURSE, PHYSICIAN = "1.2.250.1.71.1.2.7|60", "1.2.250.1.71.1.2.7|10"


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _press in range(FARTHEST):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {selector} on {page.url}")


def enter(page: Page, key: str = "Enter") -> None:
    """A key that leads to another page, and to its answer where that takes a while. What is wrong with a page is
    looked for once a kind of page, below."""
    with page.expect_navigation():
        page.keyboard.press(key)
    page.wait_for_selector("meta[http-equiv=refresh]", state="detached", timeout=60_000)


def decides(page: Page, base: str, number: int) -> None:
    """The gateway that answers decides by this version within five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        page.goto(f"{base}/it")
        if page.inner_text(".tile .lead a").split()[-1] == str(number):
            return
    pytest.fail(f"version {number} does not decide")


def version_of(page: Page) -> int:
    found = re.search(r"/it/versions/(\d+)", page.url)
    assert found is not None, page.inner_text("main")
    return int(found[1])


def write_with_a_typo_and_mend_it(page: Page, number: str) -> None:
    tab_to(page, f"a[href$='/files/{FILE}']")
    enter(page)
    tab_to(page, "textarea")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(RULE.format(number=number, condition=f'principal.unti == "ARCHIVES{number}"'))
    tab_to(page, "button[value=check]")
    enter(page)
    assert "unti" in page.inner_text(".fault-summary")
    assert page.inner_text(".fault-summary .suggest b") == "unit"
    tab_to(page, "a[data-line]")
    page.keyboard.press("Enter")  # leads into the text, the faulty line selected
    start, end = page.evaluate("() => [document.activeElement.selectionStart, document.activeElement.selectionEnd]")
    line = page.input_value("textarea")[start:end]
    assert "unti" in line
    page.keyboard.insert_text(line.replace("unti", "unit"))
    enter(page, "Control+s")
    tab_to(page, "button[value=check]")
    enter(page)
    assert page.locator(".fault-summary").count() == 0, page.inner_text(".fault-summary")


def add_a_case(page: Page, name: str) -> None:
    enter(page, "Escape")
    enter(page, "c")
    page.keyboard.type(name)
    tab_to(page, "input[name=allow]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    tab_to(page, "main .primary")
    enter(page)
    assert page.locator(".said.danger").count() == 0, page.inner_text("main")


@pytest.mark.parametrize(("language", "width"), [("fr", 1280), ("en", 360)])
def test_one_person_drafts_and_another_approves_activates_and_goes_back_on_the_keyboard(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "informatique", "/it").page
        before = page.inner_text("main .digest")
        tab_to(page, ".tabs a[href='/it/drafts']")
        enter(page)
        tab_to(page, "#title")
        page.keyboard.type(f"Archives {width}")
        enter(page)
        write_with_a_typo_and_mend_it(page, NUMBERS[language])
        add_a_case(page, f"Archives {width}")
        enter(page, "p")
        assert page.locator(".said.danger").count() == 0, page.inner_text("main")
        enter(page, "s")
        number = version_of(page)
        assert page.locator("[data-key=A]").count() == 0, "nobody approves their own"
        page.goto(f"{demo_server.url}/it")
        assert page.inner_text("main .digest") == before
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "informatique2", "/it").page
        first = int(page.inner_text(".tile .lead a").split()[-1])
        tab_to(page, f"main a[href='/it/versions/{number}']")
        enter(page)
        enter(page, "a")
        assert f"ARCHIVES{NUMBERS[language]}" in page.content(), "what one agrees to is on the page"
        enter(page)
        enter(page, "m")
        enter(page)
        assert page.inner_text(".said")
        decides(page, demo_server.url, number)
        enter(page, "r")
        assert version_of(page) == first
        enter(page)
        decides(page, demo_server.url, first)
        assert page.inner_text("main .digest") == before


def test_the_matrix_is_walked_with_the_arrows_and_counts_what_changes(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        page = sign_in(context, demo_server.url, "informatique", "/it/drafts").page
        page.keyboard.type("Matrice")
        enter(page)
        asked = f"?class=42&profession={quote(PHYSICIAN)}&profession={quote(NURSE)}"
        draft = page.url
        page.goto(f"{draft}/matrix{asked}")
        tab_to(page, "input[name=open]")
        for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowRight"):
            page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.value")
        assert focused == page.locator("tbody tr").nth(1).locator("input[name=open]").nth(1).get_attribute("value")
        was = page.evaluate("document.activeElement.checked")
        page.keyboard.press("Space")
        assert page.inner_text("#changes").startswith("1 ")
        tab_to(page, "[name=new_source]")
        page.keyboard.type("CME")
        enter(page)
        assert page.locator(f"input[value='{focused}']").is_checked() is not was


def _pages(page: Page, base: str) -> dict[str, str]:
    """The address of every kind of page, around a draft of one's own."""
    page.goto(f"{base}/it/drafts")
    page.fill("#title", "Pages")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    draft = page.url
    page.goto(f"{base}/it/replay")
    with page.expect_navigation():
        page.click("main .primary")
    replay = page.url
    asked = "asked=1&profession=1.2.250.1.71.1.2.8%7C10&mode=normal&purpose=care&named=1&enrolled=1&present=1&unit=URG"
    return {
        "refused proof": f"{_without_a_guardrail(page, base)}/prove",
        "proof": f"{draft}/prove",
        "edit": f"{draft}/files/{FILE}?check=1",
        "new case": f"{draft}/case",
        "approve": f"{base}/it/versions/1/approve",
        "changed cells": f"{draft}/matrix?state=changed",
        "versions": f"{base}/it/versions",
        "version": f"{base}/it/versions/1",
        "a version's file": f"{base}/it/versions/1/files/{FILE}",
        "go back": f"{base}/it/versions/1/rollback",
        "activate": f"{base}/it/versions/1/activate",
        "drafts": f"{base}/it/drafts",
        "draft": draft,
        "discard": f"{draft}/discard",
        "check": f"{draft}/check",
        "test": f"{draft}/test",
        "diff": f"{draft}/diff",
        "settings": f"{draft}/settings?check=1",
        "overview": f"{draft}/matrix",
        "grid": f"{draft}/matrix?class=42&profession={quote(PHYSICIAN)}&profession={quote(NURSE)}",
        "one profession": f"{draft}/matrix?class=10&profession={quote(NURSE)}",
        "explain": f"{base}/it/explain",
        "explained": f"{base}/it/explain?{asked}",
        "replays": f"{base}/it/replay",
        "replay": replay,
    }


def _without_a_guardrail(page: Page, base: str) -> str:
    """The address of a draft whose proof is contradicted, and whose example is shown."""
    page.goto(f"{base}/it/drafts")
    page.fill("#title", "Sans garde-fou")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    draft = page.url
    page.goto(f"{draft}/files/guardrails/90-interdits.cedar")
    text = page.input_value("textarea")
    page.fill("textarea", re.sub(r'@id\("INT-09.*?;\n', "", text, flags=re.S))
    with page.expect_navigation():
        page.click("button[value=save]")
    return draft


@pytest.mark.parametrize(("language", "width"), [("fr", 320), ("en", 360), ("fr", 1280)])
def test_nothing_is_wrong_with_the_other_pages_of_hospital_it(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "informatique", "/it").page
        faults: dict[str, list[str]] = {"state": faults_of(page)}
        for name, address in _pages(page, demo_server.url).items():
            answer = page.goto(address)
            page.wait_for_selector("meta[http-equiv=refresh]", state="detached", timeout=60_000)
            faults[name] = faults_of(page)
            if answer is None or not answer.ok:
                faults[name].append(f"answers {answer.status if answer else 'nothing'}")
        assert {name: found for name, found in faults.items() if found} == {}


def test_a_rule_is_drafted_without_scripts(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium, scripts=False) as context:
        page = sign_in(context, demo_server.url, "informatique", "/it/drafts").page
        page.fill("#title", "Sans script")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        draft = page.url
        page.goto(f"{draft}/files/{FILE}")
        page.fill("textarea", page.input_value("textarea").replace("care_profession", "care_profesion", 1))
        with page.expect_navigation():
            page.click("button[value=check]")
        assert "care_profession" in page.inner_text(".fault-summary .suggest")
        assert page.locator("li.wrong mark").inner_text() == "care_profesion"
        assert page.locator("#line-18, .wrong").first.is_visible()
