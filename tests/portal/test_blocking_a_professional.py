"""A block shuts a named professional out at once, whatever they have open and by whichever door they come."""

import dataclasses
import threading
import time

import pytest
from flask import Flask

from audit import Verifier
from gateway.access.outcome import Granted, Refused
from gateway.api import create_api
from gateway.errors import AccessNotOpen, NotAllowed, NotFound
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import StaffMember
from gateway.oversight.completeness.check import CompletenessCheck
from gateway.portal.choices import EmergencySetting
from gateway.web import create_web
from policies import Mode
from tests.api.hospital_in_memory import CALLERS, TokenJudge
from tests.portal.conftest import INTERN, MINOR, PARENT, PATIENT, REGULATOR, SENIOR, Ward

RULE = "INT-09-professionnel-bloque"


@pytest.mark.parametrize("mode", list(Mode))
def test_a_blocked_professional_is_refused_in_every_mode(ward: Ward, mode: Mode) -> None:
    staff = REGULATOR if mode is Mode.CENTRE_15 else SENIOR
    access = ward.visit("patiente", staff)
    assert isinstance(ward.ask("patiente", staff, mode), Granted)
    ward.gateway.portal.blocking.block(PATIENT, access)
    refused = ward.ask("patiente", staff, mode)
    assert isinstance(refused, Refused)
    assert [rule.rule_id for rule in refused.rules] == [RULE]
    assert refused.break_glass == "unavailable"
    assert isinstance(ward.ask("patiente", INTERN), Granted), "nobody else is shut out"


def test_what_is_open_ends_in_the_commit_of_the_block_and_the_next_reading_is_refused_within_a_second(
    ward: Ward,
) -> None:
    reading = ward.gateway.reading
    access = ward.open("patiente")
    other = ward.open("patiente", INTERN)
    ordinary = ward.open("patiente", SENIOR, Mode.NORMAL)
    document = reading.list_documents(SENIOR, access, everything=True).documents[0].id
    ward.gateway.portal.blocking.block(PATIENT, access)
    begun = time.monotonic()
    for held in (access, ordinary):
        with pytest.raises(AccessNotOpen):
            reading.open_document(SENIOR, held, document)
        with pytest.raises(AccessNotOpen):
            reading.summary(SENIOR, held)
        with pytest.raises(AccessNotOpen):
            ward.gateway.continuing.extend(SENIOR, held)
    assert time.monotonic() - begun < 1
    assert reading.summary(INTERN, other).documents
    withdrawn = ward.entries("access.withdrawn")
    assert {entry.facts["access"] for entry in withdrawn} == {access, ordinary}
    assert all(entry.facts["rules"] == [RULE] for entry in withdrawn)
    (blocked,) = ward.entries("choice.blocked")
    assert (blocked.facts["ended"], blocked.facts["side"], blocked.facts["check"]) == (2, "holder", "sign_in")


def test_the_record_is_still_complete_after_blocks_and_oppositions(sqlite_ward: Ward) -> None:
    ward, portal = sqlite_ward, sqlite_ward.gateway.portal
    access = ward.open("patiente")
    ward.open("patiente", INTERN)
    portal.blocking.block(PATIENT, access)
    portal.choosing.set(PATIENT, EmergencySetting.PROFESSIONALS, False)
    portal.history.page(PATIENT)
    ward.gateway.sequencing.publish_checkpoint()
    verifier = Verifier(ward.gateway.sequencing.verifier_key)
    report = CompletenessCheck(database=ward.gateway.database, log=ward.gateway.log, verifier=verifier).run()
    assert report.findings == ()


def test_an_opening_under_way_cannot_outlive_the_block(ward: Ward) -> None:
    """The block and the opening race: whichever commits first, nothing can be read afterwards."""
    access = ward.visit("patiente")
    outcomes: list[object] = []
    asking = [threading.Thread(target=lambda: outcomes.append(ward.ask("patiente"))) for _ in range(4)]
    for thread in asking:
        thread.start()
    ward.gateway.portal.blocking.block(PATIENT, access)
    for thread in asking:
        thread.join()
    assert len(outcomes) == 4
    for outcome in outcomes:
        if isinstance(outcome, Granted):
            with pytest.raises(AccessNotOpen):
                ward.gateway.reading.summary(SENIOR, outcome.access.id)
    assert isinstance(ward.ask("patiente"), Refused)


