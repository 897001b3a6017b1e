"""Holding a version to its invariants: proved, broken by a question Cedar confirms, or not proved."""

import time

import z3

from policies.findings import InvariantFinding, ProofReport, Said, Verdict
from policies.invariants import Invariant, read_invariants
from policies.lint import Parts
from policies.proving.example import Judge, example, ordinary
from policies.proving.solving import solver_within
from policies.proving.space import Space
from policies.proving.terms import Formula
from policies.proving.version import Version

NO_INVARIANT = Said(
    fr="cette version n'a aucun invariant : rien n'est prouvé", en="this version has no invariant: nothing is proved"
)
_UNTRANSLATED = Said(
    fr="l'invariant contient une expression que la preuve ne sait pas traduire",
    en="the invariant holds an expression the prover cannot translate",
)
_NO_ANSWER = Said(
    fr="la preuve n'a pas abouti dans le temps donné",
    en="the prover found no answer in the time given",
)


def prove(parts: Parts, judge: Judge, seconds: float) -> ProofReport:
    """Every invariant of `invariants/` held against the version; what has no answer after `seconds` is not proved."""
    ends = time.monotonic() + seconds
    space = Space([parts])
    version = Version(space, parts, "a")
    solver = solver_within(seconds)
    solver.add(space.domain)
    solver.add(version.allowed)
    wanted = ordinary(space, parts)
    invariants, unreadable = read_invariants(parts.sources)
    findings = [
        _held(invariant, version, solver, space, wanted, judge)
        if time.monotonic() < ends
        else _not_proved(invariant.id, _claim(invariant), _NO_ANSWER)
        for invariant in invariants
    ]
    findings += [_unreadable(place) for place in unreadable]
    return ProofReport(
        digest=parts.sources.digest,
        findings=tuple(findings),
        untranslated=tuple(version.untranslated()),
        trouble=None if findings else NO_INVARIANT,
    )


def _held(
    invariant: Invariant, version: Version, solver: z3.Solver, space: Space, wanted: list[Formula], judge: Judge
) -> InvariantFinding:
    claim = _claim(invariant)
    matched = version.translate(invariant.tree)
    if not matched.whole:
        return _not_proved(invariant.id, claim, _UNTRANSLATED)
    solver.push()
    try:
        # An invariant that cannot be judged for a question counts as matched: it must not hide behind an error.
        solver.add(z3.Or(matched.applies, matched.error))
        answer = solver.check()
        if answer == z3.unsat:
            return InvariantFinding(invariant=invariant.id, claim=claim, verdict=Verdict.PROVED)
        question = example(solver, space, wanted) if answer == z3.sat else None
    finally:
        solver.pop()
    if question is None:
        return _not_proved(invariant.id, claim, _NO_ANSWER)
    decision = judge.decide(question)
    if not (decision.allowed and judge.matches(invariant.tree, question)):
        return _not_proved(invariant.id, claim, _refuted(version))
    return InvariantFinding(
        invariant=invariant.id,
        claim=claim,
        verdict=Verdict.BROKEN,
        counterexample=question,
        allowed_by=decision.rule_ids,
    )


def _claim(invariant: Invariant) -> Said:
    return Said(fr=invariant.reason_fr, en=invariant.reason_en)


def _refuted(version: Version) -> Said:
    """The solver showed a question that Cedar does not confirm: most often, of a rule that was not translated."""
    rules = ", ".join(version.untranslated())
    if rules:
        return Said(fr=f"règles que la preuve ne sait pas traduire : {rules}", en=f"rules not translated: {rules}")
    return Said(
        fr="le contre-exemple trouvé n'est pas confirmé par le moteur de règles",
        en="the counterexample found is not confirmed by the rules engine",
    )


def _not_proved(name: str, claim: Said, why: Said) -> InvariantFinding:
    return InvariantFinding(invariant=name, claim=claim, verdict=Verdict.NOT_PROVED, why=why)


def _unreadable(place: str) -> InvariantFinding:
    why = Said(fr=f"invariant illisible ({place}) : un « forbid » est attendu", en=f"unreadable invariant ({place})")
    return _not_proved(place, why, why)
