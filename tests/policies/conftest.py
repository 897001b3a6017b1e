"""The shipped rules, copies of them to break, and questions put in the words of the personas."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import policies
from policies import PolicyBook, Question, Sources
from policies.cases import Personas, question_of, read_personas

SHIPPED = Path(policies.__file__).parent


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of the rules as they ship."""
    return SHIPPED


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    """The shipped rules, loaded once."""
    return PolicyBook.load(SHIPPED)


@pytest.fixture(scope="session")
def personas() -> Personas:
    """The shipped personas."""
    return read_personas(SHIPPED)


@pytest.fixture(scope="session")
def put(personas: Personas) -> Callable[..., Question]:
    """Put a question: `put("interne", "ordinaire", "bris_de_glace", document="synthese")`."""

    def _put(user: Any, patient: Any = "ordinaire", context: Any = "accord", **more: Any) -> Question:
        action = more.pop("action", "read_document" if "document" in more else "open_dossier")
        return question_of(personas, {"user": user, "patient": patient, "context": context, "action": action, **more})

    return _put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped rules, to be broken."""
    for name in ("rules", "guardrails", "invariants", "cases"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    for pattern in ("*.cedarschema", "*.csv", "*.toml"):
        for path in SHIPPED.glob(pattern):
            shutil.copy(path, tmp_path / path.name)
    return tmp_path


@pytest.fixture(scope="session")
def with_rules() -> Callable[[str], Sources]:
    """The shipped sources with one more file of rules, whatever its faults."""

    def _with_rules(text: str, name: str = "rules/99-essai.cedar") -> Sources:
        return Sources({**Sources.read(SHIPPED).files, name: text.encode()})

    return _with_rules
