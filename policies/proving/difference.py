"""Two versions compared over every question at once: each kind of access they answer differently, and a proof that
there is no other."""

import time
from collections.abc import Iterator
from dataclasses import replace

import z3

from policies.findings import Change, Difference, DifferenceReport, Said
from policies.lint import Parts
from policies.proving.example import Judge, example, ordinary
from policies.proving.grouping import Cell, Found, Group, Readable, grouped
from policies.proving.kinds import profession_kinds, type_kinds
from policies.proving.owing import Owing
from policies.proving.sentences import Wording
from policies.proving.solving import solver_within
from policies.proving.space import ELSE, Space
from policies.proving.version import Version
from policies.question import Question

_SLOW = Said(
    fr="la comparaison n'a pas abouti dans le temps donné : d'autres différences peuvent exister",
    en="the comparison did not end in the time given: there may be other differences",
)
_UNCONFIRMED = Said(
    fr="une différence trouvée par la preuve n'est pas confirmée par le moteur de règles",
    en="a difference the prover found is not confirmed by the rules engine",
)


class Comparison:
    """Two versions over one space. Every difference it tells was confirmed by asking both books."""

    def __init__(self, before: Parts, after: Parts, judges: tuple[Judge, Judge], seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._seconds = seconds
        self._space = Space([before, after])
        self._before = Version(self._space, before, "a")
        self._after = Version(self._space, after, "b")
        self._judges = judges
        self._wanted = ordinary(self._space, after)
        self._professions = profession_kinds(self._space, [before, after])
        self._types = type_kinds(self._space, [before, after])
        self._wording = Wording(before, after)
        self._why: Said | None = None

    def report(self) -> DifferenceReport:
        """Every difference, grouped into sentences."""
        found = [*self._changed(self._before, self._after, more=True)]
        found += self._changed(self._after, self._before, more=False)
        differences = [self._told(group) for group in grouped(found, self._readable())]
        owing = Owing(self._space, (self._before, self._after), self._judges, self._wanted)
        obligations = owing.differences(self._ends)
        if not owing.complete:
            self._why = self._why or _SLOW
        untranslated = sorted({*self._before.untranslated(), *self._after.untranslated()})
        return DifferenceReport(
            before=self._before.parts.sources.digest,
            after=self._after.parts.sources.digest,
            differences=tuple(differences),
            obligations=obligations,
            complete=self._why is None,
            why=self._why,
            untranslated=tuple(untranslated),
        )

    def _readable(self) -> Readable:
        versions = (False, self._before.parts), (True, self._after.parts)
        return {
            (later, key): parts.matrix.readable.get(one.habilitation, frozenset())
            for later, parts in versions
            for key, one in parts.nomenclature.professions.items()
        }

    def _changed(self, without: Version, having: Version, *, more: bool) -> Iterator[Found]:
        """The cells where `having` allows a question that `without` refuses."""
        solver = solver_within(self._seconds)
        solver.add(self._space.domain)
        asked = solver_within(self._seconds)
        asked.add(self._space.domain)
        asked.add(without.allowed)
        solver.add(having.allowed, z3.Not(without.allowed))
        while (answer := solver.check()) == z3.sat and time.monotonic() < self._ends:
            question = self._space.question(solver.model())
            cell = self._cell_of(question)
            here = cell.formula(self._space)
            if not self._confirmed(question, more=more):
                self._why = self._why or _UNCONFIRMED
                solver.add(z3.Not(here))
                continue
            solver.push()
            solver.add(here)
            plainer = example(solver, self._space, self._wanted)
            solver.pop()
            solver.add(z3.Not(here))
            if plainer is not None and self._confirmed(plainer, more=more):
                question = plainer
            already = asked.check(here)
            if already == z3.unknown:
                self._why = _SLOW
            yield Found(_CHANGES[more, already != z3.unsat], cell, question)
        if answer != z3.unsat:
            self._why = _SLOW

    def _confirmed(self, question: Question, *, more: bool) -> bool:
        before, after = (judge.decide(question).allowed for judge in self._judges)
        return after is more and before is not more

    def _cell_of(self, question: Question) -> Cell:
        key = f"{question.actor.profession_system}|{question.actor.profession_code}"
        types = None
        if question.document is not None:
            code = question.document.type_code
            types = next(kind for kind in self._types if code in kind.words)
        professions = next(kind for kind in self._professions if key in kind.words)
        return Cell(professions, question.action, question.circumstances.mode, types)

    def _told(self, group: Group) -> Difference:
        before, after = (judge.decide(group.example) for judge in self._judges)
        plain = Difference(
            change=group.change,
            professions=self._wording.profession_ids(group.professions),
            actions=group.actions,
            modes=group.modes,
            types=tuple(sorted(group.types - {"", ELSE})),
            entitlement=group.entitlement,
            sentence=Said(fr="", en=""),
            example=group.example,
            before=before.rule_ids,
            after=after.rule_ids,
        )
        return replace(plain, sentence=self._wording.sentence(plain))


_CHANGES = {
    (True, False): Change.NEWLY_ALLOWED,
    (True, True): Change.MORE_ALLOWED,
    (False, False): Change.NO_LONGER_ALLOWED,
    (False, True): Change.LESS_ALLOWED,
}
