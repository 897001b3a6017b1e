"""What if: the past asked of a draft, page by page, without a patient's name on any of them."""

import re
import time

import pytest

from gateway.assembly import Gateway
from gateway.identity.staff_member import TRE_G16
from gateway.web import create_web
from tests.web.hospital import member
from tests.web.it_desk import Desk, desk, person
from tests.web.test_it_pages import add_rule

CLOSED = """
@id("LOC-02-urgences-fermees")
@reason("Les urgences n'ouvrent plus rien.")
@reason_en("The emergency department opens nothing any more.")
forbid (principal, action, resource) when { principal.unit == "URG" };
"""


@pytest.fixture
def intern(gateway: Gateway) -> Desk:
    staff = member("interne", "Inès Martin", TRE_G16)
    return desk(create_web(gateway), gateway, staff)


@pytest.fixture
def karim(gateway: Gateway) -> Desk:
    return desk(create_web(gateway), gateway, person("karim", "it"))


def finished(who: Desk, address: str) -> str:
    """The replay's page once it is done; while it runs the page renews itself."""
    for _try in range(200):
        page = who.read(address)
        if 'http-equiv="refresh"' not in page:
            return page
        time.sleep(0.05)
    pytest.fail("the replay never ended")


def test_a_decision_of_the_past_is_found_different_opened_and_explained_without_its_patient(
    intern: Desk, karim: Desk, gateway: Gateway
) -> None:
    present = gateway.finding.ed_list(member("interne", "Inès Martin", TRE_G16))
    patients = [one.patient for one in present if not one.patient.opposed_break_glass][:3]
    for patient in patients:
        intern.client.post(
            f"/patients/{patient.id}",
            data={"csrf_token": intern.csrf_token, "choice": "break_glass.vital_emergency"},
        )
    draft = karim.start_draft("Fermer les urgences")
    add_rule(karim, draft, CLOSED)
    today = f"{gateway.world.now():%Y-%m-%d}"
    period = {"since": today, "until": today, "before": "in-force", "after": draft.rpartition("/")[2]}
    wrong = karim.send("/it/replay", 422, **{**period, "since": "2199-01-01"})
    assert "La période doit commencer avant de finir" in wrong.text
    page = finished(karim, str(karim.send("/it/replay", **period).headers["Location"]))
    assert "nouvellement refusé" in page
    assert "LOC-02-urgences-fermees" in page
    link = re.search(r'href="(/it/replay/[^"/]+/([^"/]+))"', page)
    assert link is not None
    opened = karim.read(link[1])
    assert "permise alors" in opened
    assert "Les urgences n’ouvrent plus rien" in opened
    explained = karim.read(f"/it/explain?entry={link[2]}")
    assert "BDG-02-interne-sans-carte" in explained.partition('id="answer"')[2]
    for text in (page, opened, explained, karim.read("/it")):
        for patient in patients:
            assert patient.traits.birth_name not in text
            assert patient.ipp not in text
