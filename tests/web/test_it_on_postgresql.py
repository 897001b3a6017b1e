"""Every page of hospital IT over PostgreSQL, once: from a draft into force and back, and what is read on the way."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.assembly import Gateway
from gateway.settings import Settings
from gateway.web import create_web
from tests.gateways import assemble_on
from tests.web.it_desk import Desk, desk, person
from tests.worlds import StillWorld

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
URGENCES = "rules/20-urgences.cedar"
NURSE = "1.2.250.1.71.1.2.7|60"


@pytest.fixture
def gateway_on_postgresql(
    demo_hospital: tuple[Settings, Path], database_url: str, still_world: StillWorld
) -> Iterator[Gateway]:
    assembled = assemble_on(database_url, demo_hospital[0], still_world.world)
    yield assembled
    assembled.close()


def settled(who: Desk, address: str) -> str:
    """The page once it no longer renews itself."""
    deadline = time.monotonic() + 60
    while 'http-equiv="refresh"' in (page := who.read(address)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return page


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_every_page_of_hospital_it_answers_over_postgresql(gateway_on_postgresql: Gateway) -> None:
    gateway = gateway_on_postgresql
    pages = create_web(gateway)
    karim, lea = (desk(pages, gateway, person(name, "it")) for name in ("karim", "lea"))
    draft = karim.start_draft("Sur PostgreSQL")
    text, revision = karim.file(draft, URGENCES)
    karim.send(f"{draft}/files/{URGENCES}", text=f"{text}\n// relu\n", revision=revision, do="save")
    for part in (
        "",
        "/case",
        "/check",
        "/test",
        "/prove",
        "/diff",
        "/settings",
        "/discard",
        f"/files/{URGENCES}?check=1",
    ):
        settled(karim, f"{draft}{part}")
    for part in ("", f"?profession={NURSE}", "?state=changed", ".csv"):
        karim.read(f"{draft}/matrix{part}")
    version = str(karim.send(f"{draft}/stage").headers["Location"]).partition("?")[0]
    lea.read(f"{version}/approve")
    lea.send(f"{version}/approve")
    lea.send(f"{version}/activate", when="now")
    assert version.endswith(f"/{gateway.publishing.in_force().wanted}")
    lea.send("/it/versions/1/rollback")
    assert gateway.publishing.in_force().wanted == 1
    settled(lea, f"{version}/diff?with=1")
    for page in ("/it", "/it/versions", version, "/it/drafts", "/it/explain", "/it/explain?asked=1", "/it/replay"):
        settled(lea, page)
    replay = lea.send("/it/replay", before="1", after="2", since="2026-01-01", until="2026-12-31").headers["Location"]
    assert "Réponses différentes" in settled(lea, replay)
