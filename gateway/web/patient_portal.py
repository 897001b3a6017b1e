"""What patients see: a notice after proof, their accesses, a receipt to keep. Before the proof, nothing at all."""

from collections.abc import Callable
from datetime import date

import orjson
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import GatewayError, NotFound
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import _
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.session import holder, signed_in_patient


def add_patient_portal(app: Flask) -> None:
    """`/n/{code}` for anyone with a notice in hand, `/patient` for patients who sign in."""
    app.add_url_rule("/n/<code>", view_func=notice_page)
    app.add_url_rule("/n/<code>", view_func=prove_notice, methods=["POST"])
    app.add_url_rule("/n/<code>/receipt", view_func=notice_receipt, methods=["POST"])
    app.add_url_rule("/patient", view_func=patient_home)
    app.add_url_rule("/patient/accesses/<access_id>/receipt", view_func=access_receipt)
    app.add_url_rule("/patient/history", view_func=history_file)


@entrance(Entrance.ANYONE)
def notice_page(code: str) -> ResponseReturnValue:
    """The same page for every code, known or not; the notice itself for the signed-in patient it is about."""
    patient = signed_in_patient()
    if patient is not None:
        try:
            view = gateway().announcing.reveal_to(patient, code)
        except GatewayError:
            return _proof_page(code)
        return render_template("notice.html", view=view, code=code, proof=None)
    return _proof_page(code)


@entrance(Entrance.ANYONE)
def prove_notice(code: str) -> ResponseReturnValue:
    """The notice, against the birth date typed."""

    def show(born: str) -> ResponseReturnValue:
        view = gateway().announcing.reveal(code, born)
        return render_template("notice.html", view=view, code=code, proof=request.form)

    return _with_proof(code, show)


@entrance(Entrance.ANYONE)
def notice_receipt(code: str) -> ResponseReturnValue:
    """The audit receipt, against the same proof."""
    return _with_proof(code, lambda born: _receipt_file(gateway().announcing.receipt(code, born)))


@entrance(Entrance.PATIENT)
def patient_home() -> ResponseReturnValue:
    """Every access to the signed-in patient's dossier."""
    try:
        views = gateway().announcing.accesses_of(holder())
    except NotFound:
        return render_template("patient.html", views=(), unknown=True)
    return render_template("patient.html", views=views, unknown=False)


@entrance(Entrance.PATIENT)
def access_receipt(access_id: str) -> ResponseReturnValue:
    """The audit receipt of one access of the signed-in patient."""
    return _receipt_file(gateway().announcing.receipt_to(holder(), access_id))


@entrance(Entrance.PATIENT)
def history_file() -> ResponseReturnValue:
    """Everything the record holds about the signed-in patient, as one file that shows it is complete."""
    return _receipt_file(gateway().announcing.history_of(holder()), "historique-acces.json")


def _with_proof(code: str, answer: Callable[[str], ResponseReturnValue]) -> ResponseReturnValue:
    born = _birth_date()
    if born is None:
        return _proof_page(code, fault=_("Cette date n'existe pas. Écrivez-la comme ceci : 28 / 03 / 1979.")), 422
    try:
        return answer(born)
    except GatewayError as error:
        problem = problem_of(error)
        return _proof_page(code, fault=f"{_(problem.title)}. {_(problem.advice)}"), problem.status


def _birth_date() -> str | None:
    parts = [request.form.get(name, "").strip() for name in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        return None


def _proof_page(code: str, fault: str = "") -> str:
    return render_template(
        "proof.html", code=code, fault=fault, typed=request.form, can_sign_in=gateway().patient_sign_in is not None
    )


def _receipt_file(receipt: object, name: str = "recu-acces.json") -> Response:
    answer = Response(orjson.dumps(receipt, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
