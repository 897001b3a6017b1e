"""The log, searched by period, type, person and patient; what is asked travels in the body, never in an address."""

import json
import re

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.exporting.columns import Language
from gateway.oversight.searching import LogQuestion
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import language
from gateway.web.parts import gateway
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_PLACE = re.compile(r"(\d{1,16})\.([0-9a-f-]{36})")
_FIELDS = ("first", "last", "type", "person", "ipp")


def add_log(app: Flask) -> None:
    """`/dpo/log` and the receipts."""
    app.add_url_rule("/dpo/log", view_func=log_page)
    app.add_url_rule("/dpo/log", view_func=search_log, methods=["POST"])
    app.add_url_rule("/dpo/log/file", view_func=log_file, methods=["POST"])
    app.add_url_rule("/dpo/log/receipts/<entry_id>", view_func=entry_receipt)


@entrance(Entrance.DPO)
def log_page() -> ResponseReturnValue:
    """The form, and what of the log stands outside; nothing is searched yet."""
    asked, anchors = dict.fromkeys(_FIELDS, ""), gateway().anchoring.state()
    return render_template("dpo/log.html", asked=asked, page=None, fault="", anchors=anchors)


@entrance(Entrance.DPO)
def search_log() -> ResponseReturnValue:
    """What answers, a page at a time."""
    form = request.form
    asked = {name: form.get(name, "").strip()[:200] for name in _FIELDS}
    place = _PLACE.fullmatch(form.get("before", ""))
    try:
        period = gateway().oversight.figuring.period(asked["first"], asked["last"])
    except InvalidRequest as error:
        return render_template("dpo/log.html", asked=asked, page=None, fault=sentence_of(error)), 422
    question = LogQuestion(period=period, type=asked["type"], person=asked["person"], ipp=asked["ipp"])
    page = gateway().oversight.log_search.search(
        staff(), question, (int(place[1]), place[2]) if place is not None else None
    )
    return render_template("dpo/log.html", asked=asked, page=page, fault="")


@entrance(Entrance.DPO)
def log_file() -> ResponseReturnValue:
    """The entries of a period as a file, written while it is sent; recorded before its first byte."""
    form, exports = request.form, gateway().exports.record
    asked = {**dict.fromkeys(_FIELDS, ""), "first": form.get("first", "")[:10], "last": form.get("last", "")[:10]}
    try:
        period = gateway().oversight.figuring.period(asked["first"], asked["last"])
    except InvalidRequest as error:
        return render_template("dpo/log.html", asked=asked, page=None, fault=sentence_of(error)), 422
    kind = form.get("format", "csv")
    if kind == "fhir":
        pieces, media_type, ending = exports.fhir(staff(), period.start, period.end), "application/x-ndjson", "ndjson"
    else:
        headers: Language = "en" if language() == "en" else "fr"
        named = kind == "csv_names"
        pieces = exports.csv(staff(), period.start, period.end, with_names=named, language=headers)
        media_type, ending = "text/csv; charset=utf-8", "csv"
    answer = Response(pieces, content_type=media_type)
    name = f"journal-{period.first.isoformat()}-{period.last.isoformat()}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@entrance(Entrance.DPO)
def entry_receipt(entry_id: str) -> ResponseReturnValue:
    """The receipt of an entry, to download."""
    receipt = gateway().oversight.log_search.receipt(staff(), entry_id)
    answer = Response(json.dumps(receipt, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{entry_id}.json"'
    return answer
