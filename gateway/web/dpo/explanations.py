"""Where members of staff answer what they are asked about their own accesses."""

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.problems import sentence_of
from gateway.web.session import staff


def add_explanations(app: Flask) -> None:
    """`/explanations`."""
    app.add_url_rule("/explanations", view_func=explanations_page)
    app.add_url_rule("/explanations/<access_id>", view_func=explain_access, methods=["POST"])


@entrance(Entrance.SIGNED_IN)
def explanations_page() -> ResponseReturnValue:
    """What is asked, the most urgent first."""
    return _show()


@entrance(Entrance.SIGNED_IN)
def explain_access(access_id: str) -> ResponseReturnValue:
    """One answer."""
    try:
        gateway().oversight.answering.explain(staff(), access_id, request.form.get("words", ""))
    except InvalidRequest as error:
        return _show(access_id, error), problem_of(error).status
    return redirect("/explanations?sent=yes", 303)


def _show(access_id: str = "", fault: InvalidRequest | None = None) -> str:
    return render_template(
        "dpo/explanations.html",
        asked=gateway().oversight.answering.asked(staff()),
        fault_at=access_id,
        fault=sentence_of(fault) if fault is not None else "",
        words=request.form.get("words", ""),
        sent=request.args.get("sent") == "yes",
    )
