"""Whose record a signed-in patient holds, as the directory knows them."""

from sqlalchemy import Connection

from gateway.identity.staff_member import PatientHolder
from gateway.patients.directory import match_holder
from gateway.patients.patient import PatientRecord, Traits


def record_of(connection: Connection, holder: PatientHolder) -> PatientRecord | None:
    """The one qualified identity with the traits their provider vouches for, or None (see `match_holder`); None too
    once they died: whoever signs in as them is somebody else, and the heirs' way is CSP L1110-4 V."""
    traits = Traits(
        birth_name=holder.birth_name,
        given_names=holder.given_names,
        birth_date=holder.birth_date,
        sex=holder.sex,
        birth_place=holder.birth_place,
    )
    found = match_holder(connection, traits)
    return found if found is not None and found.deceased_on is None else None
