"""Sessions in our own table, on both databases: found while live, ended at once, one for each device."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.errors import RecordUnavailable, Unavailable
from gateway.identity.sessions import NewSession, Sessions
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import TRE_G16, PatientHolder, Profession, StaffMember, dump_person
from gateway.settings import BearerSettings, IdentitySettings, ProviderSettings
from gateway.storage.database import Database
from gateway.storage.tables import session
from tests.identity.peers import WrittenDown, free_port
from tests.worlds import StillWorld

INTERN = StaffMember(
    key="sub:https://idp.invalid|i.martin",
    issuer="https://idp.invalid",
    subject="i.martin",
    name="Inès Martin",
    profession=Profession(system=TRE_G16, code="10"),
    specialty="",
    category="E",
    unit="URG",
    establishment="750000018",
    rpps="",
    roles=frozenset({"staff"}),
    named=True,
    factors=2,
    amr=("pwd", "otp"),
    authenticated_at=1_795_316_400_000,
)
NURSE = replace(INTERN, key="rpps:10100000016", subject="n.petit", name="Nadia Petit", rpps="10100000016")
PATIENT = PatientHolder(
    key="sub:https://fc.invalid|1",
    issuer="https://fc.invalid",
    subject="1",
    birth_name="PAT-TROIS",
    given_names="DOMINIQUE",
    birth_date="1979-03-28",
    sex="F",
    authenticated_at=1_795_316_400_000,
)


SETTINGS = IdentitySettings(
    staff=ProviderSettings(issuer="https://idp.invalid", client_id="gateway"),
    bearer=BearerSettings(audience="https://gateway.invalid/api"),
    idle_minutes=30,
    absolute_hours=12,
)


def signed_in(person: StaffMember | PatientHolder) -> SignedIn:
    kind = "staff" if isinstance(person, StaffMember) else "patient"
    return SignedIn(kind=kind, person=person, return_to="/", provider_sid="sid-1", id_token="an.id.token")


@pytest.fixture
def recorder() -> WrittenDown:
    return WrittenDown()


@pytest.fixture
def sessions(database: Database, still_world: StillWorld, recorder: WrittenDown) -> Sessions:
    return Sessions(database=database, world=still_world.world, settings=SETTINGS, recorder=recorder)


def opened(sessions: Sessions, person: StaffMember | PatientHolder = INTERN, device: str = "device-1") -> NewSession:
    return sessions.open(signed_in(person), device)


@pytest.mark.parametrize("person", [INTERN, NURSE, PATIENT])
def test_a_session_gives_back_the_very_person_who_signed_in(
    sessions: Sessions, person: StaffMember | PatientHolder
) -> None:
    new = opened(sessions, person)

    found = sessions.find(new.token)

    assert found is not None
    assert found.person == person
    assert found.csrf_token == new.csrf_token
    assert found.id_token == "an.id.token"


def test_neither_token_is_in_the_database_only_their_hash(sessions: Sessions, database: Database) -> None:
    new = opened(sessions, device="the-device-token")

    with database.reading() as connection:
        row = connection.execute(select(session)).one()

    assert new.token not in str(row)
    assert "the-device-token" not in str(row)
    assert len(row.token_hash) == len(row.device_hash) == 64


@pytest.mark.parametrize("token", ["", "unknown", "x" * 10_000, "é\ud800", "' OR 1=1 --", "\u0000"])
def test_a_cookie_that_is_no_session_finds_nothing(sessions: Sessions, token: str) -> None:
    opened(sessions)

    assert sessions.find(token) is None


def test_a_session_unused_for_thirty_minutes_is_over(sessions: Sessions, still_world: StillWorld) -> None:
    new = opened(sessions)
    still_world.pass_time(minutes=29, seconds=59)
    assert sessions.find(new.token) is not None
    still_world.pass_time(minutes=29, seconds=59)
    assert sessions.find(new.token) is not None
    still_world.pass_time(minutes=30)
    assert sessions.find(new.token) is None


def test_a_session_in_use_is_over_after_twelve_hours(sessions: Sessions, still_world: StillWorld) -> None:
    new = opened(sessions)
    for _ in range(12 * 3 - 1):
        still_world.pass_time(minutes=20)
        assert sessions.find(new.token) is not None
    still_world.pass_time(minutes=20)
    assert sessions.find(new.token) is None


def test_use_is_written_down_at_most_once_a_minute(
    sessions: Sessions, database: Database, still_world: StillWorld
) -> None:
    new = opened(sessions)

    def last_seen() -> int:
        sessions.find(new.token)
        with database.reading() as connection:
            return int(connection.execute(select(session.c.last_seen_at)).scalar_one())

    start = last_seen()
    still_world.pass_time(seconds=59)
    assert last_seen() == start
    still_world.pass_time(seconds=1)
    assert last_seen() == start + 60_000


def test_a_second_sign_in_on_the_device_ends_the_first_in_the_same_transaction(
    sessions: Sessions, recorder: WrittenDown
) -> None:
    first = opened(sessions, INTERN)
    second = opened(sessions, NURSE)

    assert first.replaced == ()
    assert second.replaced == (INTERN,)
    assert sessions.find(first.token) is None
    assert sessions.find(second.token) is not None
    assert recorder.lines == [("signed_in", INTERN.key), ("signed_out", INTERN.key), ("signed_in", NURSE.key)]


def test_sessions_on_other_devices_live_on(sessions: Sessions) -> None:
    first, second = opened(sessions, INTERN, "device-1"), opened(sessions, INTERN, "device-2")

    assert second.replaced == ()
    assert sessions.find(first.token) is not None


def test_ending_a_session_is_recorded_once_and_forgets_the_id_token(
    sessions: Sessions, database: Database, recorder: WrittenDown
) -> None:
    new = opened(sessions)

    assert [sessions.end(new.token), sessions.end(new.token), sessions.end("unknown")] == [True, False, False]

    assert sessions.find(new.token) is None
    assert recorder.lines == [("signed_in", INTERN.key), ("signed_out", INTERN.key)]
    with database.reading() as connection:
        assert connection.execute(select(session.c.id_token)).scalar_one() == ""


def test_all_sessions_of_a_person_end_and_nobody_elses(sessions: Sessions) -> None:
    mine = [opened(sessions, INTERN, f"device-{number}") for number in range(3)]
    other = opened(sessions, NURSE, "device-9")

    assert sessions.end_all(INTERN.key) == 3

    assert [sessions.find(new.token) for new in mine] == [None, None, None]
    assert sessions.find(other.token) is not None


def test_a_session_that_had_run_out_ends_without_a_sign_out_nobody_made(
    sessions: Sessions, still_world: StillWorld, recorder: WrittenDown
) -> None:
    new = opened(sessions)
    still_world.pass_time(hours=1)

    assert sessions.end(new.token) is False
    assert opened(sessions, NURSE).replaced == ()
    assert ("signed_out", INTERN.key) not in recorder.lines


def test_no_session_begins_when_its_entry_cannot_be_recorded(
    sessions: Sessions, database: Database, recorder: WrittenDown
) -> None:
    former = opened(sessions, INTERN)
    recorder.broken = True

    with pytest.raises(OSError, match="record"):
        opened(sessions, NURSE)

    assert sessions.find(former.token) is not None
    with database.reading() as connection:
        assert len(connection.execute(select(session)).all()) == 1


def test_sign_ins_at_once_on_one_device_leave_one_session(sessions: Sessions) -> None:
    new: list[NewSession] = []
    threads = [threading.Thread(target=lambda: new.append(opened(sessions))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(new) == 8
    assert len([one for one in new if sessions.find(one.token)]) == 1


def test_rows_of_sessions_long_over_go_at_the_next_sign_in(
    sessions: Sessions, database: Database, still_world: StillWorld
) -> None:
    opened(sessions)
    still_world.pass_time(days=3)
    opened(sessions, NURSE, "device-2")

    with database.reading() as connection:
        assert connection.execute(select(session.c.person_key)).scalars().all() == [NURSE.key]


def test_a_person_changed_behind_our_back_is_what_the_table_says_not_what_memory_kept(
    sessions: Sessions, database: Database
) -> None:
    new = opened(sessions)
    database.transact(
        lambda transaction: transaction.connection.execute(update(session).values(person=dump_person(NURSE)))
    )

    found = sessions.find(new.token)

    assert found is not None
    assert found.person == NURSE


def test_a_database_that_does_not_answer_is_an_outage_not_a_missing_session(
    still_world: StillWorld, recorder: WrittenDown
) -> None:
    gone = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    sessions = Sessions(database=gone, world=still_world.world, settings=SETTINGS, recorder=recorder)

    with pytest.raises(Unavailable):
        sessions.find("a-token")
    with pytest.raises(RecordUnavailable):
        opened(sessions)
