"""Every error as a page: what happened, what to do next, and a reference; never what the gateway knows.

The words are in `problem_words`.
"""

import structlog
from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from gateway.errors import ForgedRequest, GatewayError, NotSignedIn
from gateway.web.audience import audience_of
from gateway.web.csrf import FIELD
from gateway.web.language import _
from gateway.web.parts import gateway
from gateway.web.patient.problem_words import problem_for_patient
from gateway.web.problem_words import BY_STATUS, FORM_TOO_LATE, NOT_FOUND, UNEXPECTED, Problem, problem_of
from gateway.web.session import signed_in_staff
from gateway.web.sign_in import send_to_sign_in

# What may be typed again after a form came too late: never more than a form of ours holds.
_MOST_FIELDS = 20
_LONGEST_FIELD = 8_000  # what a patient wrote, somewhat too long
_LONGEST_RULES = 200_000  # hospital IT writes whole files of rules


def problem_page(problem: Problem, **more: object) -> ResponseReturnValue:
    """The page of a problem, with a reference that the technical log holds too."""
    reference = gateway().world.new_id()[:8]
    log = structlog.get_logger("gateway.web")
    log.info("problem", status=problem.status, reference=reference, endpoint=request.endpoint)
    return _page(problem, reference, **more), problem.status


def add_problems(app: Flask) -> None:
    """Answer every error with a page."""
    app.register_error_handler(NotSignedIn, lambda _error: send_to_sign_in())
    app.register_error_handler(ForgedRequest, lambda _error: _retry_page())
    app.register_error_handler(GatewayError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _known(error: GatewayError) -> ResponseReturnValue:
    return problem_page(problem_of(error), code=error.code)


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, RequestEntityTooLarge):
        return problem_page(BY_STATUS[413])
    answer = make_response(
        problem_page(BY_STATUS.get(error.code or 500, UNEXPECTED if (error.code or 500) >= 500 else NOT_FOUND))
    )
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        # What would be taken: an answer 405 must say it (RFC 9110 section 15.5.6).
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unknown(error: Exception) -> ResponseReturnValue:
    reference = gateway().world.new_id()[:8]
    # The kind of the error and where it arose, never its text, which may quote what a person typed.
    log = structlog.get_logger("gateway.web")
    log.error("unexpected error", kind=type(error).__name__, at=_place(error), reference=reference)
    return _page(UNEXPECTED, reference), 500


def _page(problem: Problem, reference: str, **more: object) -> str:
    """In the words and the look of those the address is for."""
    if audience_of(request.path) == "staff":
        return render_template("problem.html", problem=problem, reference=reference, **more)
    told = problem_for_patient(problem, str(more.get("code", "")), late_form=problem is FORM_TOO_LATE)
    return render_template("patient/problem.html", problem=told, reference=reference, **more)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def _retry_page() -> ResponseReturnValue:
    """The form again, with what was typed and a new token; sent only when the person says so."""
    person = signed_in_staff()
    longest = _LONGEST_RULES if person is not None and "it" in person.roles else _LONGEST_FIELD
    sent_here = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    fields = [
        (name, value)
        for name, value in list(request.form.items(multi=True))[:_MOST_FIELDS]
        if name != FIELD and len(value) <= longest
    ]
    return problem_page(FORM_TOO_LATE, retry_fields=fields if sent_here else None)


def sentence_of(error: GatewayError) -> str:
    """One sentence for a message beside a field."""
    problem = problem_of(error)
    return f"{_(problem.title)}. {_(problem.advice)}"
