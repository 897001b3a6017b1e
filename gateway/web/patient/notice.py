"""A notice's page: before the proof, nothing; after it, that one access, its receipt, and the way to contest it.

The proof opens a pass of a quarter of an hour, kept in a cookie: it shows this notice and no other. Blocking and
settings take a sign-in: relatives know a birth date, and open letters.
"""

from urllib.parse import quote

from flask import Flask, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.access.announcing import ProofRefused
from gateway.access.contests import ContestForm
from gateway.errors import NotFound
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import _, later
from gateway.web.parts import gateway
from gateway.web.patient.accesses import file_to_keep
from gateway.web.patient.contesting import sent_already, steps
from gateway.web.patient.problem_words import problem_for_patient
from gateway.web.patient.whose import root_of
from gateway.web.patient.written_day import read_boxes
from gateway.web.problem_words import problem_of
from gateway.web.session import forget_notice_pass, keep_notice_pass, notice_pass, signed_in_patient
from gateway.web.times import local

_LONGEST_CODE = 40
_NO_DATE = later("Cette date n'existe pas. Écrivez-la comme ceci : 28 / 03 / 1979.")


def add_notice(app: Flask) -> None:
    """`/n/{code}` for anyone with a notice in hand, `/n` for who types its code."""
    app.add_url_rule("/n", view_func=code_page)
    app.add_url_rule("/n/<code>", view_func=notice_page)
    app.add_url_rule("/n/<code>", view_func=prove_notice, methods=["POST"])
    app.add_url_rule("/n/<code>/receipt", view_func=notice_receipt)
    app.add_url_rule("/n/<code>/contest", view_func=contest_notice, methods=["GET", "POST"])
    app.add_url_rule("/n/<code>/leave", view_func=leave_notice, methods=["POST"])


@entrance(Entrance.ANYONE)
def code_page() -> ResponseReturnValue:
    """Where to type the code of a message or a letter; then on to its page, whatever was typed."""
    typed = "".join(request.args.get("code", "")[:_LONGEST_CODE].split()).strip("/")
    if typed:
        return redirect(f"/n/{quote(typed, safe='')}", 303)
    return render_template("patient/code.html", fault="code" in request.args)


@entrance(Entrance.ANYONE)
def notice_page(code: str) -> ResponseReturnValue:
    """The same page for every code, known or not; the notice itself to who proved it or signed in as its patient."""
    patient = signed_in_patient()
    if patient is not None:
        try:
            view, whose = gateway().portal.history.by_code(patient, code)
        except NotFound:
            return _proof_page(code)
        return redirect(f"{root_of(whose)}/accesses/{view.access_id}", 303)
    if not notice_pass():
        return _proof_page(code)
    pages = gateway().portal.notices
    try:
        view = pages.shown(notice_pass(), code)
        also = pages.also_told(notice_pass(), code)
        contests = pages.contests(notice_pass(), code)
    except ProofRefused:
        return _proof_page(code)
    sent = request.args.get("sent", "")
    return render_template(
        "patient/notice.html",
        view=view,
        also=also,
        code=code,
        contests=contests,
        sent=sent,
        can_sign_in=_can_sign_in(),
    )


@entrance(Entrance.ANYONE)
def prove_notice(code: str) -> ResponseReturnValue:
    """The proof: the birth date typed, against the code."""
    born = _birth_date()
    if born is None:
        return _proof_page(code, fault=_(_NO_DATE)), 422
    try:
        opened = gateway().portal.notices.prove(code, born)
    except ProofRefused as error:
        return _proof_page(code, fault=_refusal(error)), 403
    answer = redirect(f"/n/{code}", 303)
    keep_notice_pass(answer, opened.token)
    return answer


@entrance(Entrance.ANYONE)
def notice_receipt(code: str) -> ResponseReturnValue:
    """The verifiable receipt of that access."""
    try:
        return file_to_keep(gateway().portal.notices.receipt(notice_pass(), code), "recu-acces.json")
    except ProofRefused:
        return redirect(f"/n/{code}", 303)


@entrance(Entrance.ANYONE)
def contest_notice(code: str) -> ResponseReturnValue:
    """The three steps, for who proved no more than the code and the birth date.

    Where the pass ended meanwhile, the proof is asked again and what was typed comes back with it.
    """
    renewed = ""
    if "year" in request.form:
        born = _birth_date()
        if born is None:
            return _proof_page(code, fault=_(_NO_DATE), action=f"/n/{code}/contest"), 422
        try:
            renewed = gateway().portal.notices.prove(code, born).token
        except ProofRefused as error:
            return _proof_page(code, fault=_refusal(error), action=f"/n/{code}/contest"), 403
    try:
        answer = make_response(_contest(code, renewed or notice_pass()))
    except ProofRefused:
        if request.method == "POST":
            return _proof_page(code, action=f"/n/{code}/contest"), 403
        return redirect(f"/n/{code}", 303)
    if renewed:
        keep_notice_pass(answer, renewed)
    return answer


def _contest(code: str, token: str) -> ResponseReturnValue:
    pages = gateway().portal.notices
    view = pages.shown(token, code)

    def send(form: ContestForm) -> ResponseReturnValue:
        known = sent_already(pages.contests(token, code), form, view.access_id)
        new_id = known or pages.contest(token, code, form).id
        return redirect(f"/n/{code}?sent={new_id}", 303)

    return steps(view, back=f"/n/{code}", send=send)


@entrance(Entrance.ANYONE)
def leave_notice(code: str) -> ResponseReturnValue:
    """Close the page for whoever comes next on this device."""
    if notice_pass():
        gateway().portal.notices.leave(notice_pass())
    answer = redirect("/patient/auth/logged-out", 303)
    forget_notice_pass(answer)
    return answer


def _birth_date() -> str | None:
    day, month, year = (request.form.get(name, "") for name in ("day", "month", "year"))
    born = read_boxes(day, month, year, local(gateway().world.now()).date())
    return born.isoformat() if born is not None else None


def _refusal(error: ProofRefused) -> str:
    problem = problem_for_patient(problem_of(error), error.code)
    return f"{_(problem.title)}. {_(problem.advice)}"


def _proof_page(code: str, fault: str = "", action: str = "") -> str:
    return render_template(
        "patient/proof.html",
        code=code,
        fault=fault,
        typed=request.form,
        can_sign_in=_can_sign_in(),
        action=action or f"/n/{code}",
    )


def _can_sign_in() -> bool:
    return gateway().patient_sign_in is not None
