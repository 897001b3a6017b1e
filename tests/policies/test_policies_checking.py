"""The whole check: what refuses a version and what is only said, of conditions, ids, notices, cases and invariants."""

import itertools
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from policies import Fault, PolicyBook, PolicyError, Sources
from policies.checking import Checked, check_folder, check_version
from policies.conditions import conjuncts
from policies.nouns import Nouns, read_nouns
from policies.satisfiable import certain, impossible

NOTIFY = "notify:patient;notify:medecin_traitant;notify:first_access"


def rule(
    when: str, *, effect: str = "permit", obligations: str = NOTIFY, action: str = "action", name: str = "01-x"
) -> str:
    return (
        f'@id("ESSAI-{name}") @reason("r") @reason_en("r")\n@obligations("{obligations}")\n'
        f"{effect} (principal, {action}, resource)\nwhen {{\n  {when}\n}};\n"
    )


def checked(folder: Path, text: str) -> Checked:
    (folder / "rules" / "99-essai.cedar").write_text(text, encoding="utf-8")
    return check_folder(folder)


@pytest.fixture(scope="module")
def nouns(shipped: Path) -> Nouns:
    return read_nouns((shipped / "hospital.cedarschema").read_text(encoding="utf-8"))


def conditions_of(when: str) -> list[Any]:
    text = f"permit (principal, action, resource) when {{ {when} }};"
    return conjuncts(next(iter(cedarpy.policies_to_pst(text).static_policies.values())))


JAM = '@id("JAM-99-x") @reason("r") @reason_en("r")\n'

NEVER = [
    'context.mode == Mode::"normal" && context.mode == Mode::"break_glass"',
    'context.mode == Mode::"normal" && context.mode != Mode::"normal"',
    '[Mode::"normal", Mode::"centre_15"].contains(context.mode) && context.mode == Mode::"break_glass"',
    "context.access_open && !context.access_open",
    "principal.factors >= 3 && principal.factors < 2",
    "principal.factors > 2 && 3 > principal.factors",
    "principal.factors == 1 && principal.factors == 2",
    'principal.unit == "URG" && principal.unit == "SAMU"',
    'principal.unit == "URG" && principal.unit != "URG"',
    "false",
    "context.access_open && (false || !context.access_open)",
    '!(context.mode == Mode::"normal" || context.mode == Mode::"break_glass" || context.mode == Mode::"centre_15")',
    '(context.mode == Mode::"normal" || context.mode == Mode::"centre_15") && context.mode == Mode::"break_glass"',
]
MAYBE = [
    'context.mode == Mode::"normal" || context.mode == Mode::"break_glass"',
    "principal.factors >= 2 && principal.factors <= 2",
    "principal.factors > 1 && principal.factors < 3",
    'principal.unit != "URG" && principal.unit != "SAMU"',
    'context.mode == Mode::"normal" && (context.mode == Mode::"break_glass" || principal.named)',
    "principal.habilitation.types.isEmpty()",
]


@pytest.mark.parametrize("when", NEVER)
def test_a_condition_that_can_never_be_true_is_refused(folder: Path, when: str) -> None:
    (fault,) = checked(folder, rule(when)).faults
    assert (fault.file, fault.rule_id) == ("rules/99-essai.cedar", "ESSAI-01-x")
    assert "never true" in fault.en
    assert fault.line == (5 if "." in when else 1)


@pytest.mark.parametrize("when", MAYBE)
def test_a_condition_that_may_be_true_is_not_refused(folder: Path, when: str) -> None:
    assert checked(folder, rule(when)).faults == ()


@pytest.mark.parametrize(
    "when",
    [
        "true",
        "principal.named || !principal.named",
        "principal.factors < 2 || principal.factors >= 2",
        '[Mode::"normal", Mode::"break_glass", Mode::"centre_15"].contains(context.mode)',
        '!(context.mode == Mode::"normal" && context.mode == Mode::"centre_15")',
    ],
)
def test_a_permit_whose_condition_is_always_true_is_a_blanket(folder: Path, when: str) -> None:
    (fault,) = checked(folder, rule(when)).faults
    assert "permits everything" in fault.en


