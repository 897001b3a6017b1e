"""Cases: one for each emergency access, weighed with their reasons, decided by the right people."""

from dataclasses import replace

import pytest

from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.oversight.reviews.case import CaseState, StepKind
from gateway.oversight.reviews.queue import QueueFilter
from gateway.oversight.reviews.reviewing import CaseChanged, OwnAccess, SameReviewer
from gateway.settings import ReviewSettings, ReviewWeights
from policies import Mode
from tests.oversight.conftest import Watched, watch


def test_every_emergency_access_has_exactly_one_case_and_no_ordinary_one_has(watched: Watched) -> None:
    emergency = watched.break_glass(1)
    watched.hospital.open(watched.hospital.add_patient(2), watched.hospital.senior, mode=Mode.NORMAL, consent=True)
    assert watched.hospital.count("access_grant") == 2
    assert watched.hospital.count("review") == 1
    assert watched.oversight.reviewing.case(watched.dpo, emergency).line.state is CaseState.OPEN


def test_an_emergency_access_older_than_the_reviews_gets_its_case_on_the_next_round(watched: Watched) -> None:
    access = watched.break_glass(1)
    watched.hospital.run("DELETE FROM review")
    assert watched.oversight.minding.adopt() == 1
    assert watched.oversight.minding.adopt() == 0
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert case.line.unit == "URG"
    assert case.line.reason_code == "vital_emergency"


def test_the_queue_shows_the_heaviest_first_and_the_oldest_of_equals(watched: Watched) -> None:
    calm = watched.break_glass(1)
    watched.hospital.still.pass_time(minutes=1)
    calm_too = watched.break_glass(2)
    heavy = watched.break_glass(3, admitted=None, reason="other", text="un motif assez long")
    page = watched.oversight.reviewing.queue(watched.dpo)
    assert [line.access_id for line in page.cases] == [heavy, calm, calm_too]
    assert page.cases[0].risk == 70
    assert [flag.code for flag in page.cases[0].flags] == ["no_admission", "other_reason"]
    assert page.counts == {CaseState.OPEN: 3}


def test_pages_of_the_queue_follow_each_other_without_loss_or_repeat(watched: Watched) -> None:
    opened = [watched.break_glass(number) for number in range(1, 8)]
    watched.oversight.minding.round()
    seen, after = [], None
    for _ in range(10):
        page = watched.oversight.reviewing.queue(watched.dpo, None, after, 2)
        seen += [line.access_id for line in page.cases]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == sorted(opened)


def test_the_queue_is_filtered_by_flag_unit_state_and_explanation(watched: Watched) -> None:
    explained, unexplained = watched.break_glass(1), watched.break_glass(2, admitted=None)
    watched.oversight.minding.round()

    def shown(only: QueueFilter) -> list[str]:
        return [line.access_id for line in watched.oversight.reviewing.queue(watched.dpo, only).cases]

    assert shown(QueueFilter(flag="no_admission")) == [unexplained]
    assert shown(QueueFilter(proposed=True)) == [explained]
    assert shown(QueueFilter(unit="NOWHERE")) == []
    assert shown(QueueFilter(done=True)) == []
    watched.oversight.reviewing.justify(watched.dpo, explained)
    assert shown(QueueFilter(done=True)) == [explained]
    assert shown(QueueFilter()) == [unexplained]


def test_flags_of_kinship_and_protection_are_sentences_with_their_evidence(watched: Watched) -> None:
    hospital = watched.hospital
    access = watched.break_glass(1, birth_name="LE GOFF", used_name="Mârtin", protected=True)
    case = watched.oversight.reviewing.case(watched.dpo, access)
    watched.oversight.minding.round()
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert {flag.code for flag in case.line.flags} == {"same_surname", "protected"}
    sentence = next(flag for flag in case.line.flags if flag.code == "same_surname")
    assert "nom utilisé" in sentence.fr
    assert "used name" in sentence.en
    hospital.add_patient(2, linked_staff_key=hospital.intern.key, birth_name="AUTRE")
    watched.note_contact(2, "12 rue des Lilas, 35000 RENNES")
    other = watched.break_glass(3)
    watched.note_contact(3, "12, rue des lilas 35000 Rennes")
    watched.oversight.minding.round()
    assert watched.codes(other) == {"same_address"}


def test_a_colleague_and_a_repeat_reader_are_flagged(watched: Watched) -> None:
    first = watched.break_glass(1, linked_staff_key=watched.hospital.senior.key)
    watched.later(days=3)
    second = watched.break_glass(1)
    watched.later(minutes=1)
    assert watched.codes(first) == {"colleague"}
    assert watched.codes(second) == {"colleague", "repeat_reader"}


def test_weights_are_data_and_zero_switches_a_flag_off(watched: Watched) -> None:
    strict = watch(watched.hospital, ReviewSettings(weights=ReviewWeights(no_admission=0, other_reason=7)))
    access = strict.break_glass(1, admitted=None, reason="other", text="un motif assez long")
    strict.oversight.minding.round()
    line = strict.oversight.reviewing.case(strict.dpo, access).line
    assert [(flag.code, flag.weight) for flag in line.flags] == [("other_reason", 7)]
    assert line.risk == 7


