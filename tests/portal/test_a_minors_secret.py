"""An act a minor hid from their legal representatives (R1111-50): what a parent is answered is the same, word for word,
as in a world where the stay of the hidden act never was. What leaves by the channels: test_bytes_of_the_parents.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.errors import NotAllowed, NotFound
from gateway.notifications.secrecy import NEVER, alone_from
from gateway.paris import paris
from gateway.portal.choices import EmergencySetting
from gateway.portal.views import HistoryFilter
from gateway.settings import Settings
from policies import Mode
from tests.gateways import assemble_on
from tests.portal.conftest import DPO, INTERN, MINOR, PARENT, REGULATOR, SENIOR, SURGEON, Ward
from tests.worlds import StillWorld

KEY = "minor_hidden_act"
WORDS = "Je ne veux pas que cela se sache."


def _known_access(ward: Ward) -> str:
    """An access the parents may know of."""
    access = ward.open(KEY, SENIOR)
    ward.read(access, hidden=False)
    ward.still.pass_time(minutes=5)
    ward.gateway.continuing.end(SENIOR, access)
    return access


def _secret_access(ward: Ward) -> tuple[str, str]:
    """One in which the hidden document alone was read, before and after others; its id and the document's title."""
    access = ward.open(KEY, SURGEON)
    title = ward.read(access, SURGEON, hidden=True)
    ward.still.pass_time(minutes=5)
    ward.gateway.continuing.end(SURGEON, access)
    return access, title


def _secret_acts(ward: Ward, access: str) -> str:
    """The minor contests it and blocks who read; the contest's number."""
    portal = ward.gateway.portal
    made = portal.contesting.contest(MINOR, access, ContestForm(ContestWish.KNOWS_ME, ContestAnswer.PORTAL, WORDS))
    proven = portal.notices.prove(ward.code(access), "2011-06-19")
    portal.notices.contest(proven.token, ward.code(access), ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL))
    portal.blocking.block(MINOR, access)
    ward.gateway.oversight.reviewing.ask(DPO, access, "Pourquoi ce document ?")
    return made.number


def _leave(ward: Ward) -> None:
    """The stay is over."""
    ward.run("UPDATE admission SET discharged_at = :now WHERE patient_id = :id", now=ward.still.world.epoch_ms(),
             id=ward.patient_id(KEY))  # fmt: skip


def _answers(ward: Ward, known: str) -> list[object]:
    """What the portal answers the parent, without what is drawn at random."""
    portal, whose = ward.gateway.portal, ward.patient_id(KEY)
    asked = (
        HistoryFilter(),
        HistoryFilter(mode=Mode.BREAK_GLASS),
        HistoryFilter(unit="URG"),
        HistoryFilter(unit="CHIR"),
    )
    pages = [portal.history.page(PARENT, whose, one) for one in asked]
    views = [
        dataclasses.replace(view, access_id="", contest_numbers=tuple("number" for _one in view.contest_numbers))
        for page in pages
        for view in page.accesses
    ]
    choices = portal.history.choices(PARENT, whose)
    return [
        *views,
        [(page.total, bool(page.next)) for page in pages],
        [(choice.label, bool(choice.value)) for choice in choices.professionals],
        dataclasses.replace(choices, professionals=()),
        [(view.staff_name, view.staff_unit) for view in portal.blocking.blocks(PARENT, whose)],
        [(one.wish, one.words, one.answered_at) for one in portal.contesting.contests(PARENT, whose)],
        portal.choosing.settings(PARENT, whose),
        portal.history.month(PARENT, whose),
        [person.rights for person in portal.people.people_of(PARENT)],
        known in {view.access_id for page in pages for view in page.accesses},
    ]


