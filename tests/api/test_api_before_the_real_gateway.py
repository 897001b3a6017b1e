"""The same contract with nothing in between but the real use cases, rules, log and database, on both engines."""

import base64
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from audit import Receipt
from gateway.api import create_api
from tests.api.api_calls import AUTHORIZED, break_glass, open_access
from tests.api.hospital_in_memory import INS
from tests.api.real_gateway import real_gateway

BY_INS = f"urn:oid:{INS.oid}%7C{INS.value}"


@pytest.fixture
def documents(samples: Path) -> Path:
    return samples / "cda-fr"


@pytest.fixture
def client(tmp_path: Path, database_url: str, documents: Path) -> Iterator[FlaskClient]:
    with real_gateway(tmp_path / "demo", database_url, documents) as gateway:
        yield create_api(gateway).test_client(use_cookies=False)


def _get(client: FlaskClient, address: str, caller: str = "intern") -> Any:
    return client.get(address, headers={"Authorization": f"Bearer {caller}"})


def test_an_emergency_goes_from_search_to_documents_and_ends(client: FlaskClient, documents: Path) -> None:
    found = _get(client, f"/api/v1/patients?ins={INS.value}&oid={INS.oid}").json["patients"]
    assert [patient["birth_name"] for patient in found] == ["PAT-TROIS"]

    body = break_glass(request_id=str(uuid.uuid4()))
    opened = open_access(client, body)
    assert opened.status_code == 201, opened.get_data(as_text=True)
    assert "notify:patient" in opened.json["obligations"]
    assert opened.json["notice"]["state"] in ("pending", "held")
    again = open_access(client, body)
    assert (again.status_code, again.get_data()) == (200, opened.get_data())
    links = opened.json["links"]

    summary = _get(client, links["summary"]).json
    listed = {section["key"] for section in summary["sections"] if section["state"] == "listed"}
    assert len(summary["sections"]) == 11
    assert {"allergies", "treatments"} <= listed
    assert all(item["source"]["document"] for section in summary["sections"] for item in section["items"])

    every = _get(client, f"{links['documents']}").json["documents"]
    deposited = {hashlib.sha256(file.read_bytes()).hexdigest() for file in documents.glob("*.xml")}
    assert every
    for document in every[:5]:
        content = _get(client, document["links"]["content"])
        digest = hashlib.sha256(content.get_data()).digest()
        assert digest.hex() in deposited
        assert content.headers["Digest"] == f"sha-256={base64.b64encode(digest).decode()}"

    receipt = Receipt.from_json(_get(client, links["receipt"]).get_data(as_text=True))
    assert (receipt.entry_id, receipt.state) == (opened.json["audit"]["entry_id"], "pending")
    assert receipt.promise is not None
    assert _get(client, links["receipt"], "colleague").status_code == 404

    extended = client.post(links["extend"], headers=AUTHORIZED)
    assert (extended.status_code, extended.json["extensions"]) == (200, 1)
    assert client.post(links["end"], headers=AUTHORIZED).json["state"] == "ended"
    for link in ("summary", "documents"):
        assert _get(client, links[link]).json["code"] == "access-not-open"
    assert client.post(links["extend"], headers=AUTHORIZED).json["code"] == "access-not-open"


def test_fhir_finds_and_retrieves_under_the_access_and_not_before(client: FlaskClient) -> None:
    address = f"/fhir/DocumentReference?patient.identifier={BY_INS}"
    assert _get(client, f"/fhir/Patient?identifier={BY_INS}").json["total"] == 1
    assert _get(client, address).json["issue"][0]["code"] == "forbidden"

    assert open_access(client).status_code == 201
    bundle = _get(client, address).json
    assert bundle["total"] > 0
    attachment = bundle["entry"][0]["resource"]["content"][0]["attachment"]
    content = _get(client, "/fhir/" + attachment["url"].partition("/fhir/")[2])
    assert (content.status_code, len(content.get_data())) == (200, attachment["size"])
    assert _get(client, address, caller="colleague").status_code == 403


def test_what_the_rules_refuse_is_on_the_record_and_what_is_not_theirs_does_not_exist(client: FlaskClient) -> None:
    refused = open_access(client, caller="software")
    assert (refused.status_code, refused.json["code"]) == (403, "access-refused")
    assert refused.json["rules"]
    assert refused.json["audit"]["entry_id"]
    assert open_access(client, break_glass(patient={"ipp": "nobody"})).json["code"] == "patient-unknown"

    path = open_access(client).json["links"]["self"]
    assert _get(client, path, caller="colleague").status_code == 404
    assert _get(client, f"{path}/documents/nothing").json["code"] == "document-not-found"
    reused = open_access(client, break_glass(reason={"code": "immediate_risk"}))
    assert (reused.status_code, reused.json["code"]) == (409, "request-id-reused")


ODD_QUESTIONS = (
    "/api/v1/patients?family=%F0%9F%92%89&given=%27%3B--&birthdate=0000-00-00",
    "/api/v1/patients?family=a&given=b&birthdate=1979-02-31",
    "/api/v1/patients?ipp=%25%27",
    "/api/v1/patients?family=%20&given=%20&birthdate=1979-03-28",
    "/api/v1/accesses/00000000-0000-4000-8000-000000000000",
    "/fhir/Patient?identifier=urn:oid:1.2.250.1.213.1.4.10|",
    "/fhir/Binary/%25?access=00000000-0000-4000-8000-000000000000",
)


def test_odd_questions_get_an_answer_and_never_a_500(client: FlaskClient) -> None:
    for address in ODD_QUESTIONS:
        answer = _get(client, address)
        assert answer.status_code < 500, address
        assert answer.content_type in ("application/json", "application/problem+json", "application/fhir+json")
