"""Read a set of rules: every fault that keeps it from serving, at once, or the parts of a version that may be used."""

from dataclasses import dataclass

from policies.errors import Fault, PolicyError
from policies.lasting import weakened_notices
from policies.matrix import Matrix, read_matrix
from policies.nomenclature import Nomenclature, read_nomenclature
from policies.nouns import Nouns, read_nouns
from policies.obligations import Obligations, read_obligations
from policies.ruleset import Rule, read_invariant_rules, read_rules
from policies.settings import HospitalRules
from policies.settings_file import read_settings
from policies.sources import MATRIX, OBLIGATIONS, PROFESSIONS, SCHEMA, SETTINGS, UNITS, WORDS, Sources
from policies.words import Words, read_words


@dataclass(frozen=True, slots=True)
class Parts:
    """What a policy book is made of, once read."""

    sources: Sources
    nouns: Nouns
    nomenclature: Nomenclature
    matrix: Matrix
    obligations: Obligations
    settings: HospitalRules
    words: Words
    rules: tuple[Rule, ...]


def inspect(sources: Sources, guardrails_digest: str | None = None) -> tuple[Parts, list[Fault]]:
    """The parts of a version, and its faults. Raises `PolicyError` when nothing can be read without the schema."""
    try:
        nouns = read_nouns(sources.text(SCHEMA))
    except ValueError as trouble:
        said = str(trouble).partition("\n")[0]
        fr, en = f"schéma illisible : {said}", f"unreadable schema: {said}"
        raise PolicyError([Fault(file=SCHEMA, line=0, rule_id="", fr=fr, en=en)]) from None
    faults: list[Fault] = []
    if guardrails_digest is not None and guardrails_digest != sources.guardrails_digest:
        fr = (
            f"les garde-fous ont changé : leur empreinte est {sources.guardrails_digest}, pas celle de la configuration"
        )
        en = f"the guardrails changed: their digest is {sources.guardrails_digest}, not the one in the configuration"
        faults.append(Fault(file="guardrails/", line=0, rule_id="", fr=fr, en=en))
    nomenclature, more = read_nomenclature(sources.text(PROFESSIONS), sources.text(UNITS), nouns)
    faults += more
    matrix, more = read_matrix(sources.text(MATRIX), nouns, nomenclature)
    faults += more
    obligations, more = read_obligations(sources.text(OBLIGATIONS))
    faults += more
    settings, more = read_settings(sources.text(SETTINGS), nomenclature, obligations)
    faults += more
    obligations = obligations.with_settings(settings.bare_obligations())
    words, more = read_words(sources.text(WORDS), nouns, nomenclature)
    faults += more
    rules, more = read_rules(sources, nouns, obligations)
    faults += more
    faults += read_invariant_rules(sources, nouns)[1]
    faults += weakened_notices(rules, nouns)[0]
    return Parts(sources, nouns, nomenclature, matrix, obligations, settings, words, rules), faults
