"""What is recorded at the desk for somebody: a contest, a block, an emergency setting, how they want to be told."""

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.errors import InvalidRequest, NotFound
from gateway.portal.choices import EmergencySetting
from gateway.portal.desk import DeskAccess, DeskVisit
from gateway.web.desk.visit import address, visit_of
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.patient.choosing import wanted_preferences
from gateway.web.patient.written_day import read_day
from gateway.web.problems import sentence_of
from gateway.web.session import staff
from gateway.web.times import local

_FOR = ("contest", "block")
_NOT_FOUND = later("Aucun accès ne correspond. Vérifiez le code ou le jour.")
_NO_DAY = later("Ce jour n'existe pas. Écrivez-le comme ceci : 22/11/2026.")
_KEPT = 8000


def add_acting(app: Flask) -> None:
    """Under `/desk/patients/{id}`."""
    base = "/desk/patients/<patient_id>"
    both = ["GET", "POST"]
    app.add_url_rule(f"{base}/accesses", view_func=desk_accesses, methods=both)
    app.add_url_rule(f"{base}/accesses/<access_id>/contest", view_func=desk_contest, methods=both)
    app.add_url_rule(f"{base}/accesses/<access_id>/block", view_func=desk_block, methods=both)
    app.add_url_rule(f"{base}/unblock", view_func=desk_unblock, methods=["POST"])
    app.add_url_rule(f"{base}/settings", view_func=desk_settings, methods=both)
    app.add_url_rule(f"{base}/notices", view_func=desk_notices, methods=both)


@entrance(Entrance.DESK)
def desk_accesses(patient_id: str) -> ResponseReturnValue:
    """Which access it is about: by the code of the notice in their hand, or by its day."""
    visit, what = begun_visit(patient_id), request.values.get("for", "")
    if what not in _FOR:
        raise NotFound("neither a contest nor a block")
    found: tuple[DeskAccess, ...] = ()
    fault = ""
    if request.method == "POST":
        try:
            found = _accesses(visit)
        except NotFound:
            fault = _NOT_FOUND
        except InvalidRequest:
            fault = _NO_DAY
        fault = fault or ("" if found else _NOT_FOUND)
    page = desk_page_of(
        "desk/accesses.html",
        visit,
        what=what,
        found=found,
        fault=fault,
        typed=request.form,
        sure=gateway().portal.desk.is_sure(staff(), visit),
    )
    return (page, 422) if fault else page


@entrance(Entrance.DESK)
def desk_contest(patient_id: str, access_id: str) -> ResponseReturnValue:
    """The three questions of a contest on one page, for who types while listening."""
    visit, form, fault = begun_visit(patient_id), request.form, ""
    if request.method == "POST":
        wish, answer_by = form.get("wish", ""), form.get("answer_by", "")
        if wish in set(ContestWish) and answer_by in set(ContestAnswer):
            asked = ContestForm(ContestWish(wish), ContestAnswer(answer_by), form.get("words", "")[:_KEPT])
            try:
                receipt = gateway().portal.desk.contest(staff(), visit, access_id, asked)
                return redirect(address(visit, number=receipt.number, promised=str(receipt.promised_at)), 303)
            except InvalidRequest as error:
                fault = sentence_of(error)
        else:
            fault = sentence_of(InvalidRequest("an answer is missing", code="desk-answers"))
    page = desk_page_of("desk/contest.html", visit, fault=fault, typed=form)
    return (page, 422) if fault else page


@entrance(Entrance.DESK)
def desk_block(patient_id: str, access_id: str) -> ResponseReturnValue:
    """What a block means, to be read aloud; once said yes to, the professional of this access is shut out."""
    visit = begun_visit(patient_id)
    if request.method == "POST":
        gateway().portal.desk.block(staff(), visit, access_id)
        return redirect(address(visit, done="block"), 303)
    return desk_page_of("desk/block.html", visit)


@entrance(Entrance.DESK)
def desk_unblock(patient_id: str) -> ResponseReturnValue:
    """Withdraw the blocks of this side."""
    visit = begun_visit(patient_id)
    gateway().portal.desk.unblock_all(staff(), visit)
    return redirect(address(visit, done="unblock"), 303)


@entrance(Entrance.DESK)
def desk_settings(patient_id: str) -> ResponseReturnValue:
    """The three emergency settings: what each is now, and the other answer."""
    visit, desk = begun_visit(patient_id), gateway().portal.desk
    name, allow = request.form.get("setting", ""), request.form.get("allow", "")
    if request.method == "POST" and name in set(EmergencySetting) and allow in ("yes", "no"):
        desk.set(staff(), visit, EmergencySetting(name), allow == "yes")
        return redirect(address(visit, done="setting"), 303)
    settings = desk.settings(staff(), visit)
    return desk_page_of("desk/settings.html", visit, settings=settings, names=tuple(EmergencySetting))


@entrance(Entrance.DESK)
def desk_notices(patient_id: str) -> ResponseReturnValue:
    """How they want to be told."""
    visit, desk = begun_visit(patient_id), gateway().portal.desk
    known, fault = desk.preferences(staff(), visit), ""
    if request.method == "POST":
        try:
            desk.prefer(staff(), visit, wanted_preferences(known))
            return redirect(address(visit, done="notices"), 303)
        except InvalidRequest as error:
            fault = sentence_of(error)
    page = desk_page_of("desk/notices.html", visit, known=known, fault=fault)
    return (page, 422) if fault else page


def _accesses(visit: DeskVisit) -> tuple[DeskAccess, ...]:
    desk, code = gateway().portal.desk, request.form.get("code", "").strip()
    if code:
        return (desk.access_by_code(staff(), visit, code[:40]),)
    typed = request.form.get("day", "").strip()[:20]
    day = read_day(typed, local(gateway().world.now()).date())
    return desk.accesses_on(staff(), visit, day.isoformat() if day is not None else typed)


def begun_visit(patient_id: str) -> DeskVisit:
    """The visit, its two questions answered. Raises `InvalidRequest` (`desk-visit`)."""
    visit = visit_of(patient_id)
    if visit is None:
        raise InvalidRequest("the visit was not begun", code="desk-visit")
    return visit


def desk_page_of(template: str, visit: DeskVisit, **more: object) -> str:
    """A page of a visit."""
    patient = gateway().portal.desk.patient(staff(), visit.patient_id)
    return render_template(
        template, patient=patient, visit=visit, page=lambda path, **query: address(visit, path, **query), **more
    )
