"""Every page, in both languages, on a telephone, a tablet and a desk: nothing axe-core objects to, nothing sideways."""

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, Page

from gateway.demo.hospital.scenarios import SCENARIOS
from tests.journeys.conftest import DemoServer
from tests.journeys.people import Visitor, faults_of, sign_in, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}


def _staff_pages(senior: Visitor) -> dict[str, list[str]]:
    """Walk through everything staff can meet, and say what is wrong with each page."""
    faults: dict[str, list[str]] = {}
    page = senior.page

    def look(name: str) -> None:
        faults[name] = faults_of(page)

    look("find")
    senior.find("LE GOFF Marie 12/05/1954")
    look("homonyms")
    senior.find("PERSONNE Jean 01/01/1900")
    look("nobody found")
    senior.find("279035121518988")  # its key is 89
    look("wrong key")
    for key in ("closed_dossier", "opposed_break_glass", "homonym_1"):
        senior.find(IPP[key])
        look(key)
    senior.press("Enter")
    look("no reason")
    senior.find(IPP["patiente"])
    if "/patients/" in page.url:
        senior.press("1")
        senior.press("Enter")
    summary = page.url
    look("summary")
    page.goto(f"{summary}/documents")
    look("documents")
    for link in page.eval_on_selector_all("td a:not([download])", "links => links.map(link => link.href)")[:2]:
        page.goto(link)
        look("document")
    page.goto(f"{senior.base}/nowhere")
    look("unknown page")
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wrong_with_any_page_of_staff(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        faults = _staff_pages(sign_in(context, demo_server.url, "senior"))
        assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wrong_with_the_pages_of_the_others(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    for persona, path in (("informatique", "/it"), ("dpo", "/dpo"), ("patiente", "/patient")):
        with window(chromium, width=width, language=LANGUAGES[language]) as context:
            visitor = sign_in(context, demo_server.url, persona, path)
            assert faults_of(visitor.page) == [], path
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = context.new_page()
        for path in ("/n/ABCDE23456", "/auth/logged-out"):
            page.goto(f"{demo_server.url}{path}")
            assert faults_of(page) == [], path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wrong_with_a_notice_after_its_proof(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        nurse = sign_in(context, demo_server.url, "infirmiere")
        nurse.find(IPP["patiente"])
        if "/patients/" in nurse.page.url:
            nurse.press("1")
            nurse.press("Enter")
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = context.new_page()
        page.goto(_link_sent_to(page, demo_server.url, "dominique.pat-trois"))
        for part, typed in (("day", "28"), ("month", "3"), ("year", "1979")):
            page.fill(f"[name={part}]", typed)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("main dd").count() >= 5, "who, when, where, why, what was seen"
        assert faults_of(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wrong_with_what_few_people_see(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    """The regulator's panel, a refusal, an ended access, another establishment, the demo's pages and sign-in page."""
    faults: dict[str, list[str]] = {}
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = context.new_page()
        for path in ("/demo/", "/demo/mail", "/"):  # the last one leads to the provider's list of personas
            page.goto(f"{demo_server.url}{path}")
            faults[path] = faults_of(page)
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        regulator = sign_in(context, demo_server.url, "regulateur")
        regulator.find(IPP["homonym_2"])
        faults["regulation"] = faults_of(regulator.page)
        if "/patients/" in regulator.page.url:
            regulator.press("1")
            regulator.press("Enter")
        faults["regulation, open"] = faults_of(regulator.page)
        ended = regulator.page.url
        with regulator.page.expect_navigation():
            regulator.page.locator("form[action$='/end'] button").click()
        regulator.page.goto(ended)
        faults["ended"] = faults_of(regulator.page)
    for persona in ("externe", "secretaire"):
        with window(chromium, width=width, language=LANGUAGES[language]) as context:
            visitor = sign_in(context, demo_server.url, persona)
            faults[persona] = faults_of(visitor.page)
            if persona == "secretaire":
                visitor.find(IPP["masked_refused"])
                faults["refused"] = faults_of(visitor.page)
    assert {name: found for name, found in faults.items() if found} == {}


def test_at_four_hundred_percent_nothing_scrolls_sideways(demo_server: DemoServer, chromium: Browser) -> None:
    with window(chromium, zoom=4) as context:
        senior = sign_in(context, demo_server.url, "senior")
        senior.find(IPP["patiente"])
        for page in ("/", senior.page.url.replace(demo_server.url, "")):
            senior.page.goto(f"{demo_server.url}{page}")
            assert not senior.page.evaluate("document.documentElement.scrollWidth > innerWidth"), page


def test_targets_are_large_enough_for_a_finger(demo_server: DemoServer, chromium: Browser) -> None:
    with chromium.new_context(viewport={"width": 768, "height": 1024}, has_touch=True, is_mobile=True) as context:
        senior = sign_in(context, demo_server.url, "senior")
        assert _small(senior.page) == []
        for key in ("opposed_break_glass", "homonym_2"):
            senior.find(IPP[key])
            assert _small(senior.page) == [], key


def test_a_patient_reads_who_opened_their_dossier_and_keeps_the_receipt(
    demo_server: DemoServer, chromium: Browser
) -> None:
    with window(chromium) as context:
        intern = sign_in(context, demo_server.url, "interne")
        intern.find(IPP["patiente"])
        if "/patients/" in intern.page.url:
            intern.press("2")
            intern.press("Enter")
    with window(chromium, width=360) as context:
        patient = sign_in(context, demo_server.url, "patiente", "/patient")
        with patient.page.expect_navigation():
            patient.page.locator("main ol a.more").first.click()
        told = patient.page.inner_text("main")
        for word in ("Quand", "Où", "Qui", "Pourquoi", "Ce qui a été vu"):
            assert word in told
        assert re.search(r"Inès|Martin", told)
        assert patient.page.evaluate("parseFloat(getComputedStyle(document.querySelector('main dd')).fontSize)") >= 18
        with patient.page.expect_download() as download:
            patient.page.locator("text=Télécharger le reçu").first.click()
        assert download.value.suggested_filename.endswith(".json")
        assert faults_of(patient.page) == []


def test_the_metrics_hold_no_address_with_an_identifier(demo_server: DemoServer) -> None:
    text = httpx.get(f"{demo_server.url}/metrics", trust_env=False).text
    assert 'page="find_page"' in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


def _link_sent_to(page: Page, base: str, mailbox: str) -> str:
    """The link of the newest notice that was caught on its way to this mailbox."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto(f"{base}/demo/mail")
        mail = page.locator("article", has_text=mailbox)
        if mail.count():
            return str(mail.first.locator("a").get_attribute("href"))
        time.sleep(0.5)
    pytest.fail("no notice was sent")


def _small(page: Page) -> list[str]:
    """Buttons and links that stand alone (not inside a sentence) and are under 44 px high."""
    return list(
        page.eval_on_selector_all(
            "button, .button, .patient-row, label.choice, .bar a",
            "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44 - 0.5)"
            ".map(one => one.outerHTML.slice(0, 80))",
        )
    )


def _desk_pages(desk: Visitor) -> dict[str, list[str]]:
    """Everything the desk can be led to, and what is wrong with it."""
    faults: dict[str, list[str]] = {}
    page = desk.page

    def look(name: str) -> None:
        faults[name] = faults_of(page)

    look("search")
    page.fill("#search", IPP["patiente"])
    desk.press("Enter")
    look("who asks")
    start = page.url
    page.goto(f"{start}?asked=1&side=holder")
    look("an answer is missing")
    asked = "side=holder&check=id_document"
    for name in ("", "/accesses?for=contest&", "/addresses?", "/notices?", "/settings?"):
        page.goto(f"{start}{name or '?'}{asked}")
        look(name or "what they ask for")
    page.goto(f"{start}/accesses?for=contest&{asked}")
    page.fill("input[name=day]", "32/01/2026")
    desk.press("Enter")
    look("no such day")
    page.goto(f"{start}/addresses?{asked}")
    page.select_option("select[name=phone]", "pressure")
    desk.click("button.primary", leads=True)
    look("recorded")
    page.goto(start)
    look("do not call")
    page.goto(f"{start}/settings?side=holder&check=traits_told")
    look("refused")
    return faults


@pytest.mark.parametrize(("language", "width"), [("fr", 320), ("en", 1280)])
def test_nothing_is_wrong_with_any_page_of_the_desk_nor_with_the_private_page(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        faults = _desk_pages(sign_in(context, demo_server.url, "secretaire", "/desk"))
        assert {name: found for name, found in faults.items() if found} == {}
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        patient = sign_in(context, demo_server.url, "patiente", "/patient/notices/private")
        assert faults_of(patient.page) == []
        patient.click("button.main", leads=True)
        assert faults_of(patient.page) == [], "nothing was ticked"
        patient.page.check("input[value=email]")
        patient.click("button.main", leads=True)
        assert faults_of(patient.page) == []
        assert "notices/private?done" in patient.page.url
        assert not patient.page.is_checked("input[value=email]"), "what was said is not shown"
