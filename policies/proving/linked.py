"""The facts the rules read, each as the face derives it from a question and from one version's tables.

It says again, for the solver, what `policies.facts` does: `care_profession`, `habilitation` and `unit_kind` are no free
facts but follow from the profession and the unit, so that every counterexample is a question that can be asked. A fact
that is not linked here is left free: what is then proven holds all the more, and a counterexample may be one that the
replay refutes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import z3

from policies.lint import Parts
from policies.nomenclature import UNKNOWN_UNIT, Profession
from policies.proving.space import CODED, ELSE, PROFESSION, Space, text
from policies.proving.terms import ALWAYS, NEVER, Formula, Number, Term, Text, Truth, Word, Words
from policies.question import Mode

_ROOTS = ("context.patient", "patient"), ("context", "circumstances"), ("principal", "actor"), ("resource", "document")
_RENAMED = {
    "circumstances.reason": "circumstances.reason_code",
    "document.type": "document.type_code",
    "document.class": "document.class_code",
}
# What a word outside the schema's list becomes, and what an empty one does (`policies.facts`).
_OTHERWISE = {"DocumentType": "inconnu"}
_WHEN_EMPTY = {"Reason": "none"}


class Linked:
    """The facts of one version as terms over the space."""

    def __init__(self, space: Space, parts: Parts, version: str) -> None:
        self._space = space
        self._parts = parts
        self._version = version
        self._professions = parts.nomenclature.professions
        rules = parts.settings
        self._derived: Mapping[str, Callable[[], Term]] = {
            "principal.profession": lambda: self._of_profession("Profession", lambda one: one.id),
            "principal.habilitation": lambda: self._of_profession("Habilitation", lambda one: one.habilitation),
            "principal.care_profession": lambda: Truth(self._when(lambda one: one.care)),
            "principal.in_training": lambda: Truth(self._when(lambda one: one.in_training)),
            "principal.habilitation.types": self._readable,
            "principal.unit_kind": self._unit_kind,
            "principal.may_break_glass": lambda: Truth(self._when(lambda one: one.id in rules.break_glass_professions)),
            "context.reason_offered": self._reason_offered,
            "context.reason_complete": self._reason_complete,
        }
        self.free: list[str] = []  # facts nobody linked
        self._terms = {path: self._term(path, kind) for path, kind in parts.nouns.facts.items()}
        self.representable = z3.And([self._representable(path) for path in ("mode", "purpose", "consent")])

    def term(self, path: str) -> Term | None:
        """The fact of this path; None when it is no fact, or of a type the solver is not given."""
        return self._terms.get(path)

    def _term(self, path: str, kind: str) -> Term | None:
        if path in self._derived:
            return self._derived[path]()
        asked = _asked(path)
        if asked in self._space.bools and kind == "Bool":
            return Truth(self._space.bools[asked])
        if asked in self._space.longs and kind == "Long":
            return Number(self._space.longs[asked])
        if asked in self._space.texts and kind == "String":
            return Text(self._space.texts[asked])
        if asked in self._space.choices and kind in self._parts.nouns.enums:
            return self._chosen(asked, kind)
        return self._free(path, kind)

    def _chosen(self, asked: str, kind: str) -> Word:
        """A word of a list: itself when the schema has it; else the word for what is not known, or none at all."""
        choice, known = self._space.choices[asked], self._parts.nouns.enums[kind]
        if asked not in CODED:
            return Word(kind, {word: choice.is_(word) for word in known})
        when: dict[str, list[Formula]] = {word: [] for word in known}
        for word in choice.words:
            meant = word or _WHEN_EMPTY.get(kind, word)
            target = meant if meant in known and meant != ELSE else _OTHERWISE.get(kind, "unknown")
            when.setdefault(target, []).append(choice.is_(word))
        return Word(kind, {word: z3.Or(cases) for word, cases in when.items()})

    def _free(self, path: str, kind: str) -> Term | None:
        """A fact nobody linked: anything its type allows."""
        self.free.append(path)
        name = f"{self._version}:{path}"
        if kind == "Bool":
            return Truth(z3.Bool(name))
        if kind == "Long":
            return Number(z3.Int(name))
        if kind == "String":
            return Text(z3.String(name))
        if kind in self._parts.nouns.enums:
            variable = z3.Int(name)
            return Word(kind, {word: variable == place for place, word in enumerate(self._parts.nouns.enums[kind])})
        return None

    def _of_profession(self, kind: str, name_of: Callable[[Profession], str]) -> Word:
        names = {name_of(one) for one in self._professions.values()}
        return Word(kind, {name: self._when(_called(name, name_of)) for name in sorted(names)})

    def _when(self, wanted: Callable[[Profession], bool]) -> Formula:
        """That the profession of the one who asks is such; a code this version does not list is its row `|`."""
        choice, nobody = self._space.choices[PROFESSION], self._professions["|"]
        return z3.Or([choice.is_(key) for key in choice.words if wanted(self._professions.get(key, nobody))])

    def _readable(self) -> Words:
        habilitation = self._derived["principal.habilitation"]()
        assert isinstance(habilitation, Word)
        readers: dict[str, list[Formula]] = {}
        for name, when in habilitation.when.items():
            for code in self._parts.matrix.readable.get(name, ()):
                readers.setdefault(code, []).append(when)
        return Words("DocumentType", {code: z3.Or(when) for code, when in readers.items()})

    def _unit_kind(self) -> Term:
        codes: dict[str, list[Any]] = {}
        unit = self._space.texts["actor.unit"]
        for code, kind in self._parts.nomenclature.units.items():
            codes.setdefault(kind, []).append(unit == text(code))
        listed = z3.Or([here for every in codes.values() for here in every])
        kinds = {kind: z3.Or(every) for kind, every in codes.items()}
        kinds[UNKNOWN_UNIT] = z3.Or(kinds.get(UNKNOWN_UNIT, NEVER), z3.Not(listed))
        return Word("UnitKind", kinds)

    def _reason_offered(self) -> Term:
        modes, reasons = self._space.choices["circumstances.mode"], self._space.choices["circumstances.reason_code"]
        offers = self._parts.settings.offers
        offered = [
            z3.And(modes.is_(mode), reasons.is_(code)) for mode in Mode for code in reasons.words if offers(mode, code)
        ]
        return Truth(z3.Or(offered))

    def _reason_complete(self) -> Term:
        reasons = self._space.choices["circumstances.reason_code"]
        bare = [reasons.is_(code) for code in reasons.words if not self._parts.settings.wants_text(code)]
        return Truth(z3.Or(self._space.bools["circumstances.reason_text_given"], *bare))

    def _representable(self, name: str) -> Formula:
        """A mode, purpose or consent the schema does not list is refused by the engine."""
        term = self._terms.get(f"context.{name}")
        return z3.Or(list(term.when.values())) if isinstance(term, Word) else ALWAYS


def _called(name: str, name_of: Callable[[Profession], str]) -> Callable[[Profession], bool]:
    return lambda one: name_of(one) == name


def _asked(path: str) -> str:
    """The field of the question a fact is taken from as it is."""
    for root, part in _ROOTS:
        if path.startswith(f"{root}."):
            asked = f"{part}.{path.removeprefix(f'{root}.')}"
            return _RENAMED.get(asked, asked)
    return ""
