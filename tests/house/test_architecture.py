"""The house holds: floors, one idea a file, faces pinned, nothing built at import time, commands that exist."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import audit
import policies
from gateway.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(file for room in ("gateway", "policies", "audit") for file in (ROOT / room).rglob("*.py"))
LONGEST_FUNCTION = 60
LONGEST_FILE = 320
DRAWERS = {"utils", "helpers", "services", "models", "common", "misc"}


def test_imports_only_go_down() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    held = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert held.returncode == 0, held.stdout


def test_no_drawer_module_exists() -> None:
    assert [file for file in SOURCES if file.stem in DRAWERS] == []


def test_files_and_functions_stay_short() -> None:
    long = []
    for file in SOURCES:
        if "migrations" in file.parts or file.name == "tables.py":  # the whole schema is one idea
            continue
        text = file.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{file.relative_to(ROOT)}: {text.count(chr(10))} lines")
        long += [
            f"{file.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
            and node.end_lineno is not None
            and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        ]
    assert long == []


def test_every_room_says_what_it_owns_and_must_never_do() -> None:
    rooms = [file for file in SOURCES if file.name == "__init__.py" and len(file.relative_to(ROOT).parts) <= 3]
    silent = [
        str(file.relative_to(ROOT)) for file in rooms if len(ast.get_docstring(ast.parse(file.read_text())) or "") < 60
    ]
    assert silent == []


def test_every_public_thing_has_its_docstring() -> None:
    silent = []
    for file in SOURCES:
        if "migrations" in file.parts:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree):
            silent.append(str(file.relative_to(ROOT)))
        silent += [
            f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_nothing_is_imported_inside_a_function() -> None:
    deferred = [
        f"{file.relative_to(ROOT)}:{inner.lineno}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert deferred == []


def test_the_faces_are_pinned() -> None:
    assert set(audit.__all__) == {
        "AuditError",
        "AuditLog",
        "Checkpoint",
        "Entry",
        "LogStore",
        "MemoryLogStore",
        "Receipt",
        "Report",
        "Signer",
        "Verifier",
        "verify_bundle",
        "write_bundle",
    }
    assert {"PolicyBook", "Question", "Decision", "PolicyError"} <= set(policies.__all__)


def test_no_machine_path_registry_or_workplace_is_named() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    forbidden = re.compile(r"/work/|pypi\.org|registry\.npmjs|deb\.debian\.org|/root/")
    found = []
    for name in filter(None, tracked):
        file = ROOT / name
        if file.suffix in {".png", ".woff2", ".wasm", ".ico"} or not file.is_file() or file == Path(__file__):
            continue
        if forbidden.search(file.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert found == []


@pytest.mark.parametrize(
    "words",
    [
        ("serve",), ("work",), ("migrate",), ("check",), ("demo",), ("token",),
        ("policies", "check"), ("policies", "test"), ("policies", "explain"),
        ("policies", "diff"), ("policies", "replay"), ("policies", "prove"), ("policies", "stage"),
        ("policies", "approve"), ("policies", "activate"), ("policies", "rollback"), ("policies", "history"),
        ("reviews", "list"), ("reviews", "close"), ("witness", "serve"),
        ("audit", "export"), ("audit", "prove"), ("audit", "checkpoints"), ("audit", "rotate"), ("audit", "anchors"),
        ("notices", "list"), ("notices", "show"), ("notices", "retry"), ("notices", "hold"), ("notices", "release"),
        ("letters", "list"), ("letters", "show"), ("letters", "printed"),
        ("patients", "import"), ("patients", "show"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_promised_command_answers_help(words: tuple[str, ...]) -> None:
    answered = CliRunner().invoke(main, [*words, "--help"])
    assert answered.exit_code == 0, answered.output
    assert "Usage" in answered.output
