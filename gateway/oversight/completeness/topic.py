"""One part of the check: what it keeps aside of the entries, and how it holds its tables to that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from audit.entry import Entry, Json
from gateway.oversight.completeness.claims import Claims, hashed
from gateway.oversight.completeness.finding import Findings


@dataclass(frozen=True, slots=True)
class Topic:
    """`types`: the beginnings of the types of its entries. `schema` makes its tables in the scratch database, `take`
    fills them from an entry with the personal values that are still there, `check` compares, once all were taken."""

    types: tuple[str, ...]
    schema: str
    take: Callable[[Claims, Entry, Mapping[str, Json]], None]
    check: Callable[[Connection, Claims, Findings], None]


def actor(personal: Mapping[str, Json]) -> tuple[str | None, str | None]:
    """The key and the name, hashed, of who an entry says acted; None for what was erased or never there."""
    for kind in ("staff", "console", "holder"):
        person = personal.get(kind)
        if isinstance(person, dict):
            return digest_of(person.get("key")), digest_of(person.get("name"))
    return None, None


def digest_of(value: Json) -> str | None:
    """`hashed`, of what is there."""
    return None if value is None else hashed(value)
