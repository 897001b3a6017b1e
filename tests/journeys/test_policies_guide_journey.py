"""The guide of policies/README.md for hospital IT, walked from the first command to the last on a running demo."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import policies
from tests.journeys.conftest import DemoServer

GUIDE = (Path(policies.__file__).parent / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ ((?:gateway|mkdir) .+)$", GUIDE, re.MULTILINE)
# What the guide says to write, and where: `atelier/rules/…` then the block that follows.
WRITTEN = re.findall(r"`(atelier/[^`]+\.(?:cedar|yaml))` :\n\n```(?:cedar|yaml)\n(.+?)```", GUIDE, re.DOTALL)


@pytest.mark.slow
def test_every_command_of_the_guide_works_in_its_order(demo_server: DemoServer, tmp_path: Path) -> None:
    assert len(WRITTEN) == 2
    assert {command.split()[2] for command in COMMANDS if command.startswith("gateway policies")} == {
        "export", "check", "test", "prove", "diff", "replay", "stage", "approve", "activate", "history", "rollback",
    }  # fmt: skip
    said: dict[str, str] = {}
    for command in COMMANDS:
        said[command.split(" --")[0]] = _run(command, demo_server, tmp_path)
        if command.startswith("mkdir"):
            for name, content in WRITTEN:
                (tmp_path / name).write_text(content, encoding="utf-8")
    assert "NOUS-01-sage-femme-equipe" in said["gateway policies diff in-force atelier"]
    assert "aucune faute, 0 remarque(s)" in said["gateway policies check atelier"]
    assert "version 1" in said["gateway policies rollback"]


def _run(command: str, demo: DemoServer, folder: Path) -> str:
    """The command as a shell reads it; `gateway` is the one beside this Python."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GATEWAY_CONFIG": str(demo.config),
        "LANG": "fr_FR.UTF-8",
        "LC_ALL": "",
        "LC_MESSAGES": "",
    }
    words = command.replace("http://127.0.0.1:8080", demo.url)
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
