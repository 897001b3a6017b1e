"""Where each key of a TOML file stands: the standard parser keeps no lines, and a fault must tell one."""

import re
from collections.abc import Mapping

_TABLE = re.compile(r"\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def lines_of(text: str) -> Mapping[tuple[str, ...], int]:
    """The 1-based line of each table and key, by its path of names; of one written twice, the first.

    Made for files people write: one key a line, tables with their heading. A key of an inline table has the line of
    the table.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _TABLE.match(line.strip()):
            table = _parts(heading.group(1))
            lines.setdefault(table, number)
        elif key := _KEY.match(line.strip()):
            lines.setdefault((*table, *_parts(key.group(1))), number)
    return lines


def line_at(lines: Mapping[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    """The line of this path, or of the nearest table around it; 0 when none is known."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0


def _parts(name: str) -> tuple[str, ...]:
    return tuple(next(part for part in found.groups() if part is not None) for found in _PART.finditer(name))
