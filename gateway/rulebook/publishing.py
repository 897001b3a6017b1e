"""The life of the rules, in one face: draft, check, test, prove, replay, stage, approve, activate, roll back.

Wherever a set of rules is asked for (`ref`): a draft's id, a version's number, any of its digests or the first eight
digits of one at least, or `in-force`. Raises `NotFound` for a `ref` that names nothing, or two things.

Who: `it` (in `StaffMember.roles`) drafts, stages, approves, activates and rolls back; `dpo` approves guardrails and may
look. Every method that takes a person raises `NotAllowed` for anybody else, and `RecordUnavailable` when its entry in
the log could not be made durable: then nothing was changed. Methods without a person only read; their door asks for the
role. A refused step that matters (approving one's own draft, staging what fails) is in the log too.
"""

from collections.abc import Callable, Mapping

from audit import AuditLog
from gateway.rulebook import trials
from gateway.rulebook.activations import Activation, InForce, ProcessState
from gateway.rulebook.contents import text_digest
from gateway.rulebook.deciding import Deciding
from gateway.rulebook.drafting import Drafting
from gateway.rulebook.drafts import Draft, DraftLine
from gateway.rulebook.former import once_in_force
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.jobs import Jobs, Key, Working
from gateway.rulebook.kept_versions import all_versions, find_version, stored_proof
from gateway.rulebook.naming import IN_FORCE as IN_FORCE
from gateway.rulebook.naming import find_set, version_number
from gateway.rulebook.people import Person
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.replaying import Replaying
from gateway.rulebook.replays import Replay, ReplayDifference
from gateway.rulebook.reports import CasesReport, CheckReport, DiffReport, FileChange, ProofReport
from gateway.rulebook.staging import Staging
from gateway.rulebook.versions import Version
from gateway.rulebook.watching_rules import RulesWatching
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.world import World
from policies.recorded import RecordedQuestion

PROOF_SECONDS = 30.0


