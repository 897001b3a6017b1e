"""A full disk: nothing opens, the caller is told to try again, and once there is room the same request opens once."""

from sqlalchemy import event, text

from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest
from gateway.errors import RecordUnavailable
from gateway.storage.database import Database
from policies import PolicyBook
from tests.access.conftest import Hospital, build_hospital
from tests.worlds import StillWorld


def _opens(hospital: Hospital, request: AccessRequest) -> bool:
    """Whether it was granted; a disk that takes no more is the one other answer."""
    try:
        return isinstance(hospital.opening.open_dossier(hospital.intern, request), Granted)
    except RecordUnavailable:
        return False


def test_a_full_disk_opens_nothing_and_loses_nothing(sqlite_url: str, book: PolicyBook) -> None:
    roomy = build_hospital(Database(sqlite_url), StillWorld(seed="roomy"), book)
    patient = roomy.add_patient()
    with roomy.database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    full = build_hospital(Database(sqlite_url), StillWorld(seed="full"), book)
    # The file may not grow by a single page: SQLite answers as on a full disk (SQLITE_FULL).
    event.listen(
        full.database.engine,
        "connect",
        lambda connection, _: connection.execute(f"PRAGMA max_page_count={pages}"),
    )
    opened, request = 0, full.ask(patient)
    while _opens(full, request):
        opened += 1
        full.still.pass_time(hours=1)
        request = full.ask(patient)
    assert roomy.count("access_grant") == opened == len(roomy.entries("access.opened"))
    full.database.close()
    roomy.still.pass_time(hours=opened + 1)
    outcome = roomy.opening.open_dossier(roomy.intern, request)
    assert isinstance(outcome, Granted)
    assert roomy.count("access_grant") == opened + 1
    assert roomy.count("notice") == 2 * (opened + 1)
