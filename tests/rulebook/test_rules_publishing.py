"""From draft to version in force: four eyes, refused stages, schedules, roll-backs, and an entry for each step."""

from collections.abc import Callable

import pytest

from gateway.errors import InvalidRequest, NotAllowed, NotFound, RulesRefused
from gateway.rulebook.people import ConsoleAccount
from gateway.rulebook.refusals import DraftChanged, StageRefused
from policies import PolicyBook
from tests.rulebook.conftest import CARE, POLICIES, Process, Rulebook, person

Codes = Callable[[BaseException], list[str]]


def test_the_first_version_comes_from_the_folder_and_is_recorded(rulebook: Rulebook, process: Process) -> None:
    shipped = PolicyBook.load(POLICIES)
    first = process.publishing.version("in-force")
    assert (first.number, first.digest, first.origin, first.state) == (1, shipped.digest, "folder", "in_force")
    assert process.rules.current().digest == shipped.digest
    assert [entry.policy_version for entry in rulebook.entries("policies.taken_in")] == [shipped.digest]
    assert [entry.policy_version for entry in rulebook.entries("policies.activated")] == [shipped.digest]
    rulebook.start()
    assert len(process.publishing.versions()) == 1
    assert not process.publishing.in_force().folder_differs


def test_a_version_goes_from_draft_to_force_by_two_people(rulebook: Rulebook, process: Process) -> None:
    version = rulebook.staged(process, "deux personnes")
    assert (version.number, version.state, version.lacking) == (2, "staged", ("it",))
    approved = process.publishing.approve(rulebook.karim, version.digest[:8])
    assert (approved.state, approved.lacking) == ("approved", ())
    activation = process.publishing.activate(rulebook.ines, "2")
    assert (activation.number, activation.turn, activation.kind) == (2, 2, "activate")
    assert process.rules.held.number == 1
    process.following.look_once()
    assert process.rules.held.number == 2
    assert process.rules.current().digest == version.digest
    for step in ("draft_started", "draft_changed"):
        assert len(rulebook.entries(f"policies.{step}")) == 1
    for step in ("staged", "approved"):
        entry = rulebook.entries(f"policies.{step}")[0]
        assert entry.policy_version == version.digest
        assert entry.facts["version"] == 2
        assert any("staff" in values for values in entry.personal.values())
    assert rulebook.entries("policies.activated")[-1].policy_version == version.digest
    assert rulebook.entries("policies.loaded")[-1].policy_version == version.digest


def test_nobody_approves_what_they_changed_a_file_of(rulebook: Rulebook, process: Process, codes: Codes) -> None:
    publishing = process.publishing
    draft = publishing.start_draft(rulebook.ines, "À deux")
    content = draft.files[CARE] + b"\n// ines\n"
    draft = publishing.save_file(rulebook.ines, draft.id, CARE, content, draft.revision)
    draft = publishing.save_file(rulebook.karim, draft.id, CARE, content + b"// karim\n", draft.revision)
    version = publishing.stage(rulebook.ines, draft.id)
    for author in (rulebook.ines, rulebook.karim):
        with pytest.raises(RulesRefused) as refused:
            publishing.approve(author, str(version.number))
        assert codes(refused.value) == ["own-draft"]
    with pytest.raises(RulesRefused) as refused:
        publishing.activate(rulebook.ines, str(version.number))
    assert codes(refused.value) == ["not-approved"]
    steps = [(entry.facts["step"], entry.facts["codes"]) for entry in rulebook.entries("policies.step_refused")]
    assert sorted(steps) == [("activate", ["not-approved"]), ("approve", ["own-draft"]), ("approve", ["own-draft"])]
    third = person("lea", "it")
    assert publishing.approve(third, str(version.number)).lacking == ()
    with pytest.raises(RulesRefused) as refused:
        publishing.approve(person("paul", "it"), str(version.number))
    assert codes(refused.value) == ["nothing-to-approve"]


