"""The dossier through the API: summary, list, and documents byte for byte."""

import base64
import hashlib

import pytest
from flask.testing import FlaskClient

from gateway.errors import DocumentUnreadable, DossierUnavailable
from tests.api.api_calls import AUTHORIZED, opened_path
from tests.api.hospital_in_memory import DOCUMENT, DOCUMENT_BYTES, INS, IPP, OLD_DOCUMENT, HospitalInMemory


def test_every_section_of_the_summary_has_its_state_and_every_line_its_source(client: FlaskClient) -> None:
    answer = client.get(opened_path(client) + "/summary", headers=AUTHORIZED)

    assert answer.status_code == 200
    states = {section["key"]: section["state"] for section in answer.json["sections"]}
    assert len(states) == 11
    assert set(states.values()) == {"listed", "none_known", "no_information", "unavailable"}
    line = next(section for section in answer.json["sections"] if section["key"] == "allergies")["items"][0]
    assert line["text"] == "Pénicilline"
    assert line["code"] == {"code": "764146007", "system": "2.16.840.1.113883.6.96", "label": ""}
    assert line["source"]["document"] == DOCUMENT.id
    assert line["source"]["author"] == "Dr Paul Durand"
    assert line["source"]["date"] == "2026-11-22T03:00:00.000Z"


def test_the_list_is_whole_and_can_be_asked_for_the_last_two_years_only(client: FlaskClient) -> None:
    path = opened_path(client) + "/documents"
    filtered = client.get(f"{path}?recent=true", headers=AUTHORIZED).json
    everything = client.get(path, headers=AUTHORIZED).json

    assert (filtered["filtered"], len(filtered["documents"])) == (True, 1)
    assert (everything["filtered"], len(everything["documents"])) == (False, 2)
    assert everything["documents"][1]["size"] is None
    assert everything["documents"][1]["id"] == OLD_DOCUMENT.id
    assert filtered["documents"][0]["links"]["content"] == f"{path}/{DOCUMENT.id}"


def test_a_document_comes_byte_for_byte_with_its_digest(client: FlaskClient, hospital: HospitalInMemory) -> None:
    answer = client.get(f"{opened_path(client)}/documents/{DOCUMENT.id}", headers=AUTHORIZED)
    digest = base64.b64encode(hashlib.sha256(DOCUMENT_BYTES).digest()).decode()

    assert answer.get_data() == DOCUMENT_BYTES
    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.headers["Content-Length"] == str(len(DOCUMENT_BYTES))
    assert answer.headers["Digest"] == f"sha-256={digest}"
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["Cache-Control"] == "no-store"
    assert hospital.record.lines[-2:] == ["document opened", "delivered"]


def test_a_reader_who_leaves_is_recorded_as_not_delivered(client: FlaskClient, hospital: HospitalInMemory) -> None:
    answer = client.get(f"{opened_path(client)}/documents/{DOCUMENT.id}", headers=AUTHORIZED, buffered=False)
    next(iter(answer.response))
    answer.close()
    assert hospital.record.lines[-1] == "failed"


@pytest.mark.parametrize("announced", ["text/xml\r\nX-Injected: 1", "not a type", "", "text/html; q=\x00"])
def test_a_depositors_strange_media_type_never_becomes_a_header(
    client: FlaskClient, hospital: HospitalInMemory, announced: str
) -> None:
    hospital.media_type = announced
    answer = client.get(f"{opened_path(client)}/documents/{DOCUMENT.id}", headers=AUTHORIZED)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.get_data() == DOCUMENT_BYTES


@pytest.mark.parametrize("document_id", ["nope", OLD_DOCUMENT.id, "%00", "a%0Ab", "%F0%9F%92%89", "x" * 300])
def test_a_document_withheld_absent_or_impossible_is_the_same_404(client: FlaskClient, document_id: str) -> None:
    answer = client.get(f"{opened_path(client)}/documents/{document_id}", headers=AUTHORIZED)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_an_expired_access_reads_nothing(client: FlaskClient, hospital: HospitalInMemory) -> None:
    path = opened_path(client)
    hospital.still.pass_time(minutes=30)
    for suffix in ("/summary", "/documents", f"/documents/{DOCUMENT.id}"):
        answer = client.get(path + suffix, headers=AUTHORIZED)
        assert (answer.status_code, answer.json["code"]) == (403, "access-not-open")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(DossierUnavailable("slow"), 503, "dossier-unavailable"), (DocumentUnreadable("cut"), 502, "document-unreadable")],
)
def test_a_store_that_fails_is_named_and_leaks_nothing(
    client: FlaskClient, hospital: HospitalInMemory, fault: Exception, status: int, code: str
) -> None:
    path = opened_path(client)
    hospital.fault = fault
    answer = client.get(f"{path}/documents/{DOCUMENT.id}", headers=AUTHORIZED)
    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    "query",
    [
        f"ins={INS.value}&oid={INS.oid}",
        f"ipp={IPP}",
        "family=PAT-TROIS&given=DOMINIQUE&birthdate=1979-03-28",
    ],
)
def test_a_patient_is_found_by_each_kind_of_identifier(
    client: FlaskClient, hospital: HospitalInMemory, query: str
) -> None:
    answer = client.get(f"/api/v1/patients?{query}", headers=AUTHORIZED)
    assert [patient["ipp"] for patient in answer.json["patients"]] == [IPP]
    assert answer.json["more"] is False
    assert hospital.record.lines == ["searched"]


def test_a_search_that_finds_nobody_is_an_empty_list_on_the_record(
    client: FlaskClient, hospital: HospitalInMemory
) -> None:
    answer = client.get("/api/v1/patients?ipp=0", headers=AUTHORIZED)
    assert (answer.status_code, answer.json["patients"]) == (200, [])
    assert hospital.record.lines == ["searched"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "patient-unclear"),
        ("family=PAT-TROIS", 422, "patient-unclear"),
        (f"ipp={IPP}&family=X", 422, "patient-unclear"),
        ("ins=123", 422, "ins-length"),
        (f"ins={INS.value}", 422, "ins-oid-unknown"),
        ("birthdate=28/03/1979&family=a&given=b", 422, "invalid-request"),
        ("name=x", 422, "invalid-request"),
        ("ipp=1&ipp=2", 400, "duplicate-member"),
        ("ipp=%00", 400, "unwanted-characters"),
    ],
)
def test_an_unclear_search_is_told_what_is_wrong(client: FlaskClient, query: str, status: int, code: str) -> None:
    answer = client.get(f"/api/v1/patients?{query}", headers=AUTHORIZED)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_hospitals_software_may_search_and_other_roles_may_not(client: FlaskClient) -> None:
    software = client.get(f"/api/v1/patients?ipp={IPP}", headers={"Authorization": "Bearer software"})
    dpo = client.get(f"/api/v1/patients?ipp={IPP}", headers={"Authorization": "Bearer dpo"})
    assert software.status_code == 200
    assert (dpo.status_code, dpo.json["code"]) == (403, "not-allowed")
