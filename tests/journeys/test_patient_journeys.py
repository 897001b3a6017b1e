"""Patients with a keyboard alone, on a telephone and at a desk, in both languages: from the alert to the case the
privacy officer sees; a block that holds at once; an opposition; a mother and her son; and somebody without internet.
"""

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page

from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.token import fetch_demo_token
from tests.journeys.conftest import DemoServer
from tests.journeys.people import faults_of, sign_in, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
ASK = {"fr": "Demander ou contester", "en": "Ask or contest"}
CONTINUE = {"fr": "Continuer", "en": "Continue"}
EVERYONE = [(width, language) for width in (320, 1280) for language in LANGUAGES]
SOME = [(320, "fr"), (1280, "en")]


def access(server: DemoServer, key: str, persona: str, mode: str = "break_glass") -> httpx.Response:
    """Ask for an access through the API."""
    body: dict[str, object] = {
        "request_id": f"7a1f7c1e-9c53-4f9b-8e39-{time.time_ns() % 10**12:012d}",
        "mode": mode,
        "patient": {"ipp": IPP[key]},
    }
    body |= {"reason": {"code": "vital_emergency"}} if mode == "break_glass" else {"consent": "explicit"}
    return httpx.post(
        f"{server.url}/api/v1/accesses",
        headers={"Authorization": f"Bearer {fetch_demo_token(server.url, persona)}"},
        json=body,
        trust_env=False,
    )


def opened(server: DemoServer, key: str, persona: str) -> str:
    answer = access(server, key, persona)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["access_id"])


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus: what the keyboard cannot reach is not there."""
    for _press in range(120):
        if target.evaluate("one => one === document.activeElement"):
            box = target.bounding_box()
            assert box is not None, "the focus is seen"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never reaches {target}")


def follow(page: Page, target: Locator) -> None:
    """Go to what one presses, and press it."""
    reach(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.locator("main").get_by_role("button", name=name).first


def link(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.locator("main").get_by_role("link", name=name).first


def alert_of(page: Page, base: str, mailbox: str) -> str:
    """The link of the newest notice caught on its way to this mailbox."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        page.goto(f"{base}/demo/mail")
        mail = page.locator("article", has_text=mailbox)
        if mail.count():
            found = re.search(r"https?://\S+?/n/[0-9A-Z]+", mail.first.inner_html())
            if found is not None:
                return found[0]
        time.sleep(0.5)
    pytest.fail("no notice was sent")


def contest_in_three_steps(page: Page, language: str, words: str) -> str:
    """The steps, from the keyboard; the number given."""
    first = page.locator("[name=wish][value=explain]")
    reach(page, first)
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=wish][value=not_me]").is_checked()
    follow(page, button(page, CONTINUE[language]))
    reach(page, page.locator("textarea"))
    page.keyboard.type(words)
    follow(page, button(page, CONTINUE[language]))
    reach(page, page.locator("[name=answer_by][value=portal]"))
    page.keyboard.press("Space")
    assert words in page.inner_text("main")
    follow(page, button(page, {"fr": "Envoyer", "en": "Send"}[language]))
    number = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", page.inner_text("main"))
    assert number is not None
    assert page.evaluate("document.activeElement.getAttribute('role')") == "status", "the news has the focus"
    return number[0]


def case_with(officer: Page, base: str, words: str) -> str:
    """The page of the case in which the patient said these words."""
    cases = officer.locator("[data-case]", has_text="PAT-TROIS").locator(".case-link")
    for address in [one.get_attribute("href") for one in cases.all()]:
        officer.goto(f"{base}{address}")
        told = officer.inner_text("main")
        if words in told:
            return told
    pytest.fail("the privacy officer sees no such case")


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_from_the_alert_to_the_case_the_privacy_officer_sees(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    opened(demo_server, "patiente", "senior")
    words = f"Je veux comprendre {width} {language}"
    faults: dict[str, list[str]] = {}
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = context.new_page()
        page.goto(alert_of(page, demo_server.url, "dominique.pat-trois"))
        faults["proof"] = faults_of(page)
        assert "Leroy" not in page.inner_text("body")
        for part, typed in (("day", "28"), ("month", "3"), ("year", "1979")):
            reach(page, page.locator(f"[name={part}]"))
            page.keyboard.type(typed)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        faults["notice"] = faults_of(page)
        told = page.inner_text("main")
        assert {"fr": "En urgence", "en": "In an emergency"}[language] in told
        follow(page, link(page, re.compile({"fr": "accès en urgence", "en": "emergency access"}[language])))
        assert {"fr": "bris de glace", "en": "breaking the glass"}[language] in page.inner_text("main")
        faults["help"] = faults_of(page)
        page.go_back()
        follow(page, link(page, ASK[language]))
        faults["contest"] = faults_of(page)
        follow(page, button(page, CONTINUE[language]))
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert", "the fault has the focus"
        faults["contest, nothing chosen"] = faults_of(page)
        number = contest_in_three_steps(page, language, words)
        faults["contested"] = faults_of(page)
    with window(chromium) as context:
        officer = sign_in(context, demo_server.url, "dpo", "/dpo").page
        assert number in case_with(officer, demo_server.url, words)
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_a_patient_signs_in_and_every_page_is_without_a_fault(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    opened(demo_server, "patiente", "senior")
    faults: dict[str, list[str]] = {}
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "patiente", "/patient").page
        first = page.locator("main ol a.more").first.get_attribute("href")
        for path in (
            "/patient",
            first,
            f"{first}/contest",
            f"{first}/block",
            "/patient/calendar",
            "/patient/contests",
            "/patient/blocks",
            "/patient/settings",
            "/patient/settings/professionals",
            "/patient/notices",
            "/patient/help",
            "/patient/nowhere",
            "/patient?since=99/99/2026",
        ):
            page.goto(f"{demo_server.url}{path}")
            faults[f"{path}"] = [*faults_of(page), *small_targets(page)]
        page.goto(f"{demo_server.url}{first}?read=easy&print=large")
        faults["easy and large"] = faults_of(page)
        size = "parseFloat(getComputedStyle(document.querySelector('main dd')).fontSize)"
        assert page.evaluate(size) >= 24
        page.goto(f"{demo_server.url}{first}?read=usual&print=usual")
        assert page.evaluate(size) >= 18
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("width", "language"), SOME)
def test_a_block_holds_at_once_and_is_undone_as_easily(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    access_id = opened(demo_server, "patiente", "infirmiere")
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "patiente", f"/patient/accesses/{access_id}").page
        follow(page, link(page, re.compile(r"Bloquer Nadia|Block Nadia")))
        assert faults_of(page) == []
        follow(page, button(page, re.compile("Oui|Yes")))
        assert "Nadia Petit" in page.inner_text("main")
        assert faults_of(page) == []
        started = time.monotonic()
        assert access(demo_server, "patiente", "infirmiere").status_code == 403
        assert time.monotonic() - started < 5, "token and request"
        follow(page, link(page, re.compile("Débloquer Nadia|Unblock Nadia")))
        assert faults_of(page) == []
        follow(page, button(page, re.compile("Oui|Yes")))
    assert access(demo_server, "patiente", "infirmiere").status_code in (200, 201)