def test_only_it_changes_rules_and_software_approves_nothing(one_rulebook: Rulebook, codes: Codes) -> None:
    process = one_rulebook.started[0]
    publishing = process.publishing
    version = one_rulebook.staged(process, "rôles")
    for somebody in (one_rulebook.nurse, one_rulebook.dpo):
        with pytest.raises(NotAllowed):
            publishing.start_draft(somebody, "Non")
        with pytest.raises(NotAllowed):
            publishing.activate(somebody, str(version.number))
        with pytest.raises(NotAllowed):
            publishing.rollback(somebody)
    with pytest.raises(NotAllowed):
        publishing.approve(one_rulebook.nurse, str(version.number))
    with pytest.raises(RulesRefused) as refused:
        publishing.approve(person("client", "it", named=False), str(version.number))
    assert codes(refused.value) == ["software"]
    with pytest.raises(RulesRefused) as refused:
        publishing.approve(one_rulebook.dpo, str(version.number))
    assert codes(refused.value) == ["approved-already"]


def test_what_the_console_account_wrote_needs_two_people(rulebook: Rulebook, process: Process, codes: Codes) -> None:
    publishing, console = process.publishing, ConsoleAccount("root")
    files = dict(publishing.files("in-force"))
    files[CARE] += b"\n// la nuit\n"
    version = publishing.stage_files(console, "La nuit", files)
    with pytest.raises(RulesRefused) as refused:
        publishing.approve(console, str(version.number))
    assert codes(refused.value) == ["console"]
    assert publishing.approve(rulebook.ines, str(version.number)).lacking == ("it",)
    with pytest.raises(RulesRefused) as refused:
        publishing.approve(rulebook.ines, str(version.number))
    assert codes(refused.value) == ["approved-already"]
    assert publishing.approve(rulebook.karim, str(version.number)).lacking == ()
    activation = publishing.activate(console, str(version.number))
    assert activation.decided_by.key == "console:root"
    entry = rulebook.entries("policies.activated")[-1]
    assert [list(values) for values in entry.personal.values()] == [["console"]]


def test_a_stage_that_fails_says_everything_at_once_and_changes_nothing(one_rulebook: Rulebook, codes: Codes) -> None:
    process = one_rulebook.started[0]
    publishing = process.publishing
    draft = publishing.start_draft(one_rulebook.ines, "Fautes")
    broken = draft.files[CARE] + b'\n@id("X")\npermit (principal, action, resource) when { principal.ghost };\n'
    draft = publishing.save_file(one_rulebook.ines, draft.id, CARE, broken, draft.revision)
    with pytest.raises(StageRefused) as refused:
        publishing.stage(one_rulebook.ines, draft.id)
    assert len(refused.value.check.faults) >= 3
    assert all(fault.line for fault in refused.value.check.faults)
    assert refused.value.proof is None
    assert set(codes(refused.value)) == {"fault"}
    assert len(publishing.versions()) == 1
    assert publishing.draft(draft.id).state == "open"
    assert one_rulebook.entries("policies.stage_refused")[0].facts["faults"] == len(refused.value.check.faults)


def test_a_rule_that_breaks_an_invariant_is_not_staged(one_rulebook: Rulebook, codes: Codes) -> None:
    process = one_rulebook.started[0]
    publishing = process.publishing
    draft = publishing.start_draft(one_rulebook.ines, "Trou")
    path = "guardrails/90-interdits.cedar"
    kept = [rule for rule in draft.files[path].decode().split("@id(") if "blocks_actor" not in rule]
    draft = publishing.save_file(one_rulebook.ines, draft.id, path, "@id(".join(kept).encode(), draft.revision)
    with pytest.raises(StageRefused) as refused:
        publishing.stage(one_rulebook.ines, draft.id)
    assert refused.value.check.passed, refused.value.check.faults
    assert refused.value.check.changes_guardrails or publishing.check(draft.id).changes_guardrails
    proof = refused.value.proof
    assert proof is not None
    broken = [line for line in proof.lines if line.state == "broken"]
    assert broken
    assert all(line.example for line in broken)
    assert "broken" in codes(refused.value)


