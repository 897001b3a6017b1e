"""The rules of a version: each parsed and validated alone, so that every fault is told at once with its line."""

import re
from dataclasses import dataclass

import cedarpy
from cedarpy import pst

from policies.conditions import conjuncts, path_of, walk
from policies.errors import Fault, nearest_word
from policies.nouns import Nouns
from policies.obligations import Obligations
from policies.rulefile import RuleText, looks_like_two_rules, split_rules, unbalanced
from policies.satisfiable import certain, impossible
from policies.sources import Sources

ANNOTATIONS = ("id", "reason", "reason_en", "obligations")
_ID = re.compile(r"[A-Z]{2,6}-\d{2,3}-[a-z0-9]+(-[a-z0-9]+)*")
_ATTRIBUTE = re.compile(r"attribute `([^`]+)`")
_VALUE = re.compile(r'entity `(\w+)::"([^"]*)"` is of an enumerated')
_ACTION = re.compile(r'unrecognized action `Action::"([^"]*)"`')
_ENTITY_TYPE = re.compile(r"unrecognized entity type `([^`]+)`")
_BACKQUOTED = re.compile(r"[`']([^`']+)[`']")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in force, with what people are told when it decides."""

    id: str  # its @id; its place when it has none, which is a fault
    effect: str  # "permit" or "forbid"
    file: str
    line: int
    text: str  # as written
    reason_fr: str
    reason_en: str
    obligations: tuple[str, ...]
    guardrail: bool
    tree: pst.Template


def read_rules(sources: Sources, nouns: Nouns, obligations: Obligations) -> tuple[tuple[Rule, ...], list[Fault]]:
    """Every rule that can be read, and everything that is wrong with any of them."""
    return _read(sources, sources.cedar_files(), nouns, obligations)


def read_invariant_rules(sources: Sources, nouns: Nouns) -> tuple[tuple[Rule, ...], list[Fault]]:
    """The invariants, held to what the rules are held to: words the schema knows, an id, a reason in both languages."""
    return _read(sources, sources.invariant_files(), nouns, Obligations({}))


def _read(
    sources: Sources, files: list[str], nouns: Nouns, obligations: Obligations
) -> tuple[tuple[Rule, ...], list[Fault]]:
    rules: list[Rule] = []
    faults: list[Fault] = []
    places: dict[str, str] = {}
    for file in files:
        for text in split_rules(file, sources.text(file)):
            tree, trouble = _parse(text)
            faults += trouble
            if tree is None:
                continue
            rule = _rule(text, tree, obligations)
            mismatches = _mismatches(text, rule, nouns)
            refused = _validate(text, rule, nouns)
            if not mismatches and not refused:
                faults += _never(text, rule, nouns)
            # a mismatch has the clearer words of the two
            faults += [fault for fault in refused if fault.word or not mismatches] + mismatches
            faults += _lint(text, rule, obligations)
            if rule.id and rule.id in places:
                first = places[rule.id]
                fr, en = f"identifiant déjà pris ({first})", f"id already taken ({first})"
                faults.append(_at(text, rule, fr, en, word=rule.id))
                continue
            places[rule.id] = f"{text.file}:{text.line}"
            rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.id)), faults


def _parse(text: RuleText) -> tuple[pst.Template | None, list[Fault]]:
    if not text.complete:
        fr, en = "la règle ne finit pas par un point-virgule", "the rule does not end in a semicolon"
        return None, [_at(text, None, fr, en)]
    try:
        parsed = cedarpy.policies_to_pst(text.text)
    except ValueError as trouble:
        said = str(trouble).partition("\n")[0]
        if looks_like_two_rules(text.text):
            fr, en = "un point-virgule manque entre deux règles", "a semicolon is missing between two rules"
            return None, [_at(text, None, fr, en)]
        if trouble_at := unbalanced(text):
            return None, [_unpaired(text, *trouble_at)]
        word = found.group(1) if (found := _BACKQUOTED.search(said)) else ""
        return None, [_at(text, None, f"syntaxe : {said}", f"syntax: {said}", word=word)]
    if parsed.templates:
        fr, en = "?principal et ?resource ne sont pas permis ici", "?principal and ?resource are not allowed here"
        return None, [_at(text, None, fr, en)]
    trees = list(parsed.static_policies.values())
    if len(trees) != 1:
        return None, [_at(text, None, "une règle était attendue", "one rule was expected")]
    return trees[0], []


def _rule(text: RuleText, tree: pst.Template, obligations: Obligations) -> Rule:
    words = tree.annotations
    return Rule(
        id=words.get("id") or f"{text.file}:{text.line}",
        effect=tree.effect,
        file=text.file,
        line=text.line,
        text=text.text,
        reason_fr=words.get("reason", ""),
        reason_en=words.get("reason_en", ""),
        obligations=obligations.split(words.get("obligations", "")),
        guardrail=text.file.startswith("guardrails/"),
        tree=tree,
    )


def _lint(text: RuleText, rule: Rule, obligations: Obligations) -> list[Fault]:
    faults: list[Fault] = []
    if not _ID.fullmatch(rule.id):
        fr = "il faut un @id de la forme URG-01-mots-courts"
        en = "an @id such as URG-01-short-words is needed"
        faults.append(_at(text, rule, fr, en, word=rule.id))
    for name, language in (("reason", "français"), ("reason_en", "anglais")):
        if not rule.tree.annotations.get(name, "").strip():
            faults.append(_at(text, rule, f"@{name} (en {language}) manque", f"@{name} is missing"))
    for name in sorted(set(rule.tree.annotations) - set(ANNOTATIONS)):
        near = nearest_word(name, ANNOTATIONS)
        faults.append(_at(text, rule, f"annotation inconnue : @{name}", f"unknown annotation: @{name}", name, near))
    if rule.effect == "permit" and "obligations" not in rule.tree.annotations:
        fr, en = "@obligations manque (écrivez \"\" s'il n'y en a pas)", '@obligations is missing (write "" if none)'
        faults.append(_at(text, rule, fr, en))
    for obligation in rule.obligations:
        if trouble := obligations.trouble(obligation):
            fr, en, near = trouble
            faults.append(_at(text, rule, fr, en, obligation, near))
    if text.file.startswith(("guardrails/", "invariants/")) and rule.effect == "permit":
        fr, en = "un garde-fou ne peut qu'interdire (forbid)", "a guardrail can only forbid"
        faults.append(_at(text, rule, fr, en, "permit", "forbid"))
    return faults


def _never(text: RuleText, rule: Rule, nouns: Nouns) -> list[Fault]:
    """A condition that can never be true: the rule its author counts on is not there. Or never false: a blanket."""
    conditions = conjuncts(rule.tree)
    if rule.effect == "permit" and certain(conditions, nouns):
        fr, en = "cette règle permet tout : ajoutez une condition", "this rule permits everything: add a condition"
        return [_at(text, rule, fr, en)]
    part = impossible(conditions, nouns)
    if part is None:
        return []
    fr = f"cette condition n'est jamais vraie avec les autres : {part}"
    en = f"this condition is never true beside the others: {part}"
    fact = next((fact for fact in sorted(nouns.facts, key=len, reverse=True) if fact in part), "")
    return [_at(text, rule, fr, en, fact)]


def _mismatches(text: RuleText, rule: Rule, nouns: Nouns) -> list[Fault]:
    """Comparisons of a fact with a word of another kind: never true, and the engine lets them pass."""
    faults: list[Fault] = []
    for clause in rule.tree.clauses:
        for expr in walk(clause.expr):
            if not isinstance(expr, pst.BinaryOp) or expr.op not in ("eq", "not_eq", "contains"):
                continue
            for fact, other in ((expr.left, expr.right), (expr.right, expr.left)):
                kind = nouns.facts.get(path_of(fact), "").removeprefix("Set<").removesuffix(">")
                elements = other.elements if isinstance(other, pst.Set) else (other,)
                for literal in elements:
                    if not isinstance(literal, pst.EntityLit) or not kind:
                        continue
                    if str(literal.value.type) in nouns.entities - {kind}:
                        word = str(literal.value)
                        fr = f"{path_of(fact)} se compare à un {kind}, pas à {word} : jamais vrai"
                        en = f"{path_of(fact)} compares with a {kind}, not with {word}: never true"
                        faults.append(_at(text, rule, fr, en, word, kind))
    return faults


def _validate(text: RuleText, rule: Rule, nouns: Nouns) -> list[Fault]:
    """What the schema says, once for each wrong word (the engine repeats itself for each action)."""
    result = cedarpy.validate_policies(text.text, nouns.schema)
    faults: dict[str, Fault] = {}
    for error in result.errors:
        said = re.sub(r"^for policy `[^`]*`[,:] ", "", error.error)
        word, known = _wrong_word(said, nouns)
        if not word and faults and "unable to find an applicable action" in said:
            continue
        fr = f"le schéma ne connaît pas « {word} »" if word else f"refusé par le schéma : {said}"
        en = f"the schema does not know '{word}'" if word else f"refused by the schema: {said}"
        faults.setdefault(word or said, _at(text, rule, fr, en, word, nearest_word(word, known) if word else ""))
    if not result.validation_passed and not faults:
        faults[""] = _at(text, rule, "refusé par le schéma", "refused by the schema")
    return list(faults.values())


def _wrong_word(said: str, nouns: Nouns) -> tuple[str, set[str]]:
    """The word the schema does not know, and the words it could have been; ("", …) when the fault is no word."""
    if found := _VALUE.search(said):
        return found.group(2), set(nouns.enums.get(found.group(1), ()))
    if found := _ACTION.search(said):
        return found.group(1), set(nouns.actions)
    if found := _ENTITY_TYPE.search(said):
        return found.group(1), set(nouns.entities)
    if found := _ATTRIBUTE.search(said):
        return found.group(1).rpartition(".")[2], {part for path in nouns.facts for part in path.split(".")[1:]}
    return "", set()


def _at(text: RuleText, rule: Rule | None, fr: str, en: str, word: str = "", nearest: str = "") -> Fault:
    return Fault(
        file=text.file,
        line=text.line_of(word),
        rule_id=rule.id if rule else _id_as_written(text.text),
        fr=fr,
        en=en,
        word=word,
        nearest=nearest,
    )


def _unpaired(text: RuleText, line: int, mark: str, expected: str) -> Fault:
    fr = f"« {mark} » n'a pas sa moitié" + (f" : on attend « {expected} »" if expected else "")
    en = f"'{mark}' has no other half" + (f": '{expected}' is expected" if expected else "")
    rule_id = _id_as_written(text.text)
    return Fault(file=text.file, line=line, rule_id=rule_id, fr=fr, en=en, word=mark, nearest=expected)


def _id_as_written(text: str) -> str:
    """The id of a rule that cannot be parsed, read from its annotation."""
    found = re.search(r'@id\(\s*"([^"]*)"', text)
    return found.group(1) if found else ""
