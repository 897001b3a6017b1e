"""Whose records somebody may look at: their own, and of whom they are the legal representative or guardian."""

from gateway.access.holders import record_of
from gateway.errors import NotFound
from gateway.identity.staff_member import PatientHolder
from gateway.patients.directory import represented_by
from gateway.portal.standing import Person, as_holder, as_representative
from gateway.storage.database import Database
from gateway.world import World


class People:
    """Finds who a signed-in person is in the directory."""

    def __init__(self, *, database: Database, world: World) -> None:
        self._database = database
        self._world = world

    def people_of(self, holder: PatientHolder) -> tuple[Person, ...]:
        """Their own record first, then those they represent, oldest first; empty when the directory knows none.

        Raises `Unavailable`.
        """
        with self._database.reading() as connection:
            own = record_of(connection, holder)
            represented = represented_by(connection, own) if own is not None else ()
        if own is None:
            return ()
        today = self._world.now().date()
        others = (as_representative(patient, today) for patient in represented)
        return (as_holder(own, today), *(person for person in others if person is not None))

    def person(self, holder: PatientHolder, whose: str = "") -> Person:
        """One of them. Raises `NotFound` when it is nobody of theirs, `Unavailable`."""
        found = next((person for person in self.people_of(holder) if person.whose == whose), None)
        if found is None:
            raise NotFound("nobody of this person's")
        return found
