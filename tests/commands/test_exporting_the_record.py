"""`gateway audit export --format` and `gateway audit erase`, as an administrator types them."""

import json
import os
from pathlib import Path

import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from gateway.world import real_world
from tests.worlds import StillWorld


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The demo's configuration over an empty database; each command leaves entries of its own."""
    file = write_configuration(tmp_path / "demo", 8099, StillWorld().world)
    assert _run(file, "migrate").exit_code == 0
    return file


def _run(config: Path, *words: str | Path, lang: str = "fr_FR.UTF-8", **env: str) -> Result:
    command = [*map(str, words), "--config", str(config)]
    return CliRunner().invoke(main, command, env={"LANG": lang, "LC_ALL": lang, "GATEWAY_TOKEN": "", **env})


def test_a_csv_is_written_whole_for_its_owner_alone_and_never_over_another_file(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "journal.csv"
    done = _run(config, "audit", "export", "--format", "csv", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"file": str(out), "format": "csv", "bytes": out.stat().st_size}
    lines = out.read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Date et heure (UTC)";"Événement"')
    assert any("policies." in line for line in lines)
    assert out.stat().st_mode & 0o777 == 0o600
    again = _run(config, "audit", "export", "--format", "csv", "--out", out, lang="en_GB.UTF-8")
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_an_export_with_names_and_english_headers_says_so_in_the_record(config: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    words = ("--format", "csv", "--with-names", "--headers", "en")
    assert _run(config, "audit", "export", *words, "--out", first).exit_code == 0
    assert _run(config, "audit", "export", *words, "--out", second).exit_code == 0
    told = [line for line in second.read_text("utf-8-sig").splitlines() if "log.exported" in line]
    assert '""with_names"":true' in told[0]
    assert '"os:' in told[0]


def test_parquet_and_fhir_are_written_too_and_days_bound_them(config: Path, tmp_path: Path) -> None:
    parquet, fhir, nothing = tmp_path / "r.parquet", tmp_path / "r.ndjson", tmp_path / "n.ndjson"
    today = real_world().now().date().isoformat()
    assert _run(config, "audit", "export", "--format", "parquet", "--out", parquet).exit_code == 0
    assert pyarrow.parquet.read_table(parquet).num_rows > 0
    assert parquet.stat().st_mode & 0o777 == 0o600
    done = _run(config, "audit", "export", "--format", "fhir", "--since", today, "--out", fhir)
    assert done.exit_code == 0, done.output
    assert all(json.loads(line)["resourceType"] == "AuditEvent" for line in fhir.read_text().splitlines())
    assert _run(config, "audit", "export", "--format", "fhir", "--until", today, "--out", nothing).exit_code == 0
    assert nothing.read_text() == ""


def test_a_folder_that_is_not_there_is_said_in_a_sentence(config: Path, tmp_path: Path) -> None:
    for form in ("csv", "parquet", "fhir"):
        done = _run(config, "audit", "export", "--format", form, "--out", tmp_path / "absent" / "file")
        assert done.exit_code == 3, done.output
        assert "Traceback" not in done.output
    assert not os.path.exists(tmp_path / "absent")


@pytest.mark.parametrize(
    "words",
    [
        ("order", "--ipp", "1000001", "--through", "2026-01", "--reason", "request"),
        ("confirm", "00000000-0000-4000-8000-000000000001"),
        ("refuse", "00000000-0000-4000-8000-000000000001"),
        ("list",),
    ],
)
def test_an_erasure_needs_a_person(config: Path, words: tuple[str, ...]) -> None:
    nobody = _run(config, "audit", "erase", *words)
    assert (nobody.exit_code, "GATEWAY_TOKEN" in nobody.output) == (2, True)
    forged = _run(config, "audit", "erase", *words, GATEWAY_TOKEN="forged")
    assert forged.exit_code == 1
    assert "Traceback" not in forged.output
