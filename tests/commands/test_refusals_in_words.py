"""What the commands of the watchers refuse, they refuse in the user's language; states and flags have words."""

import ast
import re
from pathlib import Path

import pytest

import gateway.oversight
from gateway.commands import reviews
from gateway.commands.refusal_words import in_french
from gateway.oversight.reviews.case import CaseState
from gateway.oversight.reviews.flag_words import FLAG_WORDS

ROOM = Path(str(gateway.oversight.__file__)).parent
REFUSALS = {"InvalidRequest", "NotFound", "NotAllowed", "PatientUnknown", "CaseChanged", "OwnAccess", "SameReviewer",
            "OwnOrder", "OrderSettled"}  # fmt: skip


def sentences() -> set[str]:
    """What the room refuses, in the English of its code; a part that varies as some word."""
    found = set()
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            if getattr(node.exc.func, "id", "") in REFUSALS and node.exc.args:
                told = node.exc.args[0]
                if isinstance(told, ast.Constant):
                    found.add(str(told.value))
                elif isinstance(told, ast.JoinedStr):
                    found.add(re.sub(r"\{[^}]*\}", "justified", ast.unparse(told).strip("f'\"")))
    return found


def test_every_refusal_of_the_watchers_room_is_said_in_french() -> None:
    found = sentences()
    assert len(found) > 25
    assert [sentence for sentence in sorted(found) if in_french(sentence) == sentence] == []


def test_a_sentence_nobody_translated_stays_as_it_is() -> None:
    assert in_french("something new") == "something new"
    assert in_french("the case is justified already") == "le cas est déjà « justifié »"


@pytest.mark.parametrize("tongue", [0, 1])
def test_every_state_and_flag_of_a_case_has_words_at_the_terminal(tongue: int) -> None:
    assert set(reviews._STATES) == set(CaseState)
    assert set(reviews._FLAGS) == set(FLAG_WORDS)
    said = [pair[tongue] for pair in (*reviews._STATES.values(), *reviews._FLAGS.values())]
    assert all("_" not in words and words for words in said)
