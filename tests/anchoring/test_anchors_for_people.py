"""Those who watch see of each kind of anchor how old the newest is, and a word when it is late."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.cosignature import Cosigner
from gateway.anchoring.kept import MAIL, WITNESS, keep
from gateway.assembly import Gateway
from gateway.oversight.erasure import ErasureReason
from gateway.settings import Settings
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place
from gateway.web import create_web
from tests.gateways import assemble_on
from tests.web.it_desk import Desk, desk, person
from tests.worlds import StillWorld

WITNESS_KEY = str(Cosigner.from_seed("w.test/one", bytes(range(32))).verifier)


@pytest.fixture
def anchored(
    demo_hospital: tuple[Settings, Path], still_world: StillWorld, tmp_path: Path
) -> Iterator[tuple[Gateway, StillWorld]]:
    """A gateway that mails its head daily and asks a witness every 30 s; neither is there."""
    settings, file = demo_hospital
    copy = tmp_path / "hospital.db"
    shutil.copyfile(file, copy)
    trusted = (f"voisin {WITNESS_KEY} http://127.0.0.1:9",)
    record = settings.record.model_copy(
        update={
            "mail": settings.record.mail.model_copy(update={"to": "dpo@hospital.example", "hour": 0}),
            "witnesses": settings.record.witnesses.model_copy(update={"trusted": trusted, "every_seconds": 30}),
        }
    )
    gateway = assemble_on(f"sqlite:///{copy}", settings.model_copy(update={"record": record}), still_world.world)
    yield gateway, still_world
    gateway.close()


def _obtain(gateway: Gateway, kind: str, name: str) -> None:
    """This anchor got the newest head now."""
    while gateway.sequencing.publish_checkpoint() is not None:
        pass
    with gateway.database.reading() as connection:
        head = SqlLogStore(connection).head()
    assert head is not None
    number = place(head.shard, head.size)
    gateway.database.transact(lambda tx: keep(tx.connection, gateway.world, kind, name, number, b"proof"))


def _late(gateway: Gateway) -> dict[str, bool]:
    return {line.kind: line.late for line in gateway.anchoring.state()}


def _told(page: str) -> list[str]:
    """The lines of the tile, as people read them."""
    tile = re.search(r'<ul class="checks" aria-labelledby="outside-title">(.*?)</ul>', page, re.S)
    assert tile is not None
    lines = re.findall(r"<li>(.*?)</li>", tile[1], re.S)
    return [" ".join(re.sub(r"<[^>]+>", "", line).split()) for line in lines]


def _desk(gateway: Gateway, role: str) -> Desk:
    return desk(create_web(gateway), gateway, person(f"{role} one", role))


@pytest.mark.parametrize(("role", "address"), [("it", "/it"), ("dpo", "/dpo")])
def test_the_tile_says_the_age_of_each_anchor_and_which_is_late(
    anchored: tuple[Gateway, StillWorld], role: str, address: str
) -> None:
    gateway, still = anchored
    people = _desk(gateway, role)
    assert _told(people.read(address)) == [
        "pas encore Message à la DPO", "non réglé Horodatage", "pas encore Signature d’un témoin"
    ]  # fmt: skip
    _obtain(gateway, MAIL, "dpo")
    _obtain(gateway, WITNESS, "voisin")
    still.pass_time(minutes=50)
    people = _desk(gateway, role)
    people.read(address)
    while gateway.sequencing.publish_checkpoint() is not None:
        pass  # a head the witness has not seen
    assert _told(people.read(address))[2] == "à jour Signature d’un témoin, il y a 50 min"
    still.pass_time(hours=26)
    people = _desk(gateway, role)
    assert _told(people.read(f"{address}?lang=en")) == [
        "late Message to the DPO, age 1 d 2 h", "not set up Time-stamp", "late A witness's signature, age 1 d 2 h"
    ]  # fmt: skip


def test_a_witness_that_has_the_newest_head_is_not_late_however_long_the_log_was_quiet(
    anchored: tuple[Gateway, StillWorld],
) -> None:
    gateway, still = anchored
    _obtain(gateway, WITNESS, "voisin")
    still.pass_time(days=3)
    assert _late(gateway) == {"witness": False, "mail": False}


def test_both_roles_find_erasures_and_what_waits_for_them(anchored: tuple[Gateway, StillWorld]) -> None:
    gateway, _ = anchored
    karim, claire = _desk(gateway, "it"), _desk(gateway, "dpo")
    assert 'href="/dpo/erasures"' in karim.read("/it")
    assert "à confirmer" not in karim.read("/it")
    with gateway.database.reading() as connection:
        patient = str(connection.exec_driver_sql("SELECT id FROM patient LIMIT 1").scalar_one())
    gateway.erasures.order(person("dpo one", "dpo"), patient, "2026-10", ErasureReason.REQUEST)
    assert "1 effacement à confirmer" in karim.read("/it")
    assert "à confirmer</a>" not in claire.read("/dpo")  # nobody confirms their own order
    page = karim.read("/dpo/erasures")
    assert 'href="/it/versions"' in page
    assert 'href="/it"' in claire.read("/dpo")
