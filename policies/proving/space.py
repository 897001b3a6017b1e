"""Every question that can be asked, as z3 variables: one for each field of a `Question`.

A field with a list of words (a mode, an INS status, a document type) is a choice among the words that any of the
versions at hand knows, and one more that stands for all the others. Text is text, whole numbers are those of 64 bits
(the engine refuses any other). What is proven over this space is proven for every question the face can be asked.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import z3

from policies.lint import Parts
from policies.question import Action, Actor, Circumstances, ConsentBasis, Document, Mode, Patient, Purpose, Question

Formula = Any  # z3 ships no types: a z3.BoolRef, ArithRef or SeqRef

LEAST, MOST = -(2**63), 2**63 - 1
ELSE = "?"  # a word that no version knows
PROFESSION = "actor.profession"  # the system and the code together, as a key "system|code"

_SHAPES: Mapping[str, type] = {
    "actor": Actor,
    "patient": Patient,
    "circumstances": Circumstances,
    "document": Document,
}
_ENUMS: Mapping[str, type[StrEnum]] = {"Mode": Mode, "Purpose": Purpose, "ConsentBasis": ConsentBasis}
# Text fields whose words come from a list of the schema.
CODED: Mapping[str, str] = {
    "patient.identity_status": "IdentityStatus",
    "patient.dossier": "DossierState",
    "circumstances.reason_code": "Reason",
    "document.type_code": "DocumentType",
    "document.status": "DocumentStatus",
}
_JOINT = ("actor.profession_system", "actor.profession_code")
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


class Choice:
    """A variable that takes one of a few words: the number of the word, in as many bits as it needs."""

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        bits = max(1, (len(self.words) - 1).bit_length())
        self._variable = z3.BitVec(name, bits)
        self._is = {word: self._variable == z3.BitVecVal(place, bits) for place, word in enumerate(self.words)}
        self.domain = z3.ULE(self._variable, z3.BitVecVal(len(self.words) - 1, bits))

    def is_(self, word: str) -> Formula:
        """That the word is this one; false for a word that is not on the list."""
        return self._is.get(word, z3.BoolVal(False))

    def value(self, model: Any) -> str:
        """The word a model gives it."""
        place: int = model.eval(self._variable, model_completion=True).as_long()
        return self.words[place]


class Space:
    """The variables of a question, shared by the versions that are compared."""

    def __init__(self, versions: Sequence[Parts]) -> None:
        self.choices: dict[str, Choice] = {"action": Choice("action", [action.value for action in Action])}
        self.bools: dict[str, Formula] = {}
        self.longs: dict[str, Formula] = {}
        self.texts: dict[str, Formula] = {}
        keys = sorted({key for parts in versions for key in parts.nomenclature.professions} | {"|"})
        self.choices[PROFESSION] = Choice(PROFESSION, keys)
        for path, kind in question_fields():
            if path in CODED:
                words = {word for parts in versions for word in _words(parts, CODED[path])}
                self.choices[path] = Choice(path, [*sorted(words), "", ELSE])
            elif kind in _ENUMS:
                self.choices[path] = Choice(path, [word.value for word in _ENUMS[kind]])
            elif kind == "bool":
                self.bools[path] = z3.Bool(path)
            elif kind == "int":
                self.longs[path] = z3.Int(path)
            elif path not in _JOINT:
                self.texts[path] = z3.String(path)
        self.domain = [choice.domain for choice in self.choices.values()]
        self.domain += [z3.And(number >= LEAST, number <= MOST) for number in self.longs.values()]

    def question(self, model: Any) -> Question:
        """The question a model describes."""
        asked: dict[str, dict[str, Any]] = {name: {} for name in _SHAPES}
        for path, kind in question_fields():
            part, _, name = path.partition(".")
            asked[part][name] = self._value(path, kind, model)
        system, _, code = self.choices[PROFESSION].value(model).partition("|")
        asked["actor"] |= {"profession_system": system, "profession_code": code}
        action = Action(self.choices["action"].value(model))
        return Question(
            action=action,
            actor=Actor(**asked["actor"]),
            patient=Patient(**asked["patient"]),
            circumstances=Circumstances(**asked["circumstances"]),
            document=Document(**asked["document"]) if action is Action.READ_DOCUMENT else None,
        )

    def _value(self, path: str, kind: str, model: Any) -> Any:
        if path in self.choices:
            word = self.choices[path].value(model)
            return _ENUMS[kind](word) if kind in _ENUMS else word
        if path in self.bools:
            return z3.is_true(model.eval(self.bools[path], model_completion=True))
        if path in self.longs:
            return model.eval(self.longs[path], model_completion=True).as_long()
        if path in self.texts:
            return _unescaped(model.eval(self.texts[path], model_completion=True).as_string())
        return ""

    def fixed(self, question: Question) -> list[Formula]:
        """The formulas that say a question is this one: for tests, and for asking again what is known."""
        same = [self.choices["action"].is_(question.action.value)]
        key = f"{question.actor.profession_system}|{question.actor.profession_code}"
        profession = self.choices[PROFESSION]
        same.append(profession.is_(key if key in profession.words else "|"))
        for path, _ in question_fields():
            part, _, name = path.partition(".")
            if (holder := getattr(question, part)) is None:
                continue
            value = getattr(holder, name)
            if path in self.choices:
                same.append(self.choices[path].is_(value if value in self.choices[path].words else ELSE))
            elif path in self.bools:
                same.append(self.bools[path] == value)
            elif path in self.longs:
                same.append(self.longs[path] == value)
            elif path in self.texts:
                same.append(self.texts[path] == text(value))
        return same


def question_fields() -> Iterator[tuple[str, str]]:
    """Each field of a question with the name of its type, e.g. ("patient.deceased", "bool")."""
    for part, shape in _SHAPES.items():
        for field in dataclasses.fields(shape):
            yield f"{part}.{field.name}", field.type if isinstance(field.type, str) else field.type.__name__


def _words(parts: Parts, kind: str) -> Iterator[str]:
    """The words of a list that make a difference to a version: the schema's, and the codes of its own reasons."""
    yield from parts.nouns.enums.get(kind, ())
    if kind == "Reason":
        yield from (reason.code for reason in parts.settings.reasons)


def text(value: str) -> Formula:
    """A text literal. Raises `ValueError` for a character the solver does not have (above U+2FFFF)."""
    if any(ord(sign) > 0x2FFFF for sign in value):
        raise ValueError("a character beyond the solver's alphabet")
    safe = "".join(sign if 32 <= ord(sign) < 127 and sign != "\\" else f"\\u{{{ord(sign):x}}}" for sign in value)
    return z3.StringVal(safe)


def _unescaped(written: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), written)