@pytest.mark.parametrize(("width", "language"), SOME)
def test_an_opposition_closes_the_emergency_door_and_opens_it_again(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language], scripts=False) as context:
        page = sign_in(context, demo_server.url, "patiente", "/patient/settings").page
        follow(page, page.locator("a[href$='/settings/professionals']"))
        assert re.search("vie est en danger|life is in danger", page.inner_text("main")), "what it means"
        follow(page, button(page, re.compile("Dire non|Say no")))
        assert access(demo_server, "patiente", "interne").status_code == 403
        follow(page, page.locator("a[href$='/settings/professionals']"))
        follow(page, button(page, re.compile("Dire oui|Say yes")))
        assert re.search("C.est changé|It is changed", page.inner_text("main"))
    assert access(demo_server, "patiente", "interne").status_code in (200, 201)


@pytest.mark.parametrize(("width", "language"), SOME)
def test_a_mother_reads_her_sons_accesses_and_nothing_of_hers_hides_them(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    access_id = opened(demo_server, "minor_hidden_act", "senior")
    over = httpx.post(
        f"{demo_server.url}/api/v1/accesses/{access_id}/end",
        headers={"Authorization": f"Bearer {fetch_demo_token(demo_server.url, 'senior')}"},
        trust_env=False,
    )
    assert over.status_code == 200, "a representative reads of accesses that are over"
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "parent", "/patient").page
        follow(page, link(page, re.compile(r"Celui de S|Sebastien's|Sébastien's", re.IGNORECASE)))
        assert "/patient/of/" in page.url
        assert faults_of(page) == []
        follow(page, page.locator("main ol a.more").first)
        assert re.search("Vous regardez le dossier|You are looking at", page.inner_text("main"))
        assert faults_of(page) == []


@pytest.mark.parametrize(("width", "language"), SOME)
def test_the_desk_records_what_somebody_says_on_the_phone(
    demo_server: DemoServer, chromium: Browser, width: int, language: str
) -> None:
    opened(demo_server, "unconscious", "senior")
    faults: dict[str, list[str]] = {}
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "secretaire", "/desk").page
        faults["find"] = faults_of(page)
        page.fill("#search", IPP["unconscious"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/patients/*")
        faults["questions"] = faults_of(page)
        page.check("[value=holder]")
        page.check("[value=id_document]")
        page.click("main form button")
        faults["visit"] = faults_of(page)
        visit = page.url
        page.click("a[href*='for=contest']")
        page.fill("[name=day]", time.strftime("%d/%m/%Y"))
        page.click("main form button")
        faults["accesses"] = faults_of(page)
        assert "Leroy" not in page.inner_text("main"), "the desk is not told who it was"
        page.locator("main a[href*='/contest?']").first.click()
        page.check("[value=not_me]")
        page.check("[value=phone]")
        faults["contest"] = faults_of(page)
        page.click("main form button.primary")
        assert re.search(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", page.inner_text("main"))
        faults["recorded"] = faults_of(page)
        for path in ("/settings", "/notices"):
            page.goto(visit.replace("?", f"{path}?"))
            faults[path] = faults_of(page)
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_history_prints_without_its_menus(demo_server: DemoServer, chromium: Browser) -> None:
    opened(demo_server, "patiente", "senior")
    with window(chromium) as context:
        page = sign_in(context, demo_server.url, "patiente", "/patient").page
        page.emulate_media(media="print")
        for hidden in (".tools", ".ways", "main form", "main .button"):
            for one in page.locator(hidden).all():
                assert not one.is_visible(), hidden
        assert page.locator("main li.card").first.is_visible()
        assert page.pdf().startswith(b"%PDF")


def small_targets(page: Page) -> list[str]:
    """What one presses and is under 44 px high, links inside a sentence left aside (WCAG 2.2, 2.5.8)."""
    small = page.eval_on_selector_all(
        "button, .button, .choice, .tools a, .ways a, .more, .back, .phone, summary, select, input:not([type=hidden])",
        "all => all.filter(one => one.checkVisibility() && !one.closest('.choice input')"
        " && !['radio', 'checkbox'].includes(one.type) && one.getBoundingClientRect().height < 43.5)"
        ".map(one => one.outerHTML.slice(0, 80))",
    )
    return [f"small: {one}" for one in small]
