"""An admission that explains an access: proposed, or closing the case where the DPO said so; late, twice, cancelled."""

import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.admissions.register import cancel
from gateway.oversight.reviews.case import CaseState, StepKind
from gateway.oversight.reviews.reviewing import CaseChanged
from policies import Mode
from tests.oversight.conftest import Watched

PATIENT = "00000000-0000-4000-8000-{:012d}"


def _kinds(watched: Watched, access: str) -> list[StepKind]:
    return [step.kind for step in watched.oversight.reviewing.case(watched.dpo, access).steps]


def _cancel(watched: Watched, episode: str) -> None:
    now = watched.hospital.still.world.epoch_ms()
    watched.hospital.database.transact(lambda tx: cancel(tx.connection, episode, cancelled_at=now))


def test_an_admission_that_arrives_later_proposes_the_case_as_justified(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.later(minutes=1)
    assert watched.codes(access) == {"no_admission"}
    episode = watched.admit(1)
    watched.later(minutes=1)
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert case.line.flags == ()
    assert case.line.proposal is not None
    assert (case.line.proposal.episode_id, case.line.proposal.rule) == (episode, "admission_reader_unit")
    assert case.line.proposal.late
    assert case.line.state is CaseState.OPEN
    assert _kinds(watched, access) == [StepKind.PROPOSED]
    assert len(watched.hospital.entries("review.proposed")) == 1


def test_the_same_arrival_sent_twice_proposes_once(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.later(minutes=1)
    watched.admit(1)
    watched.later(minutes=1)
    watched.admit(1)
    watched.later(minutes=1)
    assert _kinds(watched, access) == [StepKind.PROPOSED]


def test_what_a_rule_closed_any_reviewer_reopens_and_no_rule_closes_it_again(watched: Watched) -> None:
    reviewing = watched.oversight.reviewing
    reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")
    access = watched.break_glass(1)
    watched.later(minutes=1)
    assert _kinds(watched, access) == [StepKind.CLOSED_BY_RULE]
    watched.later(days=40)
    assert reviewing.undo(watched.other_dpo, access) is CaseState.OPEN
    assert _kinds(watched, access) == [StepKind.CLOSED_BY_RULE, StepKind.REOPENED]
    assert len(watched.hospital.entries("review.reopened")) == 1
    reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")  # every undecided case is weighed again
    watched.later(minutes=1)
    assert reviewing.case(watched.dpo, access).line.state is CaseState.OPEN
    with pytest.raises(CaseChanged):
        reviewing.undo(watched.dpo, access)


def test_a_cancelled_admission_explains_nothing_any_more(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.later(minutes=1)
    episode = watched.admit(1)
    watched.later(minutes=1)
    _cancel(watched, episode)
    watched.later(minutes=1)
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert case.line.proposal is None
    assert {flag.code for flag in case.line.flags} == {"no_admission"}
    assert case.stays[0].cancelled


def test_an_admission_of_another_day_or_of_the_future_explains_nothing(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.admit(1, hours=20)
    watched.later(minutes=1)
    assert watched.codes(access) == {"no_admission"}
    watched.later(hours=21)
    assert watched.codes(access) == set()
    far = watched.break_glass(2, admitted=None)
    watched.hospital.still.pass_time(hours=30)
    watched.admit(2)
    watched.later(minutes=1)
    assert watched.codes(far) == {"no_admission"}


def test_the_dpo_lets_a_rule_close_cases_and_only_light_ones_close(watched: Watched) -> None:
    light = watched.break_glass(1, admitted=None)
    heavy = watched.break_glass(2, admitted=None, protected=True)
    watched.later(minutes=1)
    watched.oversight.reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")
    for patient in (1, 2):
        watched.admit(patient)
    watched.later(minutes=1)
    assert watched.oversight.reviewing.case(watched.dpo, light).line.state is CaseState.JUSTIFIED
    assert _kinds(watched, light) == [StepKind.PROPOSED, StepKind.CLOSED_BY_RULE]
    assert watched.oversight.reviewing.case(watched.dpo, heavy).line.state is CaseState.OPEN
    assert watched.hospital.count("review", "decided_by = 'rule:admission_reader_unit'") == 1
    assert len(watched.hospital.entries("review.rule_set")) == 1


def test_each_rule_has_its_own_effect(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.later(minutes=1)
    watched.oversight.reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")
    watched.oversight.reviewing.set_rule(watched.dpo, "admission_other_unit", "off")
    watched.admit(1, unit="CARDIO")
    watched.later(minutes=1)
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert case.line.state is CaseState.OPEN
    assert case.line.proposal is not None
    assert (case.line.proposal.rule, case.line.proposal.effect) == ("admission_other_unit", "off")
    assert case.steps == ()


def test_a_contested_case_never_closes_itself_and_reopens_when_it_was_decided(watched: Watched) -> None:
    access = watched.break_glass(1)
    watched.oversight.reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")
    watched.later(minutes=1)
    assert watched.oversight.reviewing.case(watched.dpo, access).line.state is CaseState.JUSTIFIED
    contest = watched.oversight.contesting.contest(
        PATIENT.format(1), access, ContestForm(ContestWish.NOT_ME, ContestAnswer.LETTER, "Je n'y étais pas.")
    )
    watched.later(minutes=1)
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert case.line.state is CaseState.OPEN
    assert {flag.code for flag in case.line.flags} == {"contested"}
    assert contest.promised_at - case.contests[0].received_at == 30 * 24 * 3_600_000
    assert case.contests[0].number == contest.number


def test_an_ordinary_access_that_is_contested_gets_its_case(watched: Watched) -> None:
    patient = watched.hospital.add_patient(1)
    watched.hospital.open(patient, watched.hospital.senior, mode=Mode.NORMAL, consent=True)
    with watched.hospital.database.reading() as connection:
        access = connection.exec_driver_sql("SELECT id FROM access_grant").scalar_one()
    watched.oversight.contesting.contest(patient, access, ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL))
    page = watched.oversight.reviewing.queue(watched.dpo)
    assert [line.access_id for line in page.cases] == [access]
    assert page.cases[0].mode.value == "normal"


def test_a_decided_case_is_not_changed_by_what_arrives_later(watched: Watched) -> None:
    access = watched.break_glass(1, admitted=None)
    watched.later(minutes=1)
    watched.oversight.reviewing.unjustify(watched.dpo, access, "aucune venue, aucun soin")
    watched.oversight.reviewing.set_rule(watched.dpo, "admission_reader_unit", "close")
    before = watched.oversight.reviewing.case(watched.dpo, access)
    watched.admit(1)
    watched.later(minutes=1)
    after = watched.oversight.reviewing.case(watched.dpo, access)
    assert after.line == before.line
    assert after.steps == before.steps
