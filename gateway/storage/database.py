"""The unit of work: a function handed to the database, which commits when it returns and rolls back when it raises.

One form everywhere: `database.transact(unit)` to write, `with database.reading() as connection` to read. Handing the
work over as a function lets the SQLite committer share one durable commit among several requests.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import RecordUnavailable, Unavailable
from gateway.storage.committer import Committer
from gateway.storage.transaction import Transaction, run_unit

T = TypeVar("T")
DEADLOCKS_BORNE = 3
# jit: what a plan over the months of `audit_entry` is thought to cost is the sum of all of them, though it runs in one;
# compiling it for that would take longer than all the rest.
_POSTGRESQL_OPTIONS = "-c statement_timeout=10000 -c lock_timeout=5000 -c jit=off"


class _DbapiConnection(Protocol):
    isolation_level: str | None

    def execute(self, statement: str) -> object: ...


class Database:
    """The hospital's database: SQLite (WAL, synchronous FULL, one committer) or PostgreSQL.

    `transact(unit)` runs `unit(transaction)` and returns its result once it is durable; whatever `unit` raises is
    raised again after everything it wrote is rolled back. A unit may run twice (never committed twice): it must have
    no effect outside the transaction but through `Transaction.after_commit`.

    Raises `RecordUnavailable` when the commit could not be made durable: the caller must then release nothing.
    """

    def __init__(self, url: str, *, pool_size: int = 8, busy_timeout_ms: int = 5000) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        if self.dialect == "sqlite":
            self.engine = _sqlite_engine(url, "BEGIN IMMEDIATE", 1, busy_timeout_ms)
            self._readers = self._lookups = _sqlite_engine(url, "BEGIN", pool_size, busy_timeout_ms)
            self._committer: Committer | None = Committer(self.engine)
        else:
            self.engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=5,
                pool_pre_ping=False,
                # The connection last used is the one whose statements are prepared and whose caches are warm.
                pool_use_lifo=True,
                connect_args={"connect_timeout": 5, "options": _POSTGRESQL_OPTIONS},
            )
            self._readers = self.engine.execution_options(postgresql_readonly=True)
            self._lookups = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._committer = None

    def transact(self, unit: Callable[[Transaction], T]) -> T:
        """Run one unit of work durably; see the class."""
        if self._committer is not None:
            return self._committer.run(unit)
        for _ in range(DEADLOCKS_BORNE):
            try:
                return self._transact_on_postgresql(unit)
            except RecordUnavailable as error:
                # The server undid it whole to free another transaction that waited for it: it is simply its turn later.
                if not _is_deadlock(error.__cause__):
                    raise
        return self._transact_on_postgresql(unit)

    def end_each_commit_with(self, unit: Callable[[Transaction], object]) -> bool:
        """SQLite: run `unit` last in every commit of this process from now on; see `Committer`. False on PostgreSQL,
        where it is not done: there it would make every transaction wait for the one before."""
        if self._committer is None:
            return False
        self._committer.end_each_commit_with(unit)
        return True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with; what it writes is refused, or undone. Raises `Unavailable` if there is none to be
        had, or it breaks while it is used."""
        with _answering(), self._readers.connect() as connection:
            yield connection
            if self.dialect == "sqlite":
                connection.rollback()
            else:
                # A ROLLBACK would make psycopg forget its prepared statements; the transaction was READ ONLY.
                connection.commit()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection whose reads all see one moment of the whole database, however long they take: for checks and
        exports. It only reads. Raises `Unavailable` as `reading` does."""
        with self.reading() as connection:
            if self.dialect == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection

    @contextmanager
    def lookup(self) -> Iterator[Connection]:
        """A connection for single SELECTs, each on its own: on PostgreSQL no BEGIN and no ROLLBACK travel with them.

        Never write with it: what is written stays. Raises `Unavailable` as `reading` does.
        """
        with _answering(), self._lookups.connect() as connection:
            yield connection

    @property
    def reading_engine(self) -> Engine:
        """For a plug that reads on its own (the embedded dossier store): never inside one of our transactions."""
        return self._readers

    def close(self) -> None:
        """Finish the work at hand and let the connections go."""
        if self._committer is not None:
            self._committer.close()
        self.engine.dispose()
        self._readers.dispose()

    def _transact_on_postgresql(self, unit: Callable[[Transaction], T]) -> T:
        try:
            connection = self.engine.connect()
        except (DBAPIError, PoolTimeoutError) as error:
            raise RecordUnavailable("the database does not answer") from error
        with connection:
            transaction = Transaction(connection)
            result = run_unit(unit, transaction)
            try:
                connection.commit()
            except DBAPIError as error:
                # The server may have committed all the same. Nothing is released: asking again with the same
                # request id finds the grant if there is one.
                transaction.rolled_back()
                raise RecordUnavailable("the commit could not be confirmed") from error
        transaction.committed()
        return result


def _is_deadlock(cause: BaseException | None) -> bool:
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) == "40P01"


@contextmanager
def _answering() -> Iterator[None]:
    """A database that is down, that breaks off, or whose connections are all taken is `Unavailable`, nothing else."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        raise Unavailable("the database does not answer") from error


def _sqlite_engine(url: str, begin: str, pool_size: int, busy_timeout_ms: int) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=5)

    def on_connect(dbapi_connection: _DbapiConnection, _record: ConnectionPoolEntry) -> None:
        # The driver's own transactions begin too late and end too early: BEGIN is ours (see on_begin).
        dbapi_connection.isolation_level = None
        # FULL: a power cut must never lose an entry that was acknowledged.
        # secure_delete: an erased key must not linger in a free page beside what it encrypted.
        settings = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
        for pragma in (*settings, f"busy_timeout={busy_timeout_ms}"):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine
