"""The pages of hospital IT in front of the real life of the rules: nothing typed is lost, nothing is done unasked."""

import html
import io
import re
import shutil
import time
from pathlib import Path

import pytest
from flask import Flask

from gateway.assembly import Gateway
from gateway.settings import Settings
from gateway.web import create_web
from tests.gateways import assemble_on
from tests.rules_in_force import shipped_book
from tests.web.it_desk import Desk, desk, person, revision_of
from tests.worlds import StillWorld

URGENCES = "rules/20-urgences.cedar"
GUARDRAILS = "guardrails/90-interdits.cedar"
RULE = """
@id("LOC-01-essai")
@reason("Les archives n'ouvrent rien.")
@reason_en("The archives open nothing.")
forbid (principal, action, resource) when { principal.unit == "ARCHIVES" };
"""


@pytest.fixture
def pages(gateway: Gateway) -> Flask:
    return create_web(gateway)


@pytest.fixture
def karim(pages: Flask, gateway: Gateway) -> Desk:
    return desk(pages, gateway, person("karim", "it"))


@pytest.fixture
def lea(pages: Flask, gateway: Gateway) -> Desk:
    return desk(pages, gateway, person("lea", "it"))


def add_rule(who: Desk, draft: str, rule: str = RULE) -> None:
    text, revision = who.file(draft, URGENCES)
    who.send(f"{draft}/files/{URGENCES}", text=text + rule, revision=revision, do="save")


def staged(who: Desk) -> str:
    """A version that waits for its approval; its address."""
    draft = who.start_draft("Fermer aux archives")
    add_rule(who, draft)
    return str(who.send(f"{draft}/stage").headers["Location"]).partition("?")[0]


def test_a_typo_is_shown_beside_its_line_with_the_nearest_word_and_the_active_version_stays(
    karim: Desk, gateway: Gateway
) -> None:
    before = gateway.rules.current().digest
    draft = karim.start_draft()
    text, revision = karim.file(draft, URGENCES)
    line = text[: text.index("principal.in_training")].count("\n") + 1
    wrong = text.replace("principal.in_training", "principal.in_trainng", 1)
    saved = karim.send(f"{draft}/files/{URGENCES}", text=wrong, revision=revision, do="check")
    page = karim.read(saved.headers["Location"])
    assert f'data-line="{line}">Ligne {line}</a>' in page
    assert "<mark>in_trainng</mark>" in page
    assert re.search(r"Vouliez-vous dire <b><code>in_training</code></b>", page)
    refused = karim.send(f"{draft}/stage", 409)
    assert "Cette étape est refusée" in refused.text
    assert "in_trainng" in refused.text
    assert gateway.rules.current().digest == before


def test_a_second_tab_loses_nothing_it_typed_and_overwrites_nobody(karim: Desk, lea: Desk) -> None:
    draft = karim.start_draft()
    text, revision = karim.file(draft, URGENCES)
    lea.send(f"{draft}/files/{URGENCES}", text=text + "// de Léa\n", revision=revision, do="save")
    late = karim.send(f"{draft}/files/{URGENCES}", 409, text=text + "// de Karim\n", revision=revision, do="save")
    assert "// de Karim\n</textarea>" in late.text
    assert "<li>// de Léa</li>" in late.text
    assert "// de Léa" in karim.file(draft, URGENCES)[0]
    again = {"text": text + "// des deux\n", "revision": revision_of(late.text), "do": "save"}
    karim.send(f"{draft}/files/{URGENCES}", **again)
    assert karim.file(draft, URGENCES)[0].endswith("// des deux\n")


def test_a_version_walks_from_its_author_to_a_second_person_into_force_and_back(
    karim: Desk, lea: Desk, gateway: Gateway
) -> None:
    first = gateway.publishing.in_force().wanted
    version = staged(karim)
    own = karim.send(f"{version}/approve", 409)
    assert "Rien n’a changé" in own.text
    assert "LOC-01-essai" in lea.read(f"{version}/approve")
    shown = lea.read(version)
    assert "En cours" not in shown
    assert re.search(r"\d\d invariants, prouvés quand la version a été soumise", shown)
    assert "JAMAIS-16-opposition-bris-de-glace" in shown
    assert "cette version ne vient pas d’un brouillon" in lea.read(f"/it/versions/{first}")
    lea.send(f"{version}/approve")
    lea.send(f"{version}/activate", when="now")
    assert f"/it/versions/{gateway.publishing.in_force().wanted}" == version
    assert "ARCHIVES" in lea.read(f"/it/versions/{first}/rollback")
    lea.send(f"/it/versions/{first}/rollback")
    assert gateway.publishing.in_force().wanted == first
    history = lea.read("/it/versions")
    for told in ("activation", "retour en arrière", "karim", "lea"):
        assert told in history


