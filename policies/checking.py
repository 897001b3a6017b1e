"""The whole check of a version before it may be tried: what refuses it, and what its authors should know."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from policies.book import PolicyBook
from policies.cases import cases_of, run_cases, uncovered
from policies.errors import Fault, PolicyError
from policies.lasting import reused_ids, weakened_notices
from policies.lint import Parts, inspect
from policies.settings import HospitalRules
from policies.settings_file import read_settings
from policies.sources import SETTINGS, Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`faults` refuse the version, `warnings` are only said; both in the order of their files and lines."""

    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    digest: str  # "" when the files could not even be read
    guardrails_digest: str

    @property
    def passed(self) -> bool:
        """Whether the version may be tried further."""
        return not self.faults


def check_folder(folder: Path, guardrails_digest: str | None = None, former: Iterable[Sources] = ()) -> Checked:
    """`check_version` of the files of a folder. Never raises."""
    try:
        sources = Sources.read(folder)
    except PolicyError as trouble:
        return Checked(faults=trouble.faults, warnings=(), digest="", guardrails_digest="")
    return check_version(sources, guardrails_digest, former)


def check_version(sources: Sources, guardrails_digest: str | None = None, former: Iterable[Sources] = ()) -> Checked:
    """Everything that is wrong with a version, and everything worth saying, at once. Never raises.

    `guardrails_digest` is what the configuration pins; `former` are versions once in force, whose rule ids and reason
    codes are in the log and may not change their meaning.
    """
    former = tuple(former)
    faults: list[Fault] = []
    warnings: list[Fault] = []
    try:
        parts, found = inspect(sources, guardrails_digest)
        faults += found
        faults += reused_ids(parts.rules, former)
        warnings += weakened_notices(parts.rules, parts.nouns)[1]
        warnings += _settings_warnings(parts, former)
        if not found:
            PolicyBook.build(sources)
    except PolicyError as trouble:
        faults += trouble.faults
        parts = None
    more, said = _cases(sources, parts if not faults else None)
    return Checked(
        faults=PolicyError({*faults, *more}).faults,
        warnings=PolicyError({*warnings, *said}).faults,
        digest=sources.digest,
        guardrails_digest=sources.guardrails_digest,
    )


def _cases(sources: Sources, parts: Parts | None) -> tuple[list[Fault], list[Fault]]:
    """What is wrong with the case files; and, of rules that can be asked, the permits that no case shows at work."""
    try:
        cases = cases_of(sources)
    except PolicyError as trouble:
        return list(trouble.faults), []
    if parts is None:
        return [], []
    book = PolicyBook.of(parts)
    silent = set(uncovered(book, run_cases(book, cases)))
    fr, en = "aucun cas ne montre cette règle à l'œuvre : ajoutez-en un", "no case shows this rule at work: add one"
    unshown = [rule for rule in parts.rules if rule.id in silent]
    return [], [Fault(file=rule.file, line=rule.line, rule_id=rule.id, fr=fr, en=en) for rule in unshown]


def _settings_warnings(parts: Parts, former: tuple[Sources, ...]) -> list[Fault]:
    """A reason of the past that no page could word any more; a hospital that nobody is enrolled for; a profession
    that may break the glass and then read nothing."""
    settings, warnings = parts.settings, []
    for code in sorted({reason.code for one in former for reason in _settings_of(one, parts).reasons}):
        if settings.reason(code) is None:
            fr = f"le motif « {code} » a servi : gardez-le avec modes = [] pour que les accès passés restent lisibles"
            en = f"the reason '{code}' was used: keep it with modes = [] so that past accesses can still be read"
            warnings.append(Fault(file=SETTINGS, line=0, rule_id="", fr=fr, en=en, word=code))
    if not settings.enrolled:
        fr, en = "aucun établissement enrôlé : tout sera refusé", "no establishment is enrolled: everything is refused"
        warnings.append(Fault(file=SETTINGS, line=0, rule_id="", fr=fr, en=en))
    for one in parts.nomenclature.professions.values():
        if one.id in settings.break_glass_professions and not parts.matrix.readable.get(one.habilitation):
            fr = f"« {one.id} » peut briser la glace mais ne lit aucun type de document dans la matrice"
            en = f"'{one.id}' may break the glass but reads no document type of the matrix"
            warnings.append(Fault(file=SETTINGS, line=0, rule_id="", fr=fr, en=en, word=one.id))
    return warnings


def _settings_of(former: Sources, parts: Parts) -> HospitalRules:
    text = former.text(SETTINGS) if SETTINGS in former.files else ""
    return read_settings(text, parts.nomenclature, parts.obligations)[0]
