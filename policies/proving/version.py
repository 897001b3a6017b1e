"""One version of the rules as one formula: when the face would say yes."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import z3
from cedarpy import pst

from policies.lint import Parts
from policies.proving.linked import Linked
from policies.proving.space import Space
from policies.proving.terms import Formula
from policies.proving.translate import Translator

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class Translated:
    """One rule: when it applies, when asking it is an error, and whether all of it was translated."""

    applies: Formula
    error: Formula
    whole: bool


class Version:
    """The rules of one version over a space. `name` tells two versions apart inside the solver."""

    def __init__(self, space: Space, parts: Parts, name: str) -> None:
        self.parts = parts
        self._facts = Linked(space, parts, name)
        self._space = space
        self._hierarchy = bool(re.search(r"\bin\b", _QUOTED.sub('""', str(parts.nouns.schema))))
        self._sealed = _tables_digest(parts)
        self.rules: Mapping[str, Translated] = {rule.id: self.translate(rule.tree) for rule in parts.rules}
        permits = [self.rules[rule.id].applies for rule in parts.rules if rule.effect == "permit"]
        self.forbidden = z3.Or([self.rules[rule.id].applies for rule in parts.rules if rule.effect == "forbid"])
        self.sound = z3.And(self._facts.representable, z3.Not(z3.Or([one.error for one in self.rules.values()])))
        self.allowed = z3.And(self.sound, z3.Or(permits), z3.Not(self.forbidden))

    def translate(self, tree: pst.Template) -> Translated:
        """A rule, or an invariant, of this version."""
        translator = Translator(self._space, self._facts, self._hierarchy, self._sealed)
        applies, error = translator.rule(tree)
        return Translated(applies, error, not translator.opaque)

    def untranslated(self) -> Sequence[str]:
        """The ids of the rules of which nothing, or not all, could be translated."""
        return sorted(name for name, one in self.rules.items() if not one.whole)


def _tables_digest(parts: Parts) -> str:
    """Names everything an expression's value depends on but the question: the files that are no rules."""
    whole = hashlib.sha256()
    for name in sorted(parts.sources.files):
        if not name.endswith((".cedar", ".yaml")):
            whole.update(f"{name}\0{hashlib.sha256(parts.sources.files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()
