"""`/fhir/AuditEvent` on the assembled gateway: who may read what, by which dates, page by page, and on the record."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from gateway.api import create_api
from gateway.errors import NotSignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from tests.exporting.conftest import Night
from tests.exporting.fhir_judges import faults_of
from tests.exporting.scenario import DPO, INS, INTERN, IT, PATIENT, SOFTWARE

STAFF = {"intern": INTERN, "dpo": DPO, "it": IT, "software": SOFTWARE}
OID = "urn:oid:1.2.250.1.213.1.4.10"
SINCE = "date=ge2026-11-01"


class Tokens:
    """Knows its callers by a word; the real judges have tests of their own."""

    def verify(self, header_value: str) -> StaffMember:
        staff = STAFF.get(header_value.removeprefix("Bearer "))
        if staff is None:
            raise NotSignedIn("not one of the staff")
        return staff


class PatientTokens:
    def verify(self, header_value: str) -> PatientHolder:
        if header_value != "Bearer patient":
            raise NotSignedIn("no patient")
        return PATIENT


class Doors:
    """The assembled gateway, with these judges of tokens."""

    def __init__(self, night: Night) -> None:
        self._gateway = night.gateway
        self.bearer = Tokens()
        self.patient_bearer = PatientTokens()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


@pytest.fixture
def client(own_night: Night) -> FlaskClient:
    return create_api(Doors(own_night)).test_client(use_cookies=False)  # type: ignore[arg-type]


def get(client: FlaskClient, query: str, who: str = "dpo") -> Any:
    return client.get(f"/fhir/AuditEvent?{query}", headers={"Authorization": f"Bearer {who}"})


def events(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.json
    return [item["resource"] for item in answer.json.get("entry", [])]


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [event["subtype"][-1]["code"] for event in found]


def code(answer: Any) -> str:
    assert answer.json["resourceType"] == "OperationOutcome"
    return str(answer.json["issue"][0]["details"]["coding"][0]["code"])


def test_the_dpo_reads_everything_page_by_page_without_a_gap_or_a_repetition(
    client: FlaskClient, own_night: Night
) -> None:
    query, seen = f"{SINCE}&_count=7", []
    for _ in range(20):
        answer = get(client, query)
        seen += events(answer)
        following = [link["url"] for link in answer.json.get("link", []) if link["relation"] == "next"]
        if not following:
            break
        assert INS not in following[0]
        query = urlsplit(following[0]).query
    told = [event["entity"][-1]["what"]["identifier"]["value"] for event in seen]
    recorded = [item.entry.entry_id for item in reversed(own_night.entries)]
    assert list(dict.fromkeys(told)) == recorded
    assert len({event["id"] for event in seen}) == len(seen)


def test_a_patient_reads_what_is_about_them_and_no_more(client: FlaskClient, own_night: Night) -> None:
    found = events(get(client, f"{SINCE}&_count=200", "patient"))
    assert {"access.opened", "document.opened", "patient.searched", "access.refused"} <= set(kinds(found))
    assert not {"session.signed_in", "policies.loaded", "patient.ed_list"} & set(kinds(found))
    patient = own_night.of_type("access.opened").entry.personal
    own = next(subject for subject in patient if subject.startswith("patient/")).replace("patient/", "Patient/")
    for event in found:
        assert faults_of(event) == []
        assert [entity["what"]["reference"] for entity in event["entity"] if entity["type"]["code"] == "1"] == [own]
    search = found[kinds(found).index("patient.searched")]
    query = next(entity["query"] for entity in search["entity"] if "query" in entity)
    assert INS not in query
    assert INTERN.name in str(found)


def test_a_document_a_patient_may_not_know_of_yet_is_nowhere_in_their_entries(
    client: FlaskClient, own_night: Night
) -> None:
    hidden, open_one = [
        item.entry.facts["document"] for item in own_night.entries if item.entry.type == "document.opened"
    ][:2]
    own_night.gateway.database.transact(
        lambda tx: tx.connection.execute(
            text("UPDATE document_opening SET hidden_from = 'patient' WHERE document_id = :id"), {"id": hidden}
        )
    )
    own_night.gateway.database.transact(
        lambda tx: tx.connection.execute(
            text("UPDATE document_opening SET hidden_from = '' WHERE document_id = :id"), {"id": open_one}
        )
    )
    told = str(events(get(client, f"{SINCE}&_count=200", "patient")))
    assert hidden not in told
    assert open_one in told
    assert hidden in str(events(get(client, f"{SINCE}&_count=200")))


@pytest.mark.parametrize("who", ["intern", "it", "software"])
def test_nobody_else_reads_the_log(client: FlaskClient, who: str) -> None:
    answer = get(client, SINCE, who)
    assert (answer.status_code, code(answer)) == (403, "log-not-allowed")


def test_a_patients_token_opens_nothing_else(client: FlaskClient) -> None:
    for address in (f"/fhir/Patient?identifier={OID}|{INS}", f"/api/v1/patients?ins={INS}&oid=1.2.250.1.213.1.4.10"):
        assert client.get(address, headers={"Authorization": "Bearer patient"}).status_code == 401


def test_without_a_token_or_with_a_forged_one_nothing_is_read(client: FlaskClient) -> None:
    assert client.get(f"/fhir/AuditEvent?{SINCE}").status_code == 401
    assert get(client, SINCE, "forged").status_code == 401


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "date-required"),
        ("date=lt2026-12-01", "date-required"),
        ("_count=10", "date-required"),
        ("date=ge2026-13-01", "date-invalid"),
        ("date=yesterday", "date-invalid"),
        ("date=ge2026-11-01&date=ge2026-11-02", "date-invalid"),
        ("date=ge2026-12-01&date=lt2026-11-01", "date-invalid"),
        ("date=ge2026-11-01&date=lt2026-12-01&date=lt2026-12-02", "duplicate-member"),
        (f"{SINCE}&_count=0", "invalid-request"),
        (f"{SINCE}&_count=201", "invalid-request"),
        (f"{SINCE}&agent=me", "invalid-request"),
        (f"{SINCE}&patient.identifier={INS}", "patient-unclear"),
        (f"{SINCE}&patient.identifier=urn:other|1", "patient-unclear"),
        ("_page=AAAA", "page-mark"),
        ("_page=" + "A" * 300, "page-mark"),
        (f"_page=AAAA&{SINCE}", "page-mark"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_to_do(client: FlaskClient, query: str, told: str) -> None:
    answer = get(client, query)
    assert 400 <= answer.status_code < 500
    assert code(answer) == told
    assert INS not in answer.get_data(as_text=True)


def test_a_period_has_the_ends_that_fhir_gives_it(client: FlaskClient) -> None:
    whole = events(get(client, "date=2026-11-22&_count=200"))
    assert events(get(client, "date=2026&_count=200"))[-len(whole) :] == whole
    assert events(get(client, "date=ge2026-11-23")) == []
    assert events(get(client, "date=gt2026-11-22")) == []
    assert events(get(client, "date=ge2026-11-01&date=lt2026-11-22")) == []
    early = events(get(client, "date=ge2026-11-22T03:00:00Z&date=lt2026-11-22T04:05:00%2B01:00&_count=200"))
    assert 0 < len(early) < len(whole)


def test_the_dpo_asks_for_one_patient_in_an_address_or_in_a_body(client: FlaskClient, own_night: Night) -> None:
    asked = events(get(client, f"{SINCE}&_count=3&patient.identifier={OID}|{INS}"))
    assert len(asked) == 3
    form = {"date": ["ge2026-11-01", "lt2026-12-01"], "patient.identifier": f"{OID}|{INS}", "_count": "3"}
    posted = client.post("/fhir/AuditEvent/_search", data=form, headers={"Authorization": "Bearer dpo"})
    assert kinds(events(posted))[1:] == kinds(asked)[:2]
    following = posted.json["link"][0]["url"]
    assert INS not in following
    answer = get(client, f"{SINCE}&patient.identifier={OID}|189074815322170")
    assert answer.status_code == 404


def test_a_patient_who_asks_for_another_is_refused(client: FlaskClient) -> None:
    answer = get(client, f"{SINCE}&patient.identifier={OID}|189074815322170", "patient")
    assert (answer.status_code, code(answer)) == (403, "log-not-allowed")
    mark = urlsplit(get(client, f"{SINCE}&_count=1").json["link"][0]["url"]).query
    assert get(client, mark, "patient").status_code == 403


def test_each_look_at_the_log_is_on_the_record(client: FlaskClient, own_night: Night) -> None:
    def looks() -> int:
        with own_night.gateway.database.reading() as connection:
            found = connection.execute(text("SELECT COUNT(*) FROM audit_entry WHERE type = 'log.viewed'"))
            return int(found.scalar_one())

    before = looks()
    get(client, f"{SINCE}&_count=5")
    get(client, f"{SINCE}&_count=5", "patient")
    get(client, SINCE, "intern")
    assert looks() == before + 2
    latest = events(get(client, f"{SINCE}&_count=1"))
    assert kinds(latest) == ["log.viewed"]


def test_the_statement_tells_what_the_search_takes(client: FlaskClient) -> None:
    resources = {item["type"]: item for item in client.get("/fhir/metadata").json["rest"][0]["resource"]}
    assert {item["name"] for item in resources["AuditEvent"]["searchParam"]} == {"date", "patient.identifier"}
