"""The reasons on the pages are those of the version in force: their order, keys, words and texts."""

import re
from dataclasses import replace

from flask import Flask

from gateway.rulebook.in_force import Held
from policies import PolicyBook, Sources
from tests.rules_in_force import POLICIES
from tests.web.fake_gateway import FakeGateway
from tests.web.test_emergency_pages import opened, post

OWN = """
[reasons.poisoning]
modes = ["break_glass"]
key = "6"
fr = "Intoxication : produit inconnu"
en = "Poisoning: unknown substance"
patient_fr = "Vous étiez intoxiqué."
patient_en = "You were poisoned."
text_at_least = 25
article = "CSP L1111-17 I al. 1"
"""


def with_an_own_reason(fake: FakeGateway) -> None:
    files = dict(Sources.read(POLICIES).files)
    files["settings.toml"] += OWN.encode()
    fake.rules.put(Held(PolicyBook.build(Sources.of(files))))


def test_the_panel_shows_a_reason_of_the_hospitals_own_in_both_languages(web: Flask, fake: FakeGateway) -> None:
    with_an_own_reason(fake)
    client = fake.client(web, "interne")
    page = client.get("/patients/usual").text
    radio = re.search(r'<input[^>]*value="break_glass\.poisoning"[^>]*>', page)
    assert radio is not None
    assert 'data-key="6"' in radio[0]
    assert 'data-writes="text"' in radio[0]
    assert "Intoxication\u00a0: produit inconnu" in page
    assert "25 caractères au moins" in page
    assert page.count('<textarea id="text"') == 1
    assert "Poisoning: unknown substance" in client.get("/patients/usual?lang=en").text


def test_a_reason_of_the_hospitals_own_asks_for_its_own_length_of_text(web: Flask, fake: FakeGateway) -> None:
    with_an_own_reason(fake)
    client = fake.client(web, "interne")
    refused = post(client, "/patients/usual", choice="break_glass.poisoning", text="x" * 24)
    assert refused.status_code == 422
    assert "trop court" in refused.text
    assert post(client, "/patients/usual", choice="break_glass.poisoning", text="x" * 25).status_code == 303


def test_a_reason_no_version_in_force_knows_is_shown_by_its_code(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "interne")
    address = opened(client)
    (access_id,) = fake.accesses
    fake.accesses[access_id] = replace(fake.accesses[access_id], reason_code="once_known")
    page = client.get(address)
    assert page.status_code == 200
    assert "once_known" in page.text
