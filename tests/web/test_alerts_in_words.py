"""Hospital IT reads alerts and the day's entries in words; every kind of alert the code can raise has some."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

import gateway as package
from gateway.anchoring.duty import ALARM, alert_kind
from gateway.anchoring.fault import Fault, alert_detail
from gateway.anchoring.kept import MAIL, TIMESTAMP, WITNESS
from gateway.assembly import Gateway
from gateway.oversight.figures.bands import Band, ShareWatch
from gateway.oversight.lateness import Lateness
from gateway.oversight.reviews.minding import tell_late
from gateway.settings import ReviewSettings
from gateway.storage.alerts import raise_alert
from gateway.web import create_web
from gateway.web.it.alert_words import ALERTS, STEPS
from tests.web.it_desk import Desk, desk, person

ROOM = Path(str(package.__file__)).parent
# Where the kind is not a constant, all it can be is written out below.
VARYING = {"gateway.worker", "gateway.anchoring.duty", "gateway.storage.alerts"}


@pytest.fixture
def web(gateway: Gateway) -> Flask:
    """The pages of the whole gateway."""
    return create_web(gateway)


@pytest.fixture
def karim(web: Flask, gateway: Gateway) -> Desk:
    """Hospital IT at the pages."""
    return desk(web, gateway, person("karim", "it"))


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in ROOM.rglob("*.py"):
        name = ".".join(("gateway", *file.relative_to(ROOM).with_suffix("").parts))
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def kinds() -> set[str]:
    """The kind of every alert that is raised somewhere."""
    found = {ALARM, *(alert_kind(anchor) for anchor in (WITNESS, TIMESTAMP, MAIL))}
    for name, tree in modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(call.func, "id", "") not in ("raise_alert", "raise_alert_once"):
                continue
            kind = call.args[2]
            if isinstance(kind, ast.Constant):
                found.add(str(kind.value))
            elif isinstance(kind, ast.Name) and kind.id.isupper():
                found.add(getattr(importlib.import_module(name), kind.id))
            else:
                assert name in VARYING, name
    return found


def steps() -> set[str]:
    """The names of the worker's steps."""
    source = (ROOM / "worker.py").read_text(encoding="utf-8") + (ROOM / "anchoring/joining.py").read_text("utf-8")
    written = re.findall(r'WorkerStep\("([a-z-]+)"|rounds\["([a-z-]+)"\]|^ +\("([a-z-]+)", self\._', source, re.M)
    return {name for one in written for name in one if name}


def test_every_kind_of_alert_has_its_words() -> None:
    found = kinds()
    assert len(found) >= 12
    assert found - set(ALERTS) == set()


def test_every_step_of_the_worker_has_its_words() -> None:
    found = steps()
    assert {"delivery", "checkpoint", "reviews", "head-mail", "witnesses"} <= found
    assert found - set(STEPS) == set()


def _raise(gateway: Gateway, kind: str, detail: str) -> None:
    gateway.database.transact(lambda tx: raise_alert(tx.connection, gateway.world, kind, detail))


def _detail(gateway: Gateway, kind: str) -> str:
    with gateway.database.reading() as connection:
        return str(connection.execute(text("SELECT detail FROM alert WHERE kind = :kind"), {"kind": kind}).scalar_one())


def test_an_alert_is_told_in_the_readers_language_with_where_to_look(gateway: Gateway, karim: Desk) -> None:
    _raise(gateway, "notice-task-overdue", "tell 7f4666e8-9bc8-4241-aa37-27a55821cf9c")
    _raise(gateway, "notice-channel-down", "email")
    _raise(gateway, alert_kind(MAIL), alert_detail("dpo", Fault.MAIL))
    _raise(gateway, "worker-head-mail", "OperationalError")
    late = "1 cases to decide, 0 contests to answer and 0 explanations are at or near the end of their time"
    _raise(gateway, "reviews-late", late)
    french, english = karim.read("/it?lang=fr"), karim.read("/it?lang=en")
    assert "Personne à prévenir : en retard" in french.replace("\xa0", " ")
    assert 'href="/notices/7f4666e8-9bc8-4241-aa37-27a55821cf9c"' in french
    assert "Plus rien ne part par ce canal (courriel)." in french
    assert "la tête du jour n’est pas partie" in french
    assert "the day" not in french
    assert "Tâche de fond en panne" in french
    assert "<code>OperationalError</code>" in french
    assert "Nothing leaves by this channel (e-mail)." in english
    assert "dpo the day&#39;s head was not sent" in english
    assert 'href="/dpo"' not in french
    assert "pas partie" not in english


def test_what_the_watchers_write_is_what_the_words_expect(gateway: Gateway, karim: Desk) -> None:
    database, world = gateway.database, gateway.world
    watch = ShareWatch(database=database, world=world, settings=ReviewSettings())
    band = Band("URG 2", 45, 50, 0.2, 0.35, judged=True)
    assert database.transact(lambda tx: watch._tell(tx, band, world.epoch_ms()))
    database.transact(Lateness(database=database, world=world, late_after_ms=5000)._raise)
    database.transact(lambda tx: tell_late(tx, world, cases=3, contests=1, answers=2))
    page = karim.read("/it").replace("\xa0", " ").replace("\u202f", " ")
    assert "Service URG 2 : 90 % de 50 accès en 7 jours, pour 20 à 35 % d’habitude." in page
    assert "Cas à décider : 3 ; contestations : 1 ; explications : 2." in page
    assert "un « gateway work » tourne-t-il ?" in page
    for kind in ("break-glass-share", "checkpoint-late", "reviews-late"):
        assert f"<code>{_detail(gateway, kind)}</code>" not in page


def test_alerts_of_one_kind_are_one_line_and_are_put_away_together_by_a_person(gateway: Gateway, karim: Desk) -> None:
    for _ in range(3):
        _raise(gateway, "worker-reviews", "OSError")
    _raise(gateway, "audit-repository", "the repository does not answer")
    page = karim.read("/it")
    assert page.count("Tâche de fond en panne") == 2  # the line, and the name of its button
    assert '<span class="count">3</span>' in page
    until = re.search(r'action="/it/alerts/worker-reviews">.*?name="until" value="(\d+)"', page, re.S)
    assert until is not None
    karim.send("/it/alerts/worker-reviews", until=until[1])
    page = karim.read("/it")
    assert "Tâche de fond en panne" not in page
    assert "Dépôt d’audit" in page
    assert "Alerte classée" in page  # among the entries of the day
    assert karim.client.post("/it/alerts/x", data={"csrf_token": karim.csrf_token, "until": "now"}).status_code == 422


def test_the_entries_of_the_day_are_counted_in_words(karim: Desk) -> None:
    karim.read("/it")
    french, english = karim.read("/it?lang=fr"), karim.read("/it?lang=en")
    assert '<dt title="log.viewed">Journal consulté</dt>' in french
    assert '<dt title="log.viewed">Log viewed</dt>' in english