@pytest.mark.parametrize("read_before", [False, True])
def test_the_parent_is_answered_as_if_the_hidden_act_had_never_been(
    ward: Ward, demo_hospital: tuple[Settings, Path], tmp_path: Path, read_before: bool
) -> None:
    still = StillWorld()
    other_file = tmp_path / "other.db"
    other_file.write_bytes(demo_hospital[1].read_bytes())
    other = Ward(assemble_on(f"sqlite:///{other_file}", demo_hospital[0], still.world), still)

    def play(one: Ward, *, with_secret: bool) -> list[object]:
        # The surgeon reads in secret first, so that their later, known access is not truly their first.
        if with_secret and read_before:
            _secret_access(one)
        elif read_before:
            one.still.pass_time(minutes=5)
        _leave(one)
        known = _known_access(one)
        one.visit(KEY, SURGEON, Mode.NORMAL)
        one.visit(KEY, SURGEON)
        one.gateway.portal.contesting.contest(
            PARENT, known, ContestForm(ContestWish.EXPLAIN, ContestAnswer.PHONE), one.patient_id(KEY)
        )
        if with_secret:
            access, _title = _secret_access(one)
            _secret_acts(one, access)
            # The minor contests what the parents know of as well.
            one.gateway.portal.contesting.contest(MINOR, known, ContestForm(ContestWish.OTHER, ContestAnswer.PORTAL))
        else:
            one.still.pass_time(minutes=5)
        return _answers(one, known)

    assert play(ward, with_secret=True) == play(other, with_secret=False)
    other.gateway.close()


def test_while_an_access_is_open_nobody_knows_yet_what_it_will_be_and_a_parent_is_not_shown_it(
    sqlite_ward: Ward,
) -> None:
    ward = sqlite_ward
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)
    access = ward.open(KEY)
    assert history.page(PARENT, whose).total == 0
    assert history.page(MINOR).total == 1
    ward.read(access, hidden=False)
    ward.gateway.continuing.end(SENIOR, access)
    assert [view.access_id for view in history.page(PARENT, whose).accesses] == [access]


def test_an_access_that_read_the_hidden_act_beside_others_is_the_minors_alone(sqlite_ward: Ward) -> None:
    """No notice of it goes to the parents, so no page shows it to them either."""
    ward = sqlite_ward
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)
    access = ward.open(KEY)
    ward.gateway.reading.summary(SENIOR, access)
    ward.gateway.continuing.end(SENIOR, access)
    hidden = "SELECT COUNT(*) FROM document_opening WHERE grant_id = :id AND hidden_from"
    assert ward.one(f"{hidden} = 'representatives'", id=access)
    assert ward.one(f"{hidden} = ''", id=access)
    assert history.access(MINOR, access).categories
    with pytest.raises(NotFound):
        history.access(PARENT, access, whose)
    assert history.page(PARENT, whose).total == 0


def test_of_the_stay_of_a_hidden_act_parents_keep_what_they_were_told_and_learn_nothing_more(ward: Ward) -> None:
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)

    def shown() -> list[str]:
        return [view.access_id for view in history.page(PARENT, whose).accesses]

    told = _known_access(ward)
    ward.still.pass_time(minutes=1)
    open_meanwhile = ward.open(KEY, INTERN)
    secret, _title = _secret_access(ward)
    ward.gateway.continuing.end(INTERN, open_meanwhile)
    after = ward.visit(KEY, INTERN)
    assert shown() == [told]
    _leave(ward)
    ward.still.pass_time(days=2)
    assert shown() == [told]
    assert history.month(PARENT, whose).days[0].accesses == 1
    another = ward.visit(KEY, INTERN)
    assert shown() == [another, told]
    assert history.page(PARENT, whose).accesses[0].first_access
    assert history.page(MINOR).total == 5
    assert {secret, open_meanwhile, after} < {view.access_id for view in history.page(MINOR).accesses}


