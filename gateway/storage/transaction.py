"""What a unit of work receives: the connection, and a say in what happens after it ends."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from gateway.errors import RecordUnavailable

T = TypeVar("T")


class Transaction:
    """One open transaction. `after_commit` and `after_rollback` callbacks run once its fate is known, in order;
    they must not raise and must not touch the connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._after_commit: list[Callable[[], None]] = []
        self._after_rollback: list[Callable[[], None]] = []

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once everything written here is durable."""
        self._after_commit.append(action)

    def after_rollback(self, action: Callable[[], None]) -> None:
        """Run `action` once everything written here is undone (or its fate is unknown)."""
        self._after_rollback.append(action)

    def committed(self) -> None:
        """Called by the database alone."""
        for action in self._after_commit:
            action()

    def rolled_back(self) -> None:
        """Called by the database alone."""
        for action in self._after_rollback:
            action()


def run_unit(unit: Callable[[Transaction], T], transaction: Transaction) -> T:
    """Run the unit, turning a database fault into `RecordUnavailable` and telling the transaction it was undone."""
    try:
        return unit(transaction)
    except DBAPIError as error:
        transaction.rolled_back()
        raise RecordUnavailable("the database refused the work") from error
    except BaseException:
        transaction.rolled_back()
        raise
