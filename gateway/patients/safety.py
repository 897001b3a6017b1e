"""The patient's own addresses that are not safe for them: others read them, so nothing goes there and nobody calls.

The mark is the way's, not the address': a new telephone number at the same kitchen table is not safer for being new. It
stands until it is taken away. Every function takes a connection, none commits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from gateway.storage.tables import patient_contact, unsafe_address


class AddressWay(StrEnum):
    """What can be unsafe; the names are those of the channels' kinds of address."""

    EMAIL = "email"
    PHONE = "phone"
    POSTAL = "postal"
    MSSANTE = "mssante"  # their mailbox in Mon espace santé


class UnsafeReason(StrEnum):
    """Why, in kinds: never a name, never a story."""

    READ_BY_OTHERS = "read_by_others"
    PRESSURE = "pressure"  # somebody watches, or is feared
    SHARED = "shared"  # a family's, a home's, a colleague's
    NOT_THEIRS = "not_theirs"  # no longer the patient's


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """One address of the patient's own as it may be read aloud to find it again: `d•••@mail.example`, `•• •• 01`."""

    way: AddressWay
    shown: str


def unsafe_ways(connection: Connection, patient_id: str) -> dict[AddressWay, UnsafeReason]:
    """The marks of this patient. A contact of theirs that the hospital brought in as unsafe marks each way it tells of
    and no safe one does."""
    told: dict[bool, set[AddressWay]] = {True: set(), False: set()}
    for row in _contacts(connection, patient_id):
        told[bool(row.unsafe)] |= {way for way, value in _ways(row) if value}
    return dict.fromkeys(sorted(told[True] - told[False]), UnsafeReason.READ_BY_OTHERS) | marked_ways(
        connection, patient_id
    )


def marked_ways(connection: Connection, patient_id: str) -> dict[AddressWay, UnsafeReason]:
    """The marks made one by one, without what whole contacts tell."""
    rows = connection.execute(select(unsafe_address).where(unsafe_address.c.patient_id == patient_id))
    return {AddressWay(row.way): UnsafeReason(row.reason) for row in rows}


def set_unsafe_ways(
    connection: Connection, patient_id: str, marks: Mapping[AddressWay, UnsafeReason], *, now_ms: int
) -> None:
    """These marks and no others: no contact is unsafe as a whole any more."""
    connection.execute(update(patient_contact).where(_own(patient_id)).values(unsafe=False))
    put_marks(connection, patient_id, marks, now_ms=now_ms)


def put_marks(
    connection: Connection, patient_id: str, marks: Mapping[AddressWay, UnsafeReason], *, now_ms: int
) -> None:
    """These marks made one by one; what whole contacts tell stands beside them."""
    connection.execute(delete(unsafe_address).where(unsafe_address.c.patient_id == patient_id))
    rows = [
        {"patient_id": patient_id, "way": way.value, "reason": reason.value, "marked_at": now_ms}
        for way, reason in marks.items()
    ]
    if rows:
        connection.execute(insert(unsafe_address), rows)


def own_addresses(connection: Connection, patient_id: str) -> tuple[OwnAddress, ...]:
    """The patient's own addresses, in the directory's order, each told by its ends alone."""
    return tuple(
        OwnAddress(way, _ENDS[way](value))
        for row in _contacts(connection, patient_id)
        for way, value in _ways(row)
        if value
    )


def _contacts(connection: Connection, patient_id: str) -> Sequence[Row[Any]]:
    order = (patient_contact.c.position, patient_contact.c.id)
    return connection.execute(select(patient_contact).where(_own(patient_id)).order_by(*order)).all()


def _ways(row: Row[Any]) -> tuple[tuple[AddressWay, str], ...]:
    return (
        (AddressWay.EMAIL, row.email.strip()),
        (AddressWay.PHONE, row.phone.strip()),
        (AddressWay.POSTAL, row.address.strip()),
    )


def _mail_ends(mail: str) -> str:
    name, _, domain = mail.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def _own(patient_id: str) -> ColumnElement[bool]:
    return (patient_contact.c.patient_id == patient_id) & (patient_contact.c.kind == "patient")


_ENDS: Mapping[AddressWay, Callable[[str], str]] = {
    AddressWay.EMAIL: _mail_ends,
    AddressWay.PHONE: lambda phone: f"••\u00a0{phone[-2:]}",
    AddressWay.POSTAL: lambda address: f"••• {address.split()[-1]}",
}
