"""Who a notice is for and where they can be reached, as the directory says at the time of sending."""

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection, bindparam, select, text

from gateway.notifications.channel import AddressKind
from gateway.notifications.notice import Notice, NoticeKind, Recipient
from gateway.notifications.patient_mailbox import is_adult, mailbox_address
from gateway.notifications.secrecy import HIDDEN_ACT_READ, OVER_AT
from gateway.patients.folding import first_given_name, fold
from gateway.patients.safety import unsafe_ways
from gateway.storage.tables import notice_preference, patient, patient_contact

_PATIENT = (
    select(
        patient.c.ins,
        patient.c.identity_status,
        patient.c.birth_date,
        patient.c.deceased_on,
        patient.c.birth_name,
        patient.c.used_name,
        patient.c.given_names,
        patient.c.used_given_name,
        notice_preference.c.channels,
        notice_preference.c.large_print,
        notice_preference.c.language,
    )
    .join_from(patient, notice_preference, notice_preference.c.patient_id == patient.c.id, isouter=True)
    .where(patient.c.id == bindparam("patient_id"))
)
_CONTACTS = (
    select(patient_contact)
    .where(patient_contact.c.patient_id == bindparam("patient_id"), patient_contact.c.kind == bindparam("contact_kind"))
    .order_by(patient_contact.c.position, patient_contact.c.id)
)
_OF_ACCESS = text(
    f"""SELECT {OVER_AT.format(g="g")} AS over_at, {HIDDEN_ACT_READ.format(g="g")} AS hidden_act_read
    FROM access_grant g WHERE g.id = :grant_id"""  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the recipient's own."""

    kind: AddressKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """What decides the way of a notice. `addresses` are the recipient's own and safe, in the directory's order;
    `representatives` are a minor's, and used only where the law lets them be told."""

    recipient: Recipient
    adult: bool
    deceased: bool
    addresses: tuple[Address, ...]
    some_unsafe: bool = False  # the directory holds an address others read: it is not among `addresses`
    representatives: tuple[Address, ...] = ()
    emergency: bool = True  # a bris de glace
    hidden_act_seen: bool = False
    access_over_at: int = 0  # UTC epoch ms
    preferred: str = "[]"  # JSON: channels as the patient ordered them
    large_print: bool = False
    language: str = ""


def recipient_facts(
    connection: Connection, patient_id: str, recipient: Recipient, *, today: date, mailbox_form: str = ""
) -> RecipientFacts:
    """Read them from the directory: an address changed since the opening is the one used.

    `mailbox_form` is `notifications.mssante.address_form`: with it, a patient's Mon espace santé is their last address.
    A minor's own addresses are their e-mail and a telephone recorded as theirs alone: any other telephone, the
    letterbox and Mon espace santé are the representatives' too.
    """
    person = connection.execute(_PATIENT, {"patient_id": patient_id}).one()
    given = person.used_given_name or first_given_name(person.given_names)
    own_name = f"{given} {person.used_name or person.birth_name}"
    holder = recipient is Recipient.PATIENT
    adult = is_adult(person.birth_date, today)
    alone = holder and not adult
    addresses, some_unsafe = _addresses(connection, patient_id, recipient, own_name, alone=alone)
    marked = {way.value for way in unsafe_ways(connection, patient_id)} if holder else set()
    if holder:
        mailbox = mailbox_address(
            mailbox_form,
            ins=person.ins,
            identity_status=person.identity_status,
            birth_date=person.birth_date,
            today=today,
        )
        addresses += (Address(AddressKind.MSSANTE, mailbox),) if mailbox else ()
        some_unsafe |= any(one.kind.value in marked for one in addresses)
        addresses = tuple(one for one in addresses if one.kind.value not in marked)
    representatives: tuple[Address, ...] = ()
    if recipient is Recipient.MEDECIN_TRAITANT and not adult and _is_a_representative(connection, patient_id):
        # Nothing of a minor's goes to a parent unasked, whatever else the parent is: a person looks first.
        addresses = ()
    if alone:
        representatives, _ = _addresses(connection, patient_id, Recipient.LEGAL_REPRESENTATIVE, "", alone=False)
    return RecipientFacts(
        recipient=recipient,
        adult=adult,
        deceased=person.deceased_on is not None,
        addresses=addresses,
        some_unsafe=some_unsafe,
        representatives=representatives,
        preferred=(person.channels or "[]") if holder else "[]",
        large_print=bool(person.large_print) and recipient is not Recipient.MEDECIN_TRAITANT,
        language=(person.language or "") if holder else "",
    )


def of_access(connection: Connection, facts: RecipientFacts, notice: Notice) -> RecipientFacts:
    """The same, with what the access itself says: whether the representatives of a minor may be told, and when."""
    access = connection.execute(_OF_ACCESS, {"grant_id": notice.grant_id}).one()
    return replace(
        facts,
        emergency=notice.kind is NoticeKind.BREAK_GLASS,
        hidden_act_seen=bool(access.hidden_act_read),
        access_over_at=access.over_at,
    )


def _addresses(
    connection: Connection, patient_id: str, recipient: Recipient, own_name: str, *, alone: bool
) -> tuple[tuple[Address, ...], bool]:
    """The safe addresses of the contacts of this kind, and whether any was left out as unsafe."""
    # The names of `Recipient` are those of the contacts' kinds.
    rows = connection.execute(_CONTACTS, {"patient_id": patient_id, "contact_kind": recipient.value}).all()
    addresses: list[Address] = []
    for row in rows:
        # The médecin traitant is written to in the trusted space alone: MSSanté, not a practice's mailbox or telephone.
        if recipient is Recipient.MEDECIN_TRAITANT:
            written = [(AddressKind.MSSANTE, row.mssante)]
        elif alone:
            written = [(AddressKind.EMAIL, row.email), (AddressKind.PHONE, row.phone if row.personal else "")]
        else:
            written = [
                (AddressKind.EMAIL, row.email),
                (AddressKind.PHONE, row.phone),
                (AddressKind.POSTAL, postal_lines(row.name or own_name, row.address)),
            ]
        if not row.unsafe:
            addresses += [Address(kind, value.strip()) for kind, value in written if value.strip()]
    return tuple(addresses), any(row.unsafe for row in rows)


def _is_a_representative(connection: Connection, patient_id: str) -> bool:
    """Whether the médecin traitant is one of the minor's own legal representatives, as far as names and MSSanté
    addresses tell: `Dr Anne LE GALL` and `Anne Le Gall` are one."""
    kinds = (Recipient.MEDECIN_TRAITANT, Recipient.LEGAL_REPRESENTATIVE)
    doctors, parents = (
        connection.execute(_CONTACTS, {"patient_id": patient_id, "contact_kind": kind.value}).all() for kind in kinds
    )
    return any(
        (parent.mssante and parent.mssante.casefold() == doctor.mssante.casefold())
        or set(fold(parent.name).split()) <= set(fold(doctor.name).split())
        for doctor in doctors
        for parent in parents
        if parent.name.strip()
    )


def postal_lines(name: str, address: str) -> str:
    """The block of an envelope, a line each: whom, then the address as the hospital wrote it ("street, town")."""
    lines = [part.strip() for line in address.splitlines() for part in line.split(",") if part.strip()]
    return "\n".join([name, *lines]) if name.strip() and lines else ""
