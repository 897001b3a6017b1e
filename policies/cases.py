"""Case files: expected answers written by people, no Python needed, and the runner that holds a book to them.

`cases/personas.yaml` names users, patients, documents and contexts; every other file of `cases/` is a list of cases.
The hospital's own are under `cases/local/`, with its own personas.
A case uses a persona by its name, or changes some of its facts: `{like: ordinaire, deceased: true}`.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from policies.book import PolicyBook
from policies.errors import Fault, PolicyError, nearest_word
from policies.question import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Decision,
    Document,
    Mode,
    Patient,
    Purpose,
    Question,
)
from policies.sources import Sources

PERSONAS = "cases/personas.yaml"
LOCAL_PERSONAS = "cases/local/personas.yaml"
_SHAPES: Mapping[str, type] = {"user": Actor, "patient": Patient, "document": Document, "context": Circumstances}
_WORDS: Mapping[str, type[Mode] | type[Purpose] | type[ConsentBasis]] = {
    "mode": Mode,
    "purpose": Purpose,
    "consent": ConsentBasis,
}
_KEYS = ("action", "context", "document", "expect", "name", "patient", "user")
_EXPECTED = ("allow", "near", "obligations", "rules")


@dataclass(frozen=True, slots=True)
class Case:
    """One expected answer. A None expectation is not looked at."""

    file: str
    line: int
    name: str
    question: Question
    allow: bool
    rules: tuple[str, ...] | None
    obligations: tuple[str, ...] | None
    near: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a book met a case. `differences` is empty when it met it: (what, expected, found)."""

    case: Case
    decision: Decision
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Personas:
    """The named parts of questions, by kind (user, patient, document, context) then name."""

    parts: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def part(self, kind: str, asked: Any) -> Any:
        """The Actor, Patient, Document or Circumstances asked for. Raises `ValueError` (word, nearest) on a typo."""
        facts = self._facts(kind, asked)
        fields = [field.name for field in dataclasses.fields(_SHAPES[kind])]
        for name in facts:
            if name not in fields:
                raise CaseTypoError(name, fields)
        missing = [name for name in fields if name not in facts]
        if missing:
            raise CaseTypoError(missing[0], ())
        return _SHAPES[kind](**{name: _value(name, value) for name, value in facts.items()})

    def _facts(self, kind: str, asked: Any, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
        changes = dict(asked) if isinstance(asked, dict) else {"like": asked}
        like = changes.pop("like", None)
        if like is None:
            return changes
        named = self.parts.get(kind, {})
        if str(like) not in named or str(like) in seen:
            raise CaseTypoError(str(like), [name for name in named if name not in seen])
        return {**self._facts(kind, named[str(like)], seen | {str(like)}), **changes}


class CaseTypoError(ValueError):
    """A word of a case file that nothing here knows, or a fact that is missing."""

    def __init__(self, word: str, known: Sequence[str] | Mapping[str, Any]) -> None:
        super().__init__(word)
        self.word = word
        self.nearest = nearest_word(word, known)


def read_personas(folder: Path) -> Personas:
    """The personas of a folder of rules. Raises `PolicyError`."""
    return personas_of(Sources.read(folder))


def read_cases(folder: Path) -> list[Case]:
    """Every case of a folder of rules, in file order. Raises `PolicyError` with every fault."""
    return cases_of(Sources.read(folder))


def personas_of(sources: Sources) -> Personas:
    """Our personas and the hospital's own (`cases/local/personas.yaml`), which may only add. Raises `PolicyError`."""
    parts: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in _SHAPES}
    faults: list[Fault] = []
    for file in PERSONAS, *(name for name in sources.case_files() if name == LOCAL_PERSONAS):
        node = _compose(sources, file)
        for kind, name, line, facts in _named(file, node, faults):
            if name in parts[kind]:
                fr, en = f"ce nom est déjà pris : « {name} »", f"this name is taken: '{name}'"
                faults.append(_fault(file, line, name, fr, en))
            parts[kind].setdefault(name, facts)
    if faults:
        raise PolicyError(faults)
    return Personas(parts)


def cases_of(sources: Sources) -> list[Case]:
    """Every case of a version, ours then the hospital's own, in file order. Raises `PolicyError` with every fault."""
    personas = personas_of(sources)
    cases: list[Case] = []
    faults: list[Fault] = []
    for file in sources.case_files():
        if file in (PERSONAS, LOCAL_PERSONAS):
            continue
        try:
            found, wrong = _read_file(sources, file, personas)
        except PolicyError as trouble:
            found, wrong = [], list(trouble.faults)
        cases += found
        faults += wrong
    if faults:
        raise PolicyError(faults)
    return cases


def _read_file(sources: Sources, file: str, personas: Personas) -> tuple[list[Case], list[Fault]]:
    node = _compose(sources, file)
    if not isinstance(node, yaml.SequenceNode):
        return [], [_fault(file, 1, "", "une liste de cas est attendue", "a list of cases is expected")]
    cases: list[Case] = []
    faults: list[Fault] = []
    for item in node.value:
        line = item.start_mark.line + 1
        try:
            cases.append(_case(file, line, _plain(item), personas))
        except CaseTypoError as typo:
            fr, en = f"mot inconnu ou fait absent : « {typo.word} »", f"unknown word or missing fact: '{typo.word}'"
            faults.append(_fault(file, _line_of(item, typo.word) or line, typo.word, fr, en, typo.nearest))
    return cases, faults


