"""The versions that were once in force: what their rule ids and reason codes meant stands in the log."""

from sqlalchemy import Connection, select

from gateway.rulebook.contents import version_files
from gateway.storage.tables import policy_activation
from policies import PolicyError, Sources

MOST = 20


def once_in_force(connection: Connection) -> tuple[Sources, ...]:
    """The files of the versions that decided last, newest first. One that cannot be read any more keeps nobody from
    writing another."""
    column = policy_activation.c
    numbers = (
        select(column.number).where(column.turn.is_not(None)).distinct().order_by(column.number.desc()).limit(MOST)
    )
    found = []
    for number in connection.execute(numbers).scalars().all():
        try:
            found.append(Sources.of(version_files(connection, number)))
        except PolicyError:
            continue
    return tuple(found)
