"""Proofs: a hole gives a question that Cedar confirms, what cannot be translated is never called proved."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import policies
from policies import Mode, PolicyBook, Sources
from policies.findings import Change, DeadRules, DifferenceReport, ProofReport, Verdict
from policies.lint import inspect
from policies.prover import differences, never_true, prove
from policies.rulefile import split_rules

SHIPPED = Path(policies.__file__).parent
FILES = dict(Sources.read(SHIPPED).files)
GUARDRAILS = "guardrails/90-interdits.cedar"
BLANKET = b"permit(principal, action, resource);"

# What breaks first when a guardrail is gone and somebody permits everything.
BROKEN = {
    "INT-01": {"JAMAIS-01"},
    "INT-02": {"JAMAIS-02"},
    "INT-03": {"JAMAIS-03", "JAMAIS-04", "JAMAIS-05", "JAMAIS-06"},  # INT-05 leaves these words to it
    "INT-04": {"JAMAIS-07"},
    "INT-06": {"JAMAIS-09"},
    "INT-07": {"JAMAIS-10"},
    "INT-08": {"JAMAIS-11"},
    "INT-09": {"JAMAIS-12"},
    "INT-10": {"JAMAIS-13"},
    "INT-11": {"JAMAIS-14"},
    "INT-12": {"JAMAIS-15"},
    "INT-13": {"JAMAIS-16"},
    "INT-14": {"JAMAIS-17"},
    "INT-15": {"JAMAIS-18", "JAMAIS-19"},
    "INT-16": {"JAMAIS-20"},
    "INT-17": {"JAMAIS-21"},
    "INT-18": {"JAMAIS-22", "JAMAIS-23"},
    "INT-19": {"JAMAIS-24"},
    "INT-20": {"JAMAIS-25"},
    "INT-21": {"JAMAIS-26"},
    "INT-22": {"JAMAIS-27"},
    "INT-23": {"JAMAIS-28"},
}


def sources(changed: Mapping[str, bytes]) -> Sources:
    return Sources({**FILES, **changed})


def without_guardrail(name: str) -> bytes:
    texts = [text.text for text in split_rules(GUARDRAILS, FILES[GUARDRAILS].decode())]
    return "\n".join(text for text in texts if f'@id("{name}' not in text).encode()


def with_rule(when: str) -> Sources:
    head = '@id("ESSAI-01-x") @reason("r") @reason_en("r") @obligations("")'
    return sources({"rules/99-essai.cedar": f"{head} permit(principal, action, resource) {when};".encode()})


def test_the_shipped_rules_are_proved() -> None:
    report = prove(Sources.read(SHIPPED))
    assert report.holds, report
    assert report.untranslated == ()
    assert len(report.findings) >= 23


@pytest.mark.parametrize("name", BROKEN)
def test_a_guardrail_taken_away_is_told_by_the_invariant_it_held(name: str) -> None:
    opened = sources({GUARDRAILS: without_guardrail(name), "rules/99-essai.cedar": BLANKET})
    report = prove(opened)
    broken = [finding for finding in report.findings if finding.verdict is Verdict.BROKEN]
    found = {finding.invariant.rpartition("-")[0][:9] for finding in broken}
    assert found >= BROKEN[name]
    assert not report.holds
    parts, _ = inspect(opened)
    book = PolicyBook.of(parts)
    shipped = PolicyBook.load(SHIPPED)
    for finding in broken:
        assert finding.counterexample is not None
        assert book.decide(finding.counterexample).allowed
        assert not shipped.decide(finding.counterexample).allowed


def test_a_counterexample_is_an_ordinary_question_but_for_what_breaks() -> None:
    report = prove(sources({GUARDRAILS: without_guardrail("INT-13")}))
    (finding,) = [one for one in report.findings if one.verdict is not Verdict.PROVED]
    question = finding.counterexample
    assert question is not None
    assert question.circumstances.mode is Mode.BREAK_GLASS
    assert question.patient.opposed_break_glass
    assert not question.patient.deceased
    assert question.actor.factors == 2
    assert question.actor.profession_code == "10"
    assert finding.allowed_by[0].startswith("BDG-")


@pytest.mark.parametrize(
    "when",
    [
        'when { ip(principal.unit).isInRange(ip("10.0.0.0/8")) }',
        'when { decimal("1.0").lessThan(decimal("2.0")) }',
        "when { principal.factors * principal.factors * principal.factors == 27 }",
        "when { resource is Document && resource has masked }",
    ],
)
def test_nothing_is_assumed_of_what_cannot_be_translated(when: str) -> None:
    """A permit nobody can read past the guardrails is harmless; with a hole in them, it is not proved."""
    held = prove(with_rule(when))
    assert held.untranslated == ("ESSAI-01-x",)
    assert held.holds
    report = prove(Sources({**with_rule(when).files, GUARDRAILS: without_guardrail("INT-11")}))
    (finding,) = [one for one in report.findings if one.invariant.startswith("JAMAIS-14")]
    assert finding.verdict is not Verdict.PROVED
    assert not report.holds


def test_an_invariant_that_cannot_be_translated_is_not_proved() -> None:
    head = '@id("JAMAIS-98-x") @reason("r") @reason_en("r")'
    text = f'{head} forbid(principal, action, resource) when {{ decimal("1.0").lessThan(decimal("0.5")) }};'
    report = prove(sources({"invariants/99.cedar": text.encode()}))
    (finding,) = [one for one in report.findings if one.invariant == "JAMAIS-98-x"]
    assert finding.verdict is Verdict.NOT_PROVED
    assert finding.why is not None
    assert not report.holds


@pytest.mark.parametrize("text", [b"forbid(principal, action", b"permit(principal, action, resource);", b"???;"])
def test_an_invariant_that_cannot_be_read_is_not_proved(text: bytes) -> None:
    report = prove(sources({"invariants/99.cedar": text}))
    assert not report.holds
    assert [one.verdict for one in report.findings if one.verdict is not Verdict.PROVED] == [Verdict.NOT_PROVED]


def test_a_version_without_invariants_proves_nothing() -> None:
    kept = {name: data for name, data in FILES.items() if not name.startswith("invariants/")}
    assert not prove(Sources(kept)).holds


def test_a_rule_that_cannot_be_read_is_not_left_out_of_a_proof() -> None:
    report = prove(sources({"rules/99-essai.cedar": b'@id("ESSAI-01-x") permit(principal, action, resource) when { ;'}))
    assert report.trouble is not None
    assert "99-essai.cedar" in report.trouble.fr
    assert not report.holds


def test_out_of_memory_is_not_proved() -> None:
    report = prove(Sources.read(SHIPPED), memory_mb=60)
    assert report.trouble is not None
    assert not report.holds
    told = differences(Sources.read(SHIPPED), Sources.read(SHIPPED), memory_mb=60)
    assert told.why is not None
    assert not told.complete
    assert not told.none_proven


def test_out_of_time_is_not_proved() -> None:
    everything = sources({"rules/99-essai.cedar": BLANKET})
    report = differences(Sources.read(SHIPPED), everything, seconds=0.1)
    assert not report.complete
    assert report.why is not None


def test_the_solver_is_never_in_the_process_that_serves() -> None:
    """The whole gateway and the runner of proofs are imported; the solver is not."""
    imported = "gateway.assembly, gateway.worker, policies.prover, policies.replay"
    code = f"import sys, {imported}; sys.exit('z3' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=SHIPPED.parent, check=False, timeout=60)
    assert ran.returncode == 0


def test_the_same_rules_in_other_files_are_proven_to_differ_in_nothing() -> None:
    moved = dict(FILES)
    moved["rules/00-tout.cedar"] = b"\n".join(moved.pop(name) for name in sorted(FILES) if name.startswith("rules/"))
    report = differences(Sources.read(SHIPPED), Sources(moved))
    assert report.none_proven, report
    assert report.before != report.after


def test_seven_rows_of_the_matrix_are_one_sentence() -> None:
    lines = FILES["matrix.csv"].decode().splitlines(keepends=True)
    pharmacist = "1.2.250.1.71.1.2.7|21,"
    closed = [place for place, line in enumerate(lines) if line.startswith(pharmacist) and ",non," in line]
    for place in closed[:7]:
        lines[place] = lines[place].replace(",non,", ",oui,")
    report = differences(Sources.read(SHIPPED), sources({"matrix.csv": "".join(lines).encode()}))
    assert report.complete
    (one,) = report.differences
    assert one.change is Change.NEWLY_ALLOWED
    assert one.professions == ("pharmacien", "pharmacien_en_formation")
    assert one.modes == ("break_glass", "normal")
    assert one.actions == ("read_document",)
    assert len(one.types) == 7
    assert one.sentence.fr.startswith("nouvellement permis : Pharmacien, Pharmacien en formation, ")
    assert "bris de glace, lire, 7 types" in one.sentence.fr
    assert "break-glass, read, 7 types" in one.sentence.en
    assert (one.before, one.after) == ((), ("SOIN-03-lecture",)) or one.after == ("BDG-04-lecture",)


def test_a_profession_taken_from_the_break_glass_list_no_longer_opens() -> None:
    settings = FILES["settings.toml"].replace(b'  "pharmacien",\n', b"")
    report = differences(Sources.read(SHIPPED), sources({"settings.toml": settings}))
    assert report.complete
    (one,) = report.differences
    assert one.sentence.fr == "n'est plus permis : Pharmacien, bris de glace, ouvrir et prolonger"
    assert one.sentence.en == "no longer allowed: Pharmacist, break-glass, open and extend"
    assert one.before == ("BDG-03-professionnel-non-medecin",)


def test_a_stricter_condition_is_told_as_fewer_cases() -> None:
    complete = b"context.reason_complete"
    stricter = FILES["rules/40-samu.cedar"].replace(complete, complete + b" && principal.factors > 2")
    report = differences(Sources.read(SHIPPED), sources({"rules/40-samu.cedar": stricter}))
    (one,) = report.differences
    assert one.change is Change.LESS_ALLOWED
    assert one.sentence.fr == "permis dans moins de cas : Médecin, SAMU-Centre 15, ouvrir et prolonger"
    assert one.example.actor.factors == 2


def test_what_is_asked_in_return_of_the_same_yes_is_compared_too() -> None:
    changed = FILES["settings.toml"].replace(b"within_hours = 24", b"within_hours = 48")
    report = differences(Sources.read(SHIPPED), sources({"settings.toml": changed}))
    assert report.complete
    assert report.differences == ()
    assert not report.none_proven
    assert {(one.obligation, one.added) for one in report.obligations} == {
        ("cosign:senior:24h", False),
        ("cosign:senior:48h", True),
    }
    assert all(one.modes == ("normal", "break_glass") for one in report.obligations)
    assert (
        report.obligations[0].sentence.fr
        == "plus demandé : validation par un senior sous 24 h, accès ordinaire et bris de glace"
    )
    assert DifferenceReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_longer_window_that_a_shorter_one_hides_is_no_difference() -> None:
    """Of two limits the shorter holds: a permit beside it that asks for a longer one changes nothing."""
    rules = FILES["rules/40-samu.cedar"].decode()
    first = split_rules("rules/40-samu.cedar", rules)[0].text
    assert ";limit" in first
    twin = first.replace("SAMU-01-medecin-regulateur", "ESSAI-01-x").replace(";limit", ";limit:45min")
    report = differences(Sources.read(SHIPPED), sources({"rules/99-essai.cedar": twin.encode()}))
    assert report.none_proven, report


def test_a_difference_nobody_can_translate_is_not_proved() -> None:
    report = differences(Sources.read(SHIPPED), with_rule('when { decimal("1.0").lessThan(decimal("0.5")) }'))
    assert report.differences == ()
    assert not report.complete
    assert report.untranslated == ("ESSAI-01-x",)


def test_an_untranslated_rule_in_both_versions_is_no_difference() -> None:
    one = with_rule('when { decimal("1.0").lessThan(decimal("0.5")) }')
    other = Sources({**one.files, "rules/98-vide.cedar": b"// rien\n"})
    assert differences(one, other).none_proven


def test_rules_that_change_no_answer_are_told() -> None:
    assert never_true(Sources.read(SHIPPED)).rules == ()
    (never,) = never_true(with_rule("when { principal.factors > 3 && principal.factors < 2 }")).rules
    assert (never.rule_id, never.never_applies) == ("ESSAI-01-x", True)
    (hidden,) = never_true(with_rule("when { context.patient.deceased }")).rules
    assert (hidden.rule_id, hidden.never_applies) == ("ESSAI-01-x", False)
    trained = 'when { principal.profession == Profession::"medecin" && principal.in_training }'
    (unaskable,) = never_true(with_rule(trained)).rules
    assert unaskable.never_applies, "no physician is in training: the facts are derived together"


def test_reports_travel_as_json() -> None:
    opened = sources({GUARDRAILS: without_guardrail("INT-13")})
    proof = prove(opened)
    assert ProofReport.from_json(json.loads(json.dumps(proof.to_json()))) == proof
    told = differences(Sources.read(SHIPPED), opened)
    assert told.differences
    assert DifferenceReport.from_json(json.loads(json.dumps(told.to_json()))) == told
    dead = never_true(with_rule("when { context.patient.deceased }"))
    assert DeadRules.from_json(json.loads(json.dumps(dead.to_json()))) == dead
    for report in (ProofReport, DifferenceReport, DeadRules):
        with pytest.raises(ValueError):
            report.from_json({"digest": 3})


def test_a_report_with_any_trouble_holds_nothing() -> None:
    proof = prove(Sources.read(SHIPPED))
    assert proof.holds
    assert not replace(proof, findings=()).holds
    first = replace(proof.findings[0], verdict=Verdict.NOT_PROVED)
    assert not replace(proof, findings=(first, *proof.findings[1:])).holds
