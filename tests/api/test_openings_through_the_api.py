"""POST /api/v1/accesses and the life of an access, as the outer contract writes them."""

import pytest
from flask.testing import FlaskClient

from gateway.errors import RecordUnavailable
from tests.api.api_calls import AUTHORIZED, REQUEST_ID, break_glass, client_of, open_access, opened_path
from tests.api.hospital_in_memory import INS, IPP, HospitalInMemory


def test_an_emergency_opening_answers_every_member_of_the_contract(client: FlaskClient) -> None:
    answer = open_access(client)

    assert answer.status_code == 201
    assert answer.json.keys() >= {
        "access_id", "mode", "opened_at", "expires_at", "patient", "rules", "obligations", "policy_version", "notice",
        "audit", "links",
    }  # fmt: skip
    assert answer.json["mode"] == "break_glass"
    assert answer.json["opened_at"] == "2026-11-22T03:00:00.000Z"
    assert answer.json["expires_at"] == "2026-11-22T03:30:00.000Z"
    assert answer.json["notice"] == {"id": "notice-1", "state": "pending"}
    assert answer.json["audit"].keys() == {"entry_id", "leaf_hash"}
    assert answer.headers["Location"] == answer.json["links"]["self"]


def test_the_patient_in_the_answer_is_identity_and_nothing_of_their_dossier(client: FlaskClient) -> None:
    patient = open_access(client).json["patient"]

    assert (patient["ins"], patient["oid"], patient["ipp"]) == (INS.value, INS.oid, IPP)
    assert patient["birth_name"] == "PAT-TROIS"
    assert not any("oppos" in name or "mask" in name or "dossier" in name for name in patient)


def test_the_same_request_id_answers_200_and_the_same_body(client: FlaskClient, hospital: HospitalInMemory) -> None:
    first, second = open_access(client), open_access(client)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_data() == second.get_data()
    assert hospital.record.lines == ["granted"]


def test_the_same_request_id_is_the_same_whatever_its_case(client: FlaskClient) -> None:
    open_access(client)
    assert open_access(client, break_glass(request_id=REQUEST_ID.upper())).status_code == 200


def test_a_request_id_reused_for_something_else_is_a_conflict(client: FlaskClient) -> None:
    open_access(client)
    answer = open_access(client, break_glass(reason={"code": "immediate_risk"}))
    assert (answer.status_code, answer.json["code"]) == (409, "request-id-reused")


def test_the_patient_may_be_named_by_the_hospitals_own_number(client: FlaskClient) -> None:
    assert open_access(client, break_glass(patient={"ipp": IPP})).status_code == 201


def test_consent_opens_in_normal_mode_without_a_reason(client: FlaskClient) -> None:
    body = {"request_id": REQUEST_ID, "patient": {"ipp": IPP}, "mode": "normal", "consent": "explicit"}
    answer = open_access(client, body)
    assert answer.status_code == 201
    state = client.get(answer.json["links"]["self"], headers=AUTHORIZED).json
    assert (state["consent_basis"], state["reason_code"]) == ("explicit", "")


def test_a_refusal_is_a_problem_that_says_which_rule_and_what_remains_possible() -> None:
    answer = open_access(client_of(HospitalInMemory(opposed=True)))

    assert answer.status_code == 403
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"].endswith("/problems/access-refused")
    assert answer.json["rules"][0]["id"] == "patient-opposed-break-glass"
    assert answer.json["near_misses"][0].keys() == {"id", "fr", "en"}
    assert answer.json["break_glass"] == "unavailable"
    assert answer.json["audit"].keys() == {"entry_id", "leaf_hash"}
    assert answer.json["possible"] == ["hospital_record", "medecin_traitant"]


@pytest.mark.parametrize("caller", ["dpo", "software"])
def test_a_caller_the_rules_refuse_is_refused_on_the_record(caller: str) -> None:
    hospital = HospitalInMemory()
    answer = open_access(client_of(hospital), caller=caller)
    assert (answer.status_code, answer.json["code"]) == (403, "access-refused")
    assert hospital.record.lines == ["refused"]


def test_an_unknown_patient_is_not_found(client: FlaskClient) -> None:
    answer = open_access(client, break_glass(patient={"ipp": "nobody"}))
    assert (answer.status_code, answer.json["code"]) == (404, "patient-unknown")


