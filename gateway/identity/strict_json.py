"""JSON as providers should write it: no member twice, no NaN, no bomb. Two readers of one text then see the same."""

import json
import math
from typing import Any, NoReturn

DEEPEST = 32


class NotStrictJson(ValueError):
    """The text is not a JSON object, or one that two parsers could read differently. Never quotes the text."""


def read_object(text: bytes, most_bytes: int) -> dict[str, Any]:
    """The JSON object (RFC 8259, UTF-8, no member twice at any depth). Raises `NotStrictJson`."""
    if len(text) > most_bytes:
        raise NotStrictJson("too long")
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except NotStrictJson:
        raise
    except (ValueError, RecursionError) as error:
        # ValueError: bad UTF-8, bad JSON, or an integer of more digits than Python reads.
        raise NotStrictJson("not JSON") from error
    if not isinstance(value, dict):
        raise NotStrictJson("not an object")
    _refuse_depth(value)
    return value


def _refuse_depth(value: dict[str, Any]) -> None:
    # Not left to the interpreter's recursion limit: it differs from one Python to the next.
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        inner = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in inner for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return
    raise NotStrictJson("too deep")


def _without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        raise NotStrictJson("a member comes twice")
    return value


def _refuse_constant(_word: str) -> NoReturn:
    raise NotStrictJson("not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotStrictJson("a number out of range")
    return value
