"""The reader's side: what members of staff are asked about their own accesses, and what they answer, in the app."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

from gateway.errors import GatewayError, NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.reviews.case import StepKind, number_of
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.reviewing import SHORTEST_WORDS, CaseChanged
from gateway.oversight.reviews.steps import leave_step, said
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Mode

_COUNT = text("SELECT COUNT(*) FROM review WHERE staff_key = :staff_key AND state = 'asked'")
_COLUMNS = """SELECT r.grant_id, r.patient_id, r.mode, r.reason_code, r.opened_at, r.state, r.answer_due_at,
        r.reminded_at, g.reason_text, p.birth_name, p.given_names, p.birth_date, p.ipp,
        (SELECT s.words FROM review_step s WHERE s.grant_id = r.grant_id AND s.kind = 'asked'
         ORDER BY s.number DESC LIMIT 1) AS question,
        (SELECT s.words FROM review_step s WHERE s.grant_id = r.grant_id AND s.kind = 'explained'
         ORDER BY s.number DESC LIMIT 1) AS answer
    FROM review r JOIN access_grant g ON g.id = r.grant_id JOIN patient p ON p.id = r.patient_id"""
_MINE = text(
    f"""{_COLUMNS} WHERE r.staff_key = :staff_key AND r.state IN ('asked', 'answered')
    ORDER BY CASE r.state WHEN 'asked' THEN 0 ELSE 1 END, r.answer_due_at, r.grant_id LIMIT 200"""
)
_ONE = text(f"{_COLUMNS} WHERE r.staff_key = :staff_key AND r.grant_id = :grant_id")
_ANSWER = text(
    "UPDATE review SET state = 'answered', reminded_at = NULL WHERE grant_id = :grant_id AND state = 'asked'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One access its reader is asked about. `answer` empty: not answered yet; `reminded`: the end is near or past."""

    access_id: str
    number: str
    patient_name: str
    birth_date: str
    ipp: str
    mode: Mode
    reason_code: str
    reason_text: str
    opened_at: int
    due_at: int
    reminded: bool
    question: str
    answer: str


class Answering:
    """Only ever about the person's own accesses."""

    def __init__(self, *, database: Database, world: World, recorder: ReviewRecorder) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder

    def waiting(self, staff: StaffMember) -> int:
        """How many explanations this person owes; 0 while the database does not answer: a header never fails."""
        try:
            with self._database.lookup() as connection:
                return int(connection.execute(_COUNT, {"staff_key": staff.key}).scalar_one())
        except GatewayError:
            return 0

    def asked(self, staff: StaffMember) -> tuple[Asked, ...]:
        """What this person is asked, the unanswered and most urgent first; recorded."""

        def unit(tx: Transaction) -> tuple[Asked, ...]:
            mine = tuple(_asked(row) for row in tx.connection.execute(_MINE, {"staff_key": staff.key}))
            if mine:
                self._recorder.viewed(tx, staff, "explanations", {"shown": len(mine)})
            return mine

        return self._database.transact(unit)

    def explain(self, staff: StaffMember, access_id: str, words: str) -> None:
        """Answer. Raises `NotFound` (nobody asks this person about it), `CaseChanged` (answered, or no longer asked),
        `InvalidRequest` (`review-words`, `review-words-too-long`)."""
        answer = said(words, least=SHORTEST_WORDS)

        def unit(tx: Transaction) -> None:
            row = _found(tx.connection, staff, access_id)
            if tx.connection.execute(_ANSWER, {"grant_id": access_id}).rowcount != 1:
                raise CaseChanged("nothing is asked about this access any more", field="state")
            leave_step(
                tx, self._world, self._recorder, StepKind.EXPLAINED, access_id, row.patient_id, staff, words=answer
            )

        self._database.transact(unit)


def _found(connection: Connection, staff: StaffMember, access_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(_ONE, {"staff_key": staff.key, "grant_id": access_id}).one_or_none()
    if row is None:
        raise NotFound("nobody asks this person about this access")
    return row


def _asked(row: Row[tuple[object, ...]]) -> Asked:
    return Asked(
        access_id=row.grant_id,
        number=number_of(row.grant_id),
        patient_name=f"{row.birth_name} {row.given_names}",
        birth_date=row.birth_date,
        ipp=row.ipp,
        mode=Mode(row.mode),
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        opened_at=row.opened_at,
        due_at=row.answer_due_at or row.opened_at,
        reminded=row.reminded_at is not None,
        question=row.question or "",
        answer=row.answer or "" if row.state == "answered" else "",
    )
