"""A step that is refused: everything that stands in its way, in words, and the way back. Nothing was changed."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import RulesRefused
from gateway.rulebook.refusals import StageRefused

CONFLICT = 409


def refused_page(error: RulesRefused) -> ResponseReturnValue:
    """The page of a refused step; a draft that was not taken comes with its three reports."""
    reports = error if isinstance(error, StageRefused) else None
    back = request.path.rpartition("/")[0] or "/it"
    page = render_template("it/refused.html", hindrances=error.hindrances, reports=reports, back=back)
    return page, CONFLICT
