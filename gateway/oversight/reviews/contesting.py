"""The patient contests an access: it puts a case, or raises the one there is, and promises an answer by a date."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Row, insert, select, text, update

from audit.entry import Fact
from gateway.access.case import bear_case
from gateway.access.contests import Contest, ContestAnswer, ContestForm, ContestReceipt, ContestWish, number_of
from gateway.errors import InvalidRequest, NotFound
from gateway.identity.staff_member import PatientHolder, StaffMember, load_staff_member
from gateway.oversight.reviews.case import StepKind
from gateway.oversight.reviews.case_page import contests_of
from gateway.oversight.reviews.evidence import DAY_MS
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.reviewing import SHORTEST_WORDS, CaseChanged, require_reviewer
from gateway.oversight.reviews.steps import leave_step, said
from gateway.oversight.reviews.weighing import Weighing
from gateway.settings import ReviewSettings
from gateway.storage.database import Database
from gateway.storage.tables import contest, review
from gateway.storage.transaction import Transaction
from gateway.world import World

_GRANT = text(
    """SELECT id, patient_id, staff_key, staff, mode, reason_code, opened_at FROM access_grant
    WHERE id = :grant_id AND patient_id = :patient_id"""
)
# Contested again, a decided case is open again.
_REOPEN = text(
    "UPDATE review SET state = 'open', decided_at = NULL, decided_by = '' WHERE grant_id = :grant_id "
    "AND decided_at IS NOT NULL"
)
MOST_CONTESTS = 20


class Contesting:
    """Called by the patients' pages once they proved who they are; and by the DPO who answers."""

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

    def contest(
        self,
        patient_id: str,
        access_id: str,
        form: ContestForm,
        *,
        side: str = "holder",
        by: PatientHolder | StaffMember | None = None,
        how: Mapping[str, Fact] | None = None,
    ) -> ContestReceipt:
        """Contest an access to this patient's dossier, of any mode. The caller has made sure of who asks: `side` is
        whose contest it is, `by` who typed it, `how` the facts of how that was made sure of.

        The same words again while the first wait for their answer are the same contest: a button pressed twice. The
        answer is promised within a month at most (GDPR article 12(3)). Raises `NotFound` (no such access of this
        patient), `InvalidRequest` (`review-words-too-long`; `contest-too-many` beyond 20 of one access by one side),
        `RecordUnavailable`.
        """
        text_said = said(form.words)

        def unit(tx: Transaction) -> ContestReceipt:
            grant = _grant(tx.connection, patient_id, access_id)
            bear_case(tx.connection, {**grant._mapping, "unit": load_staff_member(grant.staff).unit})
            # Two requests at once come one after the other.
            tx.connection.execute(select(review.c.state).where(review.c.grant_id == access_id).with_for_update())
            made = [one for one in contests_of(tx.connection, access_id) if one.side == side]
            for one in made:
                if one.answered_at is None and (one.wish, one.words) == (form.wish.value, text_said):
                    return ContestReceipt(one.id, one.number, one.promised_at)
            if len(made) >= MOST_CONTESTS:
                raise InvalidRequest("this access is contested already", field="access", code="contest-too-many")
            now, new_id = self._world.epoch_ms(), self._world.new_id()
            promised = now + self._settings.contest_days * DAY_MS
            row: dict[str, int | str] = {"id": new_id, "grant_id": access_id, "patient_id": patient_id, "side": side}
            row |= {"wish": form.wish.value, "words": text_said, "answer_by": form.answer_by.value}
            tx.connection.execute(insert(contest), {**row, "received_at": now, "promised_at": promised})
            tx.connection.execute(_REOPEN, {"grant_id": access_id})
            self._weighing.weigh(tx, access_id)
            facts: dict[str, Fact] = {"contest": new_id, "wish": form.wish.value, "promised_at": promised}
            leave_step(
                tx, self._world, self._recorder, StepKind.CONTESTED, access_id, patient_id, None,
                by="patient", words=text_said, facts={**facts, **(how or {})}, typed_by=by,
            )  # fmt: skip
            return ContestReceipt(new_id, number_of(new_id), promised)

        return self._database.transact(unit)

    def contests_of_patient(self, patient_id: str, sides: Collection[str]) -> tuple[Contest, ...]:
        """What these sides contested of this patient's accesses, newest first, with the answers given. The caller has
        made sure of who asks."""
        with self._database.reading() as connection:
            ids = connection.execute(
                select(contest.c.grant_id).where(contest.c.patient_id == patient_id).distinct()
            ).scalars()
            found = [one for access_id in list(ids) for one in contests_of(connection, access_id)]
        mine = (one for one in found if one.side in sides)
        return tuple(sorted(mine, key=lambda one: (-one.received_at, one.id)))

    def answer(self, reviewer: StaffMember, contest_id: str, words: str) -> None:
        """Answer the patient (10 characters at least). Raises `NotFound`, `CaseChanged` (answered already)."""
        require_reviewer(reviewer)
        answer = said(words, least=SHORTEST_WORDS)

        def unit(tx: Transaction) -> None:
            row = tx.connection.execute(select(contest).where(contest.c.id == contest_id)).one_or_none()
            if row is None:
                raise NotFound("no such contest")
            answered = tx.connection.execute(
                update(contest)
                .where(contest.c.id == contest_id, contest.c.answered_at.is_(None))
                .values(answered_at=self._world.epoch_ms(), answer=answer)
            )
            if answered.rowcount != 1:
                raise CaseChanged("the contest is answered already", field="state")
            facts = {"contest": contest_id}
            leave_step(
                tx, self._world, self._recorder, StepKind.CONTEST_ANSWERED, row.grant_id, row.patient_id, reviewer,
                words=answer, facts=facts,
            )  # fmt: skip

        self._database.transact(unit)


def _grant(connection: Connection, patient_id: str, access_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(_GRANT, {"grant_id": access_id, "patient_id": patient_id}).one_or_none()
    if row is None:
        raise NotFound("no such access of this patient")
    return row


__all__ = ["ContestAnswer", "ContestWish", "Contesting"]