def test_blocking_twice_is_blocking_once_and_unblocking_lets_them_ask_again(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    blocking = ward.gateway.portal.blocking
    access = ward.visit("patiente")
    first, second = blocking.block(PATIENT, access), blocking.block(PATIENT, access)
    assert first == second
    assert [view.staff_name for view in blocking.blocks(PATIENT)] == ["Denis Leroy"]
    assert ward.gateway.portal.history.access(PATIENT, access).blocked
    assert len(ward.entries("choice.blocked")) == 1
    blocking.unblock(PATIENT, first.block_id)
    assert blocking.blocks(PATIENT) == ()
    assert isinstance(ward.ask("patiente"), Granted)
    with pytest.raises(NotFound):
        blocking.unblock(PATIENT, first.block_id)


def test_neither_side_of_a_minor_undoes_or_learns_the_blocks_of_the_other(ward: Ward) -> None:
    blocking, whose = ward.gateway.portal.blocking, ward.patient_id("minor_hidden_act")
    access = ward.visit("minor_hidden_act")
    mine = blocking.block(MINOR, access)
    assert blocking.blocks(PARENT, whose) == ()
    assert not ward.gateway.portal.history.access(PARENT, access, whose).blocked
    with pytest.raises(NotFound):
        blocking.unblock(PARENT, mine.block_id, whose)
    theirs = blocking.block(PARENT, access, whose)
    blocking.unblock(PARENT, theirs.block_id, whose)
    assert blocking.blocks(PARENT, whose) == ()
    assert isinstance(ward.ask("minor_hidden_act"), Refused), "the minor's own block stands"
    blocking.unblock(MINOR, mine.block_id)
    assert isinstance(ward.ask("minor_hidden_act"), Granted)


def test_a_block_the_hospital_brought_in_is_the_patients_own(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    blocking, whose = ward.gateway.portal.blocking, ward.patient_id("minor_hidden_act")
    access = ward.visit("minor_hidden_act")
    ward.run(
        "INSERT INTO patient_block (id, patient_id, staff_key, created_at) VALUES ('b', :patient, :staff, 0)",
        patient=whose,
        staff=SENIOR.key,
    )
    assert [view.staff_name for view in blocking.blocks(MINOR)] == ["Denis Leroy"]
    theirs = blocking.block(PARENT, access, whose)
    blocking.unblock(PARENT, theirs.block_id, whose)
    assert isinstance(ward.ask("minor_hidden_act"), Refused)
    (own,) = blocking.blocks(MINOR)
    blocking.unblock(MINOR, own.block_id)
    assert isinstance(ward.ask("minor_hidden_act"), Granted)


def test_a_child_under_15_leaves_blocking_to_the_representatives(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    access = ward.visit("minor_hidden_act")
    ward.still.pass_time(days=-400)
    with pytest.raises(NotAllowed):
        ward.gateway.portal.blocking.block(MINOR, access)


def _page_client(ward: Ward, web: Flask, person: StaffMember):  # type: ignore[no-untyped-def]
    client = web.test_client()
    signed_in = SignedIn(kind="staff", person=person, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", ward.gateway.sessions.open(signed_in, person.subject * 8).token)
    return client


def test_the_pages_refuse_the_next_request_within_a_second(ward: Ward) -> None:
    access = ward.open("patiente")
    client = _page_client(ward, create_web(ward.gateway), SENIOR)
    assert client.get(f"/access/{access}").status_code == 200
    ward.gateway.portal.blocking.block(PATIENT, access)
    begun = time.monotonic()
    answer = client.get(f"/access/{access}")
    assert time.monotonic() - begun < 1
    assert answer.status_code in (403, 409, 410)
    assert "PAT-TROIS" not in answer.text or "Denis Leroy" not in answer.text


def test_the_api_and_fhir_refuse_the_next_request_within_a_second(ward: Ward) -> None:
    intern = CALLERS["intern"]
    access = ward.open("patiente", intern)
    client = create_api(dataclasses.replace(ward.gateway, bearer=TokenJudge())).test_client(use_cookies=False)

    def get(address: str) -> int:
        return client.get(address, headers={"Authorization": "Bearer intern"}).status_code

    listed = ward.gateway.reading.list_documents(intern, access, everything=True).documents
    addresses = (
        f"/api/v1/accesses/{access}/summary",
        f"/api/v1/accesses/{access}/documents",
        f"/api/v1/accesses/{access}/documents/{listed[0].id}",
        f"/fhir/Binary/{listed[0].id}",
    )
    assert {get(address) for address in addresses} == {200}
    ward.gateway.portal.blocking.block(PATIENT, access)
    begun = time.monotonic()
    assert not {get(address) for address in addresses} & {200, 500}
    assert time.monotonic() - begun < 1
