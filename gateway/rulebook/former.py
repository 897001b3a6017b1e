"""The versions that were once in force: what their rule ids and reason codes meant stands in the log."""

from sqlalchemy import Connection, select

from gateway.rulebook.contents import version_files
from gateway.storage.tables import policy_activation
from policies import Sources


def once_in_force(connection: Connection) -> tuple[Sources, ...]:
    """The files of every version that decided at some time, newest first."""
    column = policy_activation.c
    numbers = select(column.number).where(column.turn.is_not(None)).distinct().order_by(column.number.desc())
    return tuple(Sources(version_files(connection, number)) for number in connection.execute(numbers).scalars().all())
