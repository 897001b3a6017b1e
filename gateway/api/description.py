"""The API's description of itself: OpenAPI 3.1, and one page for each kind of problem."""

from typing import Any

import orjson
from flask import Response, current_app
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from gateway.api.answers import JSON, answer
from gateway.api.bodies import ProblemPath
from gateway.api.entrance import Entrance, entrance
from gateway.api.problems import problem_type
from gateway.api.receipts import SIGNATURE, SIGNATURE_SCHEME
from gateway.api.wording import PROBLEMS
from gateway.errors import NotFound

EXTENSION = "gateway.openapi"
BEARER = "bearer"
SECURITY_SCHEMES: dict[str, Any] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Access token of the hospital's identity provider (RFC 9068). Cookies are refused.",
    },
    SIGNATURE: SIGNATURE_SCHEME,
}
INFO = Info(
    title="Emergency access gateway",
    version="1.0.0",
    description="Lawful, provable, announced access to a shared medical record. Errors are RFC 9457 problem details.",
)


@entrance(Entrance.ANYONE)
def describe_api() -> Response:
    """This description"""
    return Response(current_app.extensions[EXTENSION], content_type=JSON)


@entrance(Entrance.ANYONE)
def describe_problem(path: ProblemPath) -> Response:
    """What a kind of problem means, and what to do about it, in French and English"""
    words = PROBLEMS.get(path.code)
    if words is None:
        raise NotFound("no such kind of problem")
    return answer(
        {
            "type": problem_type(path.code),
            "status": words.status,
            "title": {"fr": words.title_fr, "en": words.title_en},
            "detail": {"fr": words.detail_fr, "en": words.detail_en},
        }
    )


def keep_description(app: OpenAPI) -> None:
    """Make the document once, when every call is there."""
    document: dict[str, Any] = dict(app.api_doc)
    # The library announces validation answers in a shape of its own, which this API never gives.
    document["components"]["schemas"].pop("ValidationErrorModel", None)
    for operations in document["paths"].values():
        for operation in operations.values():
            if "description" in operation:
                operation["description"] = operation["description"].replace("<br/>", " ").strip()
            invalid = operation["responses"].get("422", {}).get("content", {})
            if "ValidationErrorModel" in str(invalid):
                del operation["responses"]["422"]
    app.extensions[EXTENSION] = orjson.dumps(document)
