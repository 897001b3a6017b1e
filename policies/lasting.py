"""What a version must not lose: the notices of an access, and the meaning of an id that was once in force."""

from collections.abc import Iterable, Iterator

import cedarpy
from cedarpy import pst

from policies.conditions import conjuncts
from policies.errors import Fault
from policies.nouns import Nouns
from policies.question import Action, Mode
from policies.rulefile import split_rules
from policies.ruleset import Rule
from policies.satisfiable import impossible
from policies.settings import EMERGENCY_MODES, NOTICE_FLOOR
from policies.sources import Sources

Meaning = tuple[str, frozenset[str]]  # effect, actions


def weakened_notices(rules: Iterable[Rule], nouns: Nouns) -> tuple[list[Fault], list[Fault]]:
    """(faults, warnings): the permits that open a dossier without the notices it owes (CSP R1111-48, first access).

    The gateway sends them whatever a rule says; but a rule of an emergency mode must not pretend otherwise.
    """
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for rule in rules:
        if rule.effect != "permit" or Action.OPEN_DOSSIER.value not in actions_of(rule.tree):
            continue
        modes = modes_of(rule, nouns)
        missing: set[str] = set()
        for mode in modes:
            if mode is Mode.NORMAL:
                told = {"notify:first_access", "notify:patient"} & set(rule.obligations)
                missing |= set() if told else {"notify:first_access"}
            else:
                missing |= {f"notify:{one}" for one in NOTICE_FLOOR[mode.value]} - set(rule.obligations)
        if missing:
            emergency = modes and set(modes) <= set(EMERGENCY_MODES)
            (faults if emergency else warnings).append(_unannounced(rule, sorted(missing)))
    return faults, warnings


def modes_of(rule: Rule, nouns: Nouns) -> list[Mode]:
    """The modes in which a rule may apply, as far as its text tells."""
    return [mode for mode in Mode if impossible([_in_mode(mode), *conjuncts(rule.tree)], nouns) is None]


def actions_of(tree: pst.Template) -> frozenset[str]:
    """The actions a rule is about; every one of them when it names none."""
    match tree.action:
        case pst.ActionEq(entity):
            return frozenset({entity.id})
        case pst.ActionIn(entities):
            return frozenset(entity.id for entity in entities)
    return frozenset(action.value for action in Action)


def reused_ids(rules: Iterable[Rule], former: Iterable[Sources]) -> list[Fault]:
    """The rules whose id stood, in a version once in force, for another effect or another action: the log would lie."""
    known: dict[str, list[Meaning]] = {}
    for version in former:
        for name, meaning in _meanings(version):
            known.setdefault(name, []).append(meaning)
    return [
        _reused(rule, known[rule.id][0])
        for rule in rules
        if rule.id in known and (rule.effect, actions_of(rule.tree)) not in known[rule.id]
    ]


def _meanings(former: Sources) -> Iterator[tuple[str, Meaning]]:
    """The id of each rule of an earlier version with its effect and actions; nothing of it is checked again."""
    for file in former.cedar_files():
        for text in split_rules(file, former.text(file)):
            try:
                trees = cedarpy.policies_to_pst(text.text).static_policies.values()
            except ValueError:
                continue
            for tree in trees:
                yield tree.annotations.get("id", ""), (tree.effect, actions_of(tree))


def _in_mode(mode: Mode) -> pst.Expr:
    """`context.mode == Mode::"…"`."""
    word = pst.EntityLit(pst.EntityUid(pst.EntityType("Mode", ()), mode.value))
    return pst.BinaryOp("eq", pst.GetAttr(pst.Var("context"), "mode"), word)


def _reused(rule: Rule, first: Meaning) -> Fault:
    before = f"{first[0]} {', '.join(sorted(first[1]))}"
    return Fault(
        file=rule.file,
        line=rule.line,
        rule_id=rule.id,
        fr=f"cet identifiant a déjà servi à autre chose ({before}) : le journal en parle, prenez-en un nouveau",
        en=f"this id once meant something else ({before}): the log speaks of it, take a new one",
        word=rule.id,
    )


def _unannounced(rule: Rule, missing: list[str]) -> Fault:
    words = ";".join(missing)
    return Fault(
        file=rule.file,
        line=rule.line,
        rule_id=rule.id,
        fr=f"cette règle ouvre un dossier sans annoncer l'information due : ajoutez « {words} » à @obligations",
        en=f"this rule opens a dossier without announcing the notice it owes: add '{words}' to @obligations",
        word="@obligations",
        nearest=words,
    )
