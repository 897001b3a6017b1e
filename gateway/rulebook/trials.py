"""Puts a set of rules to its trials: check, cases, proof, difference. Nothing here is kept, and nothing decides."""

import difflib
from collections.abc import Mapping, Sequence

from gateway.rulebook.asked import facts_of
from gateway.rulebook.reports import CasesReport, CheckReport, DiffLine, DiffReport, FileChange, ProofLine, ProofReport
from policies import Fault, PolicyBook, PolicyError, Sources, prover
from policies.cases import cases_of, run_cases, uncovered
from policies.checking import check_version
from policies.compared import plain_differences
from policies.findings import Change, Difference, InvariantFinding, ObligationDifference, Verdict

LONGEST_DIFF = 2000  # lines a file
_ALLOWING = {Change.NEWLY_ALLOWED, Change.MORE_ALLOWED}


def check(files: Mapping[str, bytes], guardrails_in_force: str, former: Sequence[Sources] = ()) -> CheckReport:
    """Every fault at once, as far as the set can be read; `former` are the versions that decided before."""
    try:
        checked = check_version(Sources.of(files), former=former)
    except PolicyError as error:
        return CheckReport(faults=error.faults, digest="", guardrails_digest="", changes_guardrails=False)
    if not checked.passed:
        return CheckReport(
            faults=checked.faults, warnings=checked.warnings, digest="", guardrails_digest="", changes_guardrails=False
        )
    return CheckReport(
        faults=(),
        warnings=checked.warnings,
        digest=checked.digest,
        guardrails_digest=checked.guardrails_digest,
        changes_guardrails=checked.guardrails_digest != guardrails_in_force,
    )


def test(files: Mapping[str, bytes]) -> CasesReport:
    """The set's own cases."""
    try:
        sources = Sources.of(files)
        book = PolicyBook.build(sources)
        results = run_cases(book, cases_of(sources))
    except PolicyError as error:
        return CasesReport(faults=error.faults, results=(), uncovered=())
    return CasesReport(faults=(), results=tuple(results), uncovered=tuple(uncovered(book, results)))


def prove(files: Mapping[str, bytes], seconds: float) -> ProofReport:
    """The set's invariants, in a child process."""
    try:
        sources = Sources.of(files)
        PolicyBook.build(sources)
    except PolicyError as error:
        return ProofReport(faults=error.faults, lines=())
    report = prover.prove(sources, seconds=seconds)
    lines = tuple(_proof_line(finding) for finding in report.findings)
    if not report.holds and all(line.state == "proved" for line in lines):
        why = report.trouble
        fr, en = (why.fr, why.en) if why else ("aucun invariant n'a été prouvé", "no invariant was proved")
        trouble = ProofLine(
            invariant_id="", reason_fr="", reason_en="", state="not_proved", why_fr=fr, why_en=en, example=()
        )
        lines = (*lines, trouble)
    return ProofReport(faults=(), lines=lines)


def settled(report: ProofReport | DiffReport) -> bool:
    """Whether asking again could not answer better: nothing ran out of time or memory."""
    if isinstance(report, DiffReport):
        return report.proved or bool(report.faults)
    return bool(report.faults) or all(line.state != "not_proved" for line in report.lines)


def diff(before: Mapping[str, bytes], after: Mapping[str, bytes], seconds: float) -> DiffReport:
    """What the second answers otherwise than the first, over every question, and how their files differ."""
    files = file_changes(before, after)
    faults: list[Fault] = []
    sources = []
    for one in (before, after):
        try:
            sources.append(Sources.of(one))
            PolicyBook.build(sources[-1])
        except PolicyError as error:
            faults += error.faults
    if faults:
        return DiffReport(faults=tuple(faults), lines=(), files=files, proved=False)
    report = prover.differences(sources[0], sources[1], seconds=seconds)
    lines = [_diff_line(one) for one in report.differences]
    lines += [_obligation_line(one) for one in report.obligations]
    lines += [DiffLine(kind="setting", fr=one.fr, en=one.en) for one in plain_differences(sources[0], sources[1])]
    if not report.complete:
        fr, en = (report.why.fr, report.why.en) if report.why else ("non prouvé", "not proved")
        lines.append(DiffLine(kind="not_proved", fr=fr, en=en))
    return DiffReport(faults=(), lines=tuple(lines), files=files, proved=report.complete)


def _proof_line(finding: InvariantFinding) -> ProofLine:
    fr, en = (finding.why.fr, finding.why.en) if finding.why else ("", "")
    if finding.verdict is Verdict.BROKEN:
        rules = ", ".join(finding.allowed_by)
        fr, en = f"permis par {rules}", f"allowed by {rules}"
    return ProofLine(
        invariant_id=finding.invariant,
        reason_fr=finding.claim.fr,
        reason_en=finding.claim.en,
        state=finding.verdict.value,
        why_fr=fr,
        why_en=en,
        example=facts_of(finding.counterexample) if finding.counterexample else (),
    )


def _diff_line(one: Difference) -> DiffLine:
    return DiffLine(
        kind="allowed" if one.change in _ALLOWING else "refused",
        fr=one.sentence.fr,
        en=one.sentence.en,
        example=facts_of(one.example),
    )


def _obligation_line(one: ObligationDifference) -> DiffLine:
    return DiffLine(kind="obligations", fr=one.sentence.fr, en=one.sentence.en, example=facts_of(one.example))


def file_changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """The files that differ, by path, each with its lines."""
    changes = []
    for path in sorted({*before, *after}):
        if before.get(path) == after.get(path):
            continue
        kind = "added" if path not in before else "removed" if path not in after else "changed"
        old, new = (_lines(files.get(path, b"")) for files in (before, after))
        lines = tuple(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
        if len(lines) > LONGEST_DIFF:
            lines = (*lines[:LONGEST_DIFF], "...")
        changes.append(FileChange(path=path, kind=kind, diff=lines))
    return tuple(changes)


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig", errors="replace").splitlines()
