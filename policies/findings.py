"""What the prover found, as plain values that travel as JSON: proofs, differences of two versions, dead rules."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies.question import Question
from policies.recorded import UnreadableQuestionError, question_from_json


class Verdict(StrEnum):
    """What is known of one claim."""

    PROVED = "proved"  # it holds for every question that can be asked
    BROKEN = "broken"  # a concrete question, confirmed by the rules engine, breaks it
    NOT_PROVED = "not_proved"  # neither: not translated, out of time, or the replay disagrees


class Change(StrEnum):
    """How two versions differ about one kind of access."""

    NEWLY_ALLOWED = "newly_allowed"  # never allowed before
    MORE_ALLOWED = "more_allowed"  # allowed in more cases than before
    NO_LONGER_ALLOWED = "no_longer_allowed"  # never allowed any more
    LESS_ALLOWED = "less_allowed"  # allowed in fewer cases than before


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence in both languages."""

    fr: str
    en: str

    def to(self, language: str) -> str:
        """The sentence in this language, "fr" or "en"."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantFinding:
    """One invariant held against a version."""

    invariant: str  # its @id
    claim: Said  # its @reason
    verdict: Verdict
    why: Said | None = None  # for NOT_PROVED: what stood in the way
    counterexample: Question | None = None  # for BROKEN: a question this version allows and the invariant forbids
    allowed_by: tuple[str, ...] = ()  # the permits that allow it, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """Every invariant held against one version. `trouble` is set when the prover itself could not answer."""

    digest: str
    findings: tuple[InvariantFinding, ...] = ()
    untranslated: tuple[str, ...] = ()  # ids of the rules nothing was assumed of
    trouble: Said | None = None

    @property
    def holds(self) -> bool:
        """Whether every invariant is proved. A report without one, or with trouble, proves nothing."""
        proved = all(finding.verdict is Verdict.PROVED for finding in self.findings)
        return self.trouble is None and bool(self.findings) and proved

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**dataclasses.asdict(self), "holds": self.holds}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ProofReport":
        """The inverse of `to_json`. Raises `ValueError` on anything else."""
        return cls(
            digest=_text(value, "digest"),
            findings=tuple(_invariant(one) for one in _list(value, "findings")),
            untranslated=_texts(value, "untranslated"),
            trouble=_said(value.get("trouble")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One kind of access two versions answer differently, with a question that shows it, asked of both."""

    change: Change
    professions: tuple[str, ...]  # ids, sorted
    actions: tuple[str, ...]
    modes: tuple[str, ...]
    types: tuple[str, ...]  # document type codes, sorted; () unless documents are read
    entitlement: bool  # the types are all those the professions may read
    sentence: Said
    example: Question
    before: tuple[str, ...]  # the rules that decided the example, sorted; () when no rule allowed it
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationDifference:
    """An obligation that the later version newly asks (`added`), or no longer, in some case both versions allow."""

    obligation: str
    added: bool
    modes: tuple[str, ...]
    sentence: Said
    example: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceReport:
    """How the answers of two versions differ over every question that can be asked.

    `complete` says the list is proven whole: with no difference, that there is none.
    """

    before: str  # digests
    after: str
    differences: tuple[Difference, ...] = ()
    obligations: tuple[ObligationDifference, ...] = ()
    complete: bool = False
    why: Said | None = None  # when not complete: what stood in the way
    untranslated: tuple[str, ...] = ()

    @property
    def none_proven(self) -> bool:
        """Whether it is proven that the two versions answer every question alike, and ask the same in return."""
        return self.complete and not self.differences and not self.obligations

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**dataclasses.asdict(self), "none_proven": self.none_proven}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "DifferenceReport":
        """The inverse of `to_json`. Raises `ValueError` on anything else."""
        return cls(
            before=_text(value, "before"),
            after=_text(value, "after"),
            differences=tuple(_difference(one) for one in _list(value, "differences")),
            obligations=tuple(_obligation(one) for one in _list(value, "obligations")),
            complete=value.get("complete") is True,
            why=_said(value.get("why")),
            untranslated=_texts(value, "untranslated"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadRule:
    """A rule that no question meets (`never_applies`), or a permit that a forbid always overrides."""

    rule_id: str
    never_applies: bool
    sentence: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadRules:
    """The rules of a version that change no answer, as far as is proven. `why` says what could not be."""

    digest: str
    rules: tuple[DeadRule, ...] = ()
    why: Said | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "DeadRules":
        """The inverse of `to_json`. Raises `ValueError` on anything else."""
        rules = [
            DeadRule(
                rule_id=_text(one, "rule_id"),
                never_applies=one.get("never_applies") is True,
                sentence=_sentence(one.get("sentence")),
            )
            for one in _list(value, "rules")
        ]
        return cls(digest=_text(value, "digest"), rules=tuple(rules), why=_said(value.get("why")))


def _invariant(value: Mapping[str, Any]) -> InvariantFinding:
    return InvariantFinding(
        invariant=_text(value, "invariant"),
        claim=_sentence(value.get("claim")),
        verdict=Verdict(_text(value, "verdict")),
        why=_said(value.get("why")),
        counterexample=_question(value.get("counterexample")),
        allowed_by=_texts(value, "allowed_by"),
    )


def _difference(value: Mapping[str, Any]) -> Difference:
    example = _question(value.get("example"))
    if example is None:
        raise ValueError("example")
    return Difference(
        change=Change(_text(value, "change")),
        professions=_texts(value, "professions"),
        actions=_texts(value, "actions"),
        modes=_texts(value, "modes"),
        types=_texts(value, "types"),
        entitlement=value.get("entitlement") is True,
        sentence=_sentence(value.get("sentence")),
        example=example,
        before=_texts(value, "before"),
        after=_texts(value, "after"),
    )


def _obligation(value: Mapping[str, Any]) -> ObligationDifference:
    example = _question(value.get("example"))
    if example is None:
        raise ValueError("example")
    return ObligationDifference(
        obligation=_text(value, "obligation"),
        added=value.get("added") is True,
        modes=_texts(value, "modes"),
        sentence=_sentence(value.get("sentence")),
        example=example,
    )


def _question(value: object) -> Question | None:
    try:
        return None if value is None else question_from_json(value)
    except UnreadableQuestionError as trouble:
        raise ValueError(str(trouble)) from None


def _said(value: object) -> Said | None:
    return None if value is None else _sentence(value)


def _sentence(value: object) -> Said:
    if not isinstance(value, Mapping):
        raise ValueError("sentence")
    return Said(fr=_text(value, "fr"), en=_text(value, "en"))


def _text(value: Mapping[str, Any], name: str) -> str:
    if not isinstance(found := value.get(name), str):
        raise ValueError(name)
    return found


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = value.get(name)
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        raise ValueError(name)
    return tuple(found)


def _list(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = value.get(name)
    if not isinstance(found, list | tuple) or not all(isinstance(one, Mapping) for one in found):
        raise ValueError(name)
    return list(found)
