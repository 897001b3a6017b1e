"""`gateway audit verify --deep` from the command line: what it answers, as words and as data, and its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.demo.configuration import write_configuration
from gateway.settings import load_settings
from gateway.storage.database import Database
from tests.gateways import PORT, load_hospital
from tests.worlds import StillWorld


def run(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "audit", "verify", "--deep", "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={"LANG": "en"}, check=False)


@pytest.mark.slow
def test_a_whole_database_is_complete_and_one_that_was_tampered_with_is_not(tmp_path: Path) -> None:
    config = write_configuration(tmp_path, PORT, StillWorld(seed="settings").world)
    settings = load_settings(config).settings
    load_hospital(settings.database.url, settings)
    answer = run(config)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("COMPLETE: ")
    database = Database(settings.database.url)
    invented = "INSERT INTO audit_pending (entry_id) VALUES ('00000000-0000-4000-8000-00000000dead')"
    database.transact(lambda tx: tx.connection.execute(text(invented)))
    database.close()
    answer = run(config, "--json")
    assert answer.returncode == 1
    told = json.loads(answer.stdout)
    assert told["counts"] == {"mark_stray": 1}
    assert told["findings"][0]["table"] == "audit_pending"
    assert "has no entry" in run(config).stdout