def test_an_activation_at_a_paris_time_waits_and_can_be_called_off(karim: Desk, lea: Desk, gateway: Gateway) -> None:
    version = staged(karim)
    lea.send(f"{version}/approve")
    today = gateway.world.now()
    day = f"{today.year + (today.month == 12)}-{today.month % 12 + 1:02}-01"
    nonsense = lea.send(f"{version}/activate", 422, when="later", day=day, clock="25:10")
    assert f'value="{day}"' in nonsense.text
    lea.send(f"{version}/activate", when="later", day=day, clock="04:30")
    waiting = gateway.publishing.in_force().scheduled
    assert len(waiting) == 1
    page = lea.read(version)
    assert f"01/{day[5:7]}/{day[:4]}\u00a004:30" in page
    lea.send(f"/it/activations/{waiting[0].id}/cancel")
    assert gateway.publishing.in_force().scheduled == ()


def test_a_case_is_written_for_the_hospital_and_tested_at_once(karim: Desk) -> None:
    draft = karim.start_draft()
    nameless = karim.send(f"{draft}/case", 422, name=" ", user="interne", patient="ordinaire", action="open_dossier")
    assert "Donnez un nom au cas" in nameless.text
    form = {"user": "interne", "patient": "ordinaire", "context": "bris_de_glace", "action": "open_dossier"}
    right = karim.send(f"{draft}/case", name='Interne "de nuit": oui', allow="yes", **form)
    assert "Tous les cas reçoivent la réponse attendue" in karim.read(right.headers["Location"])
    wrong = karim.send(f"{draft}/case", name="Interne : non", allow="no", **form)
    told = karim.read(wrong.headers["Location"])
    assert "Interne : non" in told
    assert "cases/local/hopital.yaml" in told


def test_the_dpo_looks_on_and_changes_nothing(pages: Flask, gateway: Gateway, karim: Desk) -> None:
    draft = karim.start_draft()
    claire = desk(pages, gateway, person("claire", "dpo"))
    for path in (
        "/it",
        "/it/versions",
        "/it/versions/1",
        draft,
        f"{draft}/files/{URGENCES}",
        "/it/explain",
        "/it/replay",
    ):
        claire.read(path)
    assert 'name="do"' not in claire.read(f"{draft}/files/{URGENCES}")
    for path in (f"{draft}/stage", f"{draft}/discard", f"{draft}/matrix", f"{draft}/settings", "/it/drafts"):
        claire.send(path, 403)


def test_what_cannot_be_is_told_kindly(karim: Desk) -> None:
    for path in (
        "/it/versions/99",
        "/it/versions/x",
        "/it/drafts/none",
        "/it/replay/none",
        "/it/versions/1/files/no.txt",
    ):
        karim.read(path, 404)
    assert "Donnez un titre" in karim.send("/it/drafts", 422, title=" ").text
    draft = karim.start_draft()
    bad = karim.send(f"{draft}/files", folder="rules", name="../secret")
    assert "Choisissez un dossier" in karim.read(bad.headers["Location"])
    new = karim.send(f"{draft}/files", folder="rules", name="60-recherche").headers["Location"]
    assert "rules/60-recherche.cedar" in karim.read(new)
    long = karim.send(f"{draft}/files/{URGENCES}", 422, text="x" * 200_001, revision="1", do="save")
    assert "coupez-le" in long.text
    whole = karim.client.post(
        f"{draft}/matrix/import",
        data={"csrf_token": karim.csrf_token, "revision": "1", "sheet": (io.BytesIO(b"x" * 900_001), "m.csv")},
    )
    assert whole.status_code == 422
    assert "900 ko" in whole.text


def test_what_changes_is_said_in_sentences_settings_and_obligations_too(karim: Desk) -> None:
    draft = karim.start_draft("Plus court, plus tard")
    text, revision = karim.file(draft, "settings.toml")
    text = text.replace("within_hours = 24", "within_hours = 48").replace(
        "\nwindow_minutes = 30", "\nwindow_minutes = 20"
    )
    karim.send(f"{draft}/files/settings.toml", text=text, revision=revision, do="save")
    page = renewed(karim, f"{draft}/diff")
    assert "Demandé en plus : validation par un senior sous 48 h" in plain(page)
    assert "Plus demandé : validation par un senior sous 24 h" in plain(page)
    assert "Durée d'un accès ordinaire : 30 → 20 minutes" in plain(page)
    assert "Aucune décision ne change" not in plain(page)


