"""Who opened the dossier: every access, one of them whole, the proof to keep."""

from collections.abc import Mapping

import orjson
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.portal.views import HistoryPage
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.patient.sifting import address, asked_filter, is_whole
from gateway.web.patient.whose import add_page, chosen, whose_of
from gateway.web.session import holder


def add_accesses(app: Flask) -> None:
    """`/patient`, an access, its receipt, the file of the whole history; the explanation is open to anyone."""
    add_page(app, "", accesses_page, ("GET",))
    add_page(app, "/accesses/<access_id>", access_page, ("GET",))
    add_page(app, "/accesses/<access_id>/receipt", access_receipt, ("GET",))
    app.add_url_rule("/patient/history", view_func=history_file)
    app.add_url_rule("/patient/help", view_func=help_page)


@entrance(Entrance.PATIENT)
def accesses_page(whose: str = "") -> ResponseReturnValue:
    """The accesses, newest first, filtered as asked."""
    people = gateway().portal.people.people_of(holder())
    if not people:
        return render_template("patient/unknown.html")
    seen = chosen(people, whose)
    asked, fault = asked_filter(), ""
    history = gateway().portal.history
    try:
        page = history.page(holder(), seen.key, asked, request.args.get("after", ""))
    except InvalidRequest as error:
        page, fault = HistoryPage(accesses=(), next="", total=0), error.code
    shown = render_template(
        "patient/accesses.html",
        whose=seen,
        page=page,
        asked=asked,
        choices=history.choices(holder(), seen.key),
        whole=is_whole(asked),
        first="after" not in request.args,
        following=address(seen.root, asked, after=page.next) if page.next else "",
        fault=fault,
    )
    return (shown, 422) if fault else shown


@entrance(Entrance.PATIENT)
def access_page(access_id: str, whose: str = "") -> ResponseReturnValue:
    """One access, whole, and what can be done about it."""
    seen = whose_of(whose)
    view = gateway().portal.history.access(holder(), access_id, seen.key)
    return render_template("patient/access.html", whose=seen, view=view)


@entrance(Entrance.PATIENT)
def access_receipt(access_id: str, whose: str = "") -> ResponseReturnValue:
    """The verifiable receipt of one access."""
    return file_to_keep(gateway().portal.history.receipt(holder(), access_id, whose), "recu-acces.json")


@entrance(Entrance.PATIENT)
def history_file() -> ResponseReturnValue:
    """Everything the record holds about the signed-in patient, as one file that shows it is complete."""
    return file_to_keep(gateway().portal.history.file(holder()), "historique-acces.json")


@entrance(Entrance.ANYONE)
def help_page() -> ResponseReturnValue:
    """What an access is, what break-glass is, what one can do: nothing about anyone."""
    return render_template("patient/help.html", can_sign_in=gateway().patient_sign_in is not None)


def file_to_keep(content: Mapping[str, object], name: str) -> Response:
    """A JSON file the browser saves."""
    answer = Response(orjson.dumps(content, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