def _named(file: str, node: yaml.Node, faults: list[Fault]) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
    """(kind, name, line, facts) of each persona; what is not one is added to the faults."""
    kinds = {f"{kind}s": kind for kind in _SHAPES}
    if not isinstance(node, yaml.MappingNode):
        faults.append(_fault(file, 1, "", "personas illisibles", "unreadable personas"))
        return
    for key, group in node.value:
        line = key.start_mark.line + 1
        kind = kinds.get(key.value if isinstance(key.value, str) else "")
        if kind is None or not isinstance(group, yaml.MappingNode):
            word = str(key.value)
            fr, en = f"mot inconnu : « {word} »", f"unknown word: '{word}'"
            faults.append(_fault(file, line, word, fr, en, nearest_word(word, kinds)))
            continue
        for name, facts in group.value:
            plain = _plain(facts)
            if isinstance(plain, dict):
                yield kind, str(_plain(name)), name.start_mark.line + 1, plain
            else:
                fr, en = "des faits sont attendus", "facts are expected"
                faults.append(_fault(file, name.start_mark.line + 1, "", fr, en))


def _line_of(node: yaml.Node, word: str) -> int:
    """The 1-based line where this word stands in a case; 0 when it does not."""
    if isinstance(node, yaml.ScalarNode):
        return node.start_mark.line + 1 if node.value == word else 0
    inside = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return next((line for part in inside if (line := _line_of(part, word))), 0)


def run_case(book: PolicyBook, case: Case) -> CaseResult:
    """Ask the book and compare."""
    decision = book.decide(case.question)
    near = tuple(miss.rule_id for miss in decision.near_misses)
    pairs: list[tuple[str, tuple[str, ...] | None, tuple[str, ...]]] = [
        ("allow", (str(case.allow),), (str(decision.allowed),)),
        ("rules", case.rules, decision.rule_ids),
        ("obligations", case.obligations, decision.obligations),
        ("near", case.near, near),
        ("engine_faults", (), decision.engine_faults),
    ]
    differences = [
        (what, ", ".join(expected), ", ".join(found))
        for what, expected, found in pairs
        if expected is not None and sorted(expected) != sorted(found)
    ]
    return CaseResult(case, decision, tuple(differences))


def run_cases(book: PolicyBook, cases: Sequence[Case]) -> list[CaseResult]:
    """Every case, in order."""
    return [run_case(book, case) for case in cases]


def uncovered(book: PolicyBook, results: Sequence[CaseResult]) -> list[str]:
    """The rules no case shows at work: a permit that allowed nothing, a forbid that refused nothing."""
    shown = {rule_id for result in results for rule_id in result.decision.rule_ids}
    return [rule.id for rule in book.rules() if rule.id not in shown]


def question_of(personas: Personas, asked: Mapping[str, Any]) -> Question:
    """The question of a case's parts. Raises `ValueError` naming the wrong word."""
    try:
        action = Action(str(asked.get("action", Action.OPEN_DOSSIER)))
    except ValueError:
        raise CaseTypoError(str(asked["action"]), [one.value for one in Action]) from None
    return Question(
        action=action,
        actor=personas.part("user", asked.get("user")),
        patient=personas.part("patient", asked.get("patient")),
        circumstances=personas.part("context", asked.get("context")),
        document=personas.part("document", asked["document"]) if "document" in asked else None,
    )


def _case(file: str, line: int, item: Any, personas: Personas) -> Case:
    if not isinstance(item, dict):
        raise CaseTypoError(str(item), _KEYS)
    for key in item:
        if key not in _KEYS:
            raise CaseTypoError(str(key), _KEYS)
    expect = item.get("expect")
    if not isinstance(expect, dict) or not isinstance(expect.get("allow"), bool):
        raise CaseTypoError("expect.allow", ())
    for key in expect:
        if key not in _EXPECTED:
            raise CaseTypoError(str(key), _EXPECTED)
    return Case(
        file=file,
        line=line,
        name=str(item.get("name", "")),
        question=question_of(personas, item),
        allow=expect["allow"],
        rules=_listed(expect, "rules"),
        obligations=_listed(expect, "obligations"),
        near=_listed(expect, "near"),
    )


def _listed(expect: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    value = expect.get(key)
    if value is None:
        return None
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def _value(name: str, value: Any) -> Any:
    if name not in _WORDS:
        return value
    try:
        return _WORDS[name](str(value))
    except ValueError:
        raise CaseTypoError(str(value), [one.value for one in _WORDS[name]]) from None


def _compose(sources: Sources, file: str) -> yaml.Node:
    try:
        node = yaml.compose(sources.text(file), Loader=yaml.SafeLoader)
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        said = getattr(trouble, "problem", None) or "YAML"
        line = mark.line + 1 if mark else 0
        raise PolicyError([_fault(file, line, "", f"YAML illisible : {said}", f"bad YAML: {said}")]) from None
    if node is None:
        raise PolicyError([_fault(file, 0, "", "fichier vide", "empty file")])
    return node


def _plain(node: yaml.Node) -> Any:
    """The Python value of a node already composed, by the safe loader's rules."""
    return yaml.constructor.SafeConstructor().construct_document(node)


def _fault(file: str, line: int, word: str, fr: str, en: str, nearest: str = "") -> Fault:
    return Fault(file=file, line=line, rule_id="", fr=fr, en=en, word=word, nearest=nearest)
