"""Where a notice goes: by which channel to which address, or who must take it in hand instead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, bindparam, select

from gateway.notifications.channel import AddressKind, NotificationChannel
from gateway.notifications.notice import Recipient
from gateway.notifications.patient_mailbox import is_adult, mailbox_address
from gateway.patients.folding import first_given_name
from gateway.storage.tables import patient, patient_contact

_PATIENT = select(
    patient.c.ins,
    patient.c.identity_status,
    patient.c.birth_date,
    patient.c.deceased_on,
    patient.c.birth_name,
    patient.c.used_name,
    patient.c.given_names,
    patient.c.used_given_name,
).where(patient.c.id == bindparam("patient_id"))
_CONTACTS = (
    select(
        patient_contact.c.name,
        patient_contact.c.email,
        patient_contact.c.mssante,
        patient_contact.c.phone,
        patient_contact.c.address,
    )
    .where(patient_contact.c.patient_id == bindparam("patient_id"), patient_contact.c.kind == bindparam("contact_kind"))
    .order_by(patient_contact.c.position, patient_contact.c.id)
)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the recipient's own."""

    kind: AddressKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """What decides the way of a notice. `addresses` are the recipient's own, never a representative's."""

    recipient: Recipient
    birth_date: str  # ISO
    deceased: bool
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """This channel, this address."""

    channel: NotificationChannel
    address: Address


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is told before a person has looked; `rule` names why."""

    rule: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No configured channel reaches the recipient: a person must."""

    reason: str


Route = Send | Hold | Unreachable


def recipient_facts(
    connection: Connection, patient_id: str, recipient: Recipient, *, today: date, mailbox_form: str = ""
) -> RecipientFacts:
    """Read them from the directory, at the time of sending: an address changed since the opening is the one used.

    `mailbox_form` is `notifications.mssante.address_form`: with it, a patient's Mon espace santé is their last address.
    """
    person = connection.execute(_PATIENT, {"patient_id": patient_id}).one()
    # The names of `Recipient` are those of the contacts' kinds.
    rows = connection.execute(_CONTACTS, {"patient_id": patient_id, "contact_kind": recipient.value})
    given = person.used_given_name or first_given_name(person.given_names)
    own_name = f"{given} {person.used_name or person.birth_name}"
    addresses: list[Address] = []
    for row in rows:
        # The médecin traitant is written to in the trusted space alone: MSSanté, not a practice's mailbox or telephone.
        if recipient is Recipient.MEDECIN_TRAITANT:
            written = [(AddressKind.MSSANTE, row.mssante)]
        else:
            written = [
                (AddressKind.EMAIL, row.email),
                (AddressKind.PHONE, row.phone),
                (AddressKind.POSTAL, postal_lines(row.name or own_name, row.address)),
            ]
        addresses += [Address(kind, value.strip()) for kind, value in written if value.strip()]
    if recipient is Recipient.PATIENT:
        mailbox = mailbox_address(
            mailbox_form,
            ins=person.ins,
            identity_status=person.identity_status,
            birth_date=person.birth_date,
            today=today,
        )
        addresses += [Address(AddressKind.MSSANTE, mailbox)] if mailbox else []
    return RecipientFacts(
        recipient=recipient,
        birth_date=person.birth_date,
        deceased=person.deceased_on is not None,
        addresses=tuple(addresses),
    )


def postal_lines(name: str, address: str) -> str:
    """The block of an envelope, a line each: whom, then the address as the hospital wrote it ("street, town")."""
    lines = [part.strip() for line in address.splitlines() for part in line.split(",") if part.strip()]
    return "\n".join([name, *lines]) if name.strip() and lines else ""


def route(facts: RecipientFacts, channels: Sequence[NotificationChannel], *, today: date, released: bool) -> Route:
    """The first channel, in the configured order, that reaches an address of the recipient's own.

    Held for a person's decision, unless one released it: a deceased patient's notice (L1110-4 V: the heirs' rights are
    not the holder's), and a minor's who has no e-mail of their own (R1111-50: a hidden act must not reach the legal
    representatives, and a shared telephone or letterbox is theirs).
    """
    holder = facts.recipient is Recipient.PATIENT
    if holder and not released:
        if facts.deceased:
            return Hold("deceased")
        own_mailbox = any(address.kind is AddressKind.EMAIL for address in facts.addresses)
        if not own_mailbox and not is_adult(facts.birth_date, today):
            return Hold("minor-without-own-address")
    for channel in channels:
        for address in facts.addresses:
            if address.kind in channel.reaches:
                return Send(channel, address)
    return Unreachable("no-address")
