"""Errors as RFC 9457 problems: in the caller's language, with a reference the log holds, leaking nothing."""

import dataclasses
import inspect

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from gateway import errors
from gateway.api.problems import code_of
from gateway.api.wording import PROBLEMS
from gateway.errors import GatewayError, InvalidRequest, Unavailable
from tests.api.api_calls import AUTHORIZED, break_glass, client_of, open_access
from tests.api.hospital_in_memory import INS, HospitalInMemory

SECRET = "MARTIN 279035121518989 sérologie positive"


def test_an_unknown_error_leaks_nothing_and_carries_the_reference_of_the_log(
    client: FlaskClient, hospital: HospitalInMemory
) -> None:
    hospital.fault = RuntimeError(SECRET)
    with capture_logs() as lines:
        answer = open_access(client)

    assert (answer.status_code, answer.json["code"]) == (500, "unexpected")
    assert answer.json.keys() == {"type", "title", "status", "detail", "reference", "code", "errors"}
    assert answer.json["reference"] in {line.get("reference") for line in lines}
    assert "RuntimeError" in {line.get("kind") for line in lines}
    for told in (answer.get_data(as_text=True), str(lines)):
        assert "MARTIN" not in told
        assert "279035121518989" not in told


def test_no_search_leaves_an_identifier_in_the_technical_log(client: FlaskClient) -> None:
    with capture_logs() as lines:
        client.get(f"/api/v1/patients?ins={INS.value}&oid=1.2.3&family=PAT-TROIS", headers=AUTHORIZED)
        client.get(f"/api/v1/accesses/{INS.value}", headers=AUTHORIZED)
        client.get("/api/v1/patients?ipp=1", headers={"Authorization": "Bearer s3cret-token"})
        open_access(client, break_glass(patient={"ins": INS.value, "oid": "1.2.3"}))
    assert len(lines) == 4
    assert not any(word in str(lines) for word in (INS.value, "PAT-TROIS", "s3cret-token"))


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("fr", "fr", "Patient inconnu"),
        ("en-GB,en;q=0.8", "en", "Patient unknown"),
        ("de", "fr", "Patient inconnu"),
        ("", "fr", "Patient inconnu"),
    ],
)
def test_a_problem_is_told_in_the_callers_language_french_first(
    client: FlaskClient, accepted: str, language: str, title: str
) -> None:
    headers = {**AUTHORIZED, "Accept-Language": accepted}
    answer = client.post("/api/v1/accesses", json=break_glass(patient={"ipp": "0"}), headers=headers)
    assert (answer.json["title"], answer.headers["Content-Language"]) == (title, language)
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_type_of_a_problem_is_an_address_that_describes_it(client: FlaskClient) -> None:
    told = open_access(client, break_glass(reason=None)).json
    described = client.get(told["type"].removeprefix("http://gateway.test"))
    assert described.status_code == 200
    assert described.json["type"] == told["type"]
    assert described.json["title"]["fr"] == told["title"]
    assert client.get("/api/v1/problems/no-such-problem").status_code == 404


def test_every_error_of_the_gateway_has_words_of_its_own_or_of_its_class() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GatewayError)]
    browser_only = {
        "forged-request",
        "sign-in-refused",
        "delivery-failed",
        "configuration",
        "unexpected",
        "rules-refused",
    }
    for kind in kinds:
        if kind.code not in browser_only:
            known = code_of(kind.__new__(kind))
            assert PROBLEMS[known].status != 500, kind.__name__


def test_a_code_without_words_takes_those_of_its_class() -> None:
    assert code_of(InvalidRequest("x", code="query-something-new")) == "invalid-request"
    assert code_of(type("StoreAsleep", (Unavailable,), {"code": "store-asleep"})("x")) == "unavailable"


def test_every_problem_speaks_both_languages() -> None:
    for code, words in PROBLEMS.items():
        told = dataclasses.astuple(words)[1:]
        assert all(isinstance(text, str) and text for text in told), code
        assert words.title_fr != words.title_en, code


def test_an_error_behind_the_fhir_door_is_an_operation_outcome(hospital: HospitalInMemory) -> None:
    hospital.fault = RuntimeError(SECRET)
    answer = client_of(hospital).get("/fhir/Patient?identifier=urn:oid:1|1", headers=AUTHORIZED)
    assert answer.status_code in (422, 500)
    assert answer.json["resourceType"] == "OperationOutcome"
    assert "MARTIN" not in answer.get_data(as_text=True)