class Publishing:
    """`gateway.publishing`. Safe to use from any number of threads and processes at once."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: RulebookRecorder,
        log: AuditLog,
        settings: PolicySettings,
    ) -> None:
        self._database = database
        self._rules = rules
        self._jobs = Jobs()
        self._drafting = Drafting(database=database, world=world, recorder=recorder)
        self._staging = Staging(
            database=database, world=world, recorder=recorder, drafting=self._drafting, prove=self._proved
        )
        self._deciding = Deciding(database=database, world=world, recorder=recorder, settings=settings)
        self._replaying = Replaying(database=database, world=world, recorder=recorder, log=log)
        self._watching = RulesWatching(database=database, world=world, rules=rules, settings=settings)

    # ---- drafts

    def drafts(self) -> tuple[DraftLine, ...]:
        """The open drafts, the one changed last first."""
        return self._drafting.drafts()

    def start_draft(self, person: Person, title: str, base: str = "") -> Draft:
        """A new draft with the files of `base` (a `ref`; "" is the version in force). `title`: 1 to 200 characters,
        else `InvalidRequest` (field `title`)."""
        return self._drafting.start(person, title, base)

    def draft(self, draft_id: str) -> Draft:
        """A draft with its files, open or not. Raises `NotFound`."""
        return self._drafting.draft(draft_id)

    def save_file(self, person: Person, draft_id: str, path: str, content: bytes, revision: int) -> Draft:
        """Write one file whole. `revision` is the draft's when the person began: a file that somebody (or another tab)
        changed since is not overwritten, `DraftChanged`. Saving what is there already changes nothing.

        Raises `NotFound` (also when it is no longer open), `InvalidRequest` (field `path` or `content`) for a path no
        version may hold (`policies.sources`) or a content over 4 MB.
        """
        return self._drafting.change(person, draft_id, {path: content}, revision)

    def remove_file(self, person: Person, draft_id: str, path: str, revision: int) -> Draft:
        """Take one file out. Raises as `save_file`; `NotFound` when there is none."""
        return self._drafting.change(person, draft_id, {path: None}, revision)

    def import_files(self, person: Person, draft_id: str, files: Mapping[str, bytes], revision: int) -> Draft:
        """Write several files at once, all or none (e.g. the matrix from a spreadsheet). Raises as `save_file`."""
        return self._drafting.change(person, draft_id, dict(files), revision)

    def discard_draft(self, person: Person, draft_id: str) -> None:
        """Give a draft up; it is kept, closed. Raises `NotFound`."""
        self._drafting.discard(person, draft_id)

    # ---- what they are worth; nothing here changes anything

    def files(self, ref: str) -> Mapping[str, bytes]:
        """The files of a draft or version, sorted by path."""
        with self._database.reading() as connection:
            return find_set(connection, ref).files

    def check(self, ref: str) -> CheckReport:
        """Every fault at once, and every warning. About 0.2 s."""
        with self._database.reading() as connection:
            files, former = find_set(connection, ref).files, once_in_force(connection)
        return trials.check(files, self._rules.current().guardrails_digest, former)

    def test(self, ref: str) -> CasesReport:
        """Its own case files. About 0.1 s."""
        return trials.test(self.files(ref))

    def prove(self, ref: str) -> ProofReport:
        """Its invariants, in a child process, within 30 s of its work. Usually 1 to 3 s.

        One child at a time works in this process; who asks what is being answered already gets that answer.
        """
        return self._proved(self.files(ref))

    def prove_soon(self, ref: str, wait: float) -> ProofReport | Working:
        """The same if it is there within `wait` seconds, else how far it is: ask again."""
        files = self.files(ref)
        key, work = _proof_of(files)
        return self._jobs.answer_soon(key, work, trials.settled, wait=wait, limit=PROOF_SECONDS)

    def diff(self, before: str, after: str) -> DiffReport:
        """What the second allows and the first does not, and the other way round, as proven sentences; the settings
        that differ beside; and the files. A child process, as for `prove`."""
        key, work = _comparison_of(self.files(before), self.files(after))
        return self._jobs.answer(key, work, trials.settled)

    def diff_soon(self, before: str, after: str, wait: float) -> DiffReport | Working:
        """The same if it is there within `wait` seconds, else how far it is: ask again."""
        key, work = _comparison_of(self.files(before), self.files(after))
        return self._jobs.answer_soon(key, work, trials.settled, wait=wait, limit=PROOF_SECONDS)

    def file_changes(self, before: str, after: str) -> tuple[FileChange, ...]:
        """How the files differ, at once: what `diff` says of them."""
        return trials.file_changes(self.files(before), self.files(after))

    def _proved(self, files: Mapping[str, bytes]) -> ProofReport:
        key, work = _proof_of(files)
        return self._jobs.answer(key, work, trials.settled)

    # ---- the past

    def start_replay(self, person: Person, before: str, after: str, since: int, until: int) -> Replay:
        """Ask the questions the log holds of [since, until) (UTC epoch ms) of both sets, in the background of this
        process: follow it with `replay(id)`. Recorded in the log, since it reads the past. `it` or `dpo`.

        Raises `InvalidRequest` (field `since`) for an empty period or one over 400 days.
        """
        return self._replaying.start(person, before, after, since, until)

    def replay_now(
        self,
        person: Person,
        before: str | Mapping[str, bytes],
        after: str | Mapping[str, bytes],
        since: int,
        until: int,
        progress: Callable[[int, int], object] = lambda done, total: None,
    ) -> Replay:
        """The same, awaited; `progress(done, total)` is called on the way. For the command line, which may also give
        the files of a folder: its `ref` is then `folder`."""
        return self._replaying.now(person, before, after, since, until, progress)

    def replay(self, replay_id: str) -> Replay:
        """How far it is, or its answer. One whose process died is `failed`, and may be started again."""
        return self._replaying.replay(replay_id)

    def replays(self) -> tuple[Replay, ...]:
        """The latest 50, newest first."""
        return self._replaying.replays()

    def replay_difference(self, person: Person, replay_id: str, entry_id: str) -> ReplayDifference:
        """One differing question, opened: asked again of both sets. Recorded in the log. `it` or `dpo`.

        Raises `NotFound` when it was erased since, or is none of this replay's period.
        """
        return self._replaying.difference(person, replay_id, entry_id)

    def recorded_question(self, person: Person, entry_id: str) -> RecordedQuestion:
        """The question of one `access.opened` or `access.refused` entry, as it was put. Looking is recorded. `it` or
        `dpo`. Raises `NotFound` when there is none, or when it was erased."""
        return self._replaying.question(person, entry_id)

    # ---- versions

    def stage(self, person: Person, draft_id: str) -> Version:
        """Check, test and prove a draft; when all three pass it becomes a version, which waits for its approval.

        Raises `StageRefused` with all three reports and everything that stands in the way; `RulesRefused` when its
        files are those of a version there is already; `NotFound`.
        """
        return self._staging.stage(person, draft_id)

    def stage_files(self, person: Person, title: str, files: Mapping[str, bytes]) -> Version:
        """A folder's files staged at once: `start_draft`, `import_files` and `stage` in one. Raises as they do."""
        return self._staging.stage_files(person, title, files)

    def versions(self) -> tuple[Version, ...]:
        """Every version, newest first."""
        with self._database.reading() as connection:
            return all_versions(connection)

    def version(self, ref: str) -> Version:
        """One version. Raises `NotFound`."""
        with self._database.reading() as connection:
            return find_version(connection, version_number(connection, ref))

    def stored_proof(self, number: int) -> ProofReport:
        """The proof that let a version pass when it was staged; without lines for one that never was."""
        with self._database.reading() as connection:
            return ProofReport(faults=(), lines=stored_proof(connection, number))

    def approve(self, person: Person, ref: str) -> Version:
        """Agree to a version: `it` to its rules, `dpo` to its guardrails and invariants where they change; a person who
        is both gives both. Nobody approves what they changed a file of (by `StaffMember.key`), nor the console account.

        Raises `RulesRefused` (codes `own-draft`, `console`, `approved-already`, `nothing-to-approve`).
        """
        return self._deciding.approve(person, ref)

    def activate(self, person: Person, ref: str, at: int | None = None) -> Activation:
        """Put a version in force: now, or at `at` (UTC epoch ms, at most 90 days ahead). Every process follows within
        5 seconds.

        Raises `RulesRefused` (codes `not-approved`, `guardrails-not-pinned` with the very line to write in the
        configuration, `in-force-already`, `cannot-load`, `in-the-past`).
        """
        return self._deciding.activate(person, ref, at)

    def cancel(self, person: Person, activation_id: str) -> Activation:
        """Call off a scheduled activation. Raises `NotFound`, `RulesRefused` (code `taken-already`)."""
        return self._deciding.cancel(person, activation_id)

    def rollback(self, person: Person, ref: str = "") -> Activation:
        """Back to a version that was in force before, at once, with no new approval. "" is the one before the present;
        rolling back twice goes back twice, never forth to what was rolled away from.

        Raises `RulesRefused` (codes `never-in-force`, `in-force-already`, `no-former`, `guardrails-not-pinned`,
        `cannot-load`).
        """
        return self._deciding.rollback(person, ref)

    # ---- looking on

    def in_force(self) -> InForce:
        """What decides in this process, and what should by the database."""
        return self._watching.in_force()

    def history(self) -> tuple[Activation, ...]:
        """Every activation, scheduled and cancelled ones too, newest decision first."""
        return self._watching.history()

    def processes(self) -> tuple[ProcessState, ...]:
        """Which serving process decides by which version; those not seen for a day are left out."""
        return self._watching.processes()


def _proof_of(files: Mapping[str, bytes]) -> tuple[Key, Callable[[], ProofReport]]:
    return ("prove", text_digest(files)), lambda: trials.prove(files, PROOF_SECONDS)


def _comparison_of(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[Key, Callable[[], DiffReport]]:
    key = ("diff", text_digest(before), text_digest(after))
    return key, lambda: trials.diff(before, after, PROOF_SECONDS)
