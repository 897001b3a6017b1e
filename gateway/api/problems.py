"""Every error as RFC 9457 problem details, or as a FHIR OperationOutcome: what happened, what to do, a reference.

An answer never quotes what was sent nor what the gateway knows; the log holds the reference, the code and the place.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from gateway.api.answers import PROBLEM_JSON, answer, fhir_answer, is_fhir, language
from gateway.api.parts import gateway
from gateway.api.wording import PROBLEMS
from gateway.api.words import Words
from gateway.errors import (
    AccessNotOpen,
    GatewayError,
    InvalidReason,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Unavailable,
)

# For codes without words of their own, and for what Werkzeug refuses.
_BY_CLASS: tuple[tuple[type[GatewayError], str], ...] = (
    (AccessNotOpen, "access-not-open"),
    (NotAllowed, "not-allowed"),
    (NotSignedIn, "not-signed-in"),
    (NotFound, "not-found"),
    (Unavailable, "unavailable"),
    (InvalidRequest, "invalid-request"),
)
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "content-type"}
_FAULTS = {"missing": "required", "extra_forbidden": "unknown-member"}
_RETRY_AFTER_SECONDS = 5

_log = structlog.get_logger("gateway.api")


class FaultAnswer(BaseModel):
    """One part of the request at fault: where (dotted), and a stable code."""

    field: str
    code: str


class ProblemAnswer(BaseModel):
    """Problem details (RFC 9457), with the reference that the hospital's technical log holds too."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Address of the problem's description; its last part is `code`.")
    title: str
    status: int
    detail: str = Field(description="What to do next, in French or English (Accept-Language).")
    reference: str
    code: str
    errors: list[FaultAnswer] = Field(default_factory=list, description="The parts of the request at fault, if any.")


def problem_type(code: str) -> str:
    """The address that names a kind of problem, and describes it to whoever follows it."""
    return f"{gateway().settings.server.base_url}/api/v1/problems/{code}"


def problem_answer(
    code: str,
    *,
    faults: tuple[FaultAnswer, ...] = (),
    more: Mapping[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer to a problem by its code, in the form of the door it came through."""
    words, reference = PROBLEMS[code], gateway().world.new_id()
    told = {**(headers or {}), "Content-Language": language()}
    if words.status == 503:
        told["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    write = _log.error if words.status >= 500 else _log.info
    write("problem", code=code, status=words.status, reference=reference, call=request.endpoint or "")
    if is_fhir():
        return fhir_answer(_outcome(code, words, reference, faults), words.status, headers=told)
    body = ProblemAnswer(
        type=problem_type(code),
        title=words.title(language()),
        status=words.status,
        detail=words.detail(language()),
        reference=reference,
        code=code,
        errors=list(faults),
    )
    return answer({**body.model_dump(), **(more or {})}, words.status, media_type=PROBLEM_JSON, headers=told)


def add_problems(app: Flask) -> None:
    """Answer every error as a problem."""
    app.register_error_handler(GatewayError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def code_of(error: GatewayError) -> str:
    """The code whose words tell this error."""
    if error.code in PROBLEMS:
        return error.code
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), "unexpected")


def misshapen_answer(error: ValidationError) -> Response:
    """A request whose shape is not the described one: each place at fault, never its value."""
    faults = tuple(
        FaultAnswer(field=".".join(str(part)[:64] for part in fault["loc"]), code=_FAULTS.get(fault["type"], "invalid"))
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return problem_answer("invalid-request", faults=faults)


def _known(error: GatewayError) -> Response:
    code = code_of(error)
    field = error.field if isinstance(error, InvalidRequest) else ""
    faults = (FaultAnswer(field=field, code=error.code),) if field else ()
    more = {"reasons": _reasons()} if isinstance(error, InvalidReason) else None
    return problem_answer(code, faults=faults, more=more, headers=_challenge() if code == "not-signed-in" else None)


def _reasons() -> list[dict[str, Any]]:
    """What may be sent instead: the reasons offered by the rules in force."""
    offered = gateway().rules.current().settings.reasons
    return [
        {"code": one.code, "modes": sorted(one.modes), "text_at_least": one.text_at_least}
        for one in offered
        if one.modes
    ]


def _http(error: HTTPException) -> Response:
    if isinstance(error.response, Response):
        return error.response  # already an answer of ours
    status = error.code or 500
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return problem_answer(_BY_STATUS.get(status, "unexpected" if status >= 500 else "bad-request"), headers=headers)


def _unknown(error: Exception) -> Response:
    # The kind of the error and where it arose, never its text, which may quote a person or a document.
    _log.error("unexpected error", kind=type(error).__name__, at=_place(error))
    return problem_answer("unexpected")


def _challenge() -> dict[str, str]:
    """RFC 6750 section 3: the error is named only to who sent a token."""
    realm = 'Bearer realm="gateway"'
    if not request.headers.get("Authorization"):
        return {"WWW-Authenticate": realm}
    return {"WWW-Authenticate": f'{realm}, error="invalid_token", error_description="the access token was refused"'}


def _outcome(code: str, words: Words, reference: str, faults: tuple[FaultAnswer, ...]) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "severity": "fatal" if words.status >= 500 else "error",
        "code": words.issue,
        "details": {
            "coding": [{"system": problem_type("").rstrip("/"), "code": code, "display": words.title(language())}],
            "text": words.detail(language()),
        },
        "diagnostics": f"reference {reference}",
    }
    expression = [fault.field for fault in faults if fault.field]
    if expression:
        issue["expression"] = [f"http.{name}" for name in expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
