"""Staff at the desk: they see identity traits and times, say how they checked who asks, and record it."""

import re
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.portal.desk import IdentityCheck
from gateway.world import from_epoch_ms
from tests.web.fake_gateway import FakeGateway
from tests.web.fake_portal import CODE
from tests.web.hospital import STAFF

VISIT = "/desk/patients/usual"
SEEN = "side=holder&check=id_document"
TOLD = "side=holder&check=traits_told"
CARRIED = {"side": "holder", "check": "id_document"}


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/desk").text)
    assert found is not None
    return client.post(path, data={"csrf_token": found[1], **form})


def test_the_desk_is_for_its_role_and_the_privacy_officer(web: Flask, fake: FakeGateway) -> None:
    assert fake.client(web, "secretaire").get("/desk").status_code == 200
    assert fake.client(web, "dpo").get("/desk").status_code == 200
    for name in ("interne", "senior", "informatique"):
        assert fake.client(web, name).get("/desk").status_code == 403
    assert fake.client(web, "patiente").get("/desk").status_code == 303


def test_the_desk_finds_a_person_by_traits_and_puts_no_name_in_an_address(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    found = send(client, "/desk", search="MOREAU CAMILLE 05/05/1990")
    assert found.text.count('href="/desk/patients/') == 2
    sure = send(client, "/desk", search="8000000001")
    assert sure.headers["Location"] == VISIT
    assert send(client, "/desk", search="279035121518988").status_code == 422


def test_nothing_is_offered_before_both_questions_are_answered(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    first = client.get(VISIT)
    assert "Comment avez-vous vérifié" in first.text
    assert "checked" not in first.text, "no default answer"
    assert client.get(f"{VISIT}?side=holder").status_code == 422
    assert client.get(f"{VISIT}/settings").status_code == 422
    page = client.get(f"{VISIT}?{SEEN}").text
    for offer in ("/accesses?", "/settings?", "/notices?"):
        assert f"{VISIT}{offer}" in page
    nothing = client.get(f"{VISIT}?side=representative&check=id_document").text
    assert f"{VISIT}/settings" not in nothing


def test_a_voice_alone_may_contest_and_no_more(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    page = client.get(f"{VISIT}?{TOLD}").text
    assert "for=contest" in page
    assert "for=block" not in page
    refused = send(client, f"{VISIT}/accesses/acc-0/block", side="holder", check="traits_told")
    assert refused.status_code == 403
    assert "ne suffit pas" in refused.text
    assert fake.portal.fake.blocked[""] == []


def test_an_access_is_found_by_its_code_or_its_day_and_names_nobody(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    path = f"{VISIT}/accesses"
    by_code = send(client, path, **CARRIED, **{"for": "contest", "code": CODE})
    assert "/accesses/acc-0/contest?" in by_code.text
    opened = from_epoch_ms(fake.portal.fake.accesses[""][0].opened_at).astimezone(ZoneInfo("Europe/Paris"))
    by_day = send(client, path, **CARRIED, **{"for": "block", "day": f"{opened:%d/%m/%Y}"})
    assert "/accesses/acc-0/block?" in by_day.text
    for page in (by_code.text, by_day.text):
        main = page.partition("<main")[2]
        for name in ("interne", "senior", "regulateur"):
            assert STAFF[name].name not in main
        assert "ordonnances" not in main
    for wrong in ({"code": "NOPE"}, {"day": "99/99/2026"}, {"day": "x"}, {}):
        assert send(client, path, **CARRIED, **{"for": "contest", **wrong}).status_code == 422


def test_a_contest_said_at_the_desk_gives_its_number_and_date(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    path = f"{VISIT}/accesses/acc-0/contest"
    missing = send(client, path, **CARRIED, words="Elle dit ne pas être venue.")
    assert missing.status_code == 422
    assert "Elle dit ne pas être venue.</textarea>" in missing.text
    done = send(client, path, **CARRIED, wish="not_me", answer_by="phone", words="Elle dit ne pas être venue.")
    assert done.status_code == 303
    assert fake.portal.fake.sent[""][0].number in client.get(done.headers["Location"]).text
    assert fake.portal.fake.visits[-1].check is IdentityCheck.ID_DOCUMENT


def test_blocks_settings_and_choices_are_recorded_for_the_person(web: Flask, fake: FakeGateway) -> None:
    client = fake.client(web, "secretaire")
    done = send(client, f"{VISIT}/accesses/acc-0/block", **CARRIED)
    assert fake.portal.fake.blocked[""]
    assert "enregistré" in client.get(done.headers["Location"]).text
    send(client, f"{VISIT}/unblock", **CARRIED)
    assert fake.portal.fake.blocked[""] == []
    send(client, f"{VISIT}/settings", **CARRIED, setting="professionals", allow="no")
    assert fake.portal.fake.chosen[""].professionals is False
    send(client, f"{VISIT}/notices", **CARRIED, channel="letter", channel_2="sms", large_print="yes")
    assert fake.portal.fake.wanted[""].channels == ("letter", "sms", "email")
    assert fake.portal.fake.wanted[""].large_print


def test_an_answer_that_is_missing_is_asked_for_where_it_is_and_the_other_is_kept(
    web: Flask, fake: FakeGateway
) -> None:
    client = fake.client(web, "secretaire")
    nothing = client.get(f"{VISIT}?asked=1")
    assert nothing.status_code == 422
    assert "Répondez aux deux questions" in nothing.text
    half = client.get(f"{VISIT}?asked=1&check=called_back")
    assert half.status_code == 422
    assert 'value="called_back" checked' in half.text
    contest = f"{VISIT}/accesses/acc-0/contest"
    fresh = client.get(f"{contest}?{SEEN}").text
    assert "wish-fault" not in fresh
    assert "answer-fault" not in fresh
    missing = send(client, contest, **CARRIED, wish="not_me")
    assert missing.status_code == 422
    assert 'id="answer-fault"' in missing.text
    assert "wish-fault" not in missing.text
    unreadable = send(client, f"{VISIT}/accesses", **CARRIED, **{"for": "contest", "day": "99/99/2026"})
    assert "Ce jour n’existe pas" in unreadable.text
    voice = client.get(f"{VISIT}/accesses?{TOLD}&for=contest").text
    assert 'name="code"' in voice
    assert 'name="day"' not in voice
