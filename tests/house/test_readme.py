"""The README tells the truth: its picture, its links, its test folders and its commands exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.personas import PERSONAS

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {"notices", "patients", "policies", "reviews", "audit", "letters", "witness"}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_local_link_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_test_named_as_a_proof_exists() -> None:
    proofs = re.findall(r'ARGS="(tests/[^ "]+)', README)
    assert len(proofs) >= 8
    assert [proof for proof in proofs if not (ROOT / proof).exists()] == []


def test_every_persona_and_patient_it_names_is_in_the_demo() -> None:
    named = re.findall(r"/demo/as/(\w+)", README)
    assert set(named) <= {persona.name for persona in PERSONAS}
    assert "8000000002" in {scenario.ipp for scenario in SCENARIOS}


@pytest.mark.parametrize("line", re.findall(r"^(?:\.venv/bin/)?gateway ([^#\n]+)", README, re.MULTILINE))
def test_every_command_it_shows_has_the_options_it_shows(line: str) -> None:
    words = line.split()
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)][: 2 if words[0] in GROUPS else 1]
    helped = CliRunner().invoke(main, [*names, "--help"])
    assert helped.exit_code == 0, helped.output
    assert [option for option in words if option.startswith("--") and option not in helped.output] == []


def test_the_changelog_and_licence_are_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
