"""The steps of a case: written with their audit entry, read for its page."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, text

from audit.entry import Fact
from gateway.errors import InvalidRequest
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.oversight.reviews.case import Step, StepKind
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.storage.tables import review_step
from gateway.storage.transaction import Transaction
from gateway.world import World

LONGEST_WORDS = 2000
# It also makes two people who act on one case at once take turns.
_NEXT = text("UPDATE review SET steps = steps + 1 WHERE grant_id = :grant_id RETURNING steps")
_FIRST_READING = text(
    """SELECT kind, by_key, by_name FROM review_step WHERE grant_id = :grant_id
    AND kind IN ('first_justified', 'first_unjustified') ORDER BY number DESC LIMIT 1"""
)


def leave_step(
    tx: Transaction,
    world: World,
    recorder: ReviewRecorder,
    kind: StepKind,
    access_id: str,
    patient_id: str,
    person: StaffMember | None,
    *,
    by: str = "",
    words: str = "",
    facts: Mapping[str, Fact] | None = None,
    typed_by: PatientHolder | StaffMember | None = None,
) -> None:
    """Write what was done, and its entry last. `by` names the rule where no person acted, or `patient`; `typed_by` is
    who signed in to say it, or wrote it down for them."""
    row = {
        "grant_id": access_id,
        "number": tx.connection.execute(_NEXT, {"grant_id": access_id}).scalar_one(),
        "kind": kind.value,
        "at": world.epoch_ms(),
        "by_key": person.key if person else by,
        "by_name": person.name[:200] if person else "",
        "words": words,
        "audit_entry_id": recorder.step(
            tx, kind.value, access_id, patient_id, person, words=words, facts=facts, typed_by=typed_by
        ),
    }
    tx.connection.execute(insert(review_step), row)


def steps_of(connection: Connection, access_id: str) -> tuple[Step, ...]:
    """What was done, oldest first."""
    rows = connection.execute(
        select(review_step).where(review_step.c.grant_id == access_id).order_by(review_step.c.number)
    )
    return tuple(
        Step(
            kind=StepKind(row.kind),
            at=row.at,
            by_key=row.by_key,
            by_name=row.by_name,
            words=row.words,
            audit_entry_id=row.audit_entry_id,
        )
        for row in rows
    )


def first_reading(connection: Connection, access_id: str) -> tuple[StepKind, str] | None:
    """The decision that waits for a second reviewer, and whose it is (staff key)."""
    row = connection.execute(_FIRST_READING, {"grant_id": access_id}).one_or_none()
    return None if row is None else (StepKind(row.kind), row.by_key)


def said(text_given: str, *, least: int = 0) -> str:
    """Words of a person, tidied. Raises `InvalidRequest` (`review-words`, `review-words-too-long`)."""
    lines = ("".join(sign for sign in " ".join(line.split()) if sign.isprintable()) for line in text_given.splitlines())
    words = "\n".join(line for line in lines if line)
    if len(words) < least:
        raise InvalidRequest("say it in some words", field="words", code="review-words")
    if len(words) > LONGEST_WORDS:
        raise InvalidRequest("the words are too long", field="words", code="review-words-too-long")
    return words