def test_a_second_tab_overwrites_nothing(rulebook: Rulebook, process: Process) -> None:
    publishing = process.publishing
    draft = publishing.start_draft(rulebook.ines, "Deux onglets")
    first = publishing.save_file(rulebook.ines, draft.id, CARE, b"// premier", draft.revision)
    with pytest.raises(DraftChanged) as refused:
        publishing.save_file(rulebook.karim, draft.id, CARE, b"// second", draft.revision)
    assert (refused.value.theirs, refused.value.revision) == (b"// premier", first.revision)
    other = publishing.save_file(rulebook.karim, draft.id, "units.csv", b"unit\n", draft.revision)
    assert other.files[CARE] == b"// premier"
    assert (
        publishing.save_file(rulebook.karim, draft.id, CARE, b"// second", first.revision).files[CARE] == b"// second"
    )
    removed = publishing.remove_file(rulebook.karim, draft.id, CARE, other.revision + 1)
    assert CARE not in removed.files
    with pytest.raises(DraftChanged) as gone:
        publishing.save_file(rulebook.ines, draft.id, CARE, b"// encore", first.revision)
    assert gone.value.theirs is None
    publishing.discard_draft(rulebook.ines, draft.id)
    with pytest.raises(NotFound):
        publishing.save_file(rulebook.ines, draft.id, CARE, b"// trop tard", 99)


@pytest.mark.parametrize("path", ["../x.cedar", "rules/.x.cedar", "rules/x.txt", "/etc/passwd", "rules/a b.cedar", ""])
def test_a_draft_takes_no_file_no_version_may_hold(one_rulebook: Rulebook, path: str) -> None:
    process = one_rulebook.started[0]
    draft = process.publishing.start_draft(one_rulebook.ines, "Noms")
    with pytest.raises(InvalidRequest) as refused:
        process.publishing.save_file(one_rulebook.ines, draft.id, path, b"x", draft.revision)
    assert refused.value.field == "path"
    assert process.publishing.draft(draft.id).files == draft.files


def test_a_roll_back_needs_no_approval_and_goes_to_any_former_version(
    rulebook: Rulebook, process: Process, codes: Codes
) -> None:
    publishing = process.publishing
    with pytest.raises(RulesRefused) as refused:
        publishing.rollback(rulebook.ines)
    assert codes(refused.value) == ["no-former"]
    for note in ("deux", "trois"):
        publishing.activate(rulebook.ines, str(rulebook.approved(process, note).number))
        process.following.look_once()
    assert publishing.rollback(rulebook.karim).number == 2
    process.following.look_once()
    assert process.rules.held.number == 2
    assert publishing.rollback(rulebook.karim).number == 1, "back twice, not forth again"
    process.following.look_once()
    assert process.rules.held.number == 1
    assert publishing.version("3").state == "former"
    never = rulebook.approved(process, "jamais")
    with pytest.raises(RulesRefused) as refused:
        publishing.rollback(rulebook.karim, str(never.number))
    assert codes(refused.value) == ["never-in-force"]
    with pytest.raises(RulesRefused) as refused:
        publishing.rollback(rulebook.karim, "1")
    assert codes(refused.value) == ["in-force-already"]
    assert [entry.facts["version"] for entry in rulebook.entries("policies.rolled_back")] == [2, 1]