def test_a_counterexample_is_told_in_words(karim: Desk) -> None:
    draft = karim.start_draft("Sans garde-fou")
    text, revision = karim.file(draft, GUARDRAILS)
    without = re.sub(r'@id\("INT-09.*?;\n', "", text, flags=re.S)
    karim.send(f"{draft}/files/{GUARDRAILS}", text=without, revision=revision, do="save")
    shown = renewed(karim, f"{draft}/prove")
    assert f'action="{draft}/stage"' not in shown, "what is contradicted cannot be handed in"
    page = plain(shown)
    assert "Tout n'est pas prouvé" in page
    assert page.index("JAMAIS-12") < page.index("JAMAIS-01"), "what is wrong comes first"
    for told in ("Patient : a bloqué ce professionnel", "Médecin", "accès ordinaire", "qualifiée"):
        assert told in page
    assert "blocks_actor" not in page


def test_a_draft_that_began_as_a_version_no_longer_in_force_says_so(karim: Desk, lea: Desk) -> None:
    old = karim.start_draft("Commencé avant")
    assert "c'est la version 2 qui est en vigueur" not in plain(karim.read(old))
    version = staged(karim)
    lea.send(f"{version}/approve")
    lea.send(f"{version}/activate", when="now")
    for page in (old, f"{old}/diff"):
        assert "parties de la version 1, mais c'est la version 2 qui est en vigueur" in plain(renewed(karim, page))


def test_the_dpo_approves_guardrails_and_the_demonstration_puts_them_in_force(
    pages: Flask, gateway: Gateway, karim: Desk, lea: Desk
) -> None:
    claire = desk(pages, gateway, person("claire", "dpo"))
    version = guarded(karim)
    assert "le DPO doit aussi l'approuver" in plain(claire.read(version))
    lea.send(f"{version}/approve")
    assert "attend l'accord du DPO" in plain(lea.send(f"{version}/activate", 409, when="now").text)
    assert "LOC-99-essai" in claire.read(f"{version}/approve")
    claire.send(f"{version}/approve")
    claire.send(f"{version}/activate", 403, when="now")
    lea.send(f"{version}/activate", when="now")
    assert f"/it/versions/{gateway.publishing.in_force().wanted}" == version


def test_where_guardrails_are_pinned_the_page_gives_the_very_line_to_write(
    demo_hospital: tuple[Settings, Path], still_world: StillWorld, tmp_path: Path
) -> None:
    settings, file = demo_hospital
    pin = shipped_book().guardrails_digest
    pinned = settings.model_copy(update={"policies": settings.policies.model_copy(update={"guardrails_digest": pin})})
    copy = tmp_path / "pinned.db"
    shutil.copyfile(file, copy)
    strict = assemble_on(f"sqlite:///{copy}", pinned, still_world.world)
    try:
        pages = create_web(strict)
        karim, lea, claire = (
            desk(pages, strict, person(name, role))
            for name, role in (("karim", "it"), ("lea", "it"), ("claire", "dpo"))
        )
        version = guarded(karim)
        lea.send(f"{version}/approve")
        claire.send(f"{version}/approve")
        refused = plain(lea.send(f"{version}/activate", 409, when="now").text)
        digest = strict.publishing.version(version.rpartition("/")[2]).guardrails_digest
        assert f'guardrails_digest = "{digest} {pin}"' in refused
        assert strict.publishing.in_force().wanted == 1
    finally:
        strict.close()


def guarded(who: Desk) -> str:
    """A version with one more guardrail, staged; its address."""
    draft = who.start_draft("Un garde-fou de plus")
    text, revision = who.file(draft, GUARDRAILS)
    who.send(f"{draft}/files/{GUARDRAILS}", text=text + RULE.replace("LOC-01", "LOC-99"), revision=revision, do="save")
    return str(who.send(f"{draft}/stage").headers["Location"]).partition("?")[0]


def renewed(who: Desk, address: str) -> str:
    """The page once it no longer renews itself."""
    deadline = time.monotonic() + 60
    while 'http-equiv="refresh"' in (page := who.read(address)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return page


def plain(page: str) -> str:
    """The words of a page as they are typed."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))
    return " ".join(words.replace("\u2019", "'").split())
