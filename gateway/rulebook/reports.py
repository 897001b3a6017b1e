"""What the checks of a set of rules answer: faults, cases, proofs, differences, and what the past would have been."""

from dataclasses import dataclass

from policies import Fault
from policies.cases import CaseResult


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """`faults` keep it from serving; `digest` and `guardrails_digest` are "" while there are any. `warnings` do not,
    but its authors should know them."""

    faults: tuple[Fault, ...]
    digest: str
    guardrails_digest: str
    changes_guardrails: bool  # against the version in force: the DPO must approve it too
    warnings: tuple[Fault, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it may be tested."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesReport:
    """The cases, each with how it was met; `faults` when they cannot be asked at all."""

    faults: tuple[Fault, ...]
    results: tuple[CaseResult, ...]
    uncovered: tuple[str, ...]  # ids of the rules no case shows at work

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The cases that were not met."""
        return tuple(result for result in self.results if result.differences)

    @property
    def passed(self) -> bool:
        """At least one case, and all of them met."""
        return bool(self.results) and not self.faults and not self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLine:
    """One invariant. `state`: `proved`, `broken` (`example` is an allowed question, confirmed by the engine),
    `not_proved` (unsupported, or out of time: never a pass). `why_*` is the one sentence for people."""

    invariant_id: str
    reason_fr: str
    reason_en: str
    state: str
    why_fr: str
    why_en: str
    example: tuple[tuple[str, str], ...] = ()  # (fact, value), in reading order


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """Every invariant; `faults` when the set cannot be read at all."""

    faults: tuple[Fault, ...]
    lines: tuple[ProofLine, ...]

    @property
    def passed(self) -> bool:
        """Every invariant proved. "Not proved" is not a pass."""
        return bool(self.lines) and not self.faults and all(line.state == "proved" for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One difference as a sentence. `kind`: `allowed` (newly), `refused` (newly) and `obligations` are proven;
    `setting` is no answer (a duration, a wording, a count of the matrix); `not_proved`: it could not be said."""

    kind: str
    fr: str
    en: str
    example: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file. `kind`: `added`, `removed`, `changed`. `diff` is a unified diff, without the two header lines."""

    path: str
    kind: str
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """Two sets compared: proven over the whole space, and file by file. `faults` when one of them cannot be read."""

    faults: tuple[Fault, ...]
    lines: tuple[DiffLine, ...]
    files: tuple[FileChange, ...]
    proved: bool  # the sentences are the whole truth
