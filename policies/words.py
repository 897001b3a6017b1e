"""Conditions in plain words, French and English, for an intern and for hospital IT. No effect on any decision."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from cedarpy import pst

from policies.conditions import path_of, render
from policies.errors import Fault, unknown_word
from policies.nomenclature import Nomenclature
from policies.nouns import Nouns
from policies.sources import WORDS
from policies.toml_lines import line_at, lines_of

Pair = tuple[str, str]  # French, English

_COMPARISONS: Mapping[str, Pair] = {
    "less": ("moins de {n}", "less than {n}"),
    "less_eq": ("au plus {n}", "at most {n}"),
    "greater": ("plus de {n}", "more than {n}"),
    "greater_eq": ("au moins {n}", "at least {n}"),
    "eq": ("{n}", "{n}"),
    "not_eq": ("autre que {n}", "other than {n}"),
}


@dataclass(frozen=True, slots=True)
class FactWords:
    """How one fact is called, and what is said when a rule needs it otherwise than it is."""

    label: Pair
    missing: Pair | None
    unwanted: Pair | None
    needed: Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one version."""

    facts: Mapping[str, FactWords]
    values: Mapping[str, Mapping[str, Pair]]  # by enumeration, then value

    def lacking(self, condition: pst.Expr, nouns: Nouns) -> Pair:
        """What to say when this condition does not hold; the condition itself when there are no better words."""
        return self._plain(condition) or self._listed(condition, nouns) or self._compared(condition) or _raw(condition)

    def _plain(self, condition: pst.Expr) -> Pair | None:
        """A yes/no fact, its contrary, a list that must (not) be empty, or a membership in a list of facts."""
        match condition:
            case pst.UnaryOp("not", pst.UnaryOp("is_empty", fact)):
                return words.unwanted if (words := self.facts.get(path_of(fact))) else None
            case pst.UnaryOp("not", fact):
                return words.unwanted if (words := self.facts.get(path_of(fact))) else None
            case pst.BinaryOp("contains", held, item) if path_of(held) and path_of(item):
                return words.missing if (words := self.facts.get(path_of(held))) else None
        return words.missing if (words := self.facts.get(path_of(condition))) else None

    def _listed(self, condition: pst.Expr, nouns: Nouns) -> Pair | None:
        """A fact that must be one of some words of its list."""
        match condition:
            case pst.BinaryOp("eq", fact, pst.EntityLit(value)) if path_of(fact):
                wanted: tuple[str, ...] = (value.id,)
            case pst.BinaryOp("contains", pst.Set(elements), fact) if path_of(fact):
                wanted = tuple(element.value.id for element in elements if isinstance(element, pst.EntityLit))
                if len(wanted) != len(elements):
                    return None
            case pst.BinaryOp("not_eq", fact, pst.EntityLit(value)) if path_of(fact):
                return self._other_than(path_of(fact), value.id, nouns)
            case _:
                return None
        words = self.facts.get(path_of(fact))
        if words is None:
            return None
        if len(wanted) == 1 and wanted[0] in words.needed:
            return words.needed[wanted[0]]
        names = self.values.get(nouns.facts.get(path_of(fact), ""), {})
        said = [names.get(word, (word, word)) for word in wanted]
        fr, en = " ou ".join(pair[0] for pair in said), " or ".join(pair[1] for pair in said)
        return f"{words.label[0]} doit être : {fr}", f"{words.label[1]} must be: {en}"

    def _other_than(self, fact: str, value: str, nouns: Nouns) -> Pair | None:
        words = self.facts.get(fact)
        if words is None:
            return None
        fr, en = self.values.get(nouns.facts.get(fact, ""), {}).get(value, (value, value))
        return f"{words.label[0]} doit être autre que : {fr}", f"{words.label[1]} must be other than: {en}"

    def _compared(self, condition: pst.Expr) -> Pair | None:
        match condition:
            case pst.BinaryOp(op, fact, pst.LongLit() | pst.StringLit() as literal) if op in _COMPARISONS:
                if words := self.facts.get(path_of(fact)):
                    fr, en = _COMPARISONS[op]
                    n = str(literal.value)
                    return f"{words.label[0]} : {fr.format(n=n)}", f"{words.label[1]}: {en.format(n=n)}"
        return None


def _raw(condition: pst.Expr) -> Pair:
    text = render(condition)
    return f"condition non remplie : {text}", f"condition not met: {text}"


def read_words(text: str, nouns: Nouns, nomenclature: Nomenclature) -> tuple[Words, list[Fault]]:
    """Read words.toml, and list the facts and values it names that the schema does not know."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        found = re.search(r"line (\d+)", str(trouble))
        line = int(found.group(1)) if found else 0
        fault = Fault(file=WORDS, line=line, rule_id="", fr=f"TOML illisible : {trouble}", en=f"{trouble}")
        return Words({}, {}), [fault]
    faults: list[Fault] = []
    lines = lines_of(text)
    facts: dict[str, FactWords] = {}
    for path, said in _table(tables.get("facts")).items():
        if path not in nouns.facts:
            line = line_at(lines, ("facts", path))
            faults.append(unknown_word(WORDS, line, path, nouns.facts, "fait", "fact"))
        facts[path] = _fact_words(path, _table(said))
    professions = nomenclature.professions.values()
    values: dict[str, dict[str, Pair]] = {"Profession": {one.id: (one.label_fr, one.label_en) for one in professions}}
    for enum, said in _table(tables.get("values")).items():
        if enum not in nouns.enums:
            line = line_at(lines, ("values", enum))
            faults.append(unknown_word(WORDS, line, enum, nouns.enums, "liste", "list"))
        values[enum] = _pairs(said)
    return Words(facts, values), faults


def _fact_words(path: str, said: dict[str, object]) -> FactWords:
    return FactWords(
        label=(str(said.get("fr", path)), str(said.get("en", path))),
        missing=_pair(said.get("missing")),
        unwanted=_pair(said.get("unwanted")),
        needed=_pairs(said.get("needed")),
    )


def _table(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _pairs(value: object) -> dict[str, Pair]:
    return {name: pair for name, said in _table(value).items() if (pair := _pair(said))}


def _pair(value: object) -> Pair | None:
    if isinstance(value, list) and len(value) == 2:
        return str(value[0]), str(value[1])
    return None
