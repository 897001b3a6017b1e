"""The API application: every call with its address, in one place. Nothing here but the list and the order of things."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel

from gateway.api.access_shapes import AccessOpened, AccessState, ReceiptAnswer
from gateway.api.accesses import access_receipt, end_access, extend_access, open_access, show_access
from gateway.api.answers import FHIR_JSON, PROBLEM_JSON, set_headers
from gateway.api.description import BEARER, INFO, SECURITY_SCHEMES, describe_api, describe_problem, keep_description
from gateway.api.dossier import list_documents, read_document, read_summary
from gateway.api.dossier_words import DocumentsAnswer, SummaryAnswer
from gateway.api.entrance import Entrance, entrance_of, guard
from gateway.api.fhir.audit_events import find_audit_events, search_audit_events
from gateway.api.fhir.capability import describe_fhir
from gateway.api.fhir.documents import find_document_references, read_binary, search_document_references
from gateway.api.fhir.patients import find_fhir_patients, search_fhir_patients
from gateway.api.fhir.queries import FORM
from gateway.api.parts import EXTENSION, Gateway
from gateway.api.patients import PatientsFound, find_patients
from gateway.api.problems import ProblemAnswer, add_problems, misshapen_answer
from gateway.api.receipts import RECEIPT_BODY, SIGNATURE, keep_places, take_sms_receipt
from gateway.api.strict_json import StrictRequest

_ACCESS = "/api/v1/accesses/<access_id>"
_ACCESSES, _DOSSIER = Tag(name="accesses"), Tag(name="dossier")
_PATIENTS, _FHIR, _DESCRIPTION = Tag(name="patients"), Tag(name="FHIR R4"), Tag(name="description")
_RECEIPTS = Tag(name="delivery receipts")
_BYTES: dict[str, Any] = {
    "description": "The document, byte for byte",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    "headers": {
        "Digest": {"description": "sha-256=<base64> (RFC 3230)", "schema": {"type": "string"}},
        "Repr-Digest": {"description": "sha-256=:<base64>: (RFC 9530)", "schema": {"type": "string"}},
    },
}
_RESOURCE: dict[str, Any] = {
    "description": "A FHIR R4 resource",
    "content": {FHIR_JSON: {"schema": {"type": "object", "required": ["resourceType"]}}},
}
_FORM: dict[str, Any] = {
    "description": "The parameters of the GET of the same search",
    "content": {FORM: {"schema": {"type": "object"}}},
    "required": True,
}
_OBJECT: dict[str, Any] = {"description": "An object", "content": {"application/json": {"schema": {"type": "object"}}}}

_PROBLEM = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}}
_OUTCOME = {"content": {FHIR_JSON: {"schema": {"type": "object", "required": ["resourceType", "issue"]}}}}
_PROBLEM_STATUSES = {
    "400": "Not well-formed, or a cookie came with it",
    "401": "No access token, or one that is refused",
    "403": "Refused by the rules, or no open access",
    "404": "Unknown",
    "422": "Well-formed, but not what the call takes",
    "503": "Could not be recorded, or something needed does not answer",
}

_SIGNED_STATUSES = {
    "403": "No fresh signature of the provider's",
    "404": "No receipts are configured here",
    "413": "Larger than 64 kB",
    "422": "Signed, but without a reference or a state where the settings say",
    "503": "Could not be kept: send it again",
}

Answers = dict[str, type[BaseModel] | dict[str, Any]]


def create_api(gateway: Gateway) -> OpenAPI:
    """The Flask application of `/api/v1` and `/fhir`; routes carry the whole path. `gateway` is the assembled one."""
    app = OpenAPI(
        __name__,
        info=INFO,
        security_schemes=SECURITY_SCHEMES,
        doc_ui=False,
        static_folder=None,
        validation_error_callback=misshapen_answer,
    )
    app.request_class = StrictRequest
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = gateway
    app.config["MAX_CONTENT_LENGTH"] = gateway.settings.server.max_body_bytes
    app.before_request(guard)
    app.after_request(set_headers)
    add_problems(app)
    _add_json_calls(app)
    _add_fhir_calls(app)
    _add_receipts(app)
    keep_places(app, gateway.settings.server.threads)
    problem = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    app.components_schemas.update({**problem.pop("$defs"), "ProblemAnswer": problem})
    keep_description(app)
    return app


def _add_json_calls(app: OpenAPI) -> None:
    opened: Answers = {"201": AccessOpened, "200": AccessOpened}
    _post(app, "/api/v1/accesses", open_access, _ACCESSES, opened)
    _get(app, _ACCESS, show_access, _ACCESSES, {"200": AccessState})
    _get(app, f"{_ACCESS}/receipt", access_receipt, _ACCESSES, {"200": ReceiptAnswer})
    _post(app, f"{_ACCESS}/extend", extend_access, _ACCESSES, {"200": AccessState})
    _post(app, f"{_ACCESS}/end", end_access, _ACCESSES, {"200": AccessState})
    _get(app, f"{_ACCESS}/summary", read_summary, _DOSSIER, {"200": SummaryAnswer})
    _get(app, f"{_ACCESS}/documents", list_documents, _DOSSIER, {"200": DocumentsAnswer})
    _get(app, f"{_ACCESS}/documents/<document_id>", read_document, _DOSSIER, {"200": _BYTES})
    _get(app, "/api/v1/patients", find_patients, _PATIENTS, {"200": PatientsFound})
    _get(app, "/api/v1/openapi.json", describe_api, _DESCRIPTION, {"200": _OBJECT})
    _get(app, "/api/v1/problems/<code>", describe_problem, _DESCRIPTION, {"200": _OBJECT})


def _add_fhir_calls(app: OpenAPI) -> None:
    _get(app, "/fhir/metadata", describe_fhir, _FHIR, {"200": _RESOURCE})
    _get(app, "/fhir/Patient", find_fhir_patients, _FHIR, {"200": _RESOURCE})
    _post(app, "/fhir/Patient/_search", search_fhir_patients, _FHIR, {"200": _RESOURCE})
    _post(app, "/fhir/DocumentReference/_search", search_document_references, _FHIR, {"200": _RESOURCE})
    _get(app, "/fhir/DocumentReference", find_document_references, _FHIR, {"200": _RESOURCE})
    _get(app, "/fhir/Binary/<document_id>", read_binary, _FHIR, {"200": _BYTES})
    _get(app, "/fhir/AuditEvent", find_audit_events, _FHIR, {"200": _RESOURCE})
    _post(app, "/fhir/AuditEvent/_search", search_audit_events, _FHIR, {"200": _RESOURCE})


def _add_receipts(app: OpenAPI) -> None:
    rule, view = "/api/v1/delivery-receipts/sms", take_sms_receipt
    taken: Answers = {"204": {"description": "Taken"}}
    body = {"requestBody": RECEIPT_BODY}
    responses = _with_problems(rule, view, taken)
    app.post(rule, tags=[_RECEIPTS], responses=responses, security=_security(view), openapi_extensions=body)(view)


def _get(app: OpenAPI, rule: str, view: Callable[..., Response], tag: Tag, answers: Answers) -> None:
    app.get(rule, tags=[tag], responses=_with_problems(rule, view, answers), security=_security(view))(view)


def _post(app: OpenAPI, rule: str, view: Callable[..., Response], tag: Tag, answers: Answers) -> None:
    form = {"requestBody": _FORM} if rule.endswith("/_search") else None
    responses, security = _with_problems(rule, view, answers), _security(view)
    app.post(rule, tags=[tag], responses=responses, security=security, openapi_extensions=form)(view)


def _security(view: Callable[..., Response]) -> list[dict[str, list[Any]]]:
    if entrance_of(view) is Entrance.SIGNED:
        return [{SIGNATURE: []}]
    return [] if entrance_of(view) is Entrance.ANYONE else [{BEARER: []}]


def _with_problems(rule: str, view: Callable[..., Response], answers: Answers) -> Any:
    """Each call's own answers, copied (the library writes in them), and the problems it may give in its door's form."""
    copied: dict[str, Any] = {
        status: dict(told) if isinstance(told, dict) else told for status, told in answers.items()
    }
    told = _OUTCOME if rule.startswith("/fhir") else _PROBLEM
    statuses = _SIGNED_STATUSES if entrance_of(view) is Entrance.SIGNED else _PROBLEM_STATUSES
    if entrance_of(view) is not Entrance.ANYONE:
        copied |= {status: {"description": meaning, **told} for status, meaning in statuses.items()}
    return {**copied, "default": {"description": "Any other problem", **told}}
