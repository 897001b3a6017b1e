"""Recorded questions read back, and asked of two versions."""

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from policies import Actor, Circumstances, Document, Mode, Patient, PolicyBook, Question, Sources
from policies.__main__ import main
from policies.recorded import (
    NotReplayable,
    RecordedQuestion,
    UnreadableQuestionError,
    question_from_json,
    recorded_question,
)
from policies.replay import ReplayChange, explained, replay
from tests.properties.asking import questions

SHIPPED = Path(policies.__file__).parent
FILES = dict(Sources.read(SHIPPED).files)
BOOK = PolicyBook.load(SHIPPED)
FACTS = [
    (f"{part}.{field.name}", field.type)
    for part, shape in (
        ("actor", Actor),
        ("patient", Patient),
        ("circumstances", Circumstances),
        ("document", Document),
    )
    for field in dataclasses.fields(shape)
]
# One profession loses break-glass, and interns are countersigned later.
CHANGED = {
    "settings.toml": FILES["settings.toml"]
    .replace(b'  "pharmacien",\n', b"")
    .replace(b"within_hours = 24", b"within_hours = 48")
}
OTHER = PolicyBook.build(Sources({**FILES, **CHANGED}))


# Everything the messages may hold: their own words and the names of facts.
KNOWN = {
    *re.findall(r"\w+", "fait illisible unreadable fact non enregistré à l époque not recorded then question"),
    *(word for path, _ in FACTS for word in re.findall(r"\w+", path)),
    *re.findall(r"\w+", "action actor patient circumstances document"),
}


def recorded(asked: list[Question], *, book: PolicyBook = BOOK) -> list[RecordedQuestion]:
    answers = book.decide_many(asked)
    return [
        RecordedQuestion(entry_id=f"e{number}", time=number, question=question, allowed_then=answer.allowed)
        for number, (question, answer) in enumerate(zip(asked, answers, strict=True))
    ]


@pytest.mark.parametrize("question", questions(1, 30))
def test_a_question_comes_back_from_the_log_as_it_was_asked(question: Question) -> None:
    assert question_from_json(json.loads(json.dumps(dataclasses.asdict(question)))) == question
    assert question_from_json(dataclasses.asdict(question)) == question


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(questions(2, 20)), st.data())
def test_anything_else_is_an_error_that_names_facts_and_never_values(
    junk: Any, question: Question, data: st.DataObject
) -> None:
    written = json.loads(json.dumps(dataclasses.asdict(question)))
    part = data.draw(st.sampled_from(["action", "actor", "patient", "circumstances", "document"]))
    if isinstance(written[part], dict) and data.draw(st.booleans()):
        written[part][data.draw(st.sampled_from(sorted(written[part])))] = junk
    else:
        written[part] = junk
    for asked in (junk, written):
        try:
            read = question_from_json(asked)
        except UnreadableQuestionError as trouble:
            said = f"{trouble.fr} {trouble.en}"
        else:
            assert BOOK.decide(read).engine_faults == () or type(read) is Question
            continue
        assert all(word in KNOWN for word in re.findall(r"\w+", said))


def test_a_fact_recorded_before_it_existed_is_counted_and_never_guessed() -> None:
    written = dataclasses.asdict(questions(3, 1)[0])
    del written["patient"]["present"]
    lost = recorded_question("e9", 0, written, False)
    assert lost == NotReplayable(
        entry_id="e9",
        fr="fait non enregistré à l'époque : patient.present",
        en="fact not recorded then: patient.present",
    )
    report = replay([lost, *recorded(questions(3, 5))], BOOK, OTHER)
    assert report.not_replayable == (lost,)
    assert report.asked == 5


def test_a_fact_the_rules_no_longer_know_does_not_stop_a_replay() -> None:
    question = questions(3, 1)[0]
    written = dataclasses.asdict(question)
    written["actor"]["badge"] = "x"
    assert question_from_json(written) == question


def test_a_replay_finds_what_asking_each_question_of_both_versions_finds() -> None:
    asked = recorded(questions(4, 1500))
    heard: list[int] = []
    report = replay(iter(asked), BOOK, OTHER, heard.append)
    expected = {
        one.entry_id: (before.allowed, after.allowed)
        for one in asked
        for before, after in [(BOOK.decide(one.question), OTHER.decide(one.question))]
        if (before.allowed, before.obligations) != (after.allowed, after.obligations)
        and (before.allowed or after.allowed)
    }
    assert {one.entry_id: (one.before.allowed, one.after.allowed) for one in report.differences} == expected
    assert expected
    assert report.asked == 1500
    assert report.same + len(report.differences) == 1500
    assert heard[-1] == 1500
    assert report.recorded_otherwise == ()
    assert {one.change for one in report.differences} == {ReplayChange.REFUSED, ReplayChange.OBLIGATIONS}


