"""The record of a period as a file: CSV, Parquet, or AuditEvents (one a line). Every export is itself an entry, made
before its first byte leaves; without names nothing personal is in it, and the entry says which it was."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
from sqlalchemy import func, select

from audit import AuditLog
from audit.entry import Json
from gateway.access.actors import sealed_actor
from gateway.errors import InvalidRequest, NotAllowed, Unavailable
from gateway.exporting.audit_event import RecordedEntry, audit_events
from gateway.exporting.columns import Cell, Language, cells, columns
from gateway.exporting.event_parts import EventSource
from gateway.exporting.record import RecordReader
from gateway.exporting.spreadsheet import csv_pieces
from gateway.identity.staff_member import StaffMember
from gateway.storage.database import Database
from gateway.storage.journal import Journal, person_subject
from gateway.storage.tables import audit_entry

LONGEST_PARQUET_SECONDS = 3600.0
PART = ".part"  # as `gateway.exporting.parquet` names what it has not finished
# Called with (entries done, entries in all).
Progress = Callable[[int, int], None]
Actor = StaffMember | str  # a signed-in person, or the name of who runs a command


class ExportFailed(Unavailable):
    """The file could not be written whole; there is none."""

    code = "export-failed"


class RecordExport:
    """Exports of entries of `since` (UTC ms) or later and before `until`.

    A signed-in person must be the DPO (`NotAllowed`). Raises `RecordUnavailable` when the export cannot be recorded:
    then nothing leaves. Entries are read in pages while they are written.
    """

    def __init__(self, *, database: Database, log: AuditLog, journal: Journal, source: EventSource) -> None:
        self._database = database
        self._journal = journal
        self._source = source
        self._reader = RecordReader(database=database, log=log)

    def csv(
        self,
        by: Actor,
        since: int,
        until: int,
        *,
        with_names: bool = False,
        language: Language = "fr",
        progress: Progress | None = None,
    ) -> Iterator[bytes]:
        """The file in pieces. It is recorded now, not when the first piece is taken."""
        total = self._record(by, "csv", since, until, with_names=with_names)
        rows = self._rows(since, until, with_names=with_names, total=total, progress=progress)
        return csv_pieces(rows, columns(with_names=with_names), language)

    def fhir(self, by: Actor, since: int, until: int, *, progress: Progress | None = None) -> Iterator[bytes]:
        """AuditEvents, one a line (ndjson), with the personal values BALP asks for."""
        total = self._record(by, "fhir", since, until, with_names=True)
        entries = self._entries(since, until, total, progress)
        return (orjson.dumps(event) + b"\n" for item in entries for event in audit_events(item, self._source))

    def parquet(
        self,
        by: Actor,
        since: int,
        until: int,
        file: Path,
        *,
        with_names: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Write a Parquet file, by a child process. Raises `ExportFailed`: then there is no file."""
        total = self._record(by, "parquet", since, until, with_names=with_names)
        rows = self._rows(since, until, with_names=with_names, total=total, progress=progress)
        head = [
            {"name": column.name, "number": column.number, "holds": column.holds}
            for column in columns(with_names=with_names)
        ]
        command = [sys.executable, "-m", "gateway.exporting.parquet", str(file)]
        try:
            code = _run(command, head, rows)
        finally:
            # A writer that was killed leaves its unfinished file.
            file.with_name(file.name + PART).unlink(missing_ok=True)
        if code != 0:
            raise ExportFailed(f"the Parquet writer ended with {code}")

    def _rows(
        self, since: int, until: int, *, with_names: bool, total: int, progress: Progress | None
    ) -> Iterator[dict[str, Cell]]:
        return (cells(item, with_names=with_names) for item in self._entries(since, until, total, progress))

    def _entries(self, since: int, until: int, total: int, progress: Progress | None) -> Iterator[RecordedEntry]:
        done = 0
        for page in self._reader.oldest_first(since, until):
            yield from page
            done += len(page)
            if progress is not None:
                progress(done, max(total, done))

    def _record(self, by: Actor, form: str, since: int, until: int, *, with_names: bool) -> int:
        if until < since:
            raise InvalidRequest("the end comes after the start", field="until", code="date-invalid")
        if isinstance(by, StaffMember) and (not by.named or "dpo" not in by.roles):
            raise NotAllowed("the record is exported by the DPO")
        personal: dict[str, dict[str, Json]] = (
            sealed_actor(by) if isinstance(by, StaffMember) else {person_subject(by): {"by": by}}
        )
        in_period = select(func.count()).where(audit_entry.c.time >= since, audit_entry.c.time < until)
        with self._database.reading() as connection:
            total: int = connection.execute(in_period).scalar_one()
        self._database.transact(
            lambda tx: self._journal.append(
                tx,
                "log.exported",
                "success",
                facts={
                    "format": form,
                    "since": since,
                    "until": until,
                    "with_names": with_names,
                    "entries": total,
                    "door": "page" if isinstance(by, StaffMember) else "command",
                },
                personal=personal,
            )
        )
        return total


def _run(command: list[str], head: object, rows: Iterator[dict[str, Cell]]) -> int:
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: S603
        watchdog = threading.Timer(LONGEST_PARQUET_SECONDS, child.kill)
        watchdog.start()
        try:
            _feed(child, head, rows)
            return child.wait()
        except OSError as error:
            raise ExportFailed(f"the Parquet writer stopped: {type(error).__name__}") from error
        finally:
            watchdog.cancel()
            child.kill()


def _feed(child: "subprocess.Popen[bytes]", head: object, rows: Iterator[dict[str, Cell]]) -> None:
    if child.stdin is None:
        raise OSError("the child takes no input")
    with child.stdin as lines:
        lines.write(orjson.dumps(head) + b"\n")
        for row in rows:
            lines.write(orjson.dumps(row) + b"\n")
        lines.write(b"null\n")
