"""The audited past asked of two versions: read back from the sealed record, counted whole, looked at on the record."""

import time
from dataclasses import asdict

import pytest

from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.rulebook.replays import Replay
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from policies import Question
from policies.cases import question_of, read_personas
from tests.rulebook.conftest import CARE, POLICIES, Process, Rulebook

DAY_MS = 24 * 3600 * 1000
_PERSONAS = read_personas(POLICIES)
_SHUT = b"""
@id("TST-98-ferme")
@reason("Ferme.")
@reason_en("Closed.")
forbid (principal, action, resource) when { context.mode == Mode::"normal" };
"""


def _question(user: str, context: str) -> Question:
    return question_of(_PERSONAS, {"user": user, "patient": "ordinaire", "context": context})


def _past(rulebook: Rulebook, process: Process, each: int) -> list[str]:
    """`each` openings of three kinds, decided by the rules in force and recorded as the access room records them."""
    journal = Journal(rulebook.log, rulebook.still.world)
    asked = [_question("interne", "accord"), _question("interne", "bris_de_glace"), _question("secretaire", "accord")]

    def unit(tx: Transaction) -> list[str]:
        ids = []
        for number in range(each * len(asked)):
            question = asked[number % len(asked)]
            allowed = process.rules.decide(question).allowed
            patient = f"p{number}"
            receipt = journal.append(
                tx,
                "access.opened" if allowed else "access.refused",
                "success" if allowed else "refused",
                personal={patient_subject(patient): {"patient": patient, "question": asdict(question)}},
            )
            ids.append(receipt.entry_id)
        return ids

    return rulebook.database.transact(unit)


def _drafted(rulebook: Rulebook, process: Process) -> str:
    draft = process.publishing.start_draft(rulebook.ines, "Porte fermée")
    content = draft.files[CARE] + _SHUT
    return process.publishing.save_file(rulebook.ines, draft.id, CARE, content, draft.revision).id


def _since(rulebook: Rulebook) -> tuple[int, int]:
    now = rulebook.still.world.epoch_ms()
    return now - DAY_MS, now + 1


def test_the_past_is_asked_of_two_versions_and_every_question_is_counted(rulebook: Rulebook, process: Process) -> None:
    ids = _past(rulebook, process, 40)
    period = rulebook.entries("access.opened")[0].time
    month = f"{rulebook.still.world.now():%Y-%m}"
    rulebook.database.transact(
        lambda tx: [SqlLogStore(tx.connection).erase(patient_subject(f"p{number}"), month) for number in range(3)]
    )
    assert period
    draft = _drafted(rulebook, process)
    told: list[tuple[int, int]] = []
    found = process.publishing.replay_now(
        rulebook.ines, "in-force", draft, *_since(rulebook), lambda done, total: told.append((done, total))
    )
    assert (found.state, found.total, found.erased, found.unreadable) == ("done", 120, 3, 0)
    assert (found.before, found.after) == ("version:1", f"draft:{draft}")
    assert told[-1] == (120, 120)
    shut = [group for group in found.groups if group.change == "refused"]
    assert sum(group.count for group in shut) == 39
    assert {(group.rule, group.mode) for group in shut} == {("TST-98-ferme", "normal")}
    assert set(shut[0].entry_ids) <= set(ids)
    assert found.agreed_then == 117
    entry = rulebook.entries("policies.replayed")[0]
    assert (entry.facts["questions"], entry.facts["after"]) == (120, f"draft:{draft}")
    assert process.publishing.replays() == (found,)
    opened = process.publishing.replay_difference(rulebook.dpo, found.id, shut[0].entry_ids[0])
    assert (opened.before_allowed, opened.after_allowed, opened.after_rules) == (True, False, ("TST-98-ferme",))
    assert not any(fact.endswith(".id") for fact, _ in opened.facts)
    assert rulebook.entries("policies.replayed")[-1].facts["entry"] == shut[0].entry_ids[0]
    with pytest.raises(NotFound):
        process.publishing.replay_difference(rulebook.dpo, found.id, ids[0])


def test_a_replay_in_the_background_can_be_followed(rulebook: Rulebook, process: Process) -> None:
    _past(rulebook, process, 5)
    started = process.publishing.start_replay(rulebook.dpo, "1", _drafted(rulebook, process), *_since(rulebook))
    assert started.state == "waiting"
    found = _ended(process, started)
    assert (found.state, found.total, found.differing) == ("done", 15, 5)


def _ended(process: Process, started: Replay) -> Replay:
    until = time.monotonic() + 30
    while (found := process.publishing.replay(started.id)).state in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_replay_whose_process_died_says_so(one_rulebook: Rulebook) -> None:
    process = one_rulebook.started[0]
    found = process.publishing.replay_now(one_rulebook.ines, "1", "1", *_since(one_rulebook))
    one_rulebook.run("UPDATE policy_replay SET state = 'running'")
    assert process.publishing.replay(found.id).state == "running"
    one_rulebook.still.pass_time(minutes=2)
    assert process.publishing.replay(found.id).state == "failed"


def test_an_altered_question_is_counted_and_not_believed(one_rulebook: Rulebook) -> None:
    process = one_rulebook.started[0]
    _past(one_rulebook, process, 2)
    one_rulebook.run(
        "UPDATE audit_disclosure SET sealed = (SELECT MAX(sealed) FROM audit_disclosure) WHERE subject = 'patient/p0'"
    )
    found = process.publishing.replay_now(one_rulebook.ines, "1", "1", *_since(one_rulebook))
    assert (found.total, found.unreadable, found.erased, found.differing) == (6, 1, 0, 0)


def test_the_past_is_for_it_and_the_dpo_and_for_a_period_of_time(one_rulebook: Rulebook) -> None:
    publishing = one_rulebook.started[0].publishing
    since, until = _since(one_rulebook)
    with pytest.raises(NotAllowed):
        publishing.start_replay(one_rulebook.nurse, "1", "1", since, until)
    for start, end in ((until, since), (since, since), (until - 401 * DAY_MS, until), (-1, until)):
        with pytest.raises(InvalidRequest) as refused:
            publishing.start_replay(one_rulebook.ines, "1", "1", start, end)
        assert refused.value.field == "since"
    with pytest.raises(NotFound):
        publishing.recorded_question(one_rulebook.ines, "no-such-entry")
