"""Every entry of a real night as an AuditEvent that two validators and BALP's own rules accept; faults are caught."""

import base64
import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import notice_record, recorders, sign_in_record
from gateway.exporting.audit_event import RecordedEntry, audit_events
from gateway.exporting.event_codes import OVERRIDE_STARTED, OVERRIDE_STOPPED
from gateway.exporting.event_parts import QUERY_ROLE, EventSource
from tests.exporting.conftest import Night
from tests.exporting.entries import entry
from tests.exporting.fhir_judges import faults_of
from tests.exporting.scenario import INTERN

Event = dict[str, Any]
SOURCE = EventSource(base_url="https://gateway.test", site="CH d'essai")
PERSON = {"person/1": {"staff": {"key": "rpps:10100000008", "name": "Denis Leroy", "profession": "1.2.250|10"}}}


def event_of(night: Night, entry_type: str) -> Event:
    return audit_events(night.of_type(entry_type), night.source)[0]


def profile(event: Event) -> str:
    return "".join(event.get("meta", {}).get("profile", [])).rpartition(".")[2]


def types(event: Event) -> list[str]:
    return [event["type"]["code"], *(coding["code"] for coding in event["subtype"])]


def test_both_validators_and_balp_accept_every_entry_of_a_real_night(night: Night) -> None:
    assert len({item.entry.type for item in night.entries}) >= 20
    for item in night.entries:
        for event in audit_events(item, night.source):
            assert faults_of(event) == [], item.entry.type


@pytest.mark.parametrize(
    "entry_type",
    sorted(
        {
            name
            for module in (recorders, notice_record, sign_in_record)
            for name in re.findall(r'"([a-z]+\.[a-z_]+)"', inspect.getsource(module))
        }
    ),
)
@pytest.mark.parametrize("erased", [True, False])
def test_every_type_a_room_records_makes_a_sound_event_also_when_its_people_are_erased(
    entry_type: str, erased: bool
) -> None:
    facts = {"document": "22222222-2222-4222-8222-222222222222", "access": "1", "rules": ["a", "b"]}
    personal = {} if erased else {**PERSON, "patient/11111111-1111-4111-8111-111111111111": {"patient": "1"}}
    for outcome in ("success", "refused", "failed"):
        for event in audit_events(
            entry(entry_type, outcome=outcome, facts=facts, personal=personal, purpose="BTG"), SOURCE
        ):
            assert faults_of(event) == []


@given(
    entry_type=st.from_regex(r"[a-z][a-z0-9_]{0,9}\.[a-z_.]{1,20}", fullmatch=True),
    outcome=st.sampled_from(["success", "refused", "failed"]),
    facts=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.one_of(st.booleans(), st.integers(0, 2**53 - 1), st.text("aé \u2028<&", max_size=9)),
        max_size=3,
    ),
)
def test_an_entry_of_a_type_nobody_described_is_never_left_out(
    entry_type: str, outcome: str, facts: dict[str, Any]
) -> None:
    (event,) = audit_events(entry(entry_type, outcome=outcome, facts=facts), SOURCE)
    assert event["subtype"][-1]["code"] == entry_type
    assert [agent["requestor"] for agent in event["agent"]].count(True) == 1
    assert faults_of(event) == []


def test_a_document_opened_under_break_glass_is_a_patient_read(night: Night) -> None:
    event = event_of(night, "document.opened")
    assert (profile(event), event["outcome"], event["action"]) == ("PatientRead", "0", "R")
    user, _, server = event["agent"]
    assert [agent["type"]["coding"][0]["code"] for agent in event["agent"]] == ["IRCP", "110152", "110153"]
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "BTG"
    assert (user["name"], user["who"]["identifier"]["value"]) == (INTERN.name, INTERN.subject)
    assert server["who"] == event["source"]["observer"]
    assert event["entity"][1]["what"]["reference"].startswith("DocumentReference/")


def test_a_search_reverses_the_roles_encodes_the_question_and_makes_an_event_for_each_patient(night: Night) -> None:
    searches = [item for item in night.entries if item.entry.type == "patient.searched"]
    several = max(searches, key=lambda item: len(audit_events(item, night.source)))
    events = audit_events(several, night.source)
    patients = {entity["what"]["reference"] for event in events for entity in event["entity"][:1]}
    assert len(events) == len(patients) == several.entry.facts["found"] > 1
    assert len({event["id"] for event in events}) == len(events)
    for event in events:
        assert profile(event) == "PatientQuery"
        assert [agent["type"]["coding"][0]["code"] for agent in event["agent"]] == ["IRCP", "110153", "110152"]
    query = next(entity["query"] for entity in events[0]["entity"] if "query" in entity)
    asked = parse_qs(base64.b64decode(query).decode().partition("?")[2])
    assert asked["by"] == ["traits"]
    assert asked["birth_date"]
    nobody = next(item for item in searches if item.entry.facts["found"] == 0)
    assert profile(audit_events(nobody, night.source)[0]) == "Query"


def test_break_glass_starts_and_stops_an_emergency_override_with_its_purposes(night: Night) -> None:
    opened, ended = event_of(night, "access.opened"), event_of(night, "access.ended")
    assert types(opened)[:2] == ["110113", OVERRIDE_STARTED.code]
    assert [item["coding"][0]["code"] for item in opened["purposeOfEvent"]] == ["BTG", "ETREAT"]
    assert types(ended)[:2] == ["110113", OVERRIDE_STOPPED.code]


