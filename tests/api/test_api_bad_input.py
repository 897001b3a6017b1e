"""Whatever is sent, the answer is a problem that says so: never a 500, never a trace, never what was sent."""

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api.strict_json import DEEPEST, parse_json_object
from gateway.errors import InvalidRequest
from tests.api.api_calls import AUTHORIZED, break_glass, client_of, open_access
from tests.api.hospital_in_memory import HospitalInMemory

JSON = {"Content-Type": "application/json", **AUTHORIZED}
URL = "/api/v1/accesses"


class Unread(io.BytesIO):
    """A body nobody should read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")

    read1 = readline = readinto = read  # type: ignore[assignment]


@pytest.fixture(scope="module")
def lasting_client() -> FlaskClient:
    """One application for all the examples of a property."""
    return client_of(HospitalInMemory())


def test_a_body_announced_too_large_is_refused_without_reading_it(client: FlaskClient) -> None:
    answer = client.post(
        URL,
        input_stream=Unread(b"x" * 10_000_000),
        headers=JSON,
    )
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")


def test_a_body_that_never_announces_its_length_is_cut_at_the_limit(client: FlaskClient) -> None:
    body = io.BytesIO(b'{"request_id": "' + b"a" * 10_000_000)
    answer = client.post(URL, input_stream=body, headers=JSON, environ_overrides={"wsgi.input_terminated": True})
    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert body.tell() < 100_000


def test_a_body_whose_length_and_end_are_both_unknown_is_asked_for_its_length(client: FlaskClient) -> None:
    body = io.BytesIO(json.dumps(break_glass()).encode())
    answer = client.post(URL, input_stream=body, headers={**JSON, "Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.json["code"]) == (411, "length-required")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b" ", "malformed-json"),
        (b"{", "malformed-json"),
        (b"[]", "malformed-json"),
        (b'"{}"', "malformed-json"),
        (b"null", "malformed-json"),
        (b'{"a": NaN}', "malformed-json"),
        (b'{"a": 1e999999}', "invalid-request"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "malformed-json"),
        (b"\xff\xfe{}", "malformed-json"),
        (b'{"a": "\xed\xa0\x80"}', "malformed-json"),
        (b'{"a": "\\ud800"}', "unwanted-characters"),
        (b'{"a": "\\u0000"}', "unwanted-characters"),
        (b'{"\\u0007": 1}', "unwanted-characters"),
        (b'{"mode": "normal", "mode": "break_glass"}', "duplicate-member"),
        (b'{"a": {"b": 1, "b": 2}}', "duplicate-member"),
        (b'{"a": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", "too-deep"),
        (b"[" * 19_000, "too-deep"),
    ],
)
def test_json_that_is_not_quite_json_is_refused_by_name(client: FlaskClient, body: bytes, code: str) -> None:
    answer = client.post(URL, data=body, headers=JSON)
    assert answer.json["code"] == code
    assert answer.status_code == (422 if code == "invalid-request" else 400)


def test_deep_means_nested_and_not_brackets_in_a_text() -> None:
    text = "[{" * 100
    assert parse_json_object(json.dumps({"a": text, 'q"\\': [text]}).encode()) == {"a": text, 'q"\\': [text]}
    deepest: Any = 1
    for _ in range(DEEPEST - 1):
        deepest = [deepest]
    assert parse_json_object(json.dumps({"a": deepest}).encode()) == {"a": deepest}
    with pytest.raises(InvalidRequest):
        parse_json_object(json.dumps({"a": [deepest]}).encode())


@pytest.mark.timeout(20)
@pytest.mark.parametrize("body", [b'\\"' * 500_000, b'"' + b'\\"' * 500_000, b'"' * 1_000_001, b'"' + b"\\" * 999_999])
def test_a_hostile_megabyte_is_judged_in_a_moment(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_json_object(body)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "a/b"]
)
def test_another_content_type_is_refused(client: FlaskClient, content_type: str) -> None:
    answer = client.post(URL, data=json.dumps(break_glass()), headers={**AUTHORIZED, "Content-Type": content_type})
    assert (answer.status_code, answer.json["code"]) == (415, "content-type")


def test_json_in_utf_8_may_say_so(client: FlaskClient) -> None:
    headers = {**AUTHORIZED, "Content-Type": "application/json; charset=UTF-8"}
    assert client.post(URL, data=json.dumps(break_glass()), headers=headers).status_code == 201


def test_a_compressed_body_is_refused(client: FlaskClient) -> None:
    answer = client.post(URL, data=b"\x1f\x8b", headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"surprise": 1}, "surprise", "unknown-member"),
        ({"patient": {"ipp": "1", "name": "x"}}, "patient.name", "unknown-member"),
        ({"patient": "1000001"}, "patient", "invalid"),
        ({"patient": {"ipp": 1000001}}, "patient.ipp", "invalid"),
        ({"patient": {"ipp": ""}}, "patient.ipp", "invalid"),
        ({"mode": "emergency"}, "mode", "invalid"),
        ({"mode": None}, "mode", "invalid"),
        ({"request_id": "1"}, "request_id", "invalid"),
        ({"request_id": 1}, "request_id", "invalid"),
        ({"reason": "vital_emergency"}, "reason", "invalid"),
        ({"reason": {"code": 1}}, "reason.code", "invalid"),
        ({"consent": "implicit"}, "consent", "invalid"),
        ({"consent": True}, "consent", "invalid"),
    ],
)
def test_a_member_out_of_shape_is_named(client: FlaskClient, changes: dict[str, Any], field: str, code: str) -> None:
    answer = open_access(client, break_glass(**changes))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid-request")
    assert {"field": field, "code": code} in answer.json["errors"]


@pytest.mark.parametrize("missing", ["request_id", "patient", "mode"])
def test_a_missing_member_is_named(client: FlaskClient, missing: str) -> None:
    body = break_glass()
    del body[missing]
    assert open_access(client, body).json["errors"] == [{"field": missing, "code": "required"}]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)
NEAR_MISSES = st.fixed_dictionaries(
    {},
    optional={
        "request_id": ANYTHING | st.uuids().map(str),
        "patient": ANYTHING | st.fixed_dictionaries({"ins": st.text(), "oid": st.text()}),
        "mode": ANYTHING | st.sampled_from(["normal", "break_glass", "centre_15"]),
        "reason": ANYTHING | st.fixed_dictionaries({"code": st.text(), "text": st.text()}),
        "consent": ANYTHING,
    },
)


@settings(max_examples=300, deadline=None)
@given(body=ANYTHING | NEAR_MISSES)
def test_no_json_body_ever_gives_a_500_or_anything_but_a_problem(lasting_client: FlaskClient, body: Any) -> None:
    answer = lasting_client.post(URL, data=json.dumps(body), headers=JSON)
    assert 400 <= answer.status_code < 500 or answer.status_code == 201
    if answer.status_code != 201:
        assert answer.content_type == "application/problem+json"
        assert answer.json.keys() >= {"type", "title", "status", "detail", "reference"}
        assert answer.json["status"] == answer.status_code


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=300))
def test_no_bytes_ever_give_a_500(lasting_client: FlaskClient, body: bytes) -> None:
    answer = lasting_client.post(URL, data=body, headers=JSON)
    assert answer.status_code in (400, 411, 422)
    assert answer.content_type == "application/problem+json"


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["ins", "oid", "ipp", "family", "given", "birthdate", "x", "identifier"]),
    value=st.text(max_size=40),
    address=st.sampled_from(["/api/v1/patients", "/fhir/Patient", "/fhir/DocumentReference", "/fhir/Binary/x"]),
)
def test_no_query_ever_gives_a_500(lasting_client: FlaskClient, name: str, value: str, address: str) -> None:
    answer = lasting_client.get(address, query_string={name: value}, headers=AUTHORIZED)
    assert answer.status_code < 500
    assert answer.content_type in ("application/json", "application/problem+json", "application/fhir+json")
