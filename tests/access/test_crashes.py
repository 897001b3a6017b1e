"""Whatever happens between the request and the answer, a grant has its entry and its notices, or nothing of it exists.

Every statement of the path is broken in every way: the process is killed before it and after it, the statement fails,
the commit fails, the commit fails but had reached the disk.
"""

import os
import re
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from audit import Verifier, verify_bundle, write_bundle
from gateway.access.outcome import Granted
from gateway.errors import RecordUnavailable
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from policies import PolicyBook
from tests.access.conftest import Hospital, build_hospital
from tests.worlds import StillWorld

# More statements than the path has: a test fails if this stops being so.
MOST_STATEMENTS = 40
# Also inside a WITH: on PostgreSQL one statement writes several rows.
WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", re.IGNORECASE)
SURVIVED = 7


def _hospital(url: str, book: PolicyBook, seed: str) -> Hospital:
    return build_hospital(Database(url), StillWorld(seed=seed), book)


def _on_write(hospital: Hospital, number: int, act: Callable[[Connection], None], *, after: bool) -> None:
    """Do `act` around the write of that number (0 is the first) that the hospital's database is asked for."""
    seen = [-1]

    def listen(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if WRITES.search(statement):
            seen[0] += 1
            if seen[0] == number:
                act(connection)

    event.listen(hospital.database.engine, f"{'after' if after else 'before'}_cursor_execute", listen)


def _kill(_connection: object = None, *_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(_connection: object = None, *_: object) -> None:
    raise OperationalError("broken by the test", None, Exception("broken"))


def _commit_then_fail(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    if connection.dialect.name == "sqlite":
        raw.execute("COMMIT")
    else:
        raw.commit()
    _fail()


def _kill_around_commit(hospital: Hospital, *, after: bool) -> None:
    """Before COMMIT is sent, or once it was answered: when the connection goes back to its pool."""
    engine = hospital.database.engine
    if not after:
        event.listen(engine, "commit", _kill)
        return
    committing = []
    event.listen(engine, "commit", committing.append)
    event.listen(engine, "checkin", lambda *_: _kill() if committing else None)


def _killed_child(act: Callable[[], None]) -> bool:
    """Run `act` in a child process; whether it was killed on the way (False: it went through)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            act()
        except BaseException:
            os._exit(1)
        os._exit(SURVIVED)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == SURVIVED, "the child failed otherwise than by being killed"
    return False


def _check_all_or_nothing(hospital: Hospital) -> None:
    """For every grant exactly one entry and its notices, for no grant none."""
    with hospital.database.reading() as connection:

        def count(statement: str) -> int:
            return int(connection.execute(text(statement)).scalar_one())

        grants = count("SELECT COUNT(*) FROM access_grant")
        assert count("SELECT COUNT(*) FROM audit_entry WHERE type = 'access.opened'") == grants
        assert (
            count("SELECT COUNT(*) FROM access_grant g JOIN audit_entry e ON e.entry_id = g.audit_entry_id") == grants
        )
        assert count("SELECT COUNT(*) FROM notice WHERE recipient = 'patient'") == grants
        assert count("SELECT COUNT(*) FROM notice WHERE recipient = 'medecin_traitant'") == grants
        assert count("SELECT COUNT(*) FROM notice n JOIN access_grant g ON g.id = n.grant_id") == 2 * grants
        assert count("SELECT COUNT(*) FROM review r JOIN access_grant g ON g.id = r.grant_id") == grants
        assert count("SELECT COUNT(*) FROM review") == grants
        assert count("SELECT COUNT(*) FROM access_request WHERE grant_id IS NOT NULL") == grants
        assert count("SELECT COUNT(*) FROM audit_pending") + count("SELECT COUNT(*) FROM audit_leaf") == count(
            "SELECT COUNT(*) FROM audit_entry"
        )


def _check_log(hospital: Hospital, folder: Path) -> None:
    """The whole log exports and verifies, with no gap in any gateway's counters."""
    while hospital.sequencing.publish_checkpoint() is not None:
        pass
    verifier = hospital.sequencing.verifier_key
    with hospital.database.reading() as connection:
        write_bundle(hospital.log, SqlLogStore(connection), Verifier(verifier), folder)
    report = verify_bundle(folder, verifier)
    assert report.verified, report.fault


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_write_leaves_a_whole_grant_or_nothing(
    database_url: str, book: PolicyBook, tmp_path: Path, after: bool
) -> None:
    reader = _hospital(database_url, book, "reader")
    patient = reader.add_patient()
    requests = {}
    for number in range(MOST_STATEMENTS):
        request = reader.ask(patient, request_id=f"00000000-0000-4000-8000-{number:012d}")

        def open_it(number: int = number, request: object = request) -> None:
            hospital = _hospital(database_url, book, f"child-{number}")
            _on_write(hospital, number, _kill, after=after)
            hospital.opening.open_dossier(hospital.intern, request)  # type: ignore[arg-type]

        killed = _killed_child(open_it)
        _check_all_or_nothing(reader)
        requests[number] = killed
        if not killed:
            break
    writes = sum(requests.values())
    assert writes >= 4, "request and grant, the notices, the entry's number, the entry and what goes with it"
    assert not requests[writes], "the last one went through"
    assert reader.count("access_grant") == 1
    _check_log(reader, tmp_path / "bundle")


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after it, before the answer"])
def test_killed_around_the_commit_the_same_request_finds_one_grant(
    database_url: str, book: PolicyBook, tmp_path: Path, committed: bool
) -> None:
    reader = _hospital(database_url, book, "reader")
    request = reader.ask(reader.add_patient())

    def open_it() -> None:
        hospital = _hospital(database_url, book, "child")
        _kill_around_commit(hospital, after=committed)
        hospital.opening.open_dossier(hospital.intern, request)

    assert _killed_child(open_it)
    _check_all_or_nothing(reader)
    again = reader.opening.open_dossier(reader.intern, request)
    assert isinstance(again, Granted)
    assert again.repeated is committed
    _check_all_or_nothing(reader)
    assert reader.count("access_grant") == 1
    _check_log(reader, tmp_path / "bundle")


def test_a_write_that_fails_opens_nothing_and_asking_again_opens_once(
    database_url: str, book: PolicyBook, tmp_path: Path
) -> None:
    reader = _hospital(database_url, book, "reader")
    for number in range(MOST_STATEMENTS):
        patient = reader.add_patient(number + 1)
        broken = _hospital(database_url, book, f"broken-{number}")
        request = broken.ask(patient)
        _on_write(broken, number, _fail, after=False)
        before = reader.count("access_grant")
        try:
            broken.opening.open_dossier(broken.intern, request)
        except RecordUnavailable:
            pass
        else:
            assert number >= 4
            break
        finally:
            broken.database.close()
        assert reader.count("access_grant") == before
        _check_all_or_nothing(reader)
        again = reader.opening.open_dossier(reader.intern, request)
        assert isinstance(again, Granted)
        assert not again.repeated
        _check_all_or_nothing(reader)
    else:
        pytest.fail("the path has more writes than this test tries")
    _check_log(reader, tmp_path / "bundle")


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed but persisted"])
def test_a_commit_that_fails_releases_nothing_and_asking_again_finds_or_opens_one_grant(
    database_url: str, book: PolicyBook, tmp_path: Path, persisted: bool
) -> None:
    reader = _hospital(database_url, book, "reader")
    request = reader.ask(reader.add_patient())
    broken = _hospital(database_url, book, "broken")
    event.listen(broken.database.engine, "commit", _commit_then_fail if persisted else _fail)
    with pytest.raises(RecordUnavailable):
        broken.opening.open_dossier(broken.intern, request)
    broken.database.close()
    _check_all_or_nothing(reader)
    assert reader.count("access_grant") == int(persisted)
    again = reader.opening.open_dossier(reader.intern, request)
    assert isinstance(again, Granted)
    assert again.repeated is persisted
    assert reader.count("access_grant") == 1
    _check_all_or_nothing(reader)
    _check_log(reader, tmp_path / "bundle")