def test_a_scheduled_version_takes_force_at_its_time_and_a_clock_that_jumps_back_undoes_nothing(
    rulebook: Rulebook, process: Process, codes: Codes
) -> None:
    publishing = process.publishing
    version = rulebook.approved(process, "plus tard")
    now = rulebook.still.world.epoch_ms()
    with pytest.raises(RulesRefused) as refused:
        publishing.activate(rulebook.ines, str(version.number), at=now)
    assert codes(refused.value) == ["in-the-past"]
    waiting = publishing.activate(rulebook.ines, str(version.number), at=now + 60_000)
    assert (waiting.turn, publishing.version("2").state) == (0, "scheduled")
    assert [one.id for one in publishing.in_force().scheduled] == [waiting.id]
    process.following.look_once()
    assert process.rules.held.number == 1
    rulebook.still.pass_time(seconds=61)
    process.following.look_once()
    assert process.rules.held.number == 2
    rulebook.still.pass_time(hours=-5)
    process.following.look_once()
    assert process.rules.held.number == 2
    assert rulebook.start().rules.held.number == 2
    publishing.rollback(rulebook.ines)
    process.following.look_once()
    assert process.rules.held.number == 1
    assert len(rulebook.entries("policies.activation_scheduled")) == 1
    assert [entry.facts["scheduled"] for entry in rulebook.entries("policies.activated")][-1] is True


def test_a_scheduled_version_can_be_called_off(rulebook: Rulebook, process: Process, codes: Codes) -> None:
    publishing = process.publishing
    rulebook.approved(process, "finalement non")
    waiting = publishing.activate(rulebook.ines, "2", at=rulebook.still.world.epoch_ms() + 60_000)
    cancelled = publishing.cancel(rulebook.karim, waiting.id)
    assert cancelled.cancelled_by is not None
    assert publishing.cancel(rulebook.karim, waiting.id) == cancelled
    rulebook.still.pass_time(seconds=61)
    process.following.look_once()
    assert process.rules.held.number == 1
    first = publishing.history()[-1]
    with pytest.raises(RulesRefused) as refused:
        publishing.cancel(rulebook.karim, first.id)
    assert codes(refused.value) == ["taken-already"]
    assert len(rulebook.entries("policies.activation_cancelled")) == 1


def test_guardrails_need_the_dpo_and_their_pin(rulebook: Rulebook, process: Process, codes: Codes) -> None:
    version = rulebook.staged(process, "garde-fou", "guardrails/90-interdits.cedar")
    assert (version.changes_guardrails, version.lacking) == (True, ("it", "dpo"))
    old = process.publishing.version("1").guardrails_digest
    pinned = rulebook.start(rulebook.settings.model_copy(update={"guardrails_digest": old}))
    pinned.publishing.approve(rulebook.karim, "2")
    assert pinned.publishing.approve(rulebook.dpo, "2").lacking == ()
    with pytest.raises(RulesRefused) as refused:
        pinned.publishing.activate(rulebook.ines, "2")
    assert codes(refused.value) == ["guardrails-not-pinned"]
    line = f'guardrails_digest = "{version.guardrails_digest} {old}"'
    assert line in refused.value.hindrances[0].fr
    both = {"guardrails_digest": f"{version.guardrails_digest} {old}"}
    repinned = rulebook.start(rulebook.settings.model_copy(update=both))
    repinned.publishing.activate(rulebook.ines, "2")
    repinned.following.look_once()
    assert repinned.rules.held.number == 2
    pinned.following.look_once()
    assert pinned.rules.held.number == 1
    assert "policies-not-loaded" in rulebook.alerts()


def test_the_same_files_become_no_second_version(one_rulebook: Rulebook, codes: Codes) -> None:
    process = one_rulebook.started[0]
    draft = process.publishing.start_draft(one_rulebook.ines, "Rien de neuf")
    with pytest.raises(RulesRefused) as refused:
        process.publishing.stage(one_rulebook.ines, draft.id)
    assert codes(refused.value) == ["known-already"]


def test_a_version_is_named_by_number_or_by_eight_digits_at_least(one_rulebook: Rulebook) -> None:
    process = one_rulebook.started[0]
    first = process.publishing.version("1")
    for ref in (first.digest, first.digest[:8], first.digest[:20].upper(), "in-force"):
        assert process.publishing.version(ref) == first
    for ref in (first.digest[:7], "99", "zzzzzzzz", "0" * 64):
        with pytest.raises(NotFound):
            process.publishing.version(ref)
