"""Between the patient and the dossier: one button where the law asks nothing more, else the law's own question."""

import re

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.access.opening import Preview
from gateway.access.outcome import Granted, Refused
from gateway.access.request import AccessRequest, Mode, PatientSelector, parse_reason
from gateway.errors import InvalidReason
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.session import staff

_AGREES, _REFUSES, _ALREADY_AGREED = "agrees", "refuses", "already_agreed"
_LONGEST_TEXT = 600
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)


def add_emergency(app: Flask) -> None:
    """`/patients/{id}`: the id is opaque."""
    app.add_url_rule("/patients/<patient_id>", view_func=patient_page)
    app.add_url_rule("/patients/<patient_id>", view_func=open_patient, methods=["POST"])


@entrance(Entrance.STAFF)
def patient_page(patient_id: str) -> ResponseReturnValue:
    """The dossier if it is open already; else the doors that exist; else why there is none."""
    preview = gateway().opening.preview(staff(), patient_id)
    if preview.open_access_id:
        return redirect(url_for("summary_page", access_id=preview.open_access_id), 303)
    if not (preview.normal_without_asking or preview.normal_with_consent or preview.break_glass or preview.centre_15):
        return render_template("refused.html", refusal=preview, choice=""), 403
    return _panel(preview)


@entrance(Entrance.STAFF)
def open_patient(patient_id: str) -> ResponseReturnValue:
    """Ask for what the panel's answer means. The hidden request id makes a double click one request."""
    choice = request.form.get("choice", "")
    typed = next((said for said in request.form.getlist("text") if said.strip()), "")[:_LONGEST_TEXT]
    try:
        asked = _request_of(patient_id, choice, typed)
    except InvalidReason as error:
        preview = gateway().opening.preview(staff(), patient_id)
        if preview.open_access_id:
            return redirect(url_for("summary_page", access_id=preview.open_access_id), 303)
        return _panel(preview, choice=choice, typed=typed, fault=error), 422
    outcome = gateway().opening.open_dossier(staff(), asked)
    if isinstance(outcome, Granted):
        return redirect(url_for("summary_page", access_id=outcome.access.id), 303)
    return refused_page(outcome)


def refused_page(refused: Refused) -> ResponseReturnValue:
    """Which rule, in plain words, and what remains possible; never a hint of content."""
    choice = _REFUSES if refused.patient_refuses else ""
    return render_template("refused.html", refusal=refused, choice=choice), 403


def _request_of(patient_id: str, choice: str, typed: str) -> AccessRequest:
    """The use case's request. Raises `InvalidReason` when nothing, or nothing known, was chosen."""
    wanted, _dot, code = choice.partition(".")
    sent_id = request.form.get("request_id", "")
    request_id = sent_id if _REQUEST_ID.fullmatch(sent_id) else gateway().world.new_id()
    patient = PatientSelector(patient_id=patient_id)
    if choice in (_AGREES, _REFUSES, _ALREADY_AGREED):
        return AccessRequest(
            request_id=request_id,
            patient=patient,
            mode=Mode.NORMAL,
            consent_given=choice == _AGREES,
            patient_refuses=choice == _REFUSES,
        )
    if not choice:
        raise InvalidReason("nothing was chosen", field="choice", code="reason-required")
    if wanted not in (Mode.BREAK_GLASS, Mode.CENTRE_15):
        raise InvalidReason("unknown choice", field="choice", code="reason-unknown")
    mode = Mode(wanted)
    reason = parse_reason(gateway().rules.current().settings, mode, code, typed)
    return AccessRequest(request_id=request_id, patient=patient, mode=mode, reason=reason)


def _panel(preview: Preview, *, choice: str = "", typed: str = "", fault: InvalidReason | None = None) -> str:
    return render_template(
        "panel.html",
        preview=preview,
        choice=choice,
        typed=typed,
        fault=problem_of(fault) if fault is not None else None,
        fault_in_text=fault is not None and fault.field == "reason.text",
        request_id=gateway().world.new_id(),
    )
