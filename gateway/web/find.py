"""The first page of staff: one field that takes everything a patient can be found by, and who is present now."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.access.finding import SearchResult
from gateway.errors import InvalidRequest
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_LONGEST_SEARCH = 600
# A search that names one person by a number, not by a name, may open that person's page at once.
_SURE = frozenset({"ins", "ipp", "datamatrix"})


def add_finding(app: Flask) -> None:
    """`/`: the search goes by POST, so that no identity is ever in an address."""
    app.add_url_rule("/", view_func=find_page)
    app.add_url_rule("/", view_func=search, methods=["POST"])


@entrance(Entrance.STAFF)
def find_page() -> ResponseReturnValue:
    """The field and today's list."""
    return _page()


@entrance(Entrance.STAFF)
def search() -> ResponseReturnValue:
    """Who answers to what was typed or scanned; one sure answer opens that patient's page."""
    asked = request.form.get("search", "")[:_LONGEST_SEARCH]
    if not asked.strip():
        return redirect(url_for("find_page"), 303)
    try:
        found = gateway().finding.search(staff(), asked)
    except InvalidRequest as error:
        return _page(asked=asked, fault=sentence_of(error)), 422
    if len(found.patients) == 1 and not found.more and found.understood_as in _SURE:
        return redirect(url_for("patient_page", patient_id=found.patients[0].id), 303)
    return _page(asked=asked, found=found)


def _page(asked: str = "", fault: str = "", found: SearchResult | None = None) -> str:
    present = gateway().finding.ed_list(staff()) if found is None else ()
    return render_template("find.html", asked=asked, fault=fault, found=found, present=present)
