"""What the record holds of the person signed in, for that person: a list to narrow down, and the whole as a file."""

import re

import orjson
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.oversight.own_record import OwnQuestion
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_PLACE = re.compile(r"(\d{1,16})\.([0-9a-f-]{36})", re.ASCII)


def add_own_history(app: Flask) -> None:
    """`/my-history`."""
    app.add_url_rule("/my-history", view_func=own_history)
    app.add_url_rule("/my-history/file", view_func=own_history_file)
    app.add_url_rule("/my-history/receipts/<access_id>", view_func=own_receipt)


@entrance(Entrance.SIGNED_IN)
def own_history() -> ResponseReturnValue:
    """One's own entries, newest first."""
    figuring, fault = gateway().oversight.figuring, ""
    try:
        period = figuring.period(request.args.get("from", ""), request.args.get("to", ""))
    except InvalidRequest as error:
        fault, period = sentence_of(error), figuring.period("", "")
    asked = OwnQuestion(period=period, type=request.args.get("type", "")[:64])
    place = _PLACE.fullmatch(request.args.get("before", ""))
    before = (int(place[1]), place[2]) if place is not None else None
    page = gateway().oversight.own_record.page(staff(), asked, before)
    shown = render_template("dpo/own_history.html", page=page, asked=asked, period=period, fault=fault)
    return (shown, 422) if fault else shown


@entrance(Entrance.SIGNED_IN)
def own_history_file() -> ResponseReturnValue:
    """All of it, each entry with its proof."""
    return _file(gateway().oversight.own_record.file(staff()), "mes-acces.json")


@entrance(Entrance.SIGNED_IN)
def own_receipt(access_id: str) -> ResponseReturnValue:
    """The receipt of one's own opening of a dossier."""
    return _file(gateway().oversight.own_record.receipt(staff(), access_id), "recu-acces.json")


def _file(content: object, name: str) -> Response:
    answer = Response(orjson.dumps(content, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
