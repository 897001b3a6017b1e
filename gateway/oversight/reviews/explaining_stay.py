"""Which admission explains an access: one rule for each way it can, and what the DPO lets each rule do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, text

from gateway.oversight.reviews.case import Flag, Proposal, Stay
from gateway.oversight.reviews.flag_words import EXPLANATION_RULES
from gateway.settings import ReviewSettings

Effect = Literal["off", "propose", "close"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
RULES: tuple[str, ...] = tuple(EXPLANATION_RULES)  # the strongest first
# Flags that an admission answers, or that are part of every night: they never keep a case from closing.
ANSWERED_BY_ADMISSION = frozenset({"no_admission"})
_SET = text("SELECT rule, effect, set_by, set_at FROM review_rule")


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a rule does, and who said so (`set_at` None: nobody yet, the configuration's default)."""

    rule: str
    effect: Effect
    fr: str
    en: str
    set_by: str
    set_at: int | None


def rule_settings(connection: Connection, settings: ReviewSettings) -> tuple[RuleSetting, ...]:
    """Every rule with its effect, in the order of `RULES`."""
    known = {row.rule: row for row in connection.execute(_SET)}
    found = []
    for rule in RULES:
        row = known.get(rule)
        effect: Effect = row.effect if row is not None and row.effect in EFFECTS else settings.admission_effect
        fr, en = EXPLANATION_RULES[rule]
        found.append(RuleSetting(rule, effect, fr, en, row.set_by if row else "", row.set_at if row else None))
    return tuple(found)


def explain(
    stays: Iterable[Stay],
    *,
    unit: str,
    emergency_unit: str,
    opened_at: int,
    known_before: bool,
    effects: Mapping[str, Effect],
) -> Proposal | None:
    """The stay that best explains an access: in the reader's unit, else in the emergency unit, else any; of several,
    the one that began nearest to it (a duplicate of the same arrival changes nothing). Cancelled ones explain nothing.

    `known_before`: the access was weighed before, without this admission.
    """
    candidates = [stay for stay in stays if not stay.cancelled]
    if not candidates:
        return None
    best = min(
        candidates,
        key=lambda stay: (
            RULES.index(_rule(stay, unit, emergency_unit)),
            abs(stay.admitted_at - opened_at),
            stay.episode_id,
        ),
    )
    rule = _rule(best, unit, emergency_unit)
    late = known_before or best.admitted_at > opened_at
    return Proposal(rule, effects[rule], best.episode_id, best.visit_number, best.unit, best.admitted_at, late)


def closes(proposal: Proposal | None, flags: Iterable[Flag], settings: ReviewSettings) -> bool:
    """Whether the rule may close the case by itself: the DPO said so, and nothing else about it is heavy."""
    if proposal is None or proposal.effect != "close":
        return False
    return sum(flag.weight for flag in flags if flag.code not in ANSWERED_BY_ADMISSION) < settings.close_below


def _rule(stay: Stay, unit: str, emergency_unit: str) -> str:
    if unit and stay.unit == unit:
        return "admission_reader_unit"
    return "admission_emergency_unit" if stay.unit == emergency_unit else "admission_other_unit"
