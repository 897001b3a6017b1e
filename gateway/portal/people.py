"""Whose records somebody may look at: their own, and of whom they are the legal representative or guardian."""

from gateway.identity.staff_member import PatientHolder
from gateway.portal.standing import Person


class People:
    """Finds who a signed-in person is in the directory."""

    def people_of(self, holder: PatientHolder) -> tuple[Person, ...]:
        """Their own record first, then those they represent, oldest first; empty when the directory knows none.

        Raises `Unavailable`.
        """
        raise NotImplementedError

    def person(self, holder: PatientHolder, whose: str = "") -> Person:
        """One of them. Raises `NotFound` when it is nobody of theirs, `Unavailable`."""
        raise NotImplementedError
