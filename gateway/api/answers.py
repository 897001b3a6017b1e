"""How answers leave: JSON by orjson, never stored, never sniffed, never shown in a frame."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request
from pydantic import BaseModel

from gateway.api.parts import gateway

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
PROBLEM_JSON = "application/problem+json"
_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def answer(
    body: BaseModel | Mapping[str, Any],
    status: int = 200,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer. Instants in `body` are aware and leave as RFC 3339 UTC."""
    content = body.model_dump(mode="json", by_alias=True) if isinstance(body, BaseModel) else body
    return Response(orjson.dumps(content), status=status, content_type=media_type, headers=dict(headers or {}))


def fhir_answer(
    resource: Mapping[str, Any], status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A FHIR resource (https://hl7.org/fhir/R4/json.html)."""
    return answer(resource, status, media_type=FHIR_JSON, headers=headers)


def language() -> str:
    """`fr` or `en`, as the caller prefers; French first."""
    return request.accept_languages.best_match(["fr", "en"], default="fr") or "fr"


def is_fhir() -> bool:
    """Whether the request is for the FHIR door, whose errors are OperationOutcomes."""
    return request.path == "/fhir" or request.path.startswith("/fhir/")


def set_headers(response: Response) -> Response:
    """After each request: answers hold health data or lead to it, and no browser has a use for them."""
    headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = _CONTENT_POLICY
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.add("Vary", "Accept-Language")
    if gateway().settings.server.base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response
