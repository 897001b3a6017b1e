"""Every type of entry the code can write, and every fact in one, has words: a new one cannot be forgotten."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import audit
import gateway
from audit.promise import RECEIPT_KEY
from audit.rotation import KEY_ROTATED
from audit.sequencer import YEAR_BEGUN
from gateway.oversight.reviews.case import StepKind
from gateway.web.dpo.entry_words import FACTS, TYPES
from gateway.web.dpo.log_words import LEFT_OUT, fact_value
from gateway.web.dpo.words import TABLES

ROOMS = tuple(Path(str(room.__file__)).parent for room in (gateway, audit))
APPENDING = {"append", "_append", "_step", "_under", "step"}
TELLING = APPENDING | {"viewed", "leave_step", "_leave", "drafted", "replayed", "stage_refused"}
TYPE = re.compile(r"[a-z]+\.[a-z_]+")
# The pages show entries, the demo and the checks read them.
NOT_RECORDING = ("web", "demo", "completeness", "api", "judging.py", "recipient.py")
# What is written with a part that varies, and where that part comes from.
VARYING = {"review.{what}_viewed", "review.{kind}", "policies.draft_{step}"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of the code that may record, with the name of what is called."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


@functools.cache
def trees() -> tuple[ast.Module, ...]:
    files = [file for room in ROOMS for file in room.rglob("*.py")
             if not set(NOT_RECORDING) & set(file.relative_to(room).parts)]  # fmt: skip
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in files)


def texts(call: ast.Call) -> list[str]:
    return [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def types() -> set[str]:
    """Each type as it stands in the code, those of the log itself, and the varying ones written out."""
    found = {KEY_ROTATED, RECEIPT_KEY, YEAR_BEGUN}
    for name, call in calls():
        if name in APPENDING:
            found |= {text for text in texts(call) if TYPE.fullmatch(text)}
        if name == "viewed":
            found |= {f"review.{text}_viewed" for text in texts(call)}
        if name == "drafted":
            found |= {f"policies.draft_{text}" for text in texts(call)}
        if name == "step":
            found |= {f"review.{text}" for text in texts(call)}
    return found | {f"review.{kind.value}" for kind in StepKind}


def facts() -> set[str]:
    """The name of each fact, where a dictionary of facts is written."""
    found: set[str] = set()
    for name, call in calls():
        if name in TELLING:
            found |= names_in(one for one in call.args if isinstance(one, ast.Dict))
        found |= names_in(one.value for one in call.keywords if one.arg in ("facts", "how"))
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any("facts" in ast.unparse(target) for target in targets):
                    found |= names_in([node.value])
                    found |= {t.slice.value for t in targets if isinstance(t, ast.Subscript)
                              and isinstance(t.slice, ast.Constant) and isinstance(t.slice.value, str)}  # fmt: skip
    return found


def names_in(nodes: object) -> set[str]:
    dictionaries = (one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Dict))  # type: ignore[attr-defined]
    keys = (key for one in dictionaries for key in one.keys)
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_every_type_of_entry_has_its_words() -> None:
    found = types()
    assert len(found) > 70
    steps = {f"review.{code}" for code in TABLES["step"]}
    assert found - set(TYPES) - steps == set()


def test_a_type_of_entry_with_a_part_that_varies_is_one_of_those_written_out_here() -> None:
    varying = {
        ast.unparse(one).strip("f'\"")
        for name, call in calls()
        if name in APPENDING
        for one in call.args
        if isinstance(one, ast.JoinedStr) and TYPE.match(ast.unparse(one).strip("f'\"").replace("{", "x"))
    }
    assert varying == VARYING


def test_every_fact_of_an_entry_has_its_name() -> None:
    found = facts()
    assert len(found) > 60
    assert found - set(FACTS) - LEFT_OUT == set()


def test_the_numbers_an_erasure_took_are_told_as_ranges_and_not_whose_they_were() -> None:
    for value, said in (([[1, 13], [15, 15]], "1-13, 15"), ([], ""), ("junk", "")):
        assert fact_value(["patient/0d635b86-f809-4d20-bb5f-96e10d3a9c8a", value], "erased_numbers.2") == said
    assert fact_value(["patient/1"], "erased_numbers") == ""
