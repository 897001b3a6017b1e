"""The shell side: what hospital IT types, what it answers, with which exit code; and the README's own commands."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import policies
from policies import PolicyBook
from policies.__main__ import language_of, main


def run(*arguments: str | Path, language: str = "fr_FR.UTF-8") -> Result:
    environment = {"LANG": language, "LC_ALL": "", "LC_MESSAGES": "", "NO_COLOR": "1", "COLUMNS": "200"}
    return CliRunner().invoke(main, [str(one) for one in arguments], env=environment)


def test_check_names_the_version_of_good_rules(shipped: Path, book: PolicyBook) -> None:
    answer = run("check", shipped)
    assert answer.exit_code == 0
    assert book.digest in answer.output
    assert book.guardrails_digest in answer.output


def test_check_of_pinned_guardrails_says_no_when_they_changed(shipped: Path, book: PolicyBook) -> None:
    assert run("check", shipped, "--guardrails", book.guardrails_digest).exit_code == 0
    assert run("check", shipped, "--guardrails", "0" * 64).exit_code == 1


def test_check_tells_every_fault_and_exits_with_one(folder: Path) -> None:
    path = folder / "rules" / "10-soins.cedar"
    path.write_text(path.read_text().replace("principal.in_training", "principal.in_traning"))
    french, english = run("check", folder), run("check", folder, language="en_GB.UTF-8")
    assert (french.exit_code, english.exit_code) == (1, 1)
    assert "rules/10-soins.cedar:20 [SOIN-01-accord-explicite]" in french.output
    assert "vouliez-vous dire « in_training » ?" in french.output
    assert "did you mean 'in_training'?" in english.output
    told = json.loads(run("check", folder, "--json").output)
    assert {fault["nearest"] for fault in told["faults"]} == {"in_training"}


def test_test_runs_the_cases_and_says_which_fail(folder: Path) -> None:
    assert run("test", folder).exit_code == 0
    path = folder / "settings.toml"
    path.write_text(path.read_text().replace("within_hours = 24", "within_hours = 48"))
    answer = run("test", folder)
    assert answer.exit_code == 1
    assert "cases/20-urgences.yaml:3 Interne des urgences, accord donné à l'instant" in answer.output
    told = json.loads(run("test", folder, "--json").output)
    assert told["failed"][0]["differences"][0]["what"] == "obligations"


def test_test_says_which_rule_no_case_shows(folder: Path) -> None:
    (folder / "cases" / "40-samu.yaml").unlink()
    answer = run("test", folder)
    assert "aucun cas ne montre la règle SAMU-02-lecture" in answer.output


def test_test_without_any_case_is_no_success(folder: Path) -> None:
    for path in (folder / "cases").glob("[1-9]*.yaml"):
        path.unlink()
    assert run("test", folder).exit_code == 1


@pytest.mark.parametrize("command", ["test", "explain"])
def test_a_faulty_version_answers_nothing(folder: Path, command: str) -> None:
    (folder / "matrix.csv").unlink()
    answer = run(command, folder, *(["--user", "interne"] if command == "explain" else []))
    assert answer.exit_code == 1
    assert "matrix.csv" in answer.output


def test_explain_says_yes_with_its_obligations_and_exits_with_zero(shipped: Path) -> None:
    answer = run("explain", shipped, "--user", "interne", "--context", "bris_de_glace")
    assert answer.exit_code == 0
    assert "ACCORDÉ" in answer.output
    assert "BDG-02-interne-sans-carte" in answer.output
    assert "validation par un senior sous 24 h" in answer.output


def test_explain_says_no_with_what_was_missing_and_exits_with_one(shipped: Path) -> None:
    answer = run("explain", shipped, "--user", "senior", "--context", "equipe", language="en")
    assert answer.exit_code == 1
    assert "REFUSED" in answer.output
    assert "SOIN-01-accord-explicite, 1 missing: the patient's agreement has not been obtained" in answer.output


def test_explain_changes_a_fact(shipped: Path) -> None:
    changed = ("--but", "patient.deceased=true")
    told: dict[str, Any] = json.loads(run("explain", shipped, "--user", "senior", *changed, "--json").output)
    assert told["decision"]["rule_ids"] == ["INT-11-patient-decede"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "."),
        ("explain", ".", "--user", "intern"),
        ("explain", ".", "--user", "interne", "--but", "deceased"),
        ("explain", ".", "--user", "interne", "--but", "patient.decesed=true"),
        ("explain", ".", "--user", "interne", "--but", "document.masked=true"),
        ("explain", ".", "--user", "interne", "--action", "open"),
        ("check", "./absent"),
        ("check",),
        ("verify", "."),
    ],
)
def test_a_wrong_usage_exits_with_two(shipped: Path, arguments: tuple[str, ...]) -> None:
    answer = run(*(str(shipped) + one.removeprefix(".") if one.startswith(".") else one for one in arguments))
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "en_GB"}, "en"),
    ],
)
def test_the_language_is_french_unless_english_is_asked_for(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


README = Path(policies.__file__).parent / "README.md"
ROOT = README.parents[1]
COMMANDS = re.findall(r"^\$ (python .+)$", README.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_runs(command: str) -> None:
    words = shlex.split(command)
    assert words[0] == "python"
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_the_python_of_the_readme_runs() -> None:
    (code,) = re.findall(r"```python\n(.+?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_rule_and_the_case_of_the_readme_are_good(folder: Path) -> None:
    text = README.read_text(encoding="utf-8")
    (rule,) = re.findall(r"```cedar\n(.+?)```", text, re.DOTALL)
    (case,) = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    (folder / "rules" / "15-nous.cedar").write_text(rule, encoding="utf-8")
    (folder / "cases" / "local").mkdir()
    (folder / "cases" / "local" / "nous.yaml").write_text(case, encoding="utf-8")
    told = json.loads(run("check", folder, "--json").output)
    assert (told["faults"], told["warnings"]) == ([], [])
    assert run("test", folder).exit_code == 0


def test_the_check_tells_faults_and_warnings_apart(folder: Path) -> None:
    (folder / "rules" / "15-nous.cedar").write_text(
        '@id("NOUS-01-x") @reason("r") @reason_en("r") @obligations("")\n'
        'permit (principal, action, resource) when { principal.unit == "NULLE-PART" };\n'
    )
    answer = run("check", folder)
    assert answer.exit_code == 0
    assert "à savoir : rules/15-nous.cedar:1 [NOUS-01-x] aucun cas ne montre" in answer.output
    assert "aucune faute, 2 remarque(s)" in answer.output
    assert "warning: rules/15-nous.cedar:1" in run("check", folder, language="en_GB.UTF-8").output


def test_the_check_compares_with_versions_of_the_past(folder: Path, shipped: Path) -> None:
    path = folder / "rules" / "50-administratif.cedar"
    path.write_text(
        path.read_text().replace("forbid (principal, action, resource)", "permit (principal, action, resource)")
    )
    told = json.loads(run("check", folder, "--former", shipped, "--json").output)
    taken = [fault["rule_id"] for fault in told["faults"] if "once meant something else" in fault["en"]]
    assert taken == ["ADM-01-secretariat", "ADM-02-sans-profession"]
