"""The figures: each drawn, in its table, and as a file; all three from the same answer."""

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.web.dpo.charts import WIDTH, strips
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problems import sentence_of
from gateway.web.session import staff


def add_figures(app: Flask) -> None:
    """`/dpo/figures` and the CSV of each figure."""
    app.add_url_rule("/dpo/figures", view_func=figures_page)
    app.add_url_rule("/dpo/figures/<key>.csv", view_func=figure_file)


@entrance(Entrance.DPO)
def figures_page() -> ResponseReturnValue:
    """Every figure of a period."""
    figuring, fault = gateway().oversight.figuring, ""
    try:
        period = figuring.period(request.args.get("from", ""), request.args.get("to", ""))
    except InvalidRequest as error:
        fault, period = sentence_of(error), figuring.period("", "")
    found = figuring.all(staff(), period)
    page = render_template(
        "dpo/figures.html",
        figures=[(figure, strips(figure)) for figure in found],
        period=period,
        fault=fault,
        width=WIDTH,
    )
    return (page, 422) if fault else page


@entrance(Entrance.DPO)
def figure_file(key: str) -> ResponseReturnValue:
    """One figure as CSV."""
    figuring = gateway().oversight.figuring
    period = figuring.period(request.args.get("from", ""), request.args.get("to", ""))
    figure = figuring.one(staff(), key, period)
    answer = Response(figure.to_csv(), mimetype="text/csv")
    name = f"{figure.key}-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
