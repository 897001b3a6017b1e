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
from gateway.errors import Unavailable
from gateway.rulebook.activations import Activation, InForce, ProcessState
from gateway.rulebook.drafts import Draft, DraftLine
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.people import Person
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.replays import Replay, ReplayDifference
from gateway.rulebook.reports import CasesReport, CheckReport, DiffReport, ProofReport
from gateway.rulebook.versions import Version
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.world import World

IN_FORCE = "in-force"
PROOF_SECONDS = 30.0

_NOT_YET = "not built yet"


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
        self._world = world
        self._rules = rules
        self._recorder = recorder
        self._log = log
        self._settings = settings

    # ---- drafts

    def drafts(self) -> tuple[DraftLine, ...]:
        """The open drafts, the one changed last first."""
        raise Unavailable(_NOT_YET)

    def start_draft(self, person: Person, title: str, base: str = "") -> Draft:
        """A new draft with the files of `base` (a `ref`; "" is the version in force). `title`: 1 to 200 characters,
        else `InvalidRequest` (field `title`)."""
        raise Unavailable(_NOT_YET)

    def draft(self, draft_id: str) -> Draft:
        """A draft with its files, open or not. Raises `NotFound`."""
        raise Unavailable(_NOT_YET)

    def save_file(self, person: Person, draft_id: str, path: str, content: bytes, revision: int) -> Draft:
        """Write one file whole. `revision` is the draft's when the person began: a file that somebody (or another tab)
        changed since is not overwritten, `DraftChanged`. Saving what is there already changes nothing.

        Raises `NotFound` (also when it is no longer open), `InvalidRequest` (field `path` or `content`) for a path no
        version may hold (`policies.sources`) or a content over 4 MB.
        """
        raise Unavailable(_NOT_YET)

    def remove_file(self, person: Person, draft_id: str, path: str, revision: int) -> Draft:
        """Take one file out. Raises as `save_file`; `NotFound` when there is none."""
        raise Unavailable(_NOT_YET)

    def import_files(self, person: Person, draft_id: str, files: Mapping[str, bytes], revision: int) -> Draft:
        """Write several files at once, all or none (e.g. the matrix from a spreadsheet). Raises as `save_file`."""
        raise Unavailable(_NOT_YET)

    def discard_draft(self, person: Person, draft_id: str) -> None:
        """Give a draft up; it is kept, closed. Raises `NotFound`."""
        raise Unavailable(_NOT_YET)

    # ---- what they are worth; nothing here changes anything

    def files(self, ref: str) -> Mapping[str, bytes]:
        """The files of a draft or version, sorted by path."""
        raise Unavailable(_NOT_YET)

    def check(self, ref: str) -> CheckReport:
        """Every fault at once. About 0.1 s."""
        raise Unavailable(_NOT_YET)

    def test(self, ref: str) -> CasesReport:
        """Its own case files. About 0.1 s."""
        raise Unavailable(_NOT_YET)

    def prove(self, ref: str, seconds: float = PROOF_SECONDS) -> ProofReport:
        """Its invariants, in a child process, within `seconds`. Usually 1 to 3 s."""
        raise Unavailable(_NOT_YET)

    def diff(self, before: str, after: str, seconds: float = PROOF_SECONDS) -> DiffReport:
        """What the second allows and the first does not, and the other way round, as proven sentences; and the files.
        Child process, within `seconds`."""
        raise Unavailable(_NOT_YET)

    # ---- the past

    def start_replay(self, person: Person, before: str, after: str, since: int, until: int) -> Replay:
        """Ask the questions the log holds of [since, until) (UTC epoch ms) of both sets, in the background of this
        process: follow it with `replay(id)`. Recorded in the log, since it reads the past. `it` or `dpo`.

        Raises `InvalidRequest` (field `since`) for an empty period or one over 400 days.
        """
        raise Unavailable(_NOT_YET)

    def replay_now(
        self,
        person: Person,
        before: str,
        after: str,
        since: int,
        until: int,
        progress: Callable[[int, int], object] = lambda done, total: None,
    ) -> Replay:
        """The same, awaited; `progress(done, total)` is called on the way. For the command line."""
        raise Unavailable(_NOT_YET)

    def replay(self, replay_id: str) -> Replay:
        """How far it is, or its answer. One whose process died is `failed`, and may be started again."""
        raise Unavailable(_NOT_YET)

    def replays(self) -> tuple[Replay, ...]:
        """The latest 50, newest first."""
        raise Unavailable(_NOT_YET)

    def replay_difference(self, person: Person, replay_id: str, entry_id: str) -> ReplayDifference:
        """One differing question, opened: asked again of both sets. Recorded in the log. `it` or `dpo`.

        Raises `NotFound` when it was erased since, or is none of this replay's period.
        """
        raise Unavailable(_NOT_YET)

    # ---- versions

    def stage(self, person: Person, draft_id: str) -> Version:
        """Check, test and prove a draft; when all three pass it becomes a version, which waits for its approval.

        Raises `StageRefused` with all three reports and everything that stands in the way; `RulesRefused` when its
        files are those of a version there is already; `NotFound`.
        """
        raise Unavailable(_NOT_YET)

    def stage_files(self, person: Person, title: str, files: Mapping[str, bytes]) -> Version:
        """A folder's files staged at once: `start_draft`, `import_files` and `stage` in one. Raises as they do."""
        raise Unavailable(_NOT_YET)

    def versions(self) -> tuple[Version, ...]:
        """Every version, newest first."""
        raise Unavailable(_NOT_YET)

    def version(self, ref: str) -> Version:
        """One version. Raises `NotFound`."""
        raise Unavailable(_NOT_YET)

    def version_checks(self, ref: str) -> tuple[CheckReport, CasesReport, ProofReport | None]:
        """Check and cases asked again now; the proof as it was when it was staged (None: the first version)."""
        raise Unavailable(_NOT_YET)

    def approve(self, person: Person, ref: str) -> Version:
        """Agree to a version: `it` to its rules, `dpo` to its guardrails and invariants where they change; a person who
        is both gives both. Nobody approves what they changed a file of (by `StaffMember.key`), nor the console account.

        Raises `RulesRefused` (codes `own-draft`, `console`, `approved-already`, `nothing-to-approve`).
        """
        raise Unavailable(_NOT_YET)

    def activate(self, person: Person, ref: str, at: int | None = None) -> Activation:
        """Put a version in force: now, or at `at` (UTC epoch ms, at most 90 days ahead). Every process follows within
        5 seconds.

        Raises `RulesRefused` (codes `not-approved`, `guardrails-not-pinned` with the very line to write in the
        configuration, `in-force-already`, `cannot-load`, `in-the-past`).
        """
        raise Unavailable(_NOT_YET)

    def cancel(self, person: Person, activation_id: str) -> Activation:
        """Call off a scheduled activation. Raises `NotFound`, `RulesRefused` (code `taken-already`)."""
        raise Unavailable(_NOT_YET)

    def rollback(self, person: Person, ref: str = "") -> Activation:
        """Back to a version that was in force before ("" is the one before the present), at once, with no new approval.

        Raises `RulesRefused` (codes `never-in-force`, `in-force-already`, `no-former`, `guardrails-not-pinned`,
        `cannot-load`).
        """
        raise Unavailable(_NOT_YET)

    # ---- looking on

    def in_force(self) -> InForce:
        """What decides in this process, and what should by the database."""
        raise Unavailable(_NOT_YET)

    def history(self) -> tuple[Activation, ...]:
        """Every activation, scheduled and cancelled ones too, newest decision first."""
        raise Unavailable(_NOT_YET)

    def processes(self) -> tuple[ProcessState, ...]:
        """Which serving process decides by which version; those not seen for a day are left out."""
        raise Unavailable(_NOT_YET)
