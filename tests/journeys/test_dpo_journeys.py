"""The privacy officer at a browser: two keystrokes for a routine case, and forms alone where scripts are off."""

import json
import zipfile
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from audit import Receipt, Verifier
from gateway.__main__ import main
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.token import fetch_demo_token
from gateway.world import real_world
from tests.journeys.conftest import DemoServer
from tests.journeys.people import faults_of, sign_in, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
ADDRESSES = (
    "/dpo/erasures",
    "/my-history",
    "/verify",
    "/dpo",
    "/dpo?show=done",
    "/dpo/figures",
    "/dpo/log",
    "/dpo/rules",
)


def _break_glass(server: DemoServer, key: str, persona: str = "senior") -> str:
    """An emergency access through the API; returns its id. The same while it is open."""
    number = f"{abs(hash((key, persona))) % 10**12:012d}"
    answer = httpx.post(
        f"{server.url}/api/v1/accesses",
        headers={"Authorization": f"Bearer {fetch_demo_token(server.url, persona)}"},
        json={
            "request_id": f"6f1f7c1e-9c53-4f9b-8e39-{number}",
            "mode": "break_glass",
            "patient": {"ipp": IPP[key]},
            "reason": {"code": "vital_emergency"},
        },
        trust_env=False,
    )
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["access_id"])