ATOMS = [
    ("principal.named", lambda w: w["named"]),
    ("context.access_open", lambda w: w["open"]),
    ('context.mode == Mode::"normal"', lambda w: w["mode"] == "normal"),
    ('context.mode != Mode::"centre_15"', lambda w: w["mode"] != "centre_15"),
    ('[Mode::"normal", Mode::"break_glass"].contains(context.mode)', lambda w: w["mode"] in ("normal", "break_glass")),
    ("principal.factors < 2", lambda w: w["factors"] < 2),
    ("3 <= principal.factors", lambda w: w["factors"] >= 3),
    ("principal.factors == 2", lambda w: w["factors"] == 2),
]
WORLDS = [
    {"named": named, "open": is_open, "mode": mode, "factors": factors}
    for named, is_open, mode, factors in itertools.product(
        (True, False), (True, False), ("normal", "break_glass", "centre_15"), range(-1, 5)
    )
]
Said = tuple[str, Callable[[dict[str, Any]], bool]]


def _joined(parts: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    return st.one_of(
        st.tuples(parts, parts).map(lambda p: (f"({p[0][0]} && {p[1][0]})", lambda w: p[0][1](w) and p[1][1](w))),
        st.tuples(parts, parts).map(lambda p: (f"({p[0][0]} || {p[1][0]})", lambda w: p[0][1](w) or p[1][1](w))),
        parts.map(lambda p: (f"!({p[0]})", lambda w: not p[1](w))),
    )


@given(st.recursive(st.sampled_from(ATOMS), _joined, max_leaves=8))
def test_never_true_means_true_in_no_world_and_always_true_in_every_world(nouns: Nouns, said: Said) -> None:
    text, holds = said
    truths = {holds(world) for world in WORLDS}
    conditions = conditions_of(text)
    assert (impossible(conditions, nouns) is not None) == (True not in truths)
    if certain(conditions, nouns):
        assert truths == {True}


def test_a_rule_of_an_emergency_mode_must_announce_the_notices_it_owes(folder: Path) -> None:
    when = 'context.mode == Mode::"break_glass" && principal.named'
    (fault,) = checked(folder, rule(when, obligations="notify:patient")).faults
    assert (fault.rule_id, fault.line, fault.nearest) == ("ESSAI-01-x", 1, "notify:medecin_traitant")
    assert checked(folder, rule(when)).faults == ()


def test_a_rule_of_every_mode_without_notices_is_only_said(folder: Path) -> None:
    told = checked(folder, rule("principal.named", obligations=""))
    assert told.faults == ()
    assert any("without announcing the notice" in one.en and one.rule_id == "ESSAI-01-x" for one in told.warnings)


def test_a_rule_that_opens_nothing_owes_no_notice(folder: Path) -> None:
    reading = rule(
        'context.mode == Mode::"break_glass" && resource.masked',
        obligations="",
        action='action == Action::"read_document"',
    )
    assert checked(folder, reading).faults == ()


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        (rule("principal.named"), rule("principal.named", effect="forbid", obligations=""), True),
        (rule("principal.named", action='action == Action::"open_dossier"'), rule("principal.named"), True),
        (rule("principal.named"), rule("principal.named && context.access_open"), False),
        (rule("principal.named", name="02-y"), rule("principal.named"), False),
    ],
)
def test_an_id_of_an_earlier_version_keeps_its_effect_and_its_actions(
    folder: Path, before: str, after: str, refused: bool
) -> None:
    (folder / "rules" / "99-essai.cedar").write_text(before)
    former = Sources.read(folder)
    (folder / "rules" / "99-essai.cedar").write_text(after)
    faults = check_folder(folder, former=[former]).faults
    assert [("rules/99-essai.cedar", "ESSAI-01-x")] * refused == [(one.file, one.rule_id) for one in faults]
    assert check_folder(folder).faults == ()


