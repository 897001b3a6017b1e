"""Who may enter the API: declared on every route, by bearer token alone."""

import pytest
from flask.testing import FlaskClient

from gateway.api import create_api
from gateway.api.entrance import Entrance, entrance_of
from tests.api.api_calls import AUTHORIZED, opened_path
from tests.api.hospital_in_memory import DOCUMENT, HospitalInMemory

OPEN_TO_ANYONE = {"/api/v1/openapi.json", "/api/v1/problems/<code>", "/fhir/metadata"}
SIGNED = {"/api/v1/delivery-receipts/sms"}


def test_every_route_declares_who_may_enter() -> None:
    app = create_api(HospitalInMemory())
    declared = {rule.rule: entrance_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}

    assert len(declared) == 20
    assert None not in declared.values()
    assert {rule for rule, kind in declared.items() if kind is Entrance.ANYONE} == OPEN_TO_ANYONE
    assert {rule for rule, kind in declared.items() if kind is Entrance.SIGNED} == SIGNED


def test_every_guarded_route_refuses_a_caller_without_a_token() -> None:
    app = create_api(HospitalInMemory())
    client = app.test_client(use_cookies=False)
    for rule in app.url_map.iter_rules():
        if rule.rule in OPEN_TO_ANYONE | SIGNED:
            continue
        address = rule.rule.replace("<access_id>", "a").replace("<document_id>", "b")
        method = "POST" if "POST" in (rule.methods or set()) else "GET"
        answer = client.open(address, method=method)
        assert answer.status_code == 401, rule.rule
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="gateway"'


def test_a_view_that_declares_nothing_is_closed_to_everyone() -> None:
    app = create_api(HospitalInMemory())
    app._got_first_request = False
    app.add_url_rule("/api/v1/forgotten", view_func=lambda: "secret", endpoint="forgotten")
    answer = app.test_client().get("/api/v1/forgotten", headers=AUTHORIZED)
    assert answer.status_code == 403


@pytest.mark.parametrize("header", ["Bearer forged", "Basic aW50ZXJuOg==", "intern", "Bearer intern,Bearer dpo"])
def test_a_token_that_is_not_right_is_refused_by_name(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/patients?ipp=1", headers={"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("headers", [{}, AUTHORIZED])
def test_cookies_are_refused_with_or_without_a_token(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get("/api/v1/patients?ipp=1", headers={**headers, "Cookie": "session=abc"})
    assert (answer.status_code, answer.json["code"]) == (400, "cookies-refused")


def test_a_token_in_the_address_is_no_token(client: FlaskClient) -> None:
    assert client.get("/api/v1/patients?ipp=1&access_token=intern").status_code == 401


def test_head_never_opens_a_document(client: FlaskClient, hospital: HospitalInMemory) -> None:
    path = f"{opened_path(client)}/documents/{DOCUMENT.id}"
    before = list(hospital.record.lines)
    answer = client.head(path, headers=AUTHORIZED)
    assert answer.status_code == 405
    assert "HEAD" not in answer.headers["Allow"]
    assert hospital.record.lines == before


def test_options_lists_methods_and_grants_no_other_origin(client: FlaskClient) -> None:
    answer = client.options("/api/v1/accesses", headers={"Origin": "https://elsewhere.test"})
    assert answer.status_code == 200
    assert "POST" in answer.headers["Allow"]
    assert not any(name.lower().startswith("access-control") for name, _ in answer.headers)


def test_another_method_is_a_405_problem_that_lists_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/accesses")
    assert (answer.status_code, answer.json["code"]) == (405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


def test_every_answer_is_kept_by_nobody_and_sniffed_by_nobody(client: FlaskClient) -> None:
    for address in ("/api/v1/openapi.json", "/fhir/metadata", "/api/v1/nothing", "/api/v1/patients"):
        headers = client.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Set-Cookie" not in headers
