"""What two versions ask in return for the same yes: a notice more, a countersignature less, a shorter window."""

import time
from collections.abc import Sequence

import z3

from policies.findings import ObligationDifference, Said
from policies.obligations import minutes
from policies.proving.example import Judge, example
from policies.proving.sentences import modes_said
from policies.proving.solving import solver_within
from policies.proving.space import Space
from policies.proving.terms import Formula
from policies.proving.version import Version
from policies.question import Mode


class Owing:
    """Compares the obligations of two versions where both say yes; `complete` turns false when some could not be."""

    def __init__(
        self, space: Space, versions: tuple[Version, Version], judges: tuple[Judge, Judge], wanted: Sequence[Formula]
    ) -> None:
        self._space = space
        self._versions = versions
        self._judges = judges
        self._wanted = wanted
        self.complete = True

    def differences(self, ends: float) -> tuple[ObligationDifference, ...]:
        """Each obligation that is newly asked, or no longer asked, in some case both versions allow."""
        before, after = self._versions
        solver = solver_within(max(0.1, ends - time.monotonic()))
        solver.add(self._space.domain)
        solver.add(before.allowed, after.allowed)
        every = sorted(
            {word for version in self._versions for rule in version.parts.rules for word in rule.obligations}
        )
        found: list[ObligationDifference] = []
        for word in every:
            owed = [_owed(version, word) for version in self._versions]
            for added, changed in ((True, z3.And(owed[1], z3.Not(owed[0]))), (False, z3.And(owed[0], z3.Not(owed[1])))):
                if time.monotonic() > ends:
                    self.complete = False
                    return tuple(found)
                if (one := self._told(solver, word, changed, added=added)) is not None:
                    found.append(one)
        return tuple(found)

    def _told(self, solver: z3.Solver, word: str, changed: Formula, *, added: bool) -> ObligationDifference | None:
        solver.push()
        try:
            solver.add(changed)
            modes = []
            for mode in Mode:
                answer = solver.check(self._space.choices["circumstances.mode"].is_(mode.value))
                self.complete = self.complete and answer != z3.unknown
                modes += [mode.value] if answer == z3.sat else []
            question = example(solver, self._space, self._wanted) if modes else None
        finally:
            solver.pop()
        if question is None:
            self.complete = self.complete and not modes
            return None
        before, after = (judge.decide(question) for judge in self._judges)
        has, had = word in after.obligations, word in before.obligations
        if not (before.allowed and after.allowed and has is added and had is not added):
            self.complete = False
            return None
        words = self._versions[1 if added else 0].parts.obligations
        said = [modes_said(tuple(modes), tongue) for tongue in (0, 1)]
        return ObligationDifference(
            obligation=word,
            added=added,
            modes=tuple(modes),
            sentence=Said(
                fr=f"{'demandé en plus' if added else 'plus demandé'} : {words.words(word, 'fr')}, {said[0]}",
                en=f"{'newly asked' if added else 'no longer asked'}: {words.words(word, 'en')}, {said[1]}",
            ),
            example=question,
        )


def _owed(version: Version, word: str) -> Formula:
    """That an allowed question carries this obligation: some permit asks for it, and none for a shorter one."""
    kinds = version.parts.obligations
    permits = [rule for rule in version.parts.rules if rule.effect == "permit"]
    asks = z3.Or([version.rules[rule.id].applies for rule in permits if word in rule.obligations])
    name, head = word.split(":")[0], word.rpartition(":")[0]
    if name not in kinds.kinds or not kinds.kinds[name].smallest:
        return asks
    shorter = [
        version.rules[rule.id].applies
        for rule in permits
        for other in rule.obligations
        if other.rpartition(":")[0] == head and minutes(other.rpartition(":")[2]) < minutes(word.rpartition(":")[2])
    ]
    return z3.And(asks, z3.Not(z3.Or(shorter)))