def test_a_rule_that_was_taken_out_and_put_back_as_it_was_is_the_same_rule(folder: Path, shipped: Path) -> None:
    former = Sources.read(shipped)
    assert check_folder(folder, former=[former, former]).faults == ()


def test_a_reason_that_was_used_must_stay_readable(folder: Path, shipped: Path) -> None:
    path = folder / "settings.toml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[reasons.other]"), text.index("[reasons.regulation]")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    told = check_folder(folder, former=[Sources.read(shipped)])
    assert told.faults == ()
    assert [one.word for one in told.warnings] == ["other"]


def test_a_permit_no_case_covers_is_said_with_its_place(folder: Path) -> None:
    told = checked(folder, rule('context.mode == Mode::"normal" && principal.unit == "NULLE-PART"'))
    assert told.faults == ()
    assert [(one.file, one.line, one.rule_id) for one in told.warnings] == [("rules/99-essai.cedar", 1, "ESSAI-01-x")]
    assert "no case" in told.warnings[0].en


def test_a_profession_that_may_break_the_glass_and_reads_nothing_is_said(folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_text(path.read_text().replace('  "infirmier",', '  "infirmier",\n  "ambulancier",'))
    assert [one.word for one in check_folder(folder).warnings] == ["ambulancier"]


def test_the_shipped_rules_have_no_fault_and_no_warning(shipped: Path, book: PolicyBook) -> None:
    told = check_folder(shipped)
    assert (told.faults, told.warnings) == ((), ())
    assert (told.digest, told.guardrails_digest) == (book.digest, book.guardrails_digest)


@pytest.mark.parametrize(
    ("file", "text", "line", "word", "nearest"),
    [
        ("cases/local/nous.yaml", "- name: x\n  user: intrene\n  expect: {allow: true}\n", 2, "intrene", "interne"),
        ("cases/local/nous.yaml", "- name: x\n  user: interne\n  expects: {allow: true}\n", 3, "expects", "expect"),
        ("cases/local/personas.yaml", "user:\n  moi: {like: senior}\n", 1, "user", "users"),
        ("cases/local/personas.yaml", "users:\n  interne: {like: senior}\n", 2, "interne", ""),
        ("cases/local/a/b.yaml", "- [\n", 2, "", ""),
    ],
)
def test_a_fault_in_a_case_file_is_told_with_its_line(
    folder: Path, file: str, text: str, line: int, word: str, nearest: str
) -> None:
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(text)
    faults = check_folder(folder).faults
    assert [(one.file, one.line, one.word, one.nearest) for one in faults] == [(file, line, word, nearest)]


def test_the_hospitals_own_cases_and_people_stand_beside_ours(folder: Path) -> None:
    local = folder / "cases" / "local"
    local.mkdir()
    (local / "personas.yaml").write_text("users:\n  nuit: {like: infirmiere, unit: MED}\n")
    (local / "nuit.yaml").write_text(
        "- name: Infirmière de nuit\n  user: nuit\n  patient: ordinaire\n  action: open_dossier\n"
        "  context: bris_de_glace\n  expect: {allow: true, rules: [BDG-03-professionnel-non-medecin]}\n"
    )
    assert check_folder(folder).faults == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{JAM}forbid (principal, action, resource) when {{principal.nmaed}};", "nmaed"),
        (f"{JAM}permit (principal, action, resource) when {{principal.named}};", "can only forbid"),
        (f"{JAM}forbid (principal, action, resource) when {{principal.named}}", "semicolon"),
        (JAM.replace("reason_en", "reason") + "forbid (principal, action, resource);", "syntax"),
        (JAM.replace('@reason_en("r")', "") + "forbid (principal, action, resource);", "@reason_en is missing"),
    ],
)
def test_an_invariant_is_held_to_the_same_words_as_a_rule(folder: Path, text: str, said: str) -> None:
    (folder / "invariants" / "99-nous.cedar").write_text(text)
    faults = check_folder(folder).faults
    assert {one.file for one in faults} == {"invariants/99-nous.cedar"}
    assert any(said in one.en for one in faults), faults


