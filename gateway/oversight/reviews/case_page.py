"""One case with all its evidence, read in one go."""

import json

from sqlalchemy import Connection, text

from gateway.errors import NotFound
from gateway.identity.staff_member import StaffMember
from gateway.oversight.reviews.case import DECIDED, Case, Contest, NoticeState, Opened, StepKind
from gateway.oversight.reviews.evidence import stays_around
from gateway.oversight.reviews.queue import LINE_COLUMNS, LINE_FROM, line_of
from gateway.oversight.reviews.steps import steps_of
from gateway.settings import ReviewSettings

_CASE = text(
    f"""SELECT {LINE_COLUMNS}, r.decided_by, g.reason_text, g.consent_basis, g.expires_at, g.ended_at, g.decision,
        g.audit_entry_id {LINE_FROM} WHERE r.grant_id = :grant_id"""
)
_NOTICES = text(
    "SELECT recipient, state, channel, settled_at FROM notice WHERE grant_id = :grant_id ORDER BY recipient"
)
_OPENED = text(
    """SELECT class_code, COUNT(*) AS documents FROM document_opening WHERE grant_id = :grant_id
    GROUP BY class_code ORDER BY class_code"""
)
_CONTESTS = text("SELECT * FROM contest WHERE grant_id = :grant_id ORDER BY received_at, id")
_UNDOABLE = frozenset({StepKind.JUSTIFIED, StepKind.UNJUSTIFIED, StepKind.FIRST_JUSTIFIED, StepKind.FIRST_UNJUSTIFIED})
MINUTE_MS = 60_000


def case_of(connection: Connection, reviewer: StaffMember, access_id: str, settings: ReviewSettings, now: int) -> Case:
    """The case of an access, as this reviewer may handle it. Raises `NotFound`."""
    row = connection.execute(_CASE, {"grant_id": access_id}).one_or_none()
    if row is None:
        raise NotFound("no case of this access")
    line, decision = line_of(row, settings), json.loads(row.decision)
    steps = steps_of(connection, access_id)
    last = steps[-1] if steps else None
    undoable = (
        last is not None
        and last.kind in _UNDOABLE
        and last.by_key == reviewer.key
        and now - last.at <= settings.undo_minutes * MINUTE_MS
    )
    return Case(
        line=line,
        patient_id=row.patient_id,
        reason_text=row.reason_text,
        consent_basis=row.consent_basis,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        rules=tuple((rule["rule_id"], rule["fr"], rule["en"]) for rule in decision["rules"]),
        policy_version=decision["policy_version"],
        audit_entry_id=row.audit_entry_id,
        notices=tuple(
            NoticeState(one.recipient, one.state, one.channel, one.settled_at)
            for one in connection.execute(_NOTICES, {"grant_id": access_id})
        ),
        opened=tuple(
            Opened(one.class_code, one.documents) for one in connection.execute(_OPENED, {"grant_id": access_id})
        ),
        stays=stays_around(connection, row.patient_id, row.opened_at, settings, now),
        steps=steps,
        contests=contests_of(connection, access_id),
        own_service=own_service(reviewer, row.unit) and line.state not in DECIDED,
        undoable=undoable,
        reopenable=last is not None and last.kind is StepKind.CLOSED_BY_RULE and line.staff.key != reviewer.key,
    )


def contests_of(connection: Connection, access_id: str) -> tuple[Contest, ...]:
    """What the patient said of an access, oldest first."""
    return tuple(
        Contest(
            id=one.id,
            wish=one.wish,
            words=one.words,
            answer_by=one.answer_by,
            received_at=one.received_at,
            promised_at=one.promised_at,
            answered_at=one.answered_at,
            answer=one.answer,
            access_id=one.grant_id,
            side=one.side,
        )
        for one in connection.execute(_CONTESTS, {"grant_id": access_id})
    )


def own_service(reviewer: StaffMember, unit: str) -> bool:
    """Whether the case is of the reviewer's own unit: a second reader is then needed."""
    return bool(unit) and reviewer.unit == unit
