"""Contesting in three steps, one question a page: what is wrong, more words if one likes, how to be answered.

What was answered so far travels in the form itself: no time limit, no script, nothing in an address.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.access.contests import Contest, ContestAnswer, ContestForm, ContestWish
from gateway.errors import InvalidRequest
from gateway.portal.standing import Right
from gateway.portal.views import AccessView
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.patient.whose import add_page, whose_of
from gateway.web.session import holder

LONGEST_WORDS = 2000
_KEPT = 4 * LONGEST_WORDS  # what a form may bring back to be shortened
_NO_WISH = later("Choisissez une réponse.")
_TOO_LONG = later("Votre texte est trop long. Écrivez 2 000 caractères au plus.")
_TOO_MANY = later("Vous avez déjà beaucoup écrit sur cet accès. L'hôpital va vous répondre.")


@dataclass(frozen=True, slots=True)
class Step:
    """Where the person is, what they answered, and what is wrong with it (French, translated where shown)."""

    number: int
    wish: str = ""
    words: str = ""
    answer_by: str = ""
    fault: str = ""

    def form(self) -> ContestForm:
        """The whole answer, after the third step."""
        return ContestForm(ContestWish(self.wish), ContestAnswer(self.answer_by), self.words)


def add_contesting(app: Flask) -> None:
    """`/patient/accesses/{id}/contest`, and what became of it under `/patient/contests`."""
    add_page(app, "/accesses/<access_id>/contest", contest_page, ("GET", "POST"))
    add_page(app, "/contests", contests_page, ("GET",))


@entrance(Entrance.PATIENT)
def contest_page(access_id: str, whose: str = "") -> ResponseReturnValue:
    """The steps; after the last one, the number and the promised date."""
    seen = whose_of(whose)
    seen.need(Right.CONTEST)
    portal = gateway().portal
    view = portal.history.access(holder(), access_id, seen.key)

    def send(form: ContestForm) -> ResponseReturnValue:
        known = sent_already(portal.contesting.contests(holder(), seen.key), form, access_id)
        new_id = known or portal.contesting.contest(holder(), access_id, form, seen.key).id
        return redirect(f"{seen.root}/contests?sent={new_id}", 303)

    return steps(view, back=f"{seen.root}/accesses/{access_id}", send=send, whose=seen)


@entrance(Entrance.PATIENT)
def contests_page(whose: str = "") -> ResponseReturnValue:
    """What was asked, and what the hospital answered."""
    seen = whose_of(whose)
    found = gateway().portal.contesting.contests(holder(), seen.key)
    sent = request.args.get("sent", "")
    return render_template("patient/contests.html", whose=seen, contests=found, sent=sent)


def steps(
    view: AccessView, *, back: str, send: Callable[[ContestForm], ResponseReturnValue], **more: object
) -> ResponseReturnValue:
    """The page of the step asked for, or what sending answers. Raises as `send`."""
    step = next_step()
    if step.number > 3:
        try:
            return send(step.form())
        except InvalidRequest as error:
            if error.code == "review-words-too-long":
                step = Step(2, step.wish, step.words, step.answer_by, _TOO_LONG)
            elif error.code == "contest-too-many":
                step = Step(3, step.wish, step.words, step.answer_by, _TOO_MANY)
            else:
                raise
    page = render_template("patient/contest.html", view=view, step=step, back=back, **more)
    return (page, 422) if step.fault else page


def next_step() -> Step:
    """After the answers sent: the following step (4: all is said), the one before when asked to go back, the same
    one when only the way of reading changes, or the same one with its fault."""
    form = request.form
    done = form.get("step", "0")
    number = int(done) if done in ("1", "2", "3") else 0
    wish = form.get("wish", "") if form.get("wish") in set(ContestWish) else ""
    words = form.get("words", "").replace("\r\n", "\n")[:_KEPT]
    answer_by = form.get("answer_by", "") if form.get("answer_by") in set(ContestAnswer) else ""
    if "stay" in form:
        return Step(max(1, number), wish, words, answer_by)
    if "back" in form:
        return Step(max(1, number - 1), wish, words, answer_by)
    if number >= 1 and not wish:
        return Step(1, wish, words, answer_by, _NO_WISH)
    if number >= 2 and len(words.strip()) > LONGEST_WORDS:
        return Step(2, wish, words, answer_by, _TOO_LONG)
    if number == 3 and not answer_by:
        return Step(3, wish, words, answer_by, _NO_WISH)
    return Step(number + 1, wish, words, answer_by)


def sent_already(contests: Sequence[Contest], form: ContestForm, access_id: str) -> str:
    """The id of the same contest, waiting for its answer: a button pressed twice is one contest."""
    for one in contests:
        same = (one.access_id or access_id, one.wish, one.words.strip()) == (access_id, form.wish, form.words.strip())
        if same and one.answered_at is None:
            return one.id
    return ""
