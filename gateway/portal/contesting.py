"""A signed-in person contests an access, and reads what became of it."""

from collections.abc import Collection, Mapping
from typing import Protocol

from audit.entry import Fact
from gateway.access.contests import Contest, ContestForm, ContestReceipt
from gateway.errors import NotAllowed, NotFound
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.portal import listing
from gateway.portal.people import People
from gateway.portal.recorder import Hand, facts_of, signed_in
from gateway.portal.standing import Person, Right
from gateway.storage.database import Database
from gateway.world import World

# A contest made with a notice's code and birth date alone.
PROOF = "proof"


class ContestBook(Protocol):
    """Where contests become cases: the oversight room, joined by the assembly."""

    def contest(
        self,
        patient_id: str,
        access_id: str,
        form: ContestForm,
        *,
        side: str = ...,
        by: PatientHolder | StaffMember | None = ...,
        how: Mapping[str, Fact] | None = ...,
    ) -> ContestReceipt:
        """Put or raise the case of an access. Raises `NotFound`, `InvalidRequest`, `RecordUnavailable`."""
        ...

    def contests_of_patient(self, patient_id: str, sides: Collection[str]) -> tuple[Contest, ...]:
        """What these sides contested, newest first, with the answers given."""
        ...


class Contesting:
    """Every call raises `NotFound`, `NotAllowed`, `Unavailable`."""

    def __init__(self, *, database: Database, world: World, people: People, book: ContestBook) -> None:
        self._database = database
        self._world = world
        self._people = people
        self._book = book

    def contest(self, holder: PatientHolder, access_id: str, form: ContestForm, whose: str = "") -> ContestReceipt:
        """Put a case before the privacy officer; the answer is promised within a month at most (GDPR article 12(3)).

        Raises `InvalidRequest` (`review-words-too-long`, `contest-too-many`), `RecordUnavailable`.
        """
        return self.contest_for(self._people.person(holder, whose), signed_in(holder), access_id, form)

    def contests(self, holder: PatientHolder, whose: str = "") -> tuple[Contest, ...]:
        """What this side contested, newest first: a representative never sees a minor's own."""
        person = self._people.person(holder, whose)
        return self._book.contests_of_patient(person.patient.id, listing.sides_seen(person))

    def contest_for(self, person: Person, hand: Hand, access_id: str, form: ContestForm) -> ContestReceipt:
        """The same, for somebody by whose hand it may be done."""
        if Right.CONTEST not in person.rights:
            raise NotAllowed("this person does not contest for this patient")
        with self._database.reading() as connection:
            known = listing.find_one(connection, person, access_id, self._world.epoch_ms())
        if known is None:
            raise NotFound("no such access of this person")
        return self._book.contest(
            person.patient.id,
            access_id,
            form,
            side=person.side.value,
            by=hand.person,
            how=facts_of(person, hand),
        )