def test_nothing_opens_and_503_is_answered_when_the_entry_cannot_be_recorded() -> None:
    hospital = HospitalInMemory()
    hospital.record.full = True
    answer = open_access(client_of(hospital))
    assert (answer.status_code, answer.json["code"]) == (503, "record-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert hospital.accesses == {}


@pytest.mark.parametrize(
    ("patient", "code"),
    [
        ({"ins": "27903512151898", "oid": INS.oid}, "ins-length"),
        ({"ins": "", "oid": INS.oid}, "ins-length"),
        ({"ins": "27903512151898X", "oid": INS.oid}, "ins-characters"),
        ({"ins": "279035121518988", "oid": INS.oid}, "ins-key"),
        ({"ins": INS.value, "oid": "1.2.3"}, "ins-oid-unknown"),
        ({"ins": INS.value}, "ins-oid-unknown"),
        ({"ins": INS.value, "oid": "1.2.250.1.213.1.4.8"}, "ins-oid-forbidden"),
        ({}, "patient-unclear"),
        ({"oid": INS.oid}, "patient-unclear"),
        ({"ins": INS.value, "oid": INS.oid, "ipp": IPP}, "patient-unclear"),
    ],
)
def test_a_patient_badly_named_is_told_what_is_wrong(client: FlaskClient, patient: dict[str, str], code: str) -> None:
    answer = open_access(client, break_glass(patient=patient))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert INS.value not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (None, "reason-required"),
        ({}, "reason-required"),
        ({"code": "curiosity"}, "reason-unknown"),
        ({"code": "other"}, "reason-text-required"),
        ({"code": "other", "text": "  short  "}, "reason-text-required"),
        ({"code": "other", "text": "x" * 501}, "reason-text-too-long"),
    ],
)
def test_an_emergency_without_a_proper_reason_opens_nothing(
    client: FlaskClient, hospital: HospitalInMemory, reason: object, code: str
) -> None:
    answer = open_access(client, break_glass(reason=reason))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    offered = {one["code"]: (one["modes"], one["text_at_least"]) for one in answer.json["reasons"]}
    assert offered["regulation"] == (["centre_15"], 0)
    assert offered["other"] == (["break_glass"], 10)
    assert hospital.record.lines == []


def test_a_normal_access_takes_no_reason_and_an_emergency_takes_no_consent(client: FlaskClient) -> None:
    assert open_access(client, break_glass(mode="normal")).json["code"] == "reason-unexpected"
    assert open_access(client, break_glass(consent="explicit")).json["code"] == "consent-unexpected"


def test_an_access_is_shown_extended_and_ended(client: FlaskClient, hospital: HospitalInMemory) -> None:
    path = opened_path(client)
    assert client.get(path, headers=AUTHORIZED).json["state"] == "open"
    extended = client.post(f"{path}/extend", headers=AUTHORIZED)
    assert extended.json["expires_at"] == "2026-11-22T04:00:00.000Z"
    ended = client.post(f"{path}/end", headers=AUTHORIZED)
    assert (ended.status_code, ended.json["state"]) == (200, "ended")
    assert client.get(path, headers=AUTHORIZED).json["ended_at"] == "2026-11-22T03:00:00.000Z"
    assert "ended" in hospital.record.lines


def test_an_access_past_its_window_is_expired_and_cannot_be_extended(
    client: FlaskClient, hospital: HospitalInMemory
) -> None:
    path = opened_path(client)
    hospital.still.pass_time(minutes=31)
    assert client.get(path, headers=AUTHORIZED).json["state"] == "expired"
    answer = client.post(f"{path}/extend", headers=AUTHORIZED)
    assert (answer.status_code, answer.json["code"]) == (403, "access-not-open")


def test_an_extension_the_rules_refuse_is_the_same_problem_as_a_refused_opening(
    client: FlaskClient, hospital: HospitalInMemory
) -> None:
    path = opened_path(client)
    hospital.opposed = True
    assert client.post(f"{path}/extend", headers=AUTHORIZED).json["code"] == "access-refused"


def test_an_access_of_somebody_else_does_not_exist(client: FlaskClient) -> None:
    path = opened_path(client)
    for suffix in ("", "/summary", "/documents"):
        answer = client.get(path + suffix, headers={"Authorization": "Bearer colleague"})
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_extend_and_end_take_no_body(client: FlaskClient) -> None:
    path = opened_path(client)
    assert client.post(f"{path}/end", json={}, headers=AUTHORIZED).status_code == 200
    assert client.post(f"{path}/extend", json={"minutes": 600}, headers=AUTHORIZED).status_code == 422
    assert client.post(f"{path}/extend", data=b"x", headers=AUTHORIZED).status_code == 415


def test_an_unforeseen_recording_failure_on_a_read_answers_503(client: FlaskClient, hospital: HospitalInMemory) -> None:
    path = opened_path(client)
    hospital.fault = RecordUnavailable("the disk is full")
    assert client.get(f"{path}/summary", headers=AUTHORIZED).status_code == 503