def _go(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_routine_case_is_two_keystrokes_and_one_takes_it_back(demo_server: DemoServer, chromium: Browser) -> None:
    _break_glass(demo_server, "unconscious")
    _break_glass(demo_server, "opposed_centre_15")
    with window(chromium) as context:
        page = sign_in(context, demo_server.url, "dpo", "/dpo").page
        before = page.locator("[data-case]").count()
        first = page.locator("[data-case] .case-link").first.get_attribute("href")
        page.keyboard.press("j")
        _go(page, "Enter")
        assert page.locator("[data-case]").count() == before - 1
        assert faults_of(page) == []
        assert page.locator("[data-case] .case-link").first.get_attribute("href") != first
        page.keyboard.press("z")
        _go(page, "Enter")
        assert page.url == f"{demo_server.url}{first}"
        page.keyboard.press("j")
        _go(page, "Enter")
        assert "/dpo/cases/" in page.url
        assert page.url.split("?")[0] != f"{demo_server.url}{first}"


def test_asking_and_answering_without_scripts(demo_server: DemoServer, chromium: Browser) -> None:
    access = _break_glass(demo_server, "masked_allowed", "interne")
    with window(chromium, scripts=False) as context, window(chromium, scripts=False) as other:
        page = sign_in(context, demo_server.url, "dpo", f"/dpo/cases/{access}").page
        page.fill("#ask-words", "Qui vous a appelé ?")
        page.click("button[value=ask]")
        reader = sign_in(other, demo_server.url, "interne", "/explanations").page
        reader.locator("section", has_text="ALENÇON").get_by_role("textbox").fill("Appel du déchocage à 3 h.")
        reader.locator("section", has_text="ALENÇON").get_by_role("button").click()
        page.goto(f"{demo_server.url}/dpo/cases/{access}")
        assert "Appel du déchocage à 3 h." in page.inner_text("main")
        page.fill("#unjustify-words", "court")
        page.click("button[value=unjustify]")
        assert page.locator("#fault").is_visible()
        page.fill("#unjustify-words", "Le déchocage ne connaît pas ce patient.")
        page.click("button[value=unjustify]")
        page.goto(f"{demo_server.url}/dpo/cases/{access}")
        assert "injustifié" in page.inner_text("main")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wrong_with_any_page_of_the_reviewers(
    demo_server: DemoServer, chromium: Browser, language: str, width: int
) -> None:
    access = _break_glass(demo_server, "masked_refused")
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        page = sign_in(context, demo_server.url, "dpo", "/dpo").page
        faults = {}
        for address in (*ADDRESSES, f"/dpo/cases/{access}"):
            page.goto(f"{demo_server.url}{address}")
            faults[address] = faults_of(page)
        page.goto(f"{demo_server.url}/dpo/figures")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        faults["figures, their tables open"] = faults_of(page)
        page.goto(f"{demo_server.url}/dpo/log")
        page.locator("main button").first.click()
        page.wait_for_selector("#log-title")
        faults["log found"] = faults_of(page)
        page.goto(f"{demo_server.url}/dpo/cases/{access}")
        if page.locator("button[value=ask]").count():
            page.click("button[value=ask]")
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        reader = sign_in(context, demo_server.url, "senior", "/explanations").page
        faults["explanations"] = faults_of(reader)
        reader.goto(f"{demo_server.url}/my-history")
        faults["one's own entries"] = faults_of(reader)
    with window(chromium, width=width, language=LANGUAGES[language]) as context:
        second = sign_in(context, demo_server.url, "informatique", "/dpo/erasures").page
        faults["erasures, second person"] = faults_of(second)
    assert {name: found for name, found in faults.items() if found} == {}


def test_the_command_line_does_what_the_pages_do(demo_server: DemoServer, tmp_path: Path) -> None:
    access = _break_glass(demo_server, "staff_patient", "interne")
    token = fetch_demo_token(demo_server.url, "dpo")

    def run(*words: str, who: str = token) -> tuple[int, str]:
        answer = CliRunner().invoke(
            main, ["reviews", *words, "--config", str(demo_server.config)], env={"GATEWAY_TOKEN": who, "LANG": "en_GB"}
        )
        return answer.exit_code, answer.output

    code, listed = run("list", "--json")
    assert code == 0, listed
    mine = next(case for case in json.loads(listed) if case["access_id"] == access)
    assert [flag["code"] for flag in mine["flags"]] == ["colleague"]
    assert run("list", who="")[0] == 2
    assert run("list", who=fetch_demo_token(demo_server.url, "interne"))[0] == 1
    assert run("close", access, "--outcome", "unjustified", "--words", "short")[0] == 1
    assert run("close", access, "--outcome", "unjustified", "--words", "nobody was treated")[0] == 0
    assert run("close", access, "--outcome", "justified")[0] == 1
    file = tmp_path / "case.zip"
    assert run("export", access, "--out", str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    archive = zipfile.ZipFile(file)
    verifier = Verifier(archive.read("log.vkey").decode().strip())
    receipts = [Receipt.from_json(archive.read(one).decode()) for one in archive.namelist() if "access.opened" in one]
    assert [receipt.verify(verifier).entry.facts["access"] for receipt in receipts] == [access]


def test_an_erasure_by_two_people_says_what_remains_of_it(demo_server: DemoServer) -> None:
    month = real_world().now().strftime("%Y-%m")

    def run(*words: str, who: str, language: str = "en_GB") -> str:
        token = fetch_demo_token(demo_server.url, who)
        command = ["audit", "erase", *words, "--config", str(demo_server.config)]
        done = CliRunner().invoke(main, command, env={"GATEWAY_TOKEN": token, "LANG": language, "LC_ALL": language})
        assert done.exit_code == 0, done.output
        return done.output

    words = ("order", "--ipp", IPP["deceased"], "--through", month, "--reason", "request", "--json")
    first, second = (json.loads(run(*words, who="dpo")) for _ in range(2))
    assert "remains" not in first
    told = run("confirm", first["id"], who="informatique")
    assert "erased" in told
    assert "earlier backups" in told
    assert "master key" in told
    done = json.loads(run("confirm", second["id"], "--json", who="informatique", language="fr_FR"))
    assert done["state"] == "done"
    assert "sauvegardes d'avant" in done["remains"]


def test_what_staff_take_away_is_verified_on_the_page_and_told_when_altered(
    demo_server: DemoServer, chromium: Browser, tmp_path: Path
) -> None:
    _break_glass(demo_server, "homonym_1", "interne")
    with window(chromium, width=360) as context:
        page = sign_in(context, demo_server.url, "interne", "/my-history").page
        with page.expect_download() as download:
            page.click("a[href='/my-history/file']")
        kept = tmp_path / "mes-acces.json"
        download.value.save_as(kept)
        key = page.request.get(f"{demo_server.url}/verify/log.vkey").text()
        page.goto(f"{demo_server.url}/verify")
        for altered, verdict in ((False, "Vérifié."), (True, "Non vérifié.")):
            if altered:
                text = kept.read_text(encoding="utf-8")
                kept.write_text(text.replace("break_glass", "normal_mode", 1), encoding="utf-8")
            page.set_input_files("#file", kept)
            page.fill("#key", key)
            page.click("button[type=submit]")
            page.wait_for_function(
                "text => document.querySelector('#verdict strong')?.textContent === text", arg=verdict
            )
            assert faults_of(page) == []
            if not altered:
                assert "L'historique est complet" in page.inner_text("#verdict")
