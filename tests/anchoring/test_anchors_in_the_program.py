"""The whole gateway with its anchors: the worker, the commands, the page, an export judged by its trust file."""

import html
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.anchoring.trust import KEY
from gateway.assembly import Gateway, assemble
from gateway.demo.neighbour import add_anchors, start_neighbour
from gateway.errors import ConfigurationError
from gateway.identity.signed_in import SignedIn
from gateway.settings import Settings, load_settings
from gateway.web import create_web
from gateway.worker import build_worker
from gateway.world import real_world
from tests.access.conftest import staff_member
from tests.anchoring.authorities import TimestampAuthority
from tests.anchoring.conftest import Neighbourhood
from tests.gateways import assemble_on
from tests.notifications.relays import ScriptedRelay
from tests.worlds import StillWorld


class Anchored:
    """A gateway of the demo whose anchors are a neighbour's witness, a real authority and a relay."""

    def __init__(self, config: Path, gateway: Gateway, roots: Path, relay: ScriptedRelay) -> None:
        self.config = config
        self.gateway = gateway
        self.roots = roots
        self.relay = relay

    def command(self, *words: str, code: int = 0) -> str:
        answer = CliRunner().invoke(main, [*words, "--config", str(self.config)])
        assert answer.exit_code == code, answer.output
        return answer.output


@pytest.fixture
def anchored(demo_hospital: tuple[Settings, Path], tmp_path: Path, neighbourhood: Neighbourhood) -> Iterator[Anchored]:
    _, file = demo_hospital
    source = file.parent / "gateway.toml"
    for one in file.parent.iterdir():
        if one.is_file():
            shutil.copyfile(one, tmp_path / one.name)
    config = tmp_path / "gateway.toml"
    authority = TimestampAuthority(tmp_path / "tsa")
    add_anchors(config, tmp_path / "log-signing.key", real_world())
    url = neighbourhood.serve(authority)
    with ScriptedRelay() as relay:
        text = config.read_text().replace("sqlite:///gateway.db", "sqlite:///hospital.db")
        port = load_settings(source).settings.notifications.smtp.port
        text = text.replace(f"port = {port}", f"port = {relay.port}")
        config.write_text(f'{text}\n[record.timestamp]\nurl = "{url}"\nroots_file = "tsa/roots.pem"\nhour = 0\n')
        loaded = load_settings(config).settings
        start_neighbour(loaded, tmp_path, real_world())
        gateway = assemble(loaded, real_world())
        yield Anchored(config, gateway, authority.roots, relay)
        gateway.close()


def test_the_worker_anchors_and_the_export_verifies_with_its_trust_file(anchored: Anchored, tmp_path: Path) -> None:
    gateway = anchored.gateway
    none_yet = json.loads(anchored.command("audit", "anchors", "--json"))
    assert [(line["kind"], line["time"]) for line in none_yet] == [
        ("witness", None), ("timestamp", None), ("mail", None)
    ]  # fmt: skip
    worker = build_worker(gateway)
    worker.start()
    for _ in range(300):
        lines = gateway.anchoring.state()
        if all(line.time for line in lines):
            break
        time.sleep(0.05)
    worker.stop()
    assert [(line.kind, line.size > 0, line.fault) for line in lines] == [
        ("witness", True, ""), ("timestamp", True, ""), ("mail", True, "")
    ]  # fmt: skip
    assert len(anchored.relay.accepted) == 1
    assert json.loads(anchored.command("audit", "timestamp", "--json"))["size"] >= lines[1].size
    trust, bundle = tmp_path / "trust.policy", tmp_path / "bundle"
    trust.write_text(anchored.command("audit", "policy"))
    anchored.command("audit", "export", "--out", str(bundle))
    judged = CliRunner().invoke(
        main,
        ["audit", "verify", str(bundle), "--policy", str(trust), "--tsa-root", str(anchored.roots), "--json"],
    )
    answer = json.loads(judged.output)
    assert (answer["verified"], answer["timestamps"]) == (True, 2), answer
    assert answer["witnessed"]
    assert len(list((bundle / "timestamps").iterdir())) == 2


def test_the_privacy_officer_sees_what_stands_outside_and_what_fails(
    anchored: Anchored, gateway: Gateway, demo_hospital: tuple[Settings, Path]
) -> None:
    page = _log_page(gateway)
    assert "Aucune : qui tient à la fois la base et la clé" in page
    outside = anchored.gateway
    while outside.sequencing.publish_checkpoint() is not None:
        pass
    outside.anchoring.rounds["witnesses"](lambda: True)
    anchored.relay.script.append("rcpt 550")
    outside.anchoring.rounds["head-mail"](lambda: True)
    page = _log_page(outside)
    assert "ch-voisin" in page
    assert "entrées couvertes" in page
    assert "aucune preuve encore" in page
    assert "vérifiez record.mail.to et le relais" in page


def test_a_configuration_of_anchors_that_cannot_work_says_everything(
    demo_hospital: tuple[Settings, Path], still_world: StillWorld, tmp_path: Path
) -> None:
    settings, file = demo_hospital
    copy = tmp_path / "hospital.db"
    shutil.copyfile(file, copy)
    vkey = "x.example+00000000+AAAA"
    record = settings.record.model_copy(
        update={
            "witnesses": settings.record.witnesses.model_copy(
                update={"trusted": ("only-a-name", f"a {vkey} https://a.example/")}
            ),
            "timestamp": settings.record.timestamp.model_copy(update={"url": "ftp://tsa.example"}),
        }
    )
    with pytest.raises(ConfigurationError) as wrong:
        assemble_on(f"sqlite:///{copy}", settings.model_copy(update={"record": record}), still_world.world)
    keys = [fault.key for fault in wrong.value.faults]
    assert keys == [KEY, KEY, "record.timestamp.url", "record.timestamp.roots_file"]


def _log_page(gateway: Gateway) -> str:
    """What the privacy officer reads at `/dpo/log`, as plain as it was written."""
    client = create_web(gateway).test_client()
    dpo = replace(staff_member("dpo", "", "", name="Claire Dumont"), roles=frozenset({"dpo"}))
    signed_in = SignedIn(kind="staff", person=dpo, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", gateway.sessions.open(signed_in, "device of the officer").token)
    client.set_cookie("lang", "fr")
    page = client.get("/dpo/log")
    assert page.status_code == 200, page.text
    return re.sub(r"[\u00a0\u202f]", " ", html.unescape(page.text)).replace("’", "'")
