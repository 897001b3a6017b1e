"""FHIR R4: what the CapabilityStatement lists works, and nothing of a dossier leaves without an open access."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.api.api_calls import AUTHORIZED, open_access, opened_path
from tests.api.hospital_in_memory import DOCUMENT, DOCUMENT_BYTES, INS, IPP, HospitalInMemory

FHIR_JSON = "application/fhir+json"
FORM = "application/x-www-form-urlencoded"
BY_INS = quote(f"urn:oid:{INS.oid}|{INS.value}", safe="")
DOCUMENTS = f"/fhir/DocumentReference?patient.identifier={BY_INS}"


def test_the_capability_statement_lists_what_exists_and_no_more(client: FlaskClient) -> None:
    answer = client.get("/fhir/metadata")
    statement = answer.json

    assert (answer.status_code, answer.content_type) == (200, FHIR_JSON)
    assert (statement["resourceType"], statement["fhirVersion"], statement["kind"]) == (
        "CapabilityStatement",
        "4.0.1",
        "instance",
    )
    assert {one["type"] for one in statement["rest"][0]["resource"]} == {
        "Patient",
        "DocumentReference",
        "Binary",
        "AuditEvent",
    }
    assert client.get("/fhir/Observation", headers=AUTHORIZED).status_code == 404


def test_a_patient_is_found_by_ins_as_a_fhir_patient(client: FlaskClient, hospital: HospitalInMemory) -> None:
    answer = client.get(f"/fhir/Patient?identifier={BY_INS}", headers=AUTHORIZED)
    bundle = answer.json
    patient = bundle["entry"][0]["resource"]

    assert (answer.content_type, bundle["type"], bundle["total"]) == (FHIR_JSON, "searchset", 1)
    assert {"system": f"urn:oid:{INS.oid}", "value": INS.value}.items() <= patient["identifier"][0].items()
    assert patient["name"][0] == {"use": "official", "family": "PAT-TROIS", "given": ["DOMINIQUE", "MARIE-LOUISE"]}
    assert (patient["gender"], patient["birthDate"]) == ("female", "1979-03-28")
    assert hospital.record.lines == ["searched"]


def test_a_patient_is_found_by_the_hospitals_number_under_the_system_its_answers_use(client: FlaskClient) -> None:
    patient = client.get(f"/fhir/Patient?identifier={BY_INS}", headers=AUTHORIZED).json["entry"][0]["resource"]
    system = patient["identifier"][1]["system"]
    answer = client.get(f"/fhir/Patient?identifier={quote(f'{system}|{IPP}', safe='')}", headers=AUTHORIZED)
    assert answer.json["total"] == 1


def test_nobody_found_is_an_empty_bundle_and_no_entry(client: FlaskClient) -> None:
    for identifier in ("http://elsewhere.test/ids|1", "http://gateway.test/fhir/NamingSystem/ipp|0"):
        answer = client.get(f"/fhir/Patient?identifier={quote(identifier, safe='')}", headers=AUTHORIZED)
        assert (answer.status_code, answer.json["total"]) == (200, 0)
        assert "entry" not in answer.json


def test_no_address_in_an_answer_carries_the_ins(client: FlaskClient) -> None:
    opened_path(client)
    for address in (f"/fhir/Patient?identifier={BY_INS}", DOCUMENTS):
        for entry in client.get(address, headers=AUTHORIZED).json["entry"]:
            assert INS.value not in entry["fullUrl"]
            assert INS.value not in str([one["attachment"]["url"] for one in entry["resource"].get("content", [])])
    assert INS.value not in str(open_access(client).json["links"])


def test_documents_are_found_only_under_an_open_access_of_the_caller(
    client: FlaskClient, hospital: HospitalInMemory
) -> None:
    shut = client.get(DOCUMENTS, headers=AUTHORIZED)
    assert (shut.status_code, shut.json["issue"][0]["code"]) == (403, "forbidden")
    assert shut.json["issue"][0]["details"]["coding"][0]["code"] == "access-required"

    opened_path(client)
    assert client.get(DOCUMENTS, headers=AUTHORIZED).json["total"] == 2
    assert client.get(DOCUMENTS, headers={"Authorization": "Bearer colleague"}).status_code == 403
    hospital.still.pass_time(minutes=31)
    assert client.get(DOCUMENTS, headers=AUTHORIZED).status_code == 403


def test_a_document_found_is_retrieved_byte_for_byte_at_its_address(client: FlaskClient) -> None:
    opened_path(client)
    resource = client.get(DOCUMENTS, headers=AUTHORIZED).json["entry"][0]["resource"]
    attachment = resource["content"][0]["attachment"]
    address = urlsplit(attachment["url"])

    assert address.path == f"/fhir/Binary/{DOCUMENT.id}"
    answer = client.get(f"{address.path}?{address.query}", headers=AUTHORIZED)
    assert answer.get_data() == DOCUMENT_BYTES
    assert answer.headers["Content-Type"] == attachment["contentType"] == "text/xml"
    assert attachment["size"] == len(DOCUMENT_BYTES)


def test_a_posted_search_answers_as_the_same_search_in_an_address(client: FlaskClient) -> None:
    opened_path(client)
    for kind, name, address in (("Patient", "identifier", f"/fhir/Patient?identifier={BY_INS}"),
                                ("DocumentReference", "patient.identifier", DOCUMENTS)):  # fmt: skip
        form = {name: f"urn:oid:{INS.oid}|{INS.value}"}
        posted = client.post(f"/fhir/{kind}/_search", data=form, headers=AUTHORIZED)
        assert posted.get_data() == client.get(address, headers=AUTHORIZED).get_data()


def test_a_posted_search_out_of_shape_is_an_operation_outcome(client: FlaskClient) -> None:
    address = "/fhir/Patient/_search"
    answers = [
        (client.post(address, json={}, headers=AUTHORIZED), 415),
        (client.post(address, data={}, headers={**AUTHORIZED, "Content-Type": FORM}), 422),
        (client.post(address, data={"identifier": "a|1", "x": "1"}, headers=AUTHORIZED), 422),
        (client.post(address, data={"identifier": ["a|1", "a|2"]}, headers=AUTHORIZED), 400),
        (client.post(address, data={"identifier": "a|\x00"}, headers=AUTHORIZED), 400),
        (client.post(f"{address}?identifier=a|1", data={}, headers={**AUTHORIZED, "Content-Type": FORM}), 422),
        (client.post(address, data="identifier=" + "a" * 30_000, headers={**AUTHORIZED, "Content-Type": FORM}), 413),
        (client.post(address, data={"identifier": "a|1"}), 401),
    ]
    for answer, status in answers:
        assert (answer.status_code, answer.json["resourceType"]) == (status, "OperationOutcome")


def test_a_binary_is_found_under_the_callers_open_access_when_none_is_named(client: FlaskClient) -> None:
    address = f"/fhir/Binary/{DOCUMENT.id}"
    assert client.get(address, headers=AUTHORIZED).status_code == 404
    opened_path(client)
    answer = client.get(address, headers=AUTHORIZED)
    assert answer.status_code == 200
    assert answer.get_data() == DOCUMENT_BYTES


@pytest.mark.parametrize("query", ["?access=nope", "?access=99999999-9999-4999-8999-999999999999", "?access=%00"])
def test_a_binary_without_a_right_access_is_an_operation_outcome(client: FlaskClient, query: str) -> None:
    opened_path(client)
    answer = client.get(f"/fhir/Binary/{DOCUMENT.id}{query}", headers=AUTHORIZED)
    assert answer.status_code in (400, 404, 422)
    assert (answer.content_type, answer.json["resourceType"]) == (FHIR_JSON, "OperationOutcome")


@pytest.mark.parametrize(
    ("parameter", "total"),
    [
        ("status=current", 1),
        ("status=superseded", 1),
        ("status=current,superseded", 2),
        ("type=11490-0", 1),
        ("type=http://loinc.org|11490-0", 1),
        ("category=11", 1),
        ("category=42", 0),
        ("_format=json", 2),
    ],
)
def test_a_document_search_may_be_narrowed(client: FlaskClient, parameter: str, total: int) -> None:
    opened_path(client)
    assert client.get(f"{DOCUMENTS}&{parameter}", headers=AUTHORIZED).json["total"] == total


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/fhir/Patient", 422),
        ("/fhir/Patient?identifier=279035121518989", 422),
        ("/fhir/Patient?identifier=|1", 422),
        ("/fhir/Patient?name=PAT-TROIS", 422),
        ("/fhir/Patient?identifier=urn:oid:1.2.3|279035121518989", 422),
        (f"/fhir/Patient?identifier=urn:oid:{INS.oid}|279035121518988", 422),
        ("/fhir/Patient?identifier=a|1&_format=xml", 422),
        ("/fhir/DocumentReference", 422),
        ("/fhir/DocumentReference?patient.identifier=http://x|1", 404),
        ("/fhir/DocumentReference?patient=1", 422),
        ("/fhir/Nothing", 404),
        ("/fhir", 404),
    ],
)
def test_what_this_server_does_not_do_is_refused_not_ignored(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(address, headers=AUTHORIZED)
    assert (answer.status_code, answer.json["resourceType"]) == (status, "OperationOutcome")
    issue = answer.json["issue"][0]
    assert issue.keys() >= {"severity", "code", "details", "diagnostics"}
    assert issue["details"]["text"]


def test_a_missing_token_is_an_operation_outcome_with_its_challenge(client: FlaskClient) -> None:
    answer = client.get(DOCUMENTS)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (401, "login")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_document_reference_has_the_shape_of_the_national_samples(client: FlaskClient, samples: Path) -> None:
    official = json.loads((samples / "fhir-fr-pdsm" / "DocumentReference-doc-x-id.json").read_text())
    opened_path(client)
    ours: dict[str, Any] = client.get(DOCUMENTS, headers=AUTHORIZED).json["entry"][0]["resource"]

    assert ours.keys() <= official.keys() | {"meta"}
    assert ours["category"][0]["coding"][0]["system"] == official["category"][0]["coding"][0]["system"]
    assert ours["content"][0]["format"].items() <= official["content"][0]["format"].items()
    assert ours["content"][0]["attachment"].keys() <= official["content"][0]["attachment"].keys()
    label = {"system": official["securityLabel"][0]["coding"][0]["system"], "code": "N"}
    assert label in [coding for one in ours["securityLabel"] for coding in one["coding"]]
    assert ours["masterIdentifier"].keys() == official["masterIdentifier"].keys()
