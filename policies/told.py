"""What the prover and a replay found, as lines for a terminal; `language` is "fr" or "en"."""

from collections.abc import Iterator

from policies.findings import DeadRules, DifferenceReport, ProofReport, Said, Verdict
from policies.question import Question

_VERDICTS = {
    Verdict.PROVED: Said(fr="prouvé    ", en="proved    "),
    Verdict.BROKEN: Said(fr="VIOLÉ     ", en="BROKEN    "),
    Verdict.NOT_PROVED: Said(fr="non prouvé", en="not proved"),
}


def proof_lines(report: ProofReport, language: str) -> Iterator[str]:
    """Each invariant with its verdict, and the counterexample of a broken one."""
    french = language == "fr"
    for finding in report.findings:
        yield f"{_VERDICTS[finding.verdict].to(language)} {finding.invariant} : {finding.claim.to(language)}"
        if finding.why is not None:
            yield f"    {finding.why.to(language)}"
        if finding.counterexample is not None:
            yield f"    {'permis par' if french else 'allowed by'} {', '.join(finding.allowed_by)}"
            yield from (f"    {fact}" for fact in question_lines(finding.counterexample))
    if report.untranslated:
        rules = ", ".join(report.untranslated)
        yield f"règles non traduites, rien n'en est supposé : {rules}" if french else f"rules not translated: {rules}"
    if report.trouble is not None:
        yield report.trouble.to(language)
    proved = sum(finding.verdict is Verdict.PROVED for finding in report.findings)
    said = "invariants prouvés" if french else "invariants proved"
    yield f"{proved}/{len(report.findings)} {said} ; version {report.digest[:12]}"


def difference_lines(report: DifferenceReport, language: str) -> Iterator[str]:
    """Each difference as a sentence, with the rules that decided its example, and whether the list is whole."""
    french = language == "fr"
    for one in report.differences:
        nobody = "aucune règle" if french else "no rule"
        yield f"{one.sentence.to(language)}"
        before, after = (", ".join(rules) or nobody for rules in (one.before, one.after))
        yield f"    {'avant' if french else 'before'} : {before} ; {'après' if french else 'after'} : {after}"
    if report.none_proven:
        yield (
            "aucune différence, prouvé sur toutes les demandes" if french else "no difference, proven for every request"
        )
    elif report.complete:
        count = len(report.differences)
        yield f"{count} différence(s), et aucune autre : prouvé" if french else f"{count} difference(s), proven whole"
    else:
        yield "non prouvé : la liste peut être incomplète" if french else "not proved: the list may be incomplete"
    if report.why is not None:
        yield report.why.to(language)


def dead_lines(report: DeadRules, language: str) -> Iterator[str]:
    """Each dead rule, and what could not be told."""
    for rule in report.rules:
        yield f"{rule.rule_id} : {rule.sentence.to(language)}"
    if report.why is not None:
        yield report.why.to(language)
    if not report.rules and report.why is None:
        yield "aucune règle morte" if language == "fr" else "no dead rule"


def question_lines(question: Question) -> Iterator[str]:
    """The facts of a question, one part a line, those that are false left out."""
    yield f"action: {question.action.value}"
    for name in ("actor", "patient", "circumstances", "document"):
        part = getattr(question, name)
        if part is None:
            continue
        facts = {field: getattr(part, field) for field in part.__slots__}
        told = [
            field if value is True else f"{field}={value}"
            for field, value in facts.items()
            if value is not False and value != "" and field != "id"
        ]
        yield f"{name}: {', '.join(told)}"
