"""The page without a server gives the same verdict as Python, on every file, good or tampered with, from file://."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import audit
from audit.errors import NoteError
from audit.judging import Verdict, judge_file
from audit.policy import Policy
from tests.audit.kept_files import KEY, Case, cases

PAGE = Path(audit.__file__).parent / "verify.html"


def python_verdict(text: str, trust: str) -> tuple[bool, str, tuple[str, ...]]:
    """Verified or not, the code, the codes of the further sentences."""
    try:
        policy = Policy.read(trust) if trust.lstrip().startswith(("#", "log ")) else Policy.of_key(trust)
    except NoteError:
        return False, "receipt_signature", ()
    verdict: Verdict = judge_file(text, policy)
    return verdict.verified, verdict.code, tuple(code for code, _ in verdict.more)


@pytest.fixture(scope="module")
def kept() -> list[Case]:
    return list(cases())


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(locale="fr-FR")
    opened.goto(PAGE.as_uri())
    yield opened
    opened.close()


def test_the_page_and_python_agree_on_every_file(page: Page, kept: list[Case]) -> None:
    script = """async (files) => Promise.all(files.map(async ([_, text, trust]) => {
        try {
            const verdict = await recordJudge.judge(text, trust);
            return [verdict.verified, verdict.code, verdict.more.map(([code]) => code)];
        } catch (error) { return [false, "raised " + error, []]; }
    }))"""
    answers = [(said[0], said[1], tuple(said[2])) for said in page.evaluate(script, [list(case) for case in kept])]
    wanted = [python_verdict(text, trust) for _, text, trust in kept]
    names = [name for name, _, _ in kept]
    differing = [item for item in zip(names, answers, wanted, strict=True) if item[1] != item[2]]
    assert differing == []
    # The files do tell things apart.
    assert {code for _, code, _ in wanted} == {
        "receipt_verified", "receipt_pending", "receipt_promised", "receipt_signature", "receipt_quorum",
        "receipt_disclosure", "receipt_proof", "history_verified", "history_gap",
        "history_foreign", "history_unclosed",
    }  # fmt: skip


def test_a_person_drops_two_files_and_reads_the_verdict(page: Page, kept: list[Case], tmp_path: Path) -> None:
    by_name = {name: text for name, text, _ in kept}
    (tmp_path / "log.vkey").write_text(KEY)
    for name, verdict, sentence in (
        ("history, key", "Vérifié.", "L'historique est complet"),
        ("history: one hidden", "Non vérifié.", "On vous cache quelque chose"),
        ("receipt: outcome", "Non vérifié.", "il a été altéré"),
    ):
        (tmp_path / "file.json").write_text(by_name[name])
        page.set_input_files("#file", tmp_path / "file.json")
        page.set_input_files("#keyfile", tmp_path / "log.vkey")
        page.click("button[type=submit]")
        page.wait_for_function("text => document.getElementById('verdict').textContent.includes(text)", arg=sentence)
        assert page.locator("#verdict strong").text_content() == verdict
    page.click("#language")
    assert "altered" in (page.locator("#verdict").text_content() or "")
    page.click("#language")


def test_a_browser_that_cannot_says_so_and_verifies_nothing(
    chromium: Browser, kept: list[Case], tmp_path: Path
) -> None:
    (tmp_path / "file.json").write_text(kept[0][1])
    old = chromium.new_page(locale="en-GB")
    old.add_init_script("crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))")
    old.goto(PAGE.as_uri())
    old.set_input_files("#file", tmp_path / "file.json")
    old.fill("#key", KEY)
    old.click("button[type=submit]")
    old.wait_for_selector("#verdict[data-code=unable]")
    assert "Nothing was verified" in (old.locator("#verdict").text_content() or "")
    old.close()


def test_the_page_asks_the_network_for_nothing(chromium: Browser) -> None:
    asked: list[str] = []
    fresh = chromium.new_page()
    fresh.on("request", lambda request: asked.append(request.url))
    fresh.goto(PAGE.as_uri())
    assert sorted(asked) == sorted([PAGE.as_uri(), PAGE.with_name("verify.js").as_uri()])
    fresh.close()
