"""A notice opened by its code and a birth date: that one access, for a quarter of an hour, and nothing of the rest."""

import pytest
from sqlalchemy import select, text, update

from gateway.access.announcing import ProofRefused
from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.errors import NotFound
from gateway.portal.views import ReviewOutcome
from gateway.storage.tables import notice
from policies import Mode
from tests.portal.conftest import DPO, PATIENT, SENIOR, Ward

BORN = "1979-03-28"
FORM = ContestForm(ContestWish.NOT_ME, ContestAnswer.PHONE, "Je n'étais pas là.")


def test_the_proof_shows_that_one_access_lets_it_be_contested_and_gives_its_receipt(ward: Ward) -> None:
    pages, access = ward.gateway.portal.notices, ward.visit("patiente")
    code = ward.code(access)
    opened = pages.prove(f" {code[:5].lower()} {code[5:]}", BORN)
    assert opened.view.access_id == access
    assert opened.expires_at - ward.still.world.epoch_ms() == 15 * 60_000
    receipt = pages.contest(opened.token, code, FORM)
    (made,) = pages.contests(opened.token, code)
    assert (made.number, made.words, made.side) == (receipt.number, "Je n'étais pas là.", "proof")
    assert pages.shown(opened.token, code).contest_numbers == (receipt.number,)
    ward.gateway.sequencing.publish_checkpoint()
    assert pages.receipt(opened.token, code)["state"] == "proven"
    state = ward.one("SELECT state FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=access)
    assert state == "delivered"


def test_a_pass_opens_no_other_notice_and_is_over_after_a_quarter_of_an_hour(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    pages = ward.gateway.portal.notices
    access = ward.visit("patiente")
    other = ward.visit("patiente", SENIOR)
    token = pages.prove(ward.code(access), BORN).token
    with pytest.raises(ProofRefused):
        pages.shown(token, ward.code(other))
    ward.still.pass_time(minutes=14, seconds=59)
    assert pages.shown(token, ward.code(access)).access_id == access
    ward.still.pass_time(seconds=1)
    for call in (pages.shown, pages.receipt, pages.contests, lambda t, c: pages.contest(t, c, FORM)):
        with pytest.raises(ProofRefused):
            call(token, ward.code(access))


def test_one_code_shows_every_access_its_message_told_and_no_other(ward: Ward) -> None:
    pages = ward.gateway.portal.notices
    leader, rider, apart = ward.visit("patiente"), ward.visit("patiente", SENIOR), ward.visit("homonym_1")
    code = ward.code(leader)
    notice_of = select(notice.c.id).where(notice.c.grant_id == leader, notice.c.recipient == "patient")
    rides = update(notice).where(notice.c.grant_id == rider, notice.c.recipient == "patient")
    told = rides.values(rides_with=notice_of.scalar_subquery(), state="sent")
    ward.gateway.database.transact(lambda tx: tx.connection.execute(told).rowcount)
    token = pages.prove(code, BORN).token
    assert [view.access_id for view in pages.also_told(token, code)] == [rider]
    assert ward.one("SELECT state FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=rider) == "delivered"
    state = ward.one("SELECT state FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=apart)
    assert state == "pending"
    with pytest.raises(ProofRefused):
        pages.also_told("invented", code)


def test_leaving_ends_the_pass_at_once(sqlite_ward: Ward) -> None:
    pages, access = sqlite_ward.gateway.portal.notices, sqlite_ward.visit("patiente")
    code = sqlite_ward.code(access)
    token = pages.prove(code, BORN).token
    pages.leave(token)
    with pytest.raises(ProofRefused):
        pages.shown(token, code)


def test_once_the_patient_died_neither_their_code_nor_their_sign_in_opens_anything(ward: Ward) -> None:
    portal, access = ward.gateway.portal, ward.visit("patiente")
    code = ward.code(access)
    token = portal.notices.prove(code, BORN).token
    died = text(
        "UPDATE patient SET deceased_on = '2026-11-01' WHERE id = (SELECT patient_id FROM access_grant LIMIT 1)"
    )
    ward.gateway.database.transact(lambda tx: tx.connection.execute(died).rowcount)
    for opening in (lambda: portal.notices.prove(code, BORN), lambda: portal.notices.shown(token, code)):
        with pytest.raises(ProofRefused):
            opening()
    assert portal.people.people_of(PATIENT) == ()
    with pytest.raises(NotFound):
        portal.history.access(PATIENT, access)
    assert [entry.facts["proof"] for entry in ward.entries("notice.proof_refused")] == ["deceased"]


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 10_000, "\x00"])
def test_an_invented_pass_opens_nothing(sqlite_ward: Ward, token: str) -> None:
    access = sqlite_ward.visit("patiente")
    with pytest.raises(ProofRefused):
        sqlite_ward.gateway.portal.notices.shown(token, sqlite_ward.code(access))


def test_five_wrong_dates_lock_the_code_and_each_is_recorded(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    pages, access = ward.gateway.portal.notices, ward.visit("patiente")
    code = ward.code(access)
    for day in range(1, 6):
        with pytest.raises(ProofRefused):
            pages.prove(code, f"1979-04-0{day}")
    with pytest.raises(ProofRefused):
        pages.prove(code, BORN)
    assert [entry.facts["proof"] for entry in ward.entries("notice.proof_refused")] == ["wrong"] * 5 + ["locked"]
    ward.still.pass_time(minutes=15)
    assert pages.prove(code, BORN).view.access_id == access


def test_invented_codes_leave_nothing_in_the_log(sqlite_ward: Ward) -> None:
    before = sqlite_ward.one("SELECT COUNT(*) FROM audit_entry")
    for code in ("ABCDEFGHJK", "0000000000", "not a code", "\x00"):
        with pytest.raises(ProofRefused):
            sqlite_ward.gateway.portal.notices.prove(code, "1970-01-01")
    assert sqlite_ward.one("SELECT COUNT(*) FROM audit_entry") == before


def test_who_holds_a_minors_code_and_birth_date_sees_no_category_of_a_hidden_act(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    access = ward.open("minor_hidden_act")
    ward.read(access, hidden=True)
    assert ward.gateway.portal.notices.prove(ward.code(access), "2011-06-19").view.categories == ()


def test_the_proof_tells_nothing_of_what_the_patient_did_signed_in(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    """Relatives know a birth date and open letters: a block, or another's contest, is not theirs to learn."""
    portal, access = ward.gateway.portal, ward.visit("patiente")
    portal.blocking.block(PATIENT, access)
    portal.contesting.contest(PATIENT, access, FORM)
    view = portal.notices.prove(ward.code(access), BORN).view
    assert not view.blocked
    assert view.contest_numbers == ()


def test_a_contest_opens_the_case_of_an_ordinary_access_for_the_privacy_officer(ward: Ward) -> None:
    portal = ward.gateway.portal
    access = ward.visit("patiente", SENIOR, Mode.NORMAL)
    code = ward.code(access)
    token = portal.notices.prove(code, BORN).token
    receipt = portal.notices.contest(token, code, FORM)
    assert 0 < receipt.promised_at - ward.still.world.epoch_ms() <= 31 * 86_400_000
    case = ward.gateway.oversight.reviewing.case(DPO, access)
    assert [one.number for one in case.contests] == [receipt.number]
    ward.gateway.oversight.contesting.answer(DPO, receipt.id, "Votre médecin remplaçait un collègue ce jour-là.")
    (answered,) = portal.notices.contests(token, code)
    assert answered.answer.startswith("Votre médecin")
    assert [one.number for one in portal.contesting.contests(PATIENT)] == [receipt.number]
    assert portal.history.access(PATIENT, access).review is ReviewOutcome.WAITING
    (entry,) = ward.entries("review.contested")
    assert (entry.facts["side"], entry.facts["check"], entry.facts["wish"]) == ("proof", "proof", "not_me")
