"""Which of a patient's own addresses are not safe for them: said by themselves or at the desk, effective at once.

Whoever reads a patient's messages may look over their shoulder too. So the portal takes the word and never shows what
was said before; no message, and no page of a representative, tells of it; the record keeps it under the patient's key.
The desk sees the marks only once it is sure of who asks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from audit.entry import Json
from gateway.access.actors import sealed_actor
from gateway.errors import InvalidRequest, NotAllowed
from gateway.identity.staff_member import PatientHolder
from gateway.notifications.reconsidering import reconsider
from gateway.patients.safety import (
    AddressWay,
    OwnAddress,
    UnsafeReason,
    own_addresses,
    set_unsafe_ways,
    unsafe_ways,
)
from gateway.portal.people import People
from gateway.portal.recorder import Hand, facts_of, signed_in
from gateway.portal.standing import Person
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.transaction import Transaction
from gateway.world import World

Marks = Mapping[AddressWay, UnsafeReason]


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What the desk reads aloud: the addresses by their ends, and the marks."""

    addresses: tuple[OwnAddress, ...]
    marks: Marks


class Addresses:
    """Every call raises `NotAllowed` for who is not the holder, `RecordUnavailable`, `Unavailable`."""

    def __init__(self, *, database: Database, world: World, people: People, journal: Journal) -> None:
        self._database = database
        self._world = world
        self._people = people
        self._journal = journal

    def say_unsafe(self, holder: PatientHolder, ways: Collection[AddressWay]) -> None:
        """Others read these of mine: added to what was said before. Raises `InvalidRequest` (`unsafe-none`)."""
        if not ways:
            raise InvalidRequest("no address was chosen", field="way", code="unsafe-none")
        self.add_for(self._people.person(holder), signed_in(holder), dict.fromkeys(ways, UnsafeReason.READ_BY_OTHERS))

    def say_safe(self, holder: PatientHolder) -> None:
        """All of mine are safe again."""
        self.set_for(self._people.person(holder), signed_in(holder), {})

    def book_for(self, person: Person) -> AddressBook:
        """The marks, for somebody by whose hand they may be seen."""
        _require_holder(person)
        with self._database.reading() as connection:
            return AddressBook(own_addresses(connection, person.patient.id), unsafe_ways(connection, person.patient.id))

    def is_unsafe(self, patient_id: str, way: AddressWay) -> bool:
        """One of them, whoever asks: so that staff do not call where a call does harm."""
        with self._database.reading() as connection:
            return way in unsafe_ways(connection, patient_id)

    def add_for(self, person: Person, hand: Hand, marks: Marks) -> None:
        """These beside those there are."""
        _require_holder(person)
        self._database.transact(
            lambda tx: self._change(tx, person, hand, {**unsafe_ways(tx.connection, person.patient.id), **marks})
        )

    def set_for(self, person: Person, hand: Hand, marks: Marks) -> None:
        """These and no others."""
        _require_holder(person)
        self._database.transact(lambda tx: self._change(tx, person, hand, marks))

    def _change(self, tx: Transaction, person: Person, hand: Hand, marks: Marks) -> None:
        patient_id, now = person.patient.id, self._world.epoch_ms()
        if dict(marks) == unsafe_ways(tx.connection, patient_id):
            return
        set_unsafe_ways(tx.connection, patient_id, marks, now_ms=now)
        reconsider(tx.connection, patient_id, now_ms=now)
        unsafe: dict[str, Json] = {way.value: reason.value for way, reason in sorted(marks.items())}
        personal: dict[str, Mapping[str, Json]] = {
            patient_subject(patient_id): {"patient": patient_id, "unsafe": unsafe}
        }
        if hand.person is not None:
            personal |= sealed_actor(hand.person)
        self._journal.append(tx, "choice.addresses", "success", facts=facts_of(person, hand), personal=personal)


def _require_holder(person: Person) -> None:
    if not person.alone:
        raise NotAllowed("whether an address is safe is the patient's own to say")