def test_a_refusal_says_serious_failure_and_why_and_never_claims_to_be_a_read(night: Night) -> None:
    for entry_type in ("access.refused", "access.reading_refused", "patient.search_refused"):
        event = event_of(night, entry_type)
        assert (event["outcome"], types(event)[0], profile(event)) == ("8", "110113", "")
    assert event_of(night, "access.refused")["outcomeDesc"].startswith("rules: INT-")
    told = audit_events(entry("access.refused", outcome="refused", facts={"rules": ["opposed"]}), SOURCE)[0]
    assert told["outcomeDesc"] == "rules: opposed"


def test_sign_in_rules_and_looks_at_the_log_have_their_dicom_codes(night: Night) -> None:
    assert types(event_of(night, "session.signed_in"))[:2] == ["110114", "110122"]
    assert types(event_of(night, "policies.loaded"))[:2] == ["110113", "110129"]
    assert types(event_of(night, "log.viewed"))[0] == "110101"


def test_no_event_claims_a_consent_that_is_no_resource_nor_names_an_ins(night: Night) -> None:
    for item in night.entries:
        for event in audit_events(item, night.source):
            assert "AuthZconsent" not in str(event)
            plain = str({name: value for name, value in event.items() if name != "entity"})
            assert not re.search(r"\b[12]\d{14}\b", plain)


def test_the_entry_and_its_leaf_hash_are_named(night: Night) -> None:
    item = night.of_type("document.opened")
    entity = audit_events(item, night.source)[0]["entity"][-1]
    assert entity["what"]["identifier"]["value"] == item.entry.entry_id
    assert {"type": "leaf-hash", "valueString": item.leaf_hash.hex()} in entity["detail"]


def test_a_fact_of_no_character_is_left_out(night: Night) -> None:
    item = night.of_type("access.opened")
    (event,) = audit_events(RecordedEntry(replace(item.entry, facts={"empty": ""}), item.leaf_hash), night.source)
    assert [detail["type"] for detail in event["entity"][-1]["detail"]] == ["leaf-hash", "policy-version"]


def _user(event: Event) -> Event:
    return next(agent for agent in event["agent"] if agent["requestor"])


FAULTS: dict[str, Callable[[Event], object]] = {
    "a code of another system": lambda event: event["type"].update(system="http://hl7.org/fhir/restful-interaction"),
    "a code nobody defined": lambda event: event["subtype"][0].update(code="peek"),
    "no type": lambda event: event.pop("type"),
    "no agent": lambda event: event.update(agent=[]),
    "no server": lambda event: event["agent"].pop(),
    "two requestors": lambda event: event["agent"][1].update(requestor=True),
    "no requestor": lambda event: _user(event).update(requestor=False),
    "requestor as a word": lambda event: event["agent"][1].update(requestor="no"),
    "an instant without a zone": lambda event: event.update(recorded="2026-11-22T03:00:00.000"),
    "an instant that is a date": lambda event: event.update(recorded="2026-11-22"),
    "an instant of a thirteenth month": lambda event: event.update(recorded="2026-13-22T03:00:00.000Z"),
    "a purpose nobody defined": lambda event: _user(event)["purposeOfUse"][0]["coding"][0].update(code="CURIOSITY"),
    "no outcome": lambda event: event.pop("outcome"),
    "an outcome nobody defined": lambda event: event.update(outcome="7"),
    "a failure that claims to be a read": lambda event: event.update(outcome="8"),
    "an action nobody defined": lambda event: event.update(action="X"),
    "the action of a query": lambda event: event.update(action="E"),
    "a reference to nothing": lambda event: event["entity"][0]["what"].update(reference="the patient"),
    "a reference to another kind": lambda event: event["entity"][0]["what"].update(reference="Practitioner/1"),
    "no patient": lambda event: event["entity"].pop(0),
    "two objects read": lambda event: event["entity"].append(copy.deepcopy(event["entity"][1])),
    "the roles of a query": lambda event: event["agent"][1]["type"]["coding"][0].update(code="110153"),
    "a server without a network": lambda event: event["agent"][2].pop("network"),
    "a person with a network": lambda event: _user(event).update(network={"address": "10.0.0.1", "type": "2"}),
    "another observer": lambda event: event["source"]["observer"].update(display="somebody else"),
    "no source": lambda event: event.pop("source"),
    "a member FHIR does not know": lambda event: event.update(severity="high"),
    "a query that is no base64": lambda event: event["entity"][1].update(query="not base64!", role=QUERY_ROLE.coding()),
    "a token": lambda event: _user(event).update(altId="eyJhbGciOiJSUzI1NiJ9.e30.x"),
    "an agent without who": lambda event: event["agent"][1].pop("who"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_our_own_output_is_caught(night: Night, fault: str) -> None:
    event = copy.deepcopy(event_of(night, "document.opened"))
    assert faults_of(event) == []
    FAULTS[fault](event)
    assert faults_of(event) != []


def test_the_two_validators_alone_catch_what_is_theirs_to_see(night: Night) -> None:
    for fault in ("no source", "an instant that is a date", "requestor as a word"):
        event = copy.deepcopy(event_of(night, "document.opened"))
        FAULTS[fault](event)
        assert any("AuditEvent" in told for told in faults_of(event)), fault