def test_a_decision_is_recorded_with_who_and_why_and_cannot_be_made_twice(watched: Watched) -> None:
    access = watched.break_glass(1)
    assert watched.oversight.reviewing.justify(watched.dpo, access, "vu avec le service") is CaseState.JUSTIFIED
    with pytest.raises(CaseChanged):
        watched.oversight.reviewing.unjustify(watched.dpo, access, "finalement non, pas du tout")
    case = watched.oversight.reviewing.case(watched.dpo, access)
    assert [(step.kind, step.by_name, step.words) for step in case.steps] == [
        (StepKind.JUSTIFIED, "Claire Dumont", "vu avec le service")
    ]
    entry = watched.hospital.entry(watched.hospital.entries("review.justified")[0])
    assert entry.facts["access"] == access
    assert "vu avec le service" not in str(entry.facts)
    assert any(values.get("words") == "vu avec le service" for values in entry.personal.values())


def test_looking_is_recorded_and_is_for_the_dpo_alone(watched: Watched) -> None:
    access = watched.break_glass(1)
    for call in (
        lambda who: watched.oversight.reviewing.queue(who),
        lambda who: watched.oversight.reviewing.case(who, access),
        lambda who: watched.oversight.reviewing.justify(who, access),
        lambda who: watched.oversight.case_files.export(who, access),
    ):
        with pytest.raises(NotAllowed):
            call(watched.hospital.senior)
    watched.oversight.reviewing.queue(watched.dpo)
    watched.oversight.reviewing.case(watched.dpo, access)
    assert len(watched.hospital.entries("review.queue_viewed")) == 1
    assert len(watched.hospital.entries("review.case_viewed")) == 1
    with pytest.raises(NotFound):
        watched.oversight.reviewing.case(watched.dpo, "00000000-0000-4000-8000-00000000ffff")


def test_nobody_reviews_their_own_access(watched: Watched) -> None:
    access = watched.break_glass(1)
    both = replace(watched.hospital.intern, roles=frozenset({"staff", "dpo"}), unit="")
    for act in (watched.oversight.reviewing.justify, watched.oversight.reviewing.ask):
        with pytest.raises(OwnAccess):
            act(both, access)
    assert watched.hospital.count("review", "state = 'open'") == 1


def test_a_case_of_ones_own_unit_needs_a_second_reader_who_agrees(watched: Watched) -> None:
    access, reviewing = watched.break_glass(1), watched.oversight.reviewing
    near = replace(watched.dpo, unit="URG")
    assert reviewing.justify(near, access) is CaseState.SECOND
    with pytest.raises(SameReviewer):
        reviewing.justify(near, access)
    assert reviewing.justify(watched.other_dpo, access) is CaseState.JUSTIFIED
    other = watched.break_glass(2)
    assert reviewing.unjustify(near, other, "aucun soin en cours") is CaseState.SECOND
    assert reviewing.justify(watched.other_dpo, other) is CaseState.OPEN
    kinds = [step.kind for step in reviewing.case(watched.dpo, other).steps]
    assert kinds == [StepKind.FIRST_UNJUSTIFIED, StepKind.DISAGREED]


def test_a_decision_can_be_taken_back_for_a_while_by_whoever_made_it(watched: Watched) -> None:
    access, reviewing = watched.break_glass(1), watched.oversight.reviewing
    reviewing.justify(watched.dpo, access)
    with pytest.raises(CaseChanged):
        reviewing.undo(watched.other_dpo, access)
    assert reviewing.undo(watched.dpo, access) is CaseState.OPEN
    reviewing.justify(watched.dpo, access)
    watched.hospital.still.pass_time(minutes=11)
    with pytest.raises(CaseChanged):
        reviewing.undo(watched.dpo, access)


def test_the_reader_is_asked_reminded_and_answers_in_the_app(watched: Watched) -> None:
    access, oversight, intern = watched.break_glass(1), watched.oversight, watched.hospital.intern
    oversight.reviewing.ask(watched.dpo, access, "Pourquoi ce patient ?")
    assert oversight.answering.waiting(intern) == 1
    assert oversight.answering.waiting(watched.hospital.senior) == 0
    asked = oversight.answering.asked(intern)[0]
    assert (asked.question, asked.answer, asked.reminded) == ("Pourquoi ce patient ?", "", False)
    watched.later(days=5, minutes=1)
    assert oversight.answering.asked(intern)[0].reminded
    assert oversight.minding.remind() == 0
    with pytest.raises(NotFound):
        oversight.answering.explain(watched.hospital.senior, access, "ce n'est pas à moi de répondre")
    with pytest.raises(InvalidRequest):
        oversight.answering.explain(intern, access, "court")
    oversight.answering.explain(intern, access, "Transfert non saisi par le SMUR.")
    with pytest.raises(CaseChanged):
        oversight.answering.explain(intern, access, "Une deuxième réponse, trop tard.")
    assert oversight.answering.waiting(intern) == 0
    case = oversight.reviewing.case(watched.dpo, access)
    assert case.line.state is CaseState.ANSWERED
    assert [step.kind for step in case.steps] == [StepKind.ASKED, StepKind.REMINDED, StepKind.EXPLAINED]
    assert oversight.reviewing.justify(watched.dpo, access) is CaseState.JUSTIFIED


def test_cases_past_their_date_raise_an_alert_a_day(watched: Watched) -> None:
    watched.break_glass(1)
    watched.later(days=1)
    assert watched.hospital.count("alert", "kind = 'reviews-late'") == 0
    watched.later(days=15)
    assert watched.hospital.count("alert", "kind = 'reviews-late'") == 1
    watched.later(hours=1)
    assert watched.hospital.count("alert", "kind = 'reviews-late'") == 1
    watched.later(days=1)
    assert watched.hospital.count("alert", "kind = 'reviews-late'") == 2
