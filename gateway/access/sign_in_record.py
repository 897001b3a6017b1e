"""The entries of sign-ins: what the identity room asks of the record (`SignInRecorder`)."""

from gateway.access.actors import sealed_actor
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.storage.journal import Journal
from gateway.storage.transaction import Transaction


class IdentityRecorder:
    """Entries of the identity room (its `SignInRecorder`)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def signed_in(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        """A session begins."""
        self._journal.append(transaction, "session.signed_in", "success", personal=sealed_actor(person))

    def signed_out(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        """A session ends."""
        self._journal.append(transaction, "session.signed_out", "success", personal=sealed_actor(person))

    def sign_in_refused(self, transaction: Transaction, code: str) -> None:
        """The provider's answer was refused."""
        self._journal.append(transaction, "session.refused", "refused", facts={"code": code})
