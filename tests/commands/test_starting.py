"""Starting with a configuration or rules that cannot work says every fault at once, and starts nothing."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import policies
from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from tests.worlds import StillWorld


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The demo's configuration, its own keys, an empty database with the schema."""
    file = write_configuration(tmp_path, 8099, StillWorld().world)
    assert _run("migrate", file).exit_code == 0
    return file


def _run(*words: str | Path, lang: str = "fr_FR.UTF-8") -> Result:
    *command, file = words
    return CliRunner().invoke(main, [*map(str, command), "--config", str(file)], env={"LANG": lang, "LC_ALL": lang})


def test_check_says_where_each_setting_came_from_and_proves_itself(config: Path) -> None:
    checked = _run("check", config)
    assert checked.exit_code == 0, checked.output
    assert f"hospital.name = CHU de démonstration  ({config})" in checked.output
    assert "server.max_body_bytes = 1000000  (par défaut)" in checked.output
    assert "PRIVATE+KEY" not in checked.output


def test_every_mistake_of_a_configuration_is_told_at_once_in_the_users_language(config: Path) -> None:
    text = config.read_text().replace('finess = "750000018"', 'finess = "75"').replace("port = 8099", "port = 99999999")
    config.write_text(text)
    for lang, words in (("fr_FR.UTF-8", "La configuration est à corriger"), ("en_GB.UTF-8", "must be mended")):
        checked = _run("check", config, lang=lang)
        assert checked.exit_code == 2
        assert words in checked.output
        assert "hospital.finess" in checked.output
        assert "server.port" in checked.output
        assert "Traceback" not in checked.output


def test_rules_with_a_typo_stop_the_start_with_the_file_the_line_and_the_nearest_word(
    config: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(Path(policies.__file__).parent, rules, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    broken = rules / "rules" / "10-soins.cedar"
    broken.write_text(broken.read_text().replace("principal.establishment", "principal.establishmant", 1))
    if "establishmant" not in broken.read_text():
        broken.write_text(broken.read_text().replace("context.consent", "context.consnet", 1))
    config.write_text(config.read_text().replace(str(Path(policies.__file__).parent), str(rules)))
    checked = _run("check", config)
    assert checked.exit_code == 2, checked.output
    assert "10-soins.cedar" in checked.output
    assert "Traceback" not in checked.output


def test_an_unknown_channel_or_connector_is_refused_with_the_known_ones(config: Path) -> None:
    config.write_text(config.read_text().replace('channels = ["email", "sms", "letter"]', 'channels = ["pigeon"]'))
    checked = _run("check", config)
    assert checked.exit_code == 2
    assert "pigeon" in checked.output
    assert "email" in checked.output


def test_a_database_without_this_versions_schema_is_refused_with_what_to_do(config: Path, tmp_path: Path) -> None:
    (tmp_path / "gateway.db").unlink()
    checked = _run("check", config)
    assert checked.exit_code == 2
    assert "gateway migrate" in checked.output


def test_a_hospital_that_its_rules_do_not_enrol_is_told_so(config: Path) -> None:
    assert "'establishment_enrolled': True" in _run("check", config).output
    config.write_text(config.read_text().replace('finess = "750000018"', 'finess = "750000026"'))
    assert "hospital.finess n'est pas enrôlé" in _run("check", config).output


def test_the_demo_provider_refuses_a_production_profile(config: Path) -> None:
    config.write_text(config.read_text().replace('profile = "demo"', 'profile = "production"'))
    checked = _run("check", config)
    assert checked.exit_code == 2
    for key in (
        "policies.guardrails_digest",
        "server.base_url",
        "identity.staff.issuer",
        "notifications.smtp.security",
    ):
        assert key in checked.output


def test_a_missing_configuration_file_is_named(tmp_path: Path) -> None:
    checked = _run("check", tmp_path / "nowhere.toml")
    assert checked.exit_code == 2
    assert "nowhere.toml" in checked.output
