"""Random questions, mostly ones that could be allowed, and random rules; by seed, so that a failure can be repeated."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import policies
from policies import (
    Action,
    Actor,
    Circumstances,
    ConsentBasis,
    Document,
    Mode,
    Patient,
    PolicyBook,
    Purpose,
    Question,
    Sources,
)
from policies.lint import Parts, inspect
from policies.ruleset import read_rules

SHIPPED = Path(policies.__file__).parent
G15, G16 = "1.2.250.1.71.1.2.7", "1.2.250.1.71.1.2.8"
PEOPLE = [(G15, "10"), (G16, "10"), (G15, "60"), (G15, "21"), (G15, "40"), (G15, "50"), (G16, "21"), (G16, "50")]
SECRETARY = ("1.2.250.1.213.1.1.4.6", "SECRETARIAT_MEDICAL")
OTHERS = [(G15, "70"), (G15, "36"), SECRETARY, ("", ""), (G16, "60"), ("x", "|y")]
TYPES = ["SYNTH", "EXPPAT_3", "11502-2", "68599-0", "51969-4", "REMB", "ATTEST-RESID", "zz", "", "inconnu"]
REASONS = ["vital_emergency", "unable_to_express", "immediate_risk", "regulation", "other", "", "???", "none"]
PURPOSES = {Mode.NORMAL: Purpose.CARE, Mode.BREAK_GLASS: Purpose.EMERGENCY, Mode.CENTRE_15: Purpose.REGULATION}


def questions(seed: int, number: int) -> list[Question]:
    """So many questions."""
    chance = random.Random(seed)
    return [_question(chance) for _ in range(number)]


def _question(chance: random.Random) -> Question:
    action = chance.choice(list(Action))
    mode = chance.choice(list(Mode))
    rare = lambda: chance.random() < 0.06  # noqa: E731
    coin = lambda: chance.random() < 0.5  # noqa: E731
    system, code = chance.choice(OTHERS if chance.random() < 0.12 else PEOPLE)
    # In the mode of the SAMU mostly its physicians, or it would hardly ever open.
    if mode is Mode.CENTRE_15 and coin():
        system, code = PEOPLE[0]
    actor = Actor(
        id=chance.choice(["p1", "p2", "", "é\n"]) if rare() or rare() else f"q{chance.randrange(10**9)}",
        profession_system=system,
        profession_code=code,
        specialty=chance.choice(["SM59", "SM26", "", "SM59", "SM26", "SM25" if rare() else "SM26"]),
        category=chance.choice(["C", "E", "M", ""]),
        unit="SAMU" if mode is Mode.CENTRE_15 and coin() else chance.choice(["URG", "REA", "PUI", "SDIS", "SST", "?"]),
        establishment=chance.choice(["750000018", "690000015"]),
        named=not rare(),
        factors=chance.choice([0, 1, -1, 2**63 - 1]) if rare() else chance.choice([2, 3]),
        enrolled=not rare(),
    )
    patient = Patient(
        id="x",
        identity_status=chance.choice(["PROV", "VALI", "RECUP", "", "qual"]) if rare() else "QUAL",
        dossier=chance.choice(["closed", "absent", "?"]) if rare() else "active",
        opposed_break_glass=rare() or rare(),
        opposed_centre_15=rare() or rare(),
        masked_in_emergency=coin(),
        blocks_actor=rare(),
        is_actor=rare(),
        refused_this_episode=rare(),
        consent_this_episode=coin(),
        in_actor_unit=coin(),
        present=coin(),
        deceased=rare(),
    )
    circumstances = Circumstances(
        mode=mode,
        purpose=chance.choice(list(Purpose)) if chance.random() < 0.15 else PURPOSES[mode],
        consent=chance.choice(list(ConsentBasis)),
        attests_incapacity_and_risk=not rare(),
        reason_code="regulation" if mode is Mode.CENTRE_15 and coin() else chance.choice(REASONS),
        reason_text_given=coin(),
        access_open=not rare(),
    )
    document = Document(
        id="d",
        type_code=chance.choice(TYPES[:4] if coin() else TYPES),
        class_code=chance.choice(["10", "11"]),
        masked=rare() or rare(),
        invisible_to_patient=coin(),
        invisible_to_representatives=coin(),
        status=chance.choice(["deleted", ""]) if rare() else chance.choice(["current", "archived", "obsolete"]),
        deposited_by_actor=coin(),
    )
    return Question(
        action=action,
        actor=actor,
        patient=patient,
        circumstances=circumstances,
        document=document if action is Action.READ_DOCUMENT else None,
    )


ATOMS = [
    "context.patient.present",
    "context.patient.consent_this_episode && context.patient.in_actor_unit",
    "context.access_open",
    "principal.care_profession",
    "principal.in_training",
    "principal.may_break_glass",
    "context.reason_offered",
    "context.reason_complete",
    "principal.named == context.access_open",
    "principal.factors + 3 > 5",
    "principal.factors * 4611686018427387904 != 0",
    "principal.factors - 9223372036854775807 < -5",
    "-principal.factors <= -2",
    'principal.unit like "S*"',
    'principal.unit like "*R*"',
    'principal.specialty == "SM26"',
    '["SM59", "SM25", ""].contains(principal.specialty)',
    "principal.unit == principal.establishment",
    'principal.unit_kind == UnitKind::"samu_centre_15"',
    'principal.unit_kind != UnitKind::"inconnu"',
    'principal.profession == Profession::"medecin"',
    '[Profession::"infirmier", Profession::"medecin_en_formation"].contains(principal.profession)',
    'principal.habilitation == Habilitation::"medecin"',
    'principal.habilitation.types.contains(DocumentType::"68599-0")',
    'principal.habilitation.types.containsAll([DocumentType::"SYNTH", DocumentType::"REMB"])',
    'principal.habilitation.types.containsAny([DocumentType::"68599-0", DocumentType::"REMB"])',
    "principal.habilitation.types.isEmpty()",
    'principal == Professional::"p1"',
    'principal in Professional::"p2"',
    "principal is Professional",
    'action == Action::"read_document"',
    'action in [Action::"open_dossier", Action::"extend_access"]',
    'context.mode == Mode::"normal"',
    '[Mode::"break_glass", Mode::"centre_15"].contains(context.mode)',
    'context.purpose in [Purpose::"care", Purpose::"regulation"]',
    'context.consent != Consent::"none"',
    'context.reason == Reason::"other" || context.reason == Reason::"unknown"',
    'context.reason == Reason::"none"',
    'context.patient.identity_status == IdentityStatus::"unknown"',
    'context.patient.dossier == DossierState::"active"',
    "resource is Document && resource.masked",
    'resource is Document && resource.type == DocumentType::"inconnu"',
    "resource is Document && principal.habilitation.types.contains(resource.type)",
    'resource is Document && resource.class == "10"',
    'resource is Document && resource.status == DocumentStatus::"unknown"',
    "resource is Dossier",
    "true",
    "false",
]
SCOPES = [
    "principal, action, resource",
    'principal, action == Action::"open_dossier", resource',
    'principal, action in [Action::"read_document", Action::"extend_access"], resource',
    "principal is Professional, action, resource is Document",
    'principal == Professional::"p1", action, resource',
]


def condition(chance: random.Random, depth: int = 3) -> str:
    """A condition that reads facts in every way a rule may."""
    if depth == 0 or chance.random() < 0.2:
        return f"({chance.choice(ATOMS)})"
    one, other = condition(chance, depth - 1), condition(chance, depth - 1)
    shape = chance.choice(["{0} && {1}", "{0} || {1}", "!{0}", "(if {0} then {1} else {2})", "{0} == {1}"])
    return f"({shape.format(one, other, condition(chance, depth - 1))})"


def rule(chance: random.Random, number: int, effect: str = "") -> str:
    """A rule of random scope and conditions."""
    words = ["when", "when", "unless"]
    clauses = [f"{chance.choice(words)} {{ {condition(chance)} }}" for _ in range(chance.choice([1, 1, 2]))]
    head = f'@id("ESSAI-{number:02d}-x") @reason("r") @reason_en("r") @obligations("")'
    effect = effect or chance.choice(["permit", "permit", "forbid"])
    return f"{head} {effect} ({chance.choice(SCOPES)}) {' '.join(clauses)};"


BASE, _ = inspect(Sources.read(SHIPPED))


def version(texts: Sequence[str], *, alone: bool = False) -> tuple[Parts, PolicyBook]:
    """The shipped rules with these added, or these alone, whatever their faults of form."""
    written = Sources({"rules/99-essai.cedar": "\n".join(texts).encode()})
    added, _ = read_rules(written, BASE.nouns, BASE.obligations)
    assert len(added) == len(texts), "every rule was read"
    parts = replace(BASE, rules=added if alone else (*BASE.rules, *added))
    return parts, PolicyBook.of(parts)
