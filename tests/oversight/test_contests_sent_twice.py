"""A button pressed twice is one contest, however close together the two requests come."""

from concurrent.futures import ThreadPoolExecutor

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from tests.oversight.conftest import Watched

PATIENT = "00000000-0000-4000-8000-000000000001"
FORM = ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL, "Qui est-ce ?")


def test_the_same_contest_sent_by_eight_requests_at_once_is_one(watched: Watched) -> None:
    access = watched.break_glass(1)
    contesting = watched.oversight.contesting
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: contesting.contest(PATIENT, access, FORM), range(8)))
    (kept,) = contesting.contests_of_patient(PATIENT, ("holder",))
    assert {receipt.id for receipt in receipts} == {kept.id}
    assert {receipt.promised_at for receipt in receipts} == {kept.promised_at}
    assert len(watched.hospital.entries("review.contested")) == 1


def test_other_words_another_side_or_a_contest_after_the_answer_are_another_contest(watched: Watched) -> None:
    access = watched.break_glass(1)
    contesting = watched.oversight.contesting
    first = contesting.contest(PATIENT, access, FORM)
    contesting.contest(PATIENT, access, ContestForm(FORM.wish, FORM.answer_by, "Et pourquoi ?"))
    contesting.contest(PATIENT, access, FORM, side="proof")
    contesting.answer(watched.dpo, first.id, "Un médecin de garde vous a soigné.")
    contesting.contest(PATIENT, access, FORM)
    assert len(contesting.contests_of_patient(PATIENT, ("holder", "proof"))) == 4
