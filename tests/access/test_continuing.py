"""An open access: the server's clock ends it, an extension asks the rules again, an end is for good."""

import pytest

from gateway.access.outcome import Access, Granted, Refused
from gateway.errors import AccessNotOpen, NotFound
from gateway.storage import tables
from tests.access.conftest import Hospital

MINUTE = 60_000


def _open(hospital: Hospital) -> Access:
    outcome = hospital.open(hospital.add_patient())
    assert isinstance(outcome, Granted)
    return outcome.access


def test_an_access_ends_by_the_servers_clock(hospital: Hospital) -> None:
    access = _open(hospital)
    hospital.still.pass_time(minutes=29, seconds=59)
    assert hospital.continuing.current(hospital.intern, access.id).open
    hospital.still.pass_time(seconds=1)
    assert not hospital.continuing.current(hospital.intern, access.id).open


def test_extending_gives_a_whole_window_from_now_and_is_recorded(hospital: Hospital) -> None:
    access = _open(hospital)
    hospital.still.pass_time(minutes=20)
    extended = hospital.continuing.extend(hospital.intern, access.id)
    assert isinstance(extended, Access)
    assert extended.expires_at == access.opened_at + 50 * MINUTE
    assert extended.extensions == 1
    assert len(hospital.entries("access.extended")) == 1


def test_an_access_cannot_be_extended_beyond_the_longest(hospital: Hospital) -> None:
    access = _open(hospital)
    for _ in range(20):
        hospital.still.pass_time(minutes=20)
        try:
            hospital.continuing.extend(hospital.intern, access.id)
        except AccessNotOpen:
            break
    assert hospital.continuing.current(hospital.intern, access.id).expires_at == access.opened_at + 240 * MINUTE


def test_an_access_that_is_over_never_opens_again(hospital: Hospital) -> None:
    access = _open(hospital)
    hospital.still.pass_time(minutes=30)
    with pytest.raises(AccessNotOpen):
        hospital.continuing.extend(hospital.intern, access.id)


def test_ending_twice_is_ending_once(hospital: Hospital) -> None:
    access = _open(hospital)
    assert not hospital.continuing.end(hospital.intern, access.id).open
    hospital.continuing.end(hospital.intern, access.id)
    assert len(hospital.entries("access.ended")) == 1


def test_a_colleague_does_not_find_my_access(hospital: Hospital) -> None:
    access = _open(hospital)
    for act in (hospital.continuing.current, hospital.continuing.extend, hospital.continuing.end):
        with pytest.raises(NotFound):
            act(hospital.senior, access.id)


def test_a_patient_who_blocks_me_meanwhile_stops_the_extension_and_it_is_recorded(hospital: Hospital) -> None:
    access = _open(hospital)
    hospital.run(
        "INSERT INTO patient_block (id, patient_id, staff_key, created_at) VALUES ('b', :patient, :staff, 0)",
        patient=access.patient.id,
        staff=hospital.intern.key,
    )
    refused = hospital.continuing.extend(hospital.intern, access.id)
    assert isinstance(refused, Refused)
    assert len(hospital.entries("access.extension_refused")) == 1
    assert hospital.count(tables.access_grant, "extensions = 0") == 1