def test_what_is_hidden_from_the_patient_too_hides_the_stay_all_the_same(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    ward.run("UPDATE dossier_document SET confidentiality = confidentiality || ' INVISIBLE_PATIENT' WHERE patient_id = "
             ":id AND confidentiality LIKE '%REPRESENTANTS%'", id=ward.patient_id(KEY))  # fmt: skip
    access, _title = _secret_access(ward)
    assert ward.one("SELECT hidden_from FROM document_opening WHERE grant_id = :id", id=access) == "both"
    assert ward.gateway.portal.history.page(PARENT, ward.patient_id(KEY)).total == 0
    assert ward.gateway.portal.history.access(MINOR, access).categories == ()


def test_from_fifteen_parents_are_shown_what_they_are_told_of_the_bris_de_glace_alone(ward: Ward) -> None:
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)
    accesses = [
        ward.visit(KEY, SENIOR),
        ward.visit(KEY, INTERN, Mode.NORMAL),
        ward.visit(KEY, REGULATOR, Mode.CENTRE_15),
    ]
    assert [view.access_id for view in history.page(PARENT, whose).accesses] == accesses[:1]
    assert history.page(MINOR).total == 3
    ward.run("UPDATE patient SET birth_date = '2011-11-23' WHERE id = :id", id=whose)
    assert [view.access_id for view in history.page(PARENT, whose).accesses] == accesses[::-1]
    # The birthday comes: what was shown stays, what is new is the minor's.
    ward.still.pass_time(days=1)
    ward.visit(KEY, INTERN, Mode.NORMAL)
    assert [view.access_id for view in history.page(PARENT, whose).accesses] == accesses[::-1]


def test_the_fifteenth_birthday_begins_at_midnight_in_paris() -> None:
    assert paris(alone_from("2011-11-23")).isoformat() == "2026-11-23T00:00:00+01:00"
    assert paris(alone_from("2012-02-29")).date().isoformat() == "2027-03-01"
    assert alone_from("unknown") == NEVER


def test_the_code_of_a_minors_notice_and_a_birth_date_give_no_receipt_and_count_nothing(ward: Ward) -> None:
    """The parents are given the code of what they are told, and know the birth date."""
    pages = ward.gateway.portal.notices
    _secret_access(ward)
    _leave(ward)
    later = ward.visit(KEY, SURGEON)
    proven = pages.prove(ward.code(later), "2011-06-19")
    assert proven.view.first_access, "as far as a parent may know"
    assert not ward.gateway.portal.history.access(MINOR, later).first_access
    assert proven.view.receipt_state == ""
    with pytest.raises(NotAllowed):
        pages.receipt(proven.token, ward.code(later))


def test_what_a_parent_may_not_know_of_is_answered_like_what_is_not_there(ward: Ward) -> None:
    portal, whose = ward.gateway.portal, ward.patient_id(KEY)
    secret, _title = _secret_access(ward)
    nothing = "00000000-0000-4000-8000-000000000000"
    form = ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL)
    for access in (secret, nothing):
        calls: tuple[Callable[[str], object], ...] = (
            lambda one: portal.history.access(PARENT, one, whose),
            lambda one: portal.contesting.contest(PARENT, one, form, whose),
            lambda one: portal.blocking.block(PARENT, one, whose),
            lambda one: portal.history.page(PARENT, whose, HistoryFilter(professional=one)),
        )
        for call in calls:
            with pytest.raises(NotFound):
                call(access)
    with pytest.raises(NotFound):
        portal.history.by_code(PARENT, ward.code(secret))


def test_a_parent_gets_no_receipt_and_no_file_of_the_child(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    """Both count: the entry of an opening says whether it was a first one, the file numbers every entry."""
    known, whose = _known_access(ward), ward.patient_id(KEY)
    with pytest.raises(NotAllowed):
        ward.gateway.portal.history.receipt(PARENT, known, whose)


def test_a_minor_of_15_chooses_notices_alone_and_the_parents_do_not_read_the_choice(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    choosing, whose = ward.gateway.portal.choosing, ward.patient_id(KEY)
    choosing.prefer(MINOR, dataclasses.replace(choosing.preferences(MINOR), all_accesses=True, language="en"))
    with pytest.raises(NotAllowed):
        choosing.preferences(PARENT, whose)
    with pytest.raises(NotAllowed):
        choosing.set(MINOR, EmergencySetting.PROFESSIONALS, False)
