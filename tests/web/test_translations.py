"""Every French sentence has its English twin, and French is typeset as French readers expect."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from flask import Flask
from jinja2.ext import babel_extract

import gateway.web
from gateway.web.language import typeset_french
from tests.web.fake_gateway import FakeGateway

ROOM = Path(gateway.web.__file__).parent
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\}")


def sentences() -> Iterator[tuple[str, ...]]:
    for file in ROOM.rglob("*.html"):
        with file.open("rb") as opened:
            for _line, _function, message, _comments in babel_extract(opened, ("_", "ngettext"), (), {}):
                yield texts_of(message)
    for file in ROOM.rglob("*.py"):
        with file.open("rb") as opened:
            keywords = {"_": None, "later": None, "ngettext": (1, 2)}
            for _line, message, _comments, _context in extract("python", opened, keywords):
                yield texts_of(message)


def texts_of(message: object) -> tuple[str, ...]:
    parts = message if isinstance(message, tuple | list) else (message,)
    return tuple(part for part in parts if isinstance(part, str))


def english() -> Catalog:
    whole = Catalog(locale="en")
    for path in sorted((ROOM / "translations" / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    first = message.id if isinstance(message.id, str) else message.id[0]
                    assert first not in whole, f"{first}: in two files, {path.name} the second"
                    whole[message.id] = message
    return whole


def test_every_french_sentence_has_its_english_twin() -> None:
    catalogue = english()
    found = {texts[0] for texts in sentences() if texts}
    assert len(found) > 300
    without = sorted(text for text in found if not (catalogue.get(text) and all(strings_of(catalogue, text))))
    assert without == []


def test_no_english_sentence_is_fuzzy_or_left_over() -> None:
    found = {texts[0] for texts in sentences() if texts}
    for message in english():
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        assert not message.fuzzy, first
        assert first in found, first


def test_twins_hold_the_same_placeholders() -> None:
    catalogue = english()
    for message in catalogue:
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        expected = sorted(set(PLACEHOLDER.findall(first)))
        for text in strings_of(catalogue, first):
            assert sorted(set(PLACEHOLDER.findall(text))) == expected, first


def strings_of(catalogue: Catalog, text: str) -> tuple[str, ...]:
    message = catalogue.get(text)
    assert message is not None, text
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_french_is_typeset_with_its_apostrophes_guillemets_and_spaces() -> None:
    assert typeset_french("L'accès : « oui » ? Non !") == "L’accès\u00a0: «\u00a0oui\u00a0»\u202f? Non\u202f!"
    assert typeset_french("à 10:30") == "à 10:30"


def test_the_page_says_its_language_and_follows_link_then_cookie_then_browser(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    assert '<html lang="fr">' in client.get("/").text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9,fr;q=0.5"}).text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "fr"}).text
    assert '<html lang="fr">' in client.get("/?lang=fr").text
    assert '<html lang="fr">' in client.get("/?lang=xx").text


def test_an_english_page_shows_no_french_sentence_of_ours(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    page = client.get("/patients/usual?lang=en").text
    assert "Can the patient answer?" in page
    for french in ("Le patient", "Revenir", "Ouvrir", "motif"):
        assert french not in page


def test_a_page_first_read_in_one_language_is_whole_in_the_other(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/patients/usual").text)
    assert token is not None
    form = {"csrf_token": token[1], "choice": "break_glass.vital_emergency"}
    access = client.post("/patients/usual", data=form).headers["Location"]
    french, page = client.get(f"{access}?lang=fr").text, client.get(f"{access}?lang=en").text
    assert "Derniers documents" in french
    assert "Emergency access (break-glass)" in page
    titles = [re.sub(r"<[^>]+>", "", title).strip() for title in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", page, re.S)]
    for title in ("Latest documents", "People to reach", "Results and vital signs"):
        assert title in titles
    french_titles = re.findall(r"<h[23][^>]*>([^<]+)", french)
    assert {title.strip() for title in french_titles} & set(titles) <= {"Vaccinations"}
