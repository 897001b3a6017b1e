"""One case: its evidence, what was said, and the three decisions, J E I. The next case comes by itself."""

from urllib.parse import urlsplit

from flask import Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from gateway.errors import GatewayError, InvalidRequest, NotAllowed, NotFound
from gateway.oversight.reviews.case import DECIDED
from gateway.oversight.reviews.queue import QueueFilter
from gateway.web.dpo.queue import just_done
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_LONGEST_BACK = 300


def add_case(app: Flask) -> None:
    """`/dpo/cases/<access>` and what can be done there."""
    app.add_url_rule("/dpo/cases/<access_id>", view_func=case_page)
    app.add_url_rule("/dpo/cases/<access_id>", view_func=decide_case, methods=["POST"])
    app.add_url_rule("/dpo/cases/<access_id>/undo", view_func=undo_decision, methods=["POST"])
    app.add_url_rule("/dpo/cases/<access_id>/file", view_func=case_file, methods=["POST"])
    app.add_url_rule("/dpo/contests/<contest_id>", view_func=answer_contest, methods=["POST"])


@entrance(Entrance.DPO)
def case_page(access_id: str) -> ResponseReturnValue:
    """The case with its evidence."""
    return _show(access_id)


@entrance(Entrance.DPO)
def decide_case(access_id: str) -> ResponseReturnValue:
    """Justified, to be explained or unjustified; then the next case, or the queue where one came from."""
    reviewing, form = gateway().oversight.reviewing, request.form
    acts = {"justify": reviewing.justify, "ask": reviewing.ask, "unjustify": reviewing.unjustify}
    act = acts.get(form.get("decision", ""))
    if act is None:
        return _show(access_id, fault=InvalidRequest("nothing was chosen", field="decision", code="review-decision"))
    try:
        act(staff(), access_id, form.get("words", ""))
    except NotFound:
        raise
    except (InvalidRequest, NotAllowed) as error:
        return _show(access_id, fault=error)
    return _onwards(access_id)


@entrance(Entrance.DPO)
def undo_decision(access_id: str) -> ResponseReturnValue:
    """Take a fresh decision back, and look at the case again."""
    gateway().oversight.reviewing.undo(staff(), access_id)
    return redirect(f"/dpo/cases/{access_id}", 303)


@entrance(Entrance.DPO)
def case_file(access_id: str) -> ResponseReturnValue:
    """The file of the case, to download."""
    content = gateway().oversight.case_files.export(staff(), access_id)
    answer = Response(content, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="case-{access_id[:8]}.zip"'
    return answer


@entrance(Entrance.DPO)
def answer_contest(contest_id: str) -> ResponseReturnValue:
    """Answer a patient."""
    access_id = request.form.get("access", "")
    try:
        gateway().oversight.contesting.answer(staff(), contest_id, request.form.get("answer", ""))
    except NotFound:
        raise
    except InvalidRequest as error:
        return _show(access_id, fault=error)
    return redirect(f"/dpo/cases/{access_id}", 303)


def _show(access_id: str, fault: GatewayError | None = None) -> ResponseReturnValue:
    case = gateway().oversight.reviewing.case(staff(), access_id)
    page = render_template(
        "dpo/case.html",
        case=case,
        line=case.line,
        decided=case.line.state in DECIDED,
        fault=sentence_of(fault) if fault is not None else "",
        words=request.form.get("words", ""),
        chosen=request.form.get("decision", ""),
        just_done=just_done(),
    )
    return (page, problem_of(fault).status) if fault is not None else page


def _onwards(access_id: str) -> Answer:
    """Back to the queue one came from, its first case waiting; else to the next case."""
    back = request.form.get("back", "")[:_LONGEST_BACK]
    if back and urlsplit(back).path == "/dpo" and not urlsplit(back).netloc:
        return redirect(f"{back}{'&' if '?' in back else '?'}done={access_id}", 303)
    page = gateway().oversight.reviewing.queue(staff(), QueueFilter(), None, 5)
    waiting = [line for line in page.cases if line.state.value != "asked" and line.access_id != access_id]
    place = f"/dpo/cases/{waiting[0].access_id}" if waiting else "/dpo"
    return redirect(f"{place}?done={access_id}", 303)
