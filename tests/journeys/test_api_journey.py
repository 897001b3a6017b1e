"""The hospital's own software, end to end over HTTP: token, opening, summary, document, notice, receipt, proof."""

import base64
import hashlib
import json
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import pytest

from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.token import fetch_demo_token
from tests.journeys.conftest import DemoServer

TEST_OID = "1.2.250.1.213.1.4.10"


@pytest.fixture(scope="module")
def intern(demo_server: DemoServer) -> httpx.Client:
    """The API as the intern's software calls it."""
    token = fetch_demo_token(demo_server.url, "interne")
    return httpx.Client(
        base_url=demo_server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
    )


def _gateway(demo_server: DemoServer, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _break_glass(patient: dict[str, str]) -> dict[str, object]:
    return {
        "request_id": str(uuid.uuid4()),
        "patient": patient,
        "mode": "break_glass",
        "reason": {"code": "vital_emergency"},
    }


def test_an_unconscious_patients_dossier_is_opened_read_told_and_proven(
    intern: httpx.Client, demo_server: DemoServer, tmp_path: Path
) -> None:
    patient = {"ins": "279035121518989", "oid": TEST_OID}
    asked = {"request_id": str(uuid.uuid4()), "patient": patient, "mode": "normal"}
    refused = intern.post("/api/v1/accesses", json=asked)
    assert refused.status_code == 403
    assert refused.json()["break_glass"] == "available"
    body = _break_glass(patient)
    opened = intern.post("/api/v1/accesses", json=body)
    assert opened.status_code == 201
    access = opened.json()
    time.sleep(2.5)
    again = intern.post("/api/v1/accesses", json=body)
    assert (again.status_code, again.json()) == (200, access)

    summary = intern.get(access["links"]["summary"]).json()
    states = {section["state"] for section in summary["sections"]}
    assert "listed" in states
    documents = intern.get(access["links"]["documents"]).json()["documents"]
    assert documents
    link = f"{access['links']['documents']}/{documents[0]['id']}"
    document = intern.get(link)
    digest = "sha-256=" + base64.b64encode(hashlib.sha256(document.content).digest()).decode()
    assert document.headers["Digest"] == digest

    assert intern.post(access["links"]["end"]).status_code == 200
    notices = json.loads(_gateway(demo_server, "notices", "list", "--json", "--config", str(demo_server.config)).stdout)
    assert access["notice"]["id"] in {notice["id"] for notice in notices}
    bundle = tmp_path / "bundle"
    exported = _gateway(demo_server, "audit", "export", "--config", str(demo_server.config), "--out", str(bundle))
    assert exported.returncode == 0, exported.stderr
    judged = subprocess.run(
        [sys.executable, "-m", "audit", "verify", str(bundle), "--key", str(bundle / "log.vkey")], check=False
    )
    assert judged.returncode == 0
    assert access["audit"]["entry_id"] in (bundle / "entries.jsonl").read_text()


@pytest.mark.parametrize(
    ("scenario", "break_glass"),
    [
        ("opposed_break_glass", 403),
        ("blocked_professional", 403),
        ("closed_dossier", 403),
        ("no_dossier", 403),
        ("unqualified_identity", 403),
        ("deceased", 403),
        ("masked_allowed", 201),
        ("minor_hidden_act", 201),
        ("homonym_1", 201),
        ("invisible_document", 201),
    ],
)
def test_each_scenario_answers_break_glass_as_the_law_says(
    intern: httpx.Client, scenario: str, break_glass: int
) -> None:
    ipp = next(item.ipp for item in SCENARIOS if item.key == scenario)
    answer = intern.post("/api/v1/accesses", json=_break_glass({"ipp": ipp}))
    assert answer.status_code == break_glass, answer.text
    if break_glass == 201:
        ended = intern.post(answer.json()["links"]["end"])
        assert ended.status_code == 200
    if break_glass == 403:
        assert answer.json()["break_glass"] == "unavailable"
        assert answer.json()["rules"]


def test_gateway_check_proves_itself(demo_server: DemoServer) -> None:
    checked = _gateway(demo_server, "check", "--json", "--config", str(demo_server.config))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    proof = json.loads(checked.stdout)["proof"]
    assert set(proof) == {"enforcement", "audit", "notices"}
    for file in demo_server.folder.glob("*.secret"):
        assert file.read_text(encoding="utf-8").strip() not in checked.stdout
