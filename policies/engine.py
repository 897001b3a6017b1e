"""The one place that asks Cedar, and trusts it only when it is wholly sure.

Cedar skips a rule that errors, even a forbid, and may still say Allow. So a verdict allows only if the engine said
Allow, reported no error at all, named at least one rule, named only rules of this set, and nothing was raised.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy
from cedarpy import pst

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class Verdict:
    """The engine's answer to one request. `faults` non-empty means it could not answer, and `allowed` is False."""

    allowed: bool
    rule_ids: tuple[str, ...]  # sorted: the engine gives them in any order
    faults: tuple[str, ...] = ()


class Engine:
    """An immutable set of rules under a schema. Handles are parsed once and shared by every question."""

    def __init__(self, rules: Mapping[str, pst.Template], schema: cedarpy.Schema) -> None:
        named = {name: _renamed(name, tree) for name, tree in rules.items()}
        tree = pst.PolicySet(templates=pst.FrozenMap(), static_policies=pst.FrozenMap(named), template_links=())
        self._policies = cedarpy.PolicySet.from_pst(tree)
        self._schema = schema
        self._known = frozenset(rules)

    def entities(self, base: cedarpy.Entities, added: str) -> cedarpy.Entities:
        """The base facts plus those of one question, both checked against the schema. Raises `ValueError`."""
        return base.with_added_json_str(added, self._schema)

    def base_entities(self, text: str) -> cedarpy.Entities:
        """Facts shared by many questions. Raises `ValueError` when they do not follow the schema."""
        return cedarpy.Entities.from_json_str(text, self._schema)

    def ask(self, requests: Sequence[dict[str, Any]], entities: cedarpy.Entities) -> list[Verdict]:
        """One verdict a request, in order. Never raises: trouble is a verdict with faults."""
        try:
            answers = cedarpy.is_authorized_batch(list(requests), self._policies, entities, self._schema)
            verdicts = [self._verdict(answer) for answer in answers]
        except BaseException as trouble:
            if not is_trouble(trouble):
                raise
            return [Verdict(False, (), (fault_of(trouble),))] * len(requests)
        if len(verdicts) != len(requests):
            return [Verdict(False, (), ("the engine answered another number of questions",))] * len(requests)
        return verdicts

    def _verdict(self, answer: cedarpy.AuthzResult) -> Verdict:
        errors = tuple(sorted(_without_values(str(error)) for error in answer.diagnostics.errors))
        rule_ids = tuple(sorted(answer.diagnostics.reasons))
        if errors:
            return Verdict(False, (), errors)
        if not self._known.issuperset(rule_ids):
            return Verdict(False, (), ("the engine named a rule that is not of this set",))
        if answer.decision is cedarpy.Decision.Allow and rule_ids:
            return Verdict(True, rule_ids)
        if answer.decision is cedarpy.Decision.Deny:
            return Verdict(False, rule_ids)
        return Verdict(False, (), (f"the engine said {answer.decision.value} without a rule",))


def is_trouble(raised: BaseException) -> bool:
    """Whether what was raised is an answer's trouble, to be refused, and not an order to stop.

    A panic of the Rust engine does not derive from Exception.
    """
    return isinstance(raised, Exception) or type(raised).__name__ == "PanicException"


def fault_of(trouble: BaseException) -> str:
    """What went wrong, without the values met: a fault is shown to IT and logged."""
    return f"{type(trouble).__name__}: {_without_values(str(trouble))}"[:300]


def _without_values(text: str) -> str:
    return _QUOTED.sub('"…"', text)


def _renamed(name: str, tree: pst.Template) -> pst.Template:
    return pst.Template(
        id=name,
        effect=tree.effect,
        principal=tree.principal,
        action=tree.action,
        resource=tree.resource,
        clauses=tree.clauses,
        annotations=tree.annotations,
    )
