"""The words the schema allows: enumerations, facts with their types, actions.

The engine keeps its schema to itself, but renders it in one canonical form; that form is read here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import cedarpy

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[A-Za-z_]\w*(?:::\w+)*|[{}\[\]<>,:;=]')

Type = str | dict[str, "Type"]


@dataclass(frozen=True, slots=True)
class Nouns:
    """`facts` maps a path such as `context.patient.deceased` to its type: Bool, Long, String, Set<X> or an entity."""

    schema: cedarpy.Schema
    enums: Mapping[str, tuple[str, ...]]
    entities: frozenset[str]
    facts: Mapping[str, str]
    actions: frozenset[str]

    def values(self, fact: str) -> tuple[str, ...]:
        """The words allowed for an enumerated fact, () when it is not enumerated."""
        return self.enums.get(self.facts.get(fact, ""), ())


def read_nouns(text: str) -> Nouns:
    """Read a schema. Raises `ValueError` with the engine's own words when it is not one."""
    schema = cedarpy.Schema.from_str(text)
    reader = _Reader(str(schema))
    reader.read()
    facts: dict[str, str] = {}
    roots = {"principal": "Professional", "resource": "Document"}
    for root, entity in roots.items():
        _flatten(root, reader.shapes.get(entity, {}), facts, reader.shapes)
    _flatten("context", reader.aliases.get("Facts", {}), facts, reader.shapes)
    return Nouns(
        schema=schema,
        enums=reader.enums,
        entities=frozenset(reader.enums) | frozenset(reader.shapes),
        facts=facts,
        actions=frozenset(reader.actions),
    )


def _flatten(path: str, shape: Type, facts: dict[str, str], shapes: Mapping[str, Type]) -> None:
    if isinstance(shape, str):
        facts[path] = shape
        inner = shapes.get(shape)
        if isinstance(inner, dict):
            for name, kind in inner.items():
                _flatten(f"{path}.{name}", kind, facts, shapes)
        return
    for name, kind in shape.items():
        _flatten(f"{path}.{name}", kind, facts, shapes)


class _Reader:
    """A reader of the engine's canonical rendering, nothing more."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0
        self.enums: dict[str, tuple[str, ...]] = {}
        self.shapes: dict[str, Type] = {}
        self.aliases: dict[str, Type] = {}
        self.actions: list[str] = []

    def read(self) -> None:
        while self._at < len(self._tokens):
            word = self._next()
            if word == "type":
                name = self._next()
                self._expect("=")
                self.aliases[name] = self._type()
            elif word == "entity":
                self._entity()
            elif word == "action":
                self.actions.append(self._next().strip('"'))
            self._skip_to_end()

    def _entity(self) -> None:
        name = self._next()
        if self._peek() == "enum":
            self._next()
            self._expect("[")
            values: list[str] = []
            while (word := self._next()) != "]":
                if word != ",":
                    values.append(word.strip('"'))
            self.enums[name] = tuple(values)
            return
        self.shapes[name] = {}
        if self._peek() == "=":
            self._next()
            self.shapes[name] = self._type()

    def _type(self) -> Type:
        word = self._next()
        if word == "{":
            record: dict[str, Type] = {}
            while (name := self._next()) != "}":
                if name == ",":
                    continue
                self._expect(":")
                record[name.strip('"')] = self._type()
            return record
        if word == "Set":
            self._expect("<")
            inner = self._type()
            self._expect(">")
            return f"Set<{inner}>"
        return self.aliases.get(word, word)

    def _skip_to_end(self) -> None:
        while self._at < len(self._tokens) and self._next() != ";":
            pass

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ";"

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ";"

    def _expect(self, mark: str) -> None:
        if (found := self._next()) != mark:
            raise ValueError(f"expected {mark} but found {found}")
