"""`gateway policies …` over a demo hospital: the console account, versions by name, the whole life from a shell."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from gateway.storage.migrating import migrate
from tests.rulebook.conftest import CARE, POLICIES
from tests.worlds import StillWorld

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def first_started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configured gateway that was never started, to be copied."""
    folder = tmp_path_factory.mktemp("shell")
    write_configuration(folder, 8097, StillWorld(seed="settings").world)
    migrate(f"sqlite:///{folder / 'gateway.db'}")
    return folder


@pytest.fixture
def run(first_started: Path, tmp_path: Path) -> Run:
    """Run `gateway policies …` in English, on a gateway of its own."""
    home = tmp_path / "home"
    shutil.copytree(first_started, home)
    config = home / "gateway.toml"
    lines = [
        f'url = "sqlite:///{home / "gateway.db"}"' if line.startswith('url = "sqlite') else line
        for line in config.read_text("utf-8").splitlines()
    ]
    config.write_text("\n".join(lines) + "\n", "utf-8")
    environment = {"LANG": "en_GB.UTF-8", "LC_ALL": "", "LC_MESSAGES": "", "GATEWAY_CONFIG": str(config)}
    return lambda *words, **others: CliRunner().invoke(main, ["policies", *words], env={**environment, **others})


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the shipped rules with one comment more."""
    folder = tmp_path / "rules"
    shutil.copytree(POLICIES, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "proving", "README.md"))
    with (folder / CARE).open("a", encoding="utf-8") as file:
        file.write("\n// une remarque\n")
    return folder


def test_a_folder_is_staged_from_the_shell_and_its_approval_is_left_to_people(run: Run, changed: Path) -> None:
    staged = run("stage", str(changed), "--title", "Remarque", "--json")
    assert staged.exit_code == 0, staged.output
    version = json.loads(staged.stdout)
    assert (version["number"], version["state"], version["lacking"]) == (2, "staged", ["it", "it"])
    assert version["staged_by"]["key"].startswith("console:")
    approved = run("approve", "2", "--json")
    assert approved.exit_code == 1
    assert [one["code"] for one in json.loads(approved.stdout)["refused"]] == ["console"]
    activated = run("activate", version["digest"][:10])
    assert activated.exit_code == 1
    assert "not-approved" in activated.stderr
    assert run("rollback").exit_code == 1
    history = json.loads(run("history", "--json").stdout)
    assert [one["number"] for one in history["versions"]] == [2, 1]
    assert [one["kind"] for one in history["activations"]] == ["first"]
    proofs = {one["number"]: [line["state"] for line in one["proof"]] for one in history["versions"]}
    assert proofs[1] == []
    assert len(proofs[2]) > 20
    assert set(proofs[2]) == {"proved"}


def test_the_pure_commands_take_a_version_of_the_database(run: Run, changed: Path, tmp_path: Path) -> None:
    checked = run("check", "in-force", "--json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["faults"] == []
    assert run("test", "1").exit_code == 0
    assert run("check", str(changed)).exit_code == 0
    unknown = run("check", "99")
    assert unknown.exit_code == 1
    assert "Not found" in unknown.stderr
    diff = run("diff", "in-force", str(changed), "--seconds", "30")
    assert diff.exit_code == 0, diff.output
    assert "no difference" in diff.output
    out = tmp_path / "out"
    assert run("export", "1", str(out)).exit_code == 0
    assert (out / CARE).read_bytes() == (POLICIES / CARE).read_bytes()
    assert run("export", "1", str(out)).exit_code == 2
    replayed = run("replay", "in-force", str(changed), "--json")
    assert replayed.exit_code == 0, replayed.output
    assert json.loads(replayed.stdout)["state"] == "done"


def test_what_is_not_there_is_said_in_the_language_of_the_shell(run: Run, tmp_path: Path) -> None:
    french = {"LANG": "fr_FR.UTF-8"}
    assert "aucune version ne porte ce numéro" in run("check", "99", **french).stderr
    assert "aucune version n'a cette empreinte" in run("export", "f00df00d", str(tmp_path / "out"), **french).stderr
    assert "cette activation n'existe pas" in run("cancel", "none", **french).stderr
    assert "no such activation" in run("cancel", "none").stderr
    without = run("check", "3", GATEWAY_CONFIG="", **french)
    assert without.exit_code == 2
    assert "pour une version de la base, donnez --config" in without.stderr


def test_a_setting_that_changes_is_a_sentence_of_the_difference(run: Run, changed: Path) -> None:
    settings = changed / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("within_hours = 24", "within_hours = 48"), "utf-8")
    said = run("diff", "in-force", str(changed))
    assert said.exit_code == 0, said.output
    assert "newly asked: countersigned by a senior within 48 h" in said.output
    assert "countersignature of an intern's or student's access: senior, 24 h → senior, 48 h" in said.output
    data = json.loads(run("diff", "in-force", str(changed), "--json").stdout)
    assert [one["fr"][:10] for one in data["settings"]] == ["validation"]


def test_a_folder_with_faults_is_refused_with_every_fault(run: Run, changed: Path) -> None:
    with (changed / CARE).open("a", encoding="utf-8") as file:
        file.write('\n@id("CASSE")\npermit (principal, action, resource) when { principal.factor >= 2 };\n')
    staged = run("stage", str(changed))
    assert staged.exit_code == 1
    assert staged.stderr.count(f"{CARE}:") >= 3
    assert "(fault)" in staged.stderr
    assert run("activate", "1", "--at", "yesterday").exit_code == 2


def test_a_token_that_is_none_is_nobody(run: Run, changed: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("not.a.token")
    staged = run("stage", str(changed), "--token-file", str(token))
    assert staged.exit_code == 1
    assert "not-signed-in" in staged.stderr