def test_a_folder_without_invariants_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / "invariants")
    assert [one.file for one in check_folder(folder).faults] == ["invariants/"]


def test_an_invariant_changes_the_digest_the_dpo_pinned(folder: Path, book: PolicyBook) -> None:
    path = next((folder / "invariants").glob("*.cedar"))
    path.write_text(path.read_text() + "\n// …\n")
    (fault,) = check_folder(folder, book.guardrails_digest).faults
    assert fault.file == "guardrails/"


NAMES = [
    "../rules/a.cedar",
    "/etc/passwd",
    "rules/../a.cedar",
    "rules/.hidden.cedar",
    "rules\\a.cedar",
    "rules/a b.cedar",
    "rules/a\n.cedar",
    "rules/a/b.cedar",
    "rules/a.ceder",
    "extra.toml",
    "settings.tolm",
    "",
    "rules/",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_file_of_a_strange_name_enters_a_version(shipped: Path, name: str) -> None:
    files = {**Sources.read(shipped).files, name: b"x"}
    with pytest.raises(PolicyError) as told:
        Sources.of(files)
    assert len(told.value.faults) == 1
    assert told.value.faults[0].file.isprintable()


def test_a_file_that_nobody_would_read_is_told_with_the_right_name(folder: Path) -> None:
    (folder / "rules" / "15-nous.ceder").write_text(rule("principal.named"))
    (fault,) = check_folder(folder).faults
    assert (fault.file, ".cedar is expected" in fault.en) == ("rules/15-nous.ceder", True)


@pytest.mark.parametrize("name", [".15.cedar.swp", "15-nous.cedar~", ".DS_Store", "15.cedar.bak"])
def test_what_editors_leave_behind_is_not_of_the_version(folder: Path, book: PolicyBook, name: str) -> None:
    (folder / "rules" / name).write_text("x")
    assert check_folder(folder).digest == book.digest


def test_a_version_from_memory_has_the_limits_of_one_from_a_folder(shipped: Path) -> None:
    files = Sources.read(shipped).files
    too_many = {f"cases/local/c{number}.yaml": b"[]" for number in range(600)}
    too_large = {f"cases/local/c{number}.yaml": b"x" * 4_000_000 for number in range(5)}
    for more in (too_many, too_large, {"matrix.csv": b"x" * 4_000_001}):
        with pytest.raises(PolicyError, match="too "):
            Sources.of({**files, **more})
    assert Sources.of(dict(files)).digest == Sources.read(shipped).digest


@given(st.dictionaries(st.text(max_size=30), st.binary(max_size=50), max_size=4))
def test_any_files_are_faults_and_never_a_crash(files: dict[str, bytes]) -> None:
    with pytest.raises(PolicyError):
        Sources.of(files)


DAMAGED = (
    "settings.toml",
    "matrix.csv",
    "units.csv",
    "obligations.toml",
    "words.toml",
    "hospital.cedarschema",
    "rules/10-soins.cedar",
    "cases/personas.yaml",
    "cases/10-soins.yaml",
    "invariants/10-jamais.cedar",
)


@cache
def shipped_files() -> dict[str, bytes]:
    return dict(Sources.read(Path(policies.__file__).parent).files)


@settings(max_examples=15, deadline=None)
@given(name=st.sampled_from(DAMAGED), place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=8))
def test_a_file_damaged_anywhere_is_checked_without_a_crash(name: str, place: float, junk: bytes) -> None:
    content = shipped_files()[name]
    at = int(place * len(content))
    damaged = content[:at] + junk + content[at + len(junk) :]
    told = check_version(Sources.of({**shipped_files(), name: damaged}))
    assert all(isinstance(one, Fault) and one.fr and one.en for one in (*told.faults, *told.warnings))
