"""The outbox: notices owed, in the database, changed only inside a transaction of the caller's.

A notice leaves the outbox in one of three ways, all of them recorded: a channel accepted it, a rule holds it, or it is
a person's task. Every wait has an end that a clock jumping either way cannot push out of reach: a due time or a claim
further ahead than any honest one counts as passed.
"""

from sqlalchemy import Connection, insert

from gateway.notifications.notice import NewNotice, NoticeState
from gateway.storage.tables import notice

_QUEUE = insert(notice)


def queue(connection: Connection, new_notice: NewNotice) -> None:
    """Put a notice in the outbox, due at once; call it in the transaction that opens the grant.

    Raises `sqlalchemy.exc.IntegrityError` when the grant already has a notice for this recipient, or the code exists:
    the caller's transaction fails and opens nothing.
    """
    connection.execute(
        _QUEUE,
        {
            "id": new_notice.id,
            "grant_id": new_notice.grant_id,
            "patient_id": new_notice.patient_id,
            "kind": new_notice.kind.value,
            "recipient": new_notice.recipient.value,
            "code": new_notice.code,
            "language": new_notice.language,
            "state": NoticeState.PENDING.value,
            "due_at": new_notice.created_at,
            "created_at": new_notice.created_at,
        },
    )
