"""A command typed wrongly ends with code 2, and says in the user's language what to type."""

import json

import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main


def typed(*words: str, language: str = "fr_FR.UTF-8") -> Result:
    return CliRunner(env={"LC_ALL": language}).invoke(main, list(words))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["audit", "export"], "Il manque l'option '--config'."),
        (["audit", "prove", "--config", "x"], "Il manque l'argument 'ENTRY_ID'."),
        (["audit", "exprot"], "Commande inconnue : 'exprot'."),
        (["notices", "list", "--nothing"], "Option inconnue : --nothing."),
        (["notices", "show", "--config", "x", "a", "b"], "Argument en trop (b)"),
        (["notices", "list", "--config", "x", "--state", "gone"], "'gone' n'est pas au choix. Au choix : pending, "),
        (["audit", "export", "--config", "x", "--out", "y", "--since", "3"], "'3' n'est pas une date (2026-11-22)."),
    ],
)
def test_what_is_typed_wrongly_is_told_in_french_with_where_the_help_is(words: list[str], told: str) -> None:
    answer = typed(*words)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("Aide : ")
    assert answer.stdout == ""


def test_english_is_spoken_where_lang_says_so() -> None:
    answer = typed("audit", "export", language="en_GB.UTF-8")
    assert (answer.exit_code, answer.stderr.splitlines()[0]) == (2, "Missing option '--config'.")
    assert answer.stderr.splitlines()[-1].startswith("Help: ")


def test_a_program_that_asks_for_json_is_told_in_json_what_went_wrong() -> None:
    answer = typed("notices", "show", "some", "--config", "no-such.toml", "--json")
    assert answer.exit_code == 2
    told = json.loads(answer.stderr)
    assert told["error"] == "configuration"
    assert told["faults"][0]["key"] == "no-such.toml"
    assert answer.stdout == ""


def test_help_and_version_are_no_mistake() -> None:
    assert typed("--help").exit_code == 0
    assert typed("--version").exit_code == 0
    assert typed("audit", "--help").exit_code == 0
