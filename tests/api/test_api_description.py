"""The OpenAPI document: well-formed, complete, and true of what is answered."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.api import create_api
from tests.api.api_calls import AUTHORIZED, open_access, opened_path
from tests.api.hospital_in_memory import IPP, HospitalInMemory


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.content_type == "application/json"
    described: dict[str, Any] = answer.json
    return described


def _every(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from _every(member)
    elif isinstance(value, list):
        for item in value:
            yield from _every(item)


def test_the_document_is_openapi_3_1_and_lists_every_route(document: dict[str, Any]) -> None:
    app = create_api(HospitalInMemory())
    routes = {
        (re.sub(r"<([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, operations in document["paths"].items() for method in operations}

    assert document["openapi"].startswith("3.1")
    assert document["info"].keys() >= {"title", "version"}
    assert described == routes


def test_every_operation_is_whole(document: dict[str, Any]) -> None:
    identifiers = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            identifiers.append(operation["operationId"])
            assert operation["summary"]
            assert any(status.startswith("2") for status in operation["responses"])
            assert all(told["description"] for told in operation["responses"].values())
            named = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert all(item["required"] for item in operation.get("parameters", []) if item["in"] == "path")
    assert len(set(identifiers)) == len(identifiers)


def test_every_reference_leads_somewhere_and_no_error_is_promised_in_another_form(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    references = {part["$ref"] for part in _every(document) if isinstance(part.get("$ref"), str)}
    assert references
    assert all(reference.removeprefix("#/components/schemas/") in schemas for reference in references)
    assert "ValidationErrorModel" not in str(document)


def test_errors_are_described_in_the_form_of_their_door(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        form = "application/fhir+json" if path.startswith("/fhir") else "application/problem+json"
        for operation in operations.values():
            errors = [told for status, told in operation["responses"].items() if not status.startswith("2")]
            assert errors
            assert all(told["content"].keys() == {form} for told in errors), path
            assert "<br" not in operation.get("description", "")


def test_security_is_bearer_wherever_a_token_is_needed(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    free = {
        path for path, operations in document["paths"].items() for one in operations.values() if not one.get("security")
    }
    assert free == {"/api/v1/openapi.json", "/api/v1/problems/{code}", "/fhir/metadata"}


def test_the_answers_have_the_members_the_document_requires(client: FlaskClient, document: dict[str, Any]) -> None:
    path = opened_path(client)
    answers = {
        "AccessOpened": open_access(client).json,
        "AccessState": client.get(path, headers=AUTHORIZED).json,
        "SummaryAnswer": client.get(f"{path}/summary", headers=AUTHORIZED).json,
        "DocumentsAnswer": client.get(f"{path}/documents", headers=AUTHORIZED).json,
        "PatientsFound": client.get(f"/api/v1/patients?ipp={IPP}", headers=AUTHORIZED).json,
        "ProblemAnswer": client.get("/api/v1/nothing").json,
    }
    for name, told in answers.items():
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) <= told.keys() <= schema["properties"].keys(), name
