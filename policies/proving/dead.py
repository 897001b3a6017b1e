"""Rules that change no answer: a condition that can never be true, or a permit that a forbid always overrides."""

import z3

from policies.findings import DeadRule, DeadRules, Said
from policies.lint import Parts
from policies.proving.solving import solver_within
from policies.proving.space import Space
from policies.proving.version import Version

_NEVER = Said(
    fr="aucune demande possible ne remplit les conditions de cette règle",
    en="no possible request meets the conditions of this rule",
)
_OVERRIDDEN = Said(
    fr="chaque demande que cette règle permet est refusée par une autre règle",
    en="every request this rule permits is refused by another rule",
)


def never_true(parts: Parts, seconds: float) -> DeadRules:
    """The rules that are proven dead. What was not translated may be true, so such a rule is seldom told dead."""
    space = Space([parts])
    version = Version(space, parts, "a")
    solver = solver_within(seconds)
    solver.add(space.domain)
    dead: list[DeadRule] = []
    unsure: list[str] = []
    for rule in parts.rules:
        applies = version.rules[rule.id].applies
        answer = solver.check(applies)
        if answer == z3.unsat:
            dead.append(DeadRule(rule_id=rule.id, never_applies=True, sentence=_NEVER))
            continue
        if answer == z3.sat and rule.effect == "permit":
            answer = solver.check(applies, z3.Not(version.forbidden), version.sound)
            if answer == z3.unsat:
                dead.append(DeadRule(rule_id=rule.id, never_applies=False, sentence=_OVERRIDDEN))
        if answer == z3.unknown:
            unsure.append(rule.id)
    said = ", ".join(unsure)
    why = Said(fr=f"pas de réponse pour : {said}", en=f"no answer for: {said}") if unsure else None
    return DeadRules(digest=parts.sources.digest, rules=tuple(dead), why=why)
