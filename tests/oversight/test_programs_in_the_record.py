"""A program of the hospital's in the record: found by its key as a person is, not numbered, and its file says so."""

import json
from dataclasses import replace
from datetime import date

import pytest

from audit import Verifier
from audit.history import History
from gateway.access.actors import sealed_actor, subject_of
from gateway.access.receipts import Patience
from gateway.oversight.figures.figure import Period
from gateway.oversight.own_record import OwnRecord
from gateway.oversight.searching import LogQuestion, LogSearch
from gateway.storage.database import Database
from gateway.storage.journal import Journal, history_is_counted
from policies import PolicyBook
from tests.access.conftest import Hospital, build_hospital
from tests.oversight.conftest import watch
from tests.worlds import StillWorld

PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def hospital(database: Database, still_world: StillWorld, book: PolicyBook) -> Hospital:
    return build_hospital(database, still_world, book, history_is_counted)


def test_a_program_is_found_by_its_key_and_its_history_says_that_it_is_not_counted(hospital: Hospital) -> None:
    program = replace(hospital.intern, key="sub:https://idp.test|dpi", subject="dpi", name="DPI", named=False)
    assert [subject.partition("/")[0] for subject in sealed_actor(program)] == ["program"]
    assert [subject.partition("/")[0] for subject in sealed_actor(hospital.intern)] == ["person"]
    patient = hospital.add_patient()
    for staff in (program, hospital.intern):
        hospital.open(patient, staff)
    parts = {
        "database": hospital.database,
        "world": hospital.still.world,
        "log": hospital.log,
        "journal": Journal(hospital.log, hospital.still.world),
        "patience": Patience(sleep=lambda _: hospital.sequencing.publish_checkpoint()),
    }
    dpo, own, search = watch(hospital).dpo, OwnRecord(**parts), LogSearch(**parts)
    for staff in (program, hospital.intern):
        (line,) = search.search(dpo, LogQuestion(period=PERIOD, person=staff.key)).lines
        assert line.type.startswith("access.")
    complete = {}
    for staff in (program, hospital.intern):
        shown = History.from_json(json.dumps(own.file(staff))).verify(Verifier(hospital.sequencing.verifier_key))
        assert shown.subject == subject_of(staff)
        complete[staff.named] = shown.complete
    assert complete == {False: None, True: True}
