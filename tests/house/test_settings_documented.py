"""Every setting is documented where people look for it, and every configuration we hand out loads."""

import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.settings import Settings, load_settings

CONFIG = Path(__file__).resolve().parents[2] / "config"
ANNOTATED = CONFIG / "gateway.toml"
# Described in full under the section of the same shape.
SAME_AS = {"identity.patient": "identity.staff", "notifications.mssante.smtp": "notifications.smtp"}
# Examples, because production refuses the default.
EXAMPLES = {"policies.guardrails_digest"}

_SECTION = re.compile(r"(?:# )?\[([a-z_.]+)\]")
_SETTING = re.compile(r"(?:# )?([a-z_0-9]+) = ")


def _section_model(field: FieldInfo) -> type[BaseModel] | None:
    for kind in (field.annotation, *typing.get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _every_setting(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = _section_model(field)
        if section is None:
            yield prefix + name, field
        elif prefix + name not in SAME_AS:
            yield from _every_setting(section, f"{prefix}{name}.")


def _comments() -> dict[str, str]:
    """Each key and section of the annotated file, set or commented out, with the line above it."""
    found: dict[str, str] = {}
    section, above = "", ""
    for line in ANNOTATED.read_text(encoding="utf-8").splitlines():
        if opened := _SECTION.fullmatch(line):
            section = opened[1] + "."
            found[opened[1]] = above
        elif setting := _SETTING.match(line):
            found[section + setting[1]] = above
        above = line.removeprefix("# ")
    return found


def _at(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values[part]
    return values


def test_every_setting_stands_in_the_annotated_file_under_its_own_description() -> None:
    comments = _comments()
    for key, field in _every_setting(Settings):
        assert field.description, f"{key} has no description"
        assert comments.get(key) == field.description, f"{key} is not documented in config/gateway.toml"


def test_every_section_stands_in_the_annotated_file() -> None:
    sections = {key.rpartition(".")[0] for key, _ in _every_setting(Settings)} - {""}
    assert sections | set(SAME_AS) <= _comments().keys()


def test_the_annotated_file_names_no_setting_that_does_not_exist() -> None:
    known = {key for key, _ in _every_setting(Settings)}
    sections = {key.rpartition(".")[0] for key in known} | set(SAME_AS)
    for key in _comments():
        shape = next((SAME_AS[one] + key.removeprefix(one) for one in SAME_AS if key.startswith(f"{one}.")), key)
        assert shape in known | sections, f"{key} is documented and does not exist"


def test_the_annotated_file_gives_the_default_of_every_setting_that_has_one() -> None:
    written = tomllib.loads(ANNOTATED.read_text(encoding="utf-8"))
    for key, field in _every_setting(Settings):
        if field.is_required() or key in EXAMPLES:
            continue
        default = field.get_default(call_default_factory=True)
        if default is None:
            continue  # it has no default to write: its line is commented out
        plain = list(default) if isinstance(default, tuple) else default
        assert _at(written, key) == plain, f"{key} is not written with its default"


@pytest.mark.parametrize(
    ("file", "profile"),
    [("gateway.toml", "production"), ("production.example.toml", "production"), ("demo.toml", "demo")],
)
def test_every_configuration_we_hand_out_loads(file: str, profile: str) -> None:
    loaded = load_settings(CONFIG / file)
    assert loaded.settings.profile == profile
    assert loaded.given


def test_no_configuration_we_hand_out_has_a_password_in_an_address() -> None:
    for file in CONFIG.glob("*.toml"):
        assert not re.search(r"://[^/@\s:]+:[^/@\s]+@", file.read_text(encoding="utf-8")), file.name
