"""The desk for somebody without internet, and those who mind the notices: with the keys alone, on a telephone and at a
desk, in both languages.
"""

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, Page

from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.token import fetch_demo_token
from tests.journeys.conftest import DemoServer
from tests.journeys.keyboard import EVERYONE, Doors, button, choose, follow, link, reach, walk
from tests.journeys.people import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
NUMBER = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}")
YES = re.compile("Oui|Yes")


@pytest.fixture(scope="module")
def doors(demo_server: DemoServer, chromium: Browser) -> Doors:
    """Whoever signs in stays so for the whole file."""
    return Doors(chromium, demo_server.url)


def ask(server: DemoServer, key: str, persona: str) -> int:
    """Ask for an emergency access through the API; the answer's status."""
    return httpx.post(
        f"{server.url}/api/v1/accesses",
        headers={"Authorization": f"Bearer {fetch_demo_token(server.url, persona)}"},
        json={
            "request_id": f"7a1f7c1e-9c53-4f9b-8e39-{time.time_ns() % 10**12:012d}",
            "mode": "break_glass",
            "patient": {"ipp": IPP[key]},
            "reason": {"code": "vital_emergency"},
        },
        trust_env=False,
    ).status_code


def to_the_visit(page: Page, key: str) -> None:
    """Find the patient and answer the two questions; the focus is in the search field from the start."""
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type(IPP[key])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if "/patients/" not in page.url:
        follow(page, page.locator("a.patient-row").first)
    choose(page, "side", "holder")
    choose(page, "check", "id_document")
    follow(page, page.locator("main form button"))


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_the_desk_records_what_somebody_says_on_the_phone(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    ask(demo_server, "unconscious", "senior")
    faults: dict[str, list[str]] = {}
    with doors.visit("secretaire", "/desk", width=width, language=language) as page:

        def look(name: str) -> None:
            faults[name] = faults_of(page)
            walk(page)

        look("find")
        page.goto(f"{demo_server.url}/desk")
        to_the_visit(page, "unconscious")
        look("visit")
        follow(page, page.locator("a[href*='for=contest']"))
        reach(page, page.locator("[name=day]"))
        page.keyboard.type(time.strftime("%d/%m/%Y"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        look("accesses")
        assert "Leroy" not in page.inner_text("main"), "the desk is not told who it was"
        follow(page, page.locator("main a[href*='/contest?']").first)
        choose(page, "wish", "not_me")
        reach(page, page.locator("textarea"))
        page.keyboard.type("Je n'étais pas là.")
        choose(page, "answer_by", "phone")
        look("contest")
        follow(page, page.locator("main form button.primary"))
        assert NUMBER.search(page.inner_text("main"))
        look("recorded")
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_the_desk_blocks_opposes_and_chooses_for_somebody_who_is_there(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    assert ask(demo_server, "homonym_1", "senior") in (200, 201)
    faults: dict[str, list[str]] = {}
    with doors.visit("secretaire", "/desk", width=width, language=language) as page:

        def look(name: str) -> None:
            faults[name] = faults_of(page)
            walk(page)

        to_the_visit(page, "homonym_1")
        visit = page.url
        follow(page, page.locator("a[href*='for=block']"))
        reach(page, page.locator("[name=day]"))
        page.keyboard.type(time.strftime("%d/%m/%Y"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        follow(page, page.locator("main a[href*='/block?']").first)
        look("block")
        follow(page, button(page, YES))
        assert ask(demo_server, "homonym_1", "senior") == 403
        fold = page.locator("summary").first
        reach(page, fold)
        page.keyboard.press("Enter")
        follow(page, page.locator("details button"))
        look("unblocked")
        page.goto(visit)
        follow(page, page.locator("main a[href*='/settings']"))
        look("settings")
        follow(page, page.locator("form:has([value=professionals]) button"))
        assert ask(demo_server, "homonym_1", "interne") == 403
        page.goto(visit)
        follow(page, page.locator("main a[href*='/settings']"))
        follow(page, page.locator("form:has([value=professionals]) button"))
        assert ask(demo_server, "homonym_1", "interne") in (200, 201)
        page.goto(visit)
        follow(page, page.locator("main a[href*='/notices']"))
        look("notices")
        choose(page, "all_accesses", "yes")
        follow(page, page.locator("main form button").last)
        assert page.locator("[role=status]").count() == 1
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(("width", "language"), EVERYONE)
def test_those_who_mind_notices_filter_hold_and_release_one(
    demo_server: DemoServer, doors: Doors, width: int, language: str
) -> None:
    assert ask(demo_server, "invisible_document", "interne") in (200, 201), "nobody can reach this patient"
    faults: dict[str, list[str]] = {}
    with doors.visit("informatique", "/notices", width=width, language=language) as page:

        def look(name: str) -> None:
            faults[name] = faults_of(page)
            if name in ("board, filtered", "sheet"):
                walk(page)

        look("board")
        reach(page, page.locator("select[name=state]"))
        while page.locator("select[name=state]").input_value() != "person":
            page.keyboard.press("ArrowDown")
        follow(page, page.locator("main form button"))
        look("board, filtered")
        follow(page, page.locator("main td a").last)
        look("sheet")
        reach(page, page.locator("button[value=hold]"))
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == "reason", "a reason is asked"
        page.keyboard.type(" ")
        follow(page, page.locator("button[value=hold]"))
        assert page.locator("#fault").is_visible(), "and blanks are none"
        look("sheet, no reason")
        reach(page, page.locator("textarea"))
        page.keyboard.type("Adresse à vérifier.")
        follow(page, page.locator("button[value=hold]"))
        look("held")
        reach(page, page.locator("textarea"))
        page.keyboard.type("Adresse vérifiée.")
        follow(page, page.locator("button[value=release]"))
        assert page.locator("[role=status]").is_visible()
    with doors.visit("dpo", "/dpo", width=width, language=language) as page:
        follow(page, page.locator(".bar a[href='/notices']"))
        faults["board, privacy officer"] = faults_of(page)
        assert link(page, re.compile("Ouvrir|Open")).is_visible()
    assert {name: found for name, found in faults.items() if found} == {}
