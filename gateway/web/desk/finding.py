"""Finding the person at the desk: identity traits alone, then the two questions that begin a visit."""

import re

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.access.finding import SearchResult
from gateway.errors import InvalidRequest
from gateway.portal.standing import Right
from gateway.web.desk.visit import CHECKS, address, visit_of
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_LONGEST_SEARCH = 600
_SURE = frozenset({"ins", "ipp", "datamatrix"})
_NUMBER = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", re.ASCII)
_DONE = frozenset({"block", "unblock", "setting", "notices", "addresses"})


def add_finding(app: Flask) -> None:
    """`/desk`: the search goes by POST, so that no identity is ever in an address."""
    app.add_url_rule("/desk", view_func=desk_page)
    app.add_url_rule("/desk", view_func=desk_search, methods=["POST"])
    app.add_url_rule("/desk/patients/<patient_id>", view_func=visit_page)


@entrance(Entrance.DESK)
def desk_page() -> ResponseReturnValue:
    """The field."""
    return _page()


@entrance(Entrance.DESK)
def desk_search() -> ResponseReturnValue:
    """Who answers to what was typed or scanned."""
    asked = request.form.get("search", "")[:_LONGEST_SEARCH]
    if not asked.strip():
        return redirect("/desk", 303)
    try:
        found = gateway().portal.desk.search(staff(), asked)
    except InvalidRequest as error:
        return _page(asked=asked, fault=sentence_of(error)), 422
    if len(found.patients) == 1 and not found.more and found.understood_as in _SURE:
        return redirect(f"/desk/patients/{found.patients[0].id}", 303)
    return _page(asked=asked, found=found)


@entrance(Entrance.DESK)
def visit_page(patient_id: str) -> ResponseReturnValue:
    """The two questions; once answered, what this person may ask for."""
    desk = gateway().portal.desk
    patient, visit = desk.patient(staff(), patient_id), visit_of(patient_id)
    answered = "asked" in request.args or "side" in request.args or "check" in request.args
    if visit is None:
        page = render_template(
            "desk/visit.html",
            patient=patient,
            visit=None,
            representatives=desk.representatives(staff(), patient_id),
            checks=CHECKS,
            typed=request.args,
            fault=answered,
            do_not_call=desk.do_not_call(staff(), patient_id),
        )
        return (page, 422) if answered else page
    number, promised = request.args.get("number", ""), request.args.get("promised", "")
    done = request.args.get("done", "")
    return render_template(
        "desk/visit.html",
        patient=patient,
        visit=visit,
        rights=desk.begin(staff(), visit),
        Right=Right,
        sure=desk.is_sure(staff(), visit),
        page=lambda path: address(visit, path),
        number=number if _NUMBER.fullmatch(number) else "",
        promised=int(promised) if promised.isascii() and promised.isdigit() and len(promised) < 15 else 0,
        done=done if done in _DONE else "",
        fault=False,
    )


def _page(asked: str = "", fault: str = "", found: SearchResult | None = None) -> str:
    return render_template("desk/find.html", asked=asked, fault=fault, found=found)
