"""Patients with a keyboard alone, on a telephone and at a desk, in both languages: from the alert to the case the
privacy officer sees; a block that holds at once; an opposition; a mother and her son; an old telephone without scripts.
"""

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, Page

from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.token import fetch_demo_token
from tests.journeys.conftest import DemoServer
from tests.journeys.keyboard import EVERYONE, Doors, button, choose, follow, link, reach, small_targets, walk
from tests.journeys.people import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
ASK = {"fr": "Demander ou contester", "en": "Ask or contest"}
CONTINUE = {"fr": "Continuer", "en": "Continue"}
SEND = {"fr": "Envoyer", "en": "Send"}
YES = re.compile("Oui|Yes")
BORN = (("day", "28"), ("month", "3"), ("year", "1979"))


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


def prove(page: Page) -> None:
    """The birth date, from the keyboard."""
    for part, typed in BORN:
        reach(page, page.locator(f"[name={part}]"))
        page.keyboard.type(typed)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def contest_in_three_steps(page: Page, language: str, words: str) -> str:
    """The steps, from the keyboard; the number given."""
    choose(page, "wish", "not_me")
    follow(page, button(page, CONTINUE[language]))
    reach(page, page.locator("textarea"))
    page.keyboard.type(words)
    follow(page, button(page, CONTINUE[language]))
    choose(page, "answer_by", "portal")
    assert words in page.inner_text("main")
    follow(page, button(page, SEND[language]))
    number = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", page.inner_text("main"))
    assert number is not None
    assert page.evaluate("document.activeElement.getAttribute('role')") == "status", "the news has the focus"
    return number[0]


def read_case_with(officer: Page, words: str) -> str:
    """Open cases from the keyboard until the one in which the patient said these words."""
    cases = officer.locator("[data-case]", has_text="PAT-TROIS").locator(".case-link")
    for place in range(cases.count()):
        follow(officer, cases.nth(place))
        told = officer.inner_text("main")
        if words in told:
            return told
        officer.go_back()
    pytest.fail("the privacy officer sees no such case")


