"""Values written into a TOML file in place: its comments, its order and everything else stay as people wrote them."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence

from policies.toml_lines import lines_of

Path = tuple[str, ...]
Value = int | str | Sequence[str]
_ASSIGNED = re.compile(r"(\s*[^=]+=\s*)(.*)", re.DOTALL)
_ONE_LINE = 100


class NotWritten(ValueError):
    """The file has no such key to write, or would not read back as wanted: mend it as text."""


def with_values(text: str, values: Mapping[Path, Value]) -> str:
    """The text with these keys holding these values. Raises `NotWritten`, and `tomllib.TOMLDecodeError` on a file that
    was broken before."""
    for path, value in values.items():
        if _at(tomllib.loads(text), path) != _plain(value):
            text = _with_value(text, path, value)
    read = tomllib.loads(text)
    if any(_at(read, path) != _plain(value) for path, value in values.items()):
        raise NotWritten("the file does not read back as written")
    return text


def _with_value(text: str, path: Path, value: Value) -> str:
    start = lines_of(text).get(path)
    if start is None:
        raise NotWritten(".".join(path))
    lines = text.split("\n")
    end = _end_of(lines, start - 1)
    found = _ASSIGNED.fullmatch("\n".join(lines[start - 1 : end]))
    if found is None:
        raise NotWritten(".".join(path))
    comment = _comment_of(found[2])
    lines[start - 1 : end] = [f"{found[1]}{_written(value)}{comment}"]
    return "\n".join(lines)


def _end_of(lines: Sequence[str], first: int) -> int:
    """The line after the last of an assignment, which may be a list over several lines."""
    for end in range(first + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[first:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    raise NotWritten("a value without an end")


def _comment_of(rest: str) -> str:
    """The comment after a value of one line, with the space before it."""
    if "\n" in rest:
        return ""
    for found in re.finditer(r"\s*#", rest):
        try:
            tomllib.loads(f"value = {rest[: found.start()]}")
        except tomllib.TOMLDecodeError:
            continue
        return rest[found.start() :]
    return ""


def _written(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    items = [json.dumps(item, ensure_ascii=False) for item in value]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= _ONE_LINE else "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _at(tables: Mapping[str, object], path: Path) -> object:
    here: object = tables
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _plain(value: Value) -> object:
    return value if isinstance(value, int | str) else list(value)