def test_differences_are_grouped_by_rule_profession_unit_and_mode_and_each_opens() -> None:
    report = replay(recorded(questions(5, 1500)), BOOK, OTHER)
    closed = [group for group in report.groups if group.change is ReplayChange.REFUSED]
    assert {(group.rule, group.profession, group.mode) for group in closed} == {
        ("BDG-03-professionnel-non-medecin", "pharmacien", Mode.BREAK_GLASS.value)
    }
    assert sum(group.count for group in report.groups) == len(report.differences)
    by_entry = {one.entry_id: one for one in report.differences}
    for group in closed:
        opened = by_entry[group.entry_ids[0]]
        before, after = explained(opened, BOOK, OTHER)
        assert opened.question.actor.unit == group.unit
        assert before.allowed
        assert [miss.rule_id for miss in after.near_misses] == ["BDG-03-professionnel-non-medecin"]


def test_what_was_answered_otherwise_then_is_told() -> None:
    asked = recorded(questions(6, 40))
    wrong = replace(asked[3], allowed_then=not asked[3].allowed_then)
    report = replay([*asked[:3], wrong, *asked[4:]], BOOK, BOOK)
    assert report.recorded_otherwise == ("e3",)
    assert report.differences == ()


def test_a_rule_that_names_a_person_is_asked_about_that_person() -> None:
    text = (
        '@id("ESSAI-01-x") @reason("r") @reason_en("r") @obligations("") '
        'forbid(principal == Professional::"p7", action, resource);'
    )
    named = PolicyBook.build(Sources({**FILES, "rules/99-essai.cedar": text.encode()}))
    question = next(one for one in questions(7, 400) if BOOK.decide(one).allowed)
    asked = [replace(question, actor=replace(question.actor, id=f"p{number}")) for number in range(20)]
    report = replay(recorded(asked), BOOK, named)
    assert [one.entry_id for one in report.differences] == ["e7"]


def test_a_malformed_question_is_refused_however_like_a_good_one_it_is() -> None:
    """In Python `1 == True`: a question alike must not lend it its answer."""
    question = next(one for one in questions(8, 400) if BOOK.decide(one).allowed)
    odd = replace(question, actor=replace(question.actor, named=1))  # type: ignore[arg-type]
    torn = replace(question, actor=replace(question.actor, unit="\ud800"))
    asked = [
        RecordedQuestion(entry_id=str(number), time=0, question=one, allowed_then=False)
        for number, one in enumerate([question, odd, torn])
    ]
    report = replay(asked, BOOK, BOOK)
    assert report.recorded_otherwise == ("0",)


@pytest.mark.slow
def test_ten_thousand_recorded_questions_are_replayed_in_seconds() -> None:
    """In CPU time, for a busy machine; the benchmark tells the time one waits."""
    some = questions(9, 2500)
    asked = recorded([replace(one, actor=replace(one.actor, id=f"a{turn}")) for turn in range(4) for one in some])
    started = process_time()
    report = replay(asked, BOOK, OTHER)
    assert process_time() - started < 10
    assert report.asked == 10_000


def lines(asked: list[RecordedQuestion]) -> Iterator[str]:
    for one in asked:
        yield json.dumps(dataclasses.asdict(one)) + "\n"


def test_replay_prove_and_diff_answer_in_a_shell(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "demandes.jsonl"
    broken = [
        "\n",
        "[" * 5000 + "\n",
        '{"entry_id": "x"}\n',
        '{"entry_id":"y","time":1,"question":3,"allowed_then":true}\n',
    ]
    file.write_text("".join([*lines(recorded(questions(10, 400))), *broken]))
    for name, content in CHANGED.items():
        (folder / name).write_bytes(content)
    run = CliRunner(env={**os.environ, "LANG": "en", "LC_ALL": "en"}).invoke
    told = run(main, ["replay", "--recorded", str(file), str(SHIPPED), str(folder)])
    assert told.exit_code == 0, told.output
    assert "400 requests replayed" in told.output
    assert "now refused: pharmacien" in told.output.replace(" :", ":")
    answer = json.loads(run(main, ["replay", "--json", "--recorded", str(file), str(SHIPPED), str(folder)]).stdout)
    assert answer["asked"] == 400
    assert len(answer["not_replayable"]) == 4
    assert run(main, ["prove", str(folder)]).exit_code == 0
    told = run(main, ["diff", str(SHIPPED), str(folder)])
    assert told.exit_code == 0
    assert "no longer allowed: Pharmacist, break-glass, open and extend" in told.output
    (folder / "guardrails" / "90-interdits.cedar").write_bytes(
        b'@id("INT-01-x") @reason("r") @reason_en("r") forbid(principal, action, resource) unless { principal.named };'
    )
    told = run(main, ["prove", "--json", str(folder)])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["holds"] is False
