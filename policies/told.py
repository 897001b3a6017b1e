"""What the prover and a replay found, as lines for a terminal; `language` is "fr" or "en"."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from policies.findings import DeadRules, DifferenceReport, ProofReport, Said, Verdict
from policies.question_words import NO_NAMES, Names, plain, question_lines
from policies.replay import ReplayChange, ReplayReport

_VERDICTS = {
    Verdict.PROVED: Said(fr="prouvé    ", en="proved    "),
    Verdict.BROKEN: Said(fr="VIOLÉ     ", en="BROKEN    "),
    Verdict.NOT_PROVED: Said(fr="non prouvé", en="not proved"),
}

_REPLAYED = {
    ReplayChange.ALLOWED: Said(fr="permises à présent", en="now allowed"),
    ReplayChange.REFUSED: Said(fr="refusées à présent", en="now refused"),
    ReplayChange.OBLIGATIONS: Said(fr="permises avec d'autres obligations", en="allowed under other obligations"),
}


def asked_language(environment: Mapping[str, str]) -> str:
    """`en` when the environment asks for English, else `fr`."""
    asked = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if asked.lower().startswith("en") else "fr"


def proof_lines(report: ProofReport, language: str, names: Names = NO_NAMES) -> Iterator[str]:
    """Each invariant with its verdict, and the counterexample of a broken one, its codes by their `names`."""
    french = language == "fr"
    for finding in report.findings:
        yield f"{_VERDICTS[finding.verdict].to(language)} {finding.invariant} : {finding.claim.to(language)}"
        if finding.why is not None:
            yield f"    {finding.why.to(language)}"
        if finding.counterexample is not None:
            yield f"    {'permis par' if french else 'allowed by'} {', '.join(finding.allowed_by)}"
            yield from (f"    {fact}" for fact in question_lines(finding.counterexample, language, names))
    if report.untranslated:
        rules = ", ".join(report.untranslated)
        yield f"règles non traduites, rien n'en est supposé : {rules}" if french else f"rules not translated: {rules}"
    if report.trouble is not None:
        yield report.trouble.to(language)
    proved = sum(finding.verdict is Verdict.PROVED for finding in report.findings)
    said = "invariants prouvés" if french else "invariants proved"
    yield f"{proved}/{len(report.findings)} {said} ; version {report.digest[:12]}"


def difference_lines(report: DifferenceReport, language: str, settings: Sequence[Said] = ()) -> Iterator[str]:
    """Each difference as a sentence, with the rules that decided its example, whether the list is whole, and the
    settings that differ beside the answers."""
    french = language == "fr"
    for one in report.differences:
        nobody = "aucune règle" if french else "no rule"
        yield f"{one.sentence.to(language)}"
        before, after = (", ".join(rules) or nobody for rules in (one.before, one.after))
        yield f"    avant : {before} ; après : {after}" if french else f"    before: {before}; after: {after}"
    yield from (one.sentence.to(language) for one in report.obligations)
    if settings:
        yield "réglages :" if french else "settings:"
        yield from (f"  {one.to(language)}" for one in settings)
    if report.none_proven and settings:
        yield "aucune réponse ne change : prouvé" if french else "no answer changes: proven for every request"
    elif report.none_proven:
        yield (
            "aucune différence, prouvé sur toutes les demandes" if french else "no difference, proven for every request"
        )
    elif report.complete:
        count = len(report.differences) + len(report.obligations)
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


def replay_lines(report: ReplayReport, language: str) -> Iterator[str]:
    """The figures of a replay, its groups, and what could not be replayed, by reason."""
    french = language == "fr"
    for group in report.groups:
        told = _REPLAYED[group.change].to(language)
        place = ", ".join(part for part in (group.profession, plain(group.unit), group.mode) if part)
        yield f"{group.count} × {told} : {place} ; {group.rule or '—'} ({', '.join(map(plain, group.entry_ids[:3]))})"
    reasons = Counter(one.fr if french else one.en for one in report.not_replayable)
    for reason, count in reasons.most_common():
        yield f"{count} {'non rejouées' if french else 'not replayable'} : {reason}"
    if report.recorded_otherwise:
        said = "répondues autrement à l'époque" if french else "answered otherwise then"
        yield f"{len(report.recorded_otherwise)} {said} ({', '.join(map(plain, report.recorded_otherwise[:3]))})"
    count = len(report.differences)
    yield (
        f"{report.asked} demandes rejouées, {count} différence(s)"
        if french
        else f"{report.asked} requests replayed, {count} difference(s)"
    )