@pytest.fixture(scope="module")
def doors(demo_server: DemoServer, chromium: Browser) -> Doors:
    """Whoever signs in stays so for the whole file."""
    return Doors(chromium, demo_server.url)


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_from_the_alert_to_the_case_the_privacy_officer_sees(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    opened(demo_server, "patiente", "senior")
    words = f"Je veux comprendre {width} {language}"
    faults: dict[str, list[str]] = {}
    with doors.visit("", "/demo/mail", width=width, language=language) as page:
        page.goto(alert_of(page, demo_server.url, "dominique.pat-trois"))

        def look(name: str) -> None:
            faults[name] = faults_of(page)
            if name not in ("contest, nothing chosen", "contested"):
                walk(page)

        look("proof")
        assert "Leroy" not in page.inner_text("body")
        prove(page)
        look("notice")
        told = page.inner_text("main")
        assert {"fr": "En urgence", "en": "In an emergency"}[language] in told
        follow(page, link(page, re.compile({"fr": "accès en urgence", "en": "emergency access"}[language])))
        assert {"fr": "bris de glace", "en": "breaking the glass"}[language] in page.inner_text("main")
        look("help")
        page.go_back()
        follow(page, link(page, ASK[language]))
        look("contest")
        follow(page, button(page, CONTINUE[language]))
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert", "the fault has the focus"
        look("contest, nothing chosen")
        number = contest_in_three_steps(page, language, words)
        look("contested")
    with doors.visit("dpo", "/dpo", width=width, language=language) as officer:
        assert number in read_case_with(officer, words)
        faults["case"] = faults_of(officer)
    assert {name: found for name, found in faults.items() if found} == {}


def test_an_old_telephone_without_scripts_goes_the_whole_way(demo_server: DemoServer, doors: Doors) -> None:
    language = "fr"
    access_id = opened(demo_server, "patiente", "senior")
    with doors.visit("", "/demo/mail", width=320, language=language, scripts=False) as page:
        page.goto(alert_of(page, demo_server.url, "dominique.pat-trois"))
        prove(page)
        follow(page, link(page, re.compile({"fr": "accès en urgence", "en": "emergency access"}[language])))
        page.go_back()
        follow(page, link(page, ASK[language]))
        assert contest_in_three_steps(page, language, f"Sans script, {language}.")
        follow(page, button(page, re.compile("J.ai fini|I have finished|I am done|close", re.IGNORECASE)))
        assert "Leroy" not in page.inner_text("body")
    with doors.visit("patiente", f"/patient/accesses/{access_id}", width=320, language=language, scripts=False) as page:
        follow(page, link(page, re.compile(r"Bloquer Denis|Block Denis")))
        follow(page, button(page, YES))
        assert access(demo_server, "patiente", "senior").status_code == 403
        follow(page, link(page, re.compile("Débloquer Denis|Unblock Denis")))
        follow(page, button(page, YES))
    assert access(demo_server, "patiente", "senior").status_code in (200, 201)


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_a_patient_signs_in_and_every_page_is_without_a_fault(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    opened(demo_server, "patiente", "senior")
    faults: dict[str, list[str]] = {}
    with doors.visit("patiente", "/patient", width=width, language=language) as page:
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
            if (width, language) in ((320, "fr"), (1280, "en")):
                walk(page)
        page.goto(f"{demo_server.url}{first}?read=easy&print=large")
        faults["easy and large"] = faults_of(page)
        size = "parseFloat(getComputedStyle(document.querySelector('main dd')).fontSize)"
        assert page.evaluate(size) >= 24
        page.goto(f"{demo_server.url}{first}?read=usual&print=usual")
        assert page.evaluate(size) >= 18
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_the_calendar_leads_to_a_day_and_the_filter_back_from_the_keyboard(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    opened(demo_server, "patiente", "senior")
    with doors.visit("patiente", "/patient", width=width, language=language) as page:
        follow(page, page.locator("main a[href$='/calendar']"))
        follow(page, page.locator(".calendar a").last)
        assert "since=" in page.url
        assert page.locator("main li.card").count() >= 1
        fold = page.locator("summary").first
        reach(page, fold)
        page.keyboard.press("Enter")
        reach(page, page.locator("select[name=mode]"))
        page.keyboard.press("ArrowDown")
        follow(page, page.locator(".sift button"))
        assert "mode=" in page.url
        follow(page, page.locator("main a.button[href='/patient']").first)
        assert page.url.endswith("/patient")


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_a_block_holds_at_once_and_is_undone_as_easily(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    access_id = opened(demo_server, "patiente", "infirmiere")
    with doors.visit("patiente", f"/patient/accesses/{access_id}", width=width, language=language) as page:
        follow(page, link(page, re.compile(r"Bloquer Nadia|Block Nadia")))
        assert faults_of(page) == []
        follow(page, button(page, YES))
        assert "Nadia Petit" in page.inner_text("main")
        assert faults_of(page) == []
        started = time.monotonic()
        assert access(demo_server, "patiente", "infirmiere").status_code == 403
        assert time.monotonic() - started < 5, "token and request"
        follow(page, link(page, re.compile("Débloquer Nadia|Unblock Nadia")))
        assert faults_of(page) == []
        follow(page, button(page, YES))
    assert access(demo_server, "patiente", "infirmiere").status_code in (200, 201)


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_an_opposition_closes_the_emergency_door_and_opens_it_again(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    scripts = language == "fr"  # without them every other time: nothing here needs any
    with doors.visit("patiente", "/patient/settings", width=width, language=language, scripts=scripts) as page:
        follow(page, page.locator("a[href$='/settings/professionals']"))
        assert re.search("vie est en danger|life is in danger", page.inner_text("main")), "what it means"
        assert not scripts or faults_of(page) == []
        follow(page, button(page, re.compile("Dire non|Say no")))
        assert access(demo_server, "patiente", "interne").status_code == 403
        assert not scripts or faults_of(page) == []
        follow(page, page.locator("a[href$='/settings/professionals']"))
        follow(page, button(page, re.compile("Dire oui|Say yes")))
        assert re.search("C.est changé|It is changed", page.inner_text("main"))
    assert access(demo_server, "patiente", "interne").status_code in (200, 201)


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_a_mother_reads_her_sons_accesses_and_nothing_of_hers_hides_them(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    access_id = opened(demo_server, "minor_hidden_act", "senior")
    over = httpx.post(
        f"{demo_server.url}/api/v1/accesses/{access_id}/end",
        headers={"Authorization": f"Bearer {fetch_demo_token(demo_server.url, 'senior')}"},
        trust_env=False,
    )
    assert over.status_code == 200, "a representative reads of accesses that are over"
    with doors.visit("parent", "/patient", width=width, language=language) as page:
        follow(page, link(page, re.compile(r"Celui de S|Sebastien's|Sébastien's", re.IGNORECASE)))
        assert "/patient/of/" in page.url
        assert faults_of(page) == []
        follow(page, page.locator("main ol a.more").first)
        assert re.search("Vous regardez le dossier|You are looking at", page.inner_text("main"))
        assert faults_of(page) == []


def test_the_history_prints_without_its_menus(demo_server: DemoServer, doors: Doors) -> None:
    opened(demo_server, "patiente", "senior")
    with doors.visit("patiente", "/patient") as page:
        page.emulate_media(media="print")
        for hidden in (".tools", ".ways", "main form", "main .button"):
            for one in page.locator(hidden).all():
                assert not one.is_visible(), hidden
        assert page.locator("main li.card").first.is_visible()
        assert page.pdf().startswith(b"%PDF")
