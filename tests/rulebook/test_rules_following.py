"""Every process follows; one that cannot load keeps the last good version; nothing decided is ever by no version."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.errors import ConfigurationError
from gateway.rulebook.contents import text_digest
from gateway.rulebook.following import LOOK_EVERY_SECONDS
from gateway.settings import PolicySettings
from gateway.storage.tables import alert
from policies.cases import question_of, read_personas
from tests.rulebook.conftest import CARE, POLICIES, Process, Rulebook

_CASES = {f"cases/{path.name}" for path in (POLICIES / "cases").glob("*.yaml")} - {"cases/personas.yaml"}
_CLOSED = """
@id("TST-99-ferme")
@reason("Fermé.")
@reason_en("Closed.")
forbid (principal, action, resource) when { context.mode == Mode::"normal" };
"""
_CLOSED_CASE = """
- name: La porte ordinaire est fermée
  user: interne
  patient: ordinaire
  context: accord
  expect: {allow: false, rules: [TST-99-ferme]}
"""


def _in_force(rulebook: Rulebook, process: Process, note: str) -> int:
    number = rulebook.approved(process, note).number
    process.publishing.activate(rulebook.ines, str(number))
    return number


def _corrupt(rulebook: Rulebook, number: int) -> None:
    rulebook.run(
        "UPDATE policy_version_file SET content_digest = "
        "(SELECT content_digest FROM policy_version_file WHERE number = 1 AND path = 'units.csv') "
        "WHERE number = :number AND path = :path",
        number=number,
        path=CARE,
    )


def test_each_process_says_which_version_it_decides_by(rulebook: Rulebook, process: Process) -> None:
    other = rulebook.start()
    _in_force(rulebook, process, "deux")
    process.following.look_once()
    states = {one.number: one for one in process.publishing.processes()}
    assert (states[2].current, states[1].current) == (True, False)
    other.following.look_once()
    assert [one.number for one in process.publishing.processes()] == [2, 2]
    rulebook.still.pass_time(seconds=40)
    assert [one.alive for one in process.publishing.processes()] == [False, False]
    process.following.look_once()
    assert sorted(one.alive for one in process.publishing.processes()) == [False, True]
    rulebook.still.pass_time(days=2)
    process.following.look_once()
    assert len(process.publishing.processes()) == 1


def test_a_process_that_cannot_load_keeps_the_last_good_version_and_says_so(
    rulebook: Rulebook, process: Process
) -> None:
    good = process.rules.current()
    number = _in_force(rulebook, process, "abîmée")
    _corrupt(rulebook, number)
    for _ in range(3):
        process.following.look_once()
    assert process.rules.current() is good
    assert rulebook.alerts() == ["policies-not-loaded"]
    failed = rulebook.entries("policies.load_failed")
    assert [(entry.outcome, entry.facts["version"], entry.policy_version) for entry in failed] == [
        ("failed", 1, good.digest)
    ]
    state = process.publishing.processes()[0]
    assert (state.number, state.current) == (1, False)
    assert "not those that were staged" in state.trouble
    assert process.publishing.in_force().wanted == number
    process.publishing.rollback(rulebook.ines)
    process.following.look_once()
    assert process.publishing.processes()[0].trouble == ""
    assert process.publishing.processes()[0].current
    with rulebook.database.reading() as connection:
        assert connection.execute(select(alert.c.resolved_at)).scalar() is not None


def test_a_process_starting_without_the_active_version_takes_the_newest_that_loads(
    rulebook: Rulebook, process: Process
) -> None:
    for note in ("deux", "trois"):
        number = _in_force(rulebook, process, note)
    _corrupt(rulebook, number)
    fresh = rulebook.start()
    assert fresh.rules.held.number == 2
    assert "policies-not-loaded" in rulebook.alerts()
    assert not next(one for one in fresh.publishing.processes() if one.number == 2).current
    for broken in (1, 2):
        rulebook.run("DELETE FROM policy_version_file WHERE number = :number AND path = 'units.csv'", number=broken)
    with pytest.raises(ConfigurationError) as refused:
        rulebook.start()
    assert refused.value.faults[0].key == "policies"


def test_a_corrupted_version_is_not_activated(one_rulebook: Rulebook) -> None:
    process = one_rulebook.started[0]
    version = one_rulebook.approved(process, "abîmée avant")
    _corrupt(one_rulebook, version.number)
    with pytest.raises(Exception, match="cannot be loaded"):
        process.publishing.activate(one_rulebook.ines, str(version.number))
    assert process.publishing.in_force().wanted == 1


def test_a_folder_that_changed_since_the_first_start_changes_nothing(one_rulebook: Rulebook, tmp_path: Path) -> None:
    elsewhere = PolicySettings(folder=tmp_path / "nothing-here", guardrails_digest="")
    again = one_rulebook.start(elsewhere)
    assert again.rules.held.number == 1
    assert again.publishing.in_force().folder_differs


def test_a_first_start_without_rules_starts_nothing(rulebook: Rulebook, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rulebook.start(PolicySettings(folder=tmp_path, guardrails_digest=""))
    assert {fault.key for fault in refused.value.faults} == {"policies.folder"}
    with pytest.raises(ConfigurationError, match="guardrails"):
        rulebook.start(rulebook.settings.model_copy(update={"guardrails_digest": "f" * 64}))


def test_an_upgrade_that_needs_a_file_more_completes_the_version_in_force(one_rulebook: Rulebook) -> None:
    """As a release leaves it whose sets had neither settings nor invariants."""
    process = one_rulebook.started[0]
    older = {
        path: content
        for path, content in process.publishing.files("1").items()
        if path != "settings.toml" and not path.startswith("invariants/")
    }
    one_rulebook.run("DELETE FROM policy_version_file WHERE path = 'settings.toml' OR path LIKE 'invariants/%'")
    one_rulebook.run(
        "UPDATE policy_version SET digest = :old, text_digest = :text", old="b" * 64, text=text_digest(older)
    )
    upgraded = one_rulebook.start()
    assert upgraded.rules.held.number == 2
    assert upgraded.rules.held.trouble == ""
    version = upgraded.publishing.version("2")
    assert (version.origin, version.base_number, version.state) == ("release", 1, "in_force")
    assert one_rulebook.start().rules.held.number == 2
    assert one_rulebook.entries("policies.taken_in")[-1].facts["origin"] == "release"


def test_a_version_is_found_by_every_digest_it_ever_decided_by(one_rulebook: Rulebook) -> None:
    """Another engine gives the same files another digest: the number joins them."""
    one_rulebook.run("UPDATE policy_version SET digest = :old WHERE number = 1", old="a" * 64)
    one_rulebook.run("UPDATE policy_version_name SET digest = :old WHERE number = 1", old="a" * 64)
    upgraded = one_rulebook.start()
    assert upgraded.rules.held.number == 1
    digest = upgraded.rules.current().digest
    assert digest != "a" * 64
    assert upgraded.publishing.version(digest).number == upgraded.publishing.version("a" * 64).number == 1


def test_a_swap_under_load_makes_no_wrong_decision(one_rulebook: Rulebook) -> None:
    """Version 2 shuts the ordinary door; every answer is the one its own version gives."""
    process = one_rulebook.started[0]
    publishing = process.publishing
    files = {path: content for path, content in publishing.files("in-force").items() if path not in _CASES}
    files[CARE] += _CLOSED.encode()
    files["cases/10-soins.yaml"] = _CLOSED_CASE.encode()
    version = publishing.stage_files(one_rulebook.ines, "Porte fermée", files)
    publishing.approve(one_rulebook.karim, "2")
    publishing.activate(one_rulebook.ines, "2")
    publishing.rollback(one_rulebook.ines)
    process.following.look_once()
    question = question_of(read_personas(POLICIES), {"user": "interne", "patient": "ordinaire", "context": "accord"})
    expected = {process.rules.current().digest: True, version.digest: False}
    assert process.rules.decide(question).allowed
    seen: list[tuple[str, bool]] = []
    stopping = threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            decision = process.rules.decide(question)
            seen.append((decision.book_digest, decision.allowed))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in ("2", "1", "2", "1", "2"):
        publishing.rollback(one_rulebook.ines, number)
        process.following.look_once()
        assert process.rules.held.number == int(number)
        time.sleep(0.05)
    stopping.set()
    for thread in threads:
        thread.join()
    assert {digest for digest, _ in seen} == set(expected)
    assert [one for one in seen if expected[one[0]] is not one[1]] == []


def test_an_activation_reaches_a_process_that_follows_in_the_background(rulebook: Rulebook, process: Process) -> None:
    number = rulebook.approved(process, "à la seconde").number
    process.following.start()
    try:
        process.publishing.activate(rulebook.ines, str(number))
        began = time.monotonic()
        while process.rules.held.number != number:
            assert time.monotonic() - began < 5
            time.sleep(0.02)
    finally:
        process.following.stop()
    assert process.publishing.processes() == ()
    assert LOOK_EVERY_SECONDS <= 1
