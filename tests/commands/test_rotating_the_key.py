"""`gateway audit rotate` on a gateway that runs, and what a verifier with either key says after it."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit import AuditError
from audit.__main__ import main as judge
from gateway.__main__ import main
from gateway.assembly import Gateway, assemble
from gateway.demo.configuration import write_configuration
from gateway.settings import load_settings
from tests.worlds import StillWorld


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = write_configuration(tmp_path, 8099, StillWorld().world)
    assert _run("migrate", "--config", file).exit_code == 0
    return file


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "en_GB.UTF-8", "LC_ALL": "en_GB.UTF-8"})


def _publish(gateway: Gateway) -> None:
    while gateway.sequencing.publish_checkpoint() is not None:
        pass


def test_a_running_gateways_log_goes_on_under_the_new_key_and_either_key_verifies_it(
    config: Path, tmp_path: Path
) -> None:
    running = assemble(load_settings(config).settings, StillWorld().world)
    _publish(running)
    old, new_file = running.sequencing.verifier_key, tmp_path / "second.key"

    rotated = _run("audit", "rotate", "--config", config, "--new-key", new_file, "--json")
    assert rotated.exit_code == 0, rotated.output
    told = json.loads(rotated.stdout)
    assert told["old"] == old
    assert stat.S_IMODE(os.stat(new_file).st_mode) == 0o600

    # The process that still holds the old key records on, and seals nothing.
    running.database.transact(lambda tx: running.journal.append(tx, "session.refused", "refused", facts={"code": "x"}))
    with pytest.raises(AuditError):
        running.sequencing.publish_checkpoint()
    running.close()

    config.write_text(config.read_text().replace("log-signing.key", "second.key"))
    restarted = assemble(load_settings(config).settings, StillWorld(seed="restarted").world)
    assert restarted.sequencing.verifier_key == told["new"]
    _publish(restarted)
    restarted.close()

    bundle = tmp_path / "bundle"
    exported = _run("audit", "export", "--config", config, "--out", bundle)
    assert exported.exit_code == 0, exported.output
    for name, key in (("old", old), ("new", told["new"])):
        (tmp_path / f"{name}.vkey").write_text(key)
        assert judge(["verify", str(bundle), "--key", str(tmp_path / f"{name}.vkey")]) == 0, name


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+broken", "PRIVATE+KEY+a+00000000+AAAA"])
def test_a_malformed_signing_key_is_a_fault_of_its_setting(config: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "log-signing.key").write_text(text)
    for command in ("check", "serve"):
        stopped = _run(command, "--config", config)
        assert stopped.exit_code == 2, stopped.output
        assert "record.signing_key_file" in stopped.output
        assert "Traceback" not in stopped.output


def test_the_key_of_another_log_is_a_fault_of_its_setting(config: Path) -> None:
    config.write_text(config.read_text().replace("chu-demo.test/acces-urgence", "other.test/log"))
    stopped = _run("check", "--config", config)
    assert stopped.exit_code == 2, stopped.output
    assert "record.signing_key_file" in stopped.output
