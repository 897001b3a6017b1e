"""What a witness remembers: the last head of each log it cosigned, and heads that contradict it, in one SQLite file.

The whole promise of a witness is here: reading the last head, deciding and keeping the new one are one transaction
that no other can enter, and its answer leaves only after the commit is on the disk. A file set back to an older state
makes a witness forget what it said: it must never be restored from a backup (make a new witness, with a new key). So a
witness whose file is gone does not begin anew either: it cosigns nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from audit.witnessing import Answer, Seen
from gateway.errors import Unavailable

BUSY_SECONDS = 10.0
# Of a log that signs two histories, so many heads are kept as evidence; one is enough to convict it.
MOST_EVIDENCE = 100
# Sizes are text: a signed head may claim more leaves than an SQLite integer holds.
_TABLES = (
    """CREATE TABLE IF NOT EXISTS seen (
        origin TEXT PRIMARY KEY, size TEXT NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, time INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE IF NOT EXISTS evidence (
        number INTEGER PRIMARY KEY, origin TEXT NOT NULL, note TEXT NOT NULL, seen TEXT NOT NULL, time INTEGER NOT NULL,
        UNIQUE (origin, note)
    ) STRICT""",
)
_SEEN = "SELECT size, root FROM seen WHERE origin = ?"
_KEEP = """INSERT INTO seen (origin, size, root, note, time) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE
    SET size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time"""
_CONVICT = """INSERT INTO evidence (origin, note, seen, time)
    SELECT ?, ?, coalesce((SELECT note FROM seen WHERE origin = ?), ''), ?
    WHERE (SELECT count(*) FROM evidence WHERE origin = ?) < ? ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True)
class KnownLog:
    """The last head cosigned of one origin; `time` in POSIX seconds, `contradictions` how many heads contradict it."""

    origin: str
    size: int
    note: str
    time: int
    contradictions: int


class WitnessState:
    """The file; any number of threads and processes may use it. Raises `Unavailable` when it cannot be used, or is not
    there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with self._open() as connection:
            for table in _TABLES:
                connection.execute(table)

    @classmethod
    def found(cls, file: Path) -> "WitnessState":
        """The memory of a witness that has not said anything yet; what is there already is kept."""
        file.touch(mode=0o644)
        return cls(file)

    def answer(self, origin: str, note: str, now: int, decide: Callable[[Seen], Answer]) -> Answer:
        """Decide on a request about `origin` and keep what comes of it, alone; the answer may leave when this returns.
        Raises `Unavailable` when it cannot be kept: then nothing was cosigned, as far as anybody knows."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_SEEN, (origin,)).fetchone()
            answer = decide(Seen() if row is None else Seen(int(row[0]), row[1]))
            if answer.seen is not None:
                kept = (origin, str(answer.seen.size), answer.seen.root, note, now)
                connection.execute(_KEEP, kept)
            elif answer.evidence:
                connection.execute(_CONVICT, (origin, answer.evidence, origin, now, origin, MOST_EVIDENCE))
            connection.execute("COMMIT")
        return answer

    def known(self) -> tuple[KnownLog, ...]:
        """Every origin ever cosigned, by name."""
        query = """SELECT origin, size, note, time,
            (SELECT count(*) FROM evidence WHERE evidence.origin = seen.origin) FROM seen ORDER BY origin"""
        with self._open() as connection:
            return tuple(KnownLog(row[0], int(row[1]), *row[2:]) for row in connection.execute(query))

    def evidence(self) -> tuple[tuple[str, str, str], ...]:
        """(origin, the head that contradicts, the head that was cosigned), both signed by the log: the proof that it
        has two histories, for anybody to check."""
        with self._open() as connection:
            return tuple(connection.execute("SELECT origin, note, seen FROM evidence ORDER BY number"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use, without transactions of the driver; closing it undoes what is open."""
        # mode=rw: never made anew, a witness without memory would cosign a second history.
        place = f"{self._file.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, uri=True)) as connection:
                # A rollback journal with EXTRA is durable after power loss even where the folder is not synced.
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("PRAGMA synchronous=EXTRA")
                yield connection
        except sqlite3.Error as error:
            gone = "is not there: make a new witness, with a new key" if not self._file.exists() else "cannot be used"
            raise Unavailable(f"the state file of the witness {gone}") from error
