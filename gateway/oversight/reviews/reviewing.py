"""What reviewers do: look at the queue and at a case, decide, ask for an explanation, take back. Each is recorded.

Nobody judges their own access; a case of the reviewer's own unit needs a second reviewer, who agrees or sends it back.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Row, text

from gateway.errors import InvalidRequest, NotAllowed, NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.reviews.case import DECIDED, UNDECIDED, Case, CaseState, StepKind
from gateway.oversight.reviews.case_page import case_of, own_service
from gateway.oversight.reviews.evidence import DAY_MS
from gateway.oversight.reviews.explaining_stay import EFFECTS, RULES, RuleSetting, rule_settings
from gateway.oversight.reviews.queue import PAGE, Place, QueueFilter, QueuePage, page_of
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.steps import first_reading, leave_step, said
from gateway.oversight.reviews.weighing import Weighing
from gateway.settings import ReviewSettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World

SHORTEST_WORDS = 10
_FIND = text("SELECT grant_id, patient_id, staff_key, unit, state, rank_key FROM review WHERE grant_id = :grant_id")
_MOVE = text(
    """UPDATE review SET state = :state, decided_at = :decided_at, decided_by = :decided_by,
        answer_due_at = :answer_due_at, reminded_at = NULL
    WHERE grant_id = :grant_id AND state = :was"""
)
_SET_RULE = text(
    """INSERT INTO review_rule (rule, effect, set_by, set_at) VALUES (:rule, :effect, :set_by, :set_at)
    ON CONFLICT (rule) DO UPDATE SET effect = :effect, set_by = :set_by, set_at = :set_at"""
)
_WEIGH_AGAIN = text("UPDATE review SET weighed_at = NULL WHERE decided_at IS NULL AND explained_by <> ''")
_FIRST = {CaseState.JUSTIFIED: StepKind.FIRST_JUSTIFIED, CaseState.UNJUSTIFIED: StepKind.FIRST_UNJUSTIFIED}
_FINAL = {CaseState.JUSTIFIED: StepKind.JUSTIFIED, CaseState.UNJUSTIFIED: StepKind.UNJUSTIFIED}


class OwnAccess(NotAllowed):
    """Nobody reviews their own access."""

    code = "review-own"


class SameReviewer(NotAllowed):
    """The second reading is another person's."""

    code = "review-second"


class CaseChanged(InvalidRequest):
    """The case is no longer in a state that allows this: somebody was faster."""

    code = "review-state"


class Reviewing:
    """For the role `dpo`; every call raises `NotAllowed` for others, `RecordUnavailable` when nothing can be kept."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        settings: ReviewSettings,
        recorder: ReviewRecorder,
        weighing: Weighing,
    ) -> None:
        self._database = database
        self._world = world
        self._settings = settings
        self._recorder = recorder
        self._weighing = weighing

    def queue(
        self, reviewer: StaffMember, only: QueueFilter | None = None, after: Place | None = None, most: int = PAGE
    ) -> QueuePage:
        """A page of cases. What the worker has not weighed yet of the newest is weighed first."""
        require_reviewer(reviewer)
        only = only or QueueFilter()
        self._weighing.weigh_new()

        def unit(tx: Transaction) -> QueuePage:
            page = page_of(tx.connection, only, after, self._settings, self._world.epoch_ms(), max(1, min(most, 500)))
            self._recorder.viewed(tx, reviewer, "queue", {"shown": len(page.cases)})
            return page

        return self._database.transact(unit)

    def case(self, reviewer: StaffMember, access_id: str) -> Case:
        """One case with its evidence. Raises `NotFound`."""
        require_reviewer(reviewer)

        def unit(tx: Transaction) -> Case:
            case = case_of(tx.connection, reviewer, access_id, self._settings, self._world.epoch_ms())
            self._recorder.step(tx, "case_viewed", access_id, case.patient_id, reviewer)
            return case

        return self._database.transact(unit)

    def glance(self, reviewer: StaffMember, access_id: str) -> Case:
        """The case this reviewer has just decided, to say so and offer to take it back. Raises `NotFound` when they did
        not, or no longer can."""
        require_reviewer(reviewer)
        with self._database.reading() as connection:
            case = case_of(connection, reviewer, access_id, self._settings, self._world.epoch_ms())
        if not case.undoable:
            raise NotFound("nothing was just decided there")
        return case

    def justify(self, reviewer: StaffMember, access_id: str, words: str = "") -> CaseState:
        """The access was right. Returns where the case stands: `second` in the reviewer's own unit.

        Raises `NotFound`, `OwnAccess`, `SameReviewer`, `CaseChanged`, `InvalidRequest` (`review-words-too-long`).
        """
        return self._decide(reviewer, access_id, CaseState.JUSTIFIED, said(words))

    def unjustify(self, reviewer: StaffMember, access_id: str, words: str) -> CaseState:
        """The access was wrong; `words` say why (10 characters at least). Raises as `justify`, and `review-words`."""
        return self._decide(reviewer, access_id, CaseState.UNJUSTIFIED, said(words, least=SHORTEST_WORDS))

    def ask(self, reviewer: StaffMember, access_id: str, words: str = "") -> CaseState:
        """Ask the reader for an explanation, which they give in the application. Raises as `justify`."""
        require_reviewer(reviewer)
        question = said(words)

        def unit(tx: Transaction) -> CaseState:
            row = self._mine_to_judge(tx.connection, reviewer, access_id, (CaseState.OPEN, CaseState.ANSWERED))
            due = self._world.epoch_ms() + self._settings.explain_days * DAY_MS
            self._move(tx.connection, row, CaseState.ASKED, answer_due_at=due)
            self._leave(tx, StepKind.ASKED, row, reviewer, question)
            return CaseState.ASKED

        return self._database.transact(unit)

    def undo(self, reviewer: StaffMember, access_id: str) -> CaseState:
        """Take back one's own decision while it is fresh, or at any time what a rule closed: the case is open again,
        and no rule closes it any more. Raises `NotFound`, `CaseChanged`."""
        require_reviewer(reviewer)

        def unit(tx: Transaction) -> CaseState:
            row = _existing(tx.connection, access_id)
            now = self._world.epoch_ms()
            case = case_of(tx.connection, reviewer, access_id, self._settings, now)
            if not case.undoable and not case.reopenable:
                raise CaseChanged("the decision is not this person's, or no longer fresh", field="state")
            self._move(tx.connection, row, CaseState.OPEN)
            self._leave(tx, StepKind.UNDONE if case.undoable else StepKind.REOPENED, row, reviewer, "")
            return CaseState.OPEN

        return self._database.transact(unit)

    def rules(self, reviewer: StaffMember) -> tuple[RuleSetting, ...]:
        """What each rule does with a case that an admission explains."""
        require_reviewer(reviewer)
        with self._database.reading() as connection:
            return rule_settings(connection, self._settings)

    def set_rule(self, reviewer: StaffMember, rule: str, effect: str) -> None:
        """Say what a rule does from now on, also for the cases still undecided. Raises `InvalidRequest`."""
        require_reviewer(reviewer)
        if rule not in RULES or effect not in EFFECTS:
            raise InvalidRequest("no such rule or effect", field="rule")

        def unit(tx: Transaction) -> None:
            values = {"rule": rule, "effect": effect, "set_by": reviewer.key, "set_at": self._world.epoch_ms()}
            tx.connection.execute(_SET_RULE, values)
            tx.connection.execute(_WEIGH_AGAIN)
            self._recorder.rule_set(tx, reviewer, rule, effect)

        self._database.transact(unit)

    def _decide(self, reviewer: StaffMember, access_id: str, outcome: CaseState, words: str) -> CaseState:
        require_reviewer(reviewer)

        def unit(tx: Transaction) -> CaseState:
            row = self._mine_to_judge(tx.connection, reviewer, access_id, UNDECIDED)
            state, kind = self._reached(tx.connection, reviewer, row, outcome)
            self._move(tx.connection, row, state, decided_by=reviewer.key if state in DECIDED else "")
            self._leave(tx, kind, row, reviewer, words)
            return state

        return self._database.transact(unit)

    def _reached(
        self, connection: Connection, reviewer: StaffMember, row: Row[tuple[object, ...]], outcome: CaseState
    ) -> tuple[CaseState, StepKind]:
        """Where this decision takes the case: decided, to a second reader, or open again when the two disagree."""
        if row.state == CaseState.SECOND:
            first = first_reading(connection, row.grant_id)
            if first is not None:
                if first[1] == reviewer.key:
                    raise SameReviewer("the second reading is another person's")
                if first[0] is not _FIRST[outcome]:
                    return CaseState.OPEN, StepKind.DISAGREED
            return outcome, _FINAL[outcome]
        if own_service(reviewer, row.unit):
            return CaseState.SECOND, _FIRST[outcome]
        return outcome, _FINAL[outcome]

    def _mine_to_judge(
        self, connection: Connection, reviewer: StaffMember, access_id: str, allowed: Collection[CaseState]
    ) -> Row[tuple[object, ...]]:
        row = _existing(connection, access_id)
        if row.staff_key == reviewer.key:
            raise OwnAccess("nobody reviews their own access")
        if row.state not in allowed:
            raise CaseChanged(f"the case is {row.state} already", field="state")
        return row

    def _move(
        self,
        connection: Connection,
        row: Row[tuple[object, ...]],
        state: CaseState,
        *,
        decided_by: str = "",
        answer_due_at: int | None = None,
    ) -> None:
        moved = connection.execute(
            _MOVE,
            {
                "grant_id": row.grant_id,
                "was": row.state,
                "state": state.value,
                "decided_at": self._world.epoch_ms() if state in DECIDED else None,
                "decided_by": decided_by,
                "answer_due_at": answer_due_at,
            },
        )
        if moved.rowcount != 1:
            raise CaseChanged("somebody else was faster", field="state")

    def _leave(
        self, tx: Transaction, kind: StepKind, row: Row[tuple[object, ...]], reviewer: StaffMember, words: str
    ) -> None:
        facts = {"risk": -row.rank_key, "was": row.state}
        leave_step(
            tx, self._world, self._recorder, kind, row.grant_id, row.patient_id, reviewer, words=words, facts=facts
        )


def require_reviewer(person: StaffMember) -> None:
    """Raises `NotAllowed` unless the person has the role `dpo`."""
    if "dpo" not in person.roles:
        raise NotAllowed("reviews are for the DPO")


def _existing(connection: Connection, access_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(_FIND, {"grant_id": access_id}).one_or_none()
    if row is None:
        raise NotFound("no case of this access")
    return row
