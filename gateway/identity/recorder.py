"""What identity asks of the record: sign-ins, sign-outs and refusals leave an entry in their transaction."""

from typing import Protocol

from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.storage.transaction import Transaction


class SignInRecorder(Protocol):
    """Appends the entry in the transaction it is given, last, and never commits.

    Whatever it raises rolls the sign-in back: no entry, no session.
    """

    def signed_in(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        """A session of this person begins with this transaction."""
        ...

    def signed_out(self, transaction: Transaction, person: StaffMember | PatientHolder) -> None:
        """A session of this person ends with this transaction: signed out, revoked, or replaced on the device."""
        ...

    def sign_in_refused(self, transaction: Transaction, code: str) -> None:
        """The provider's answer to a sign-in begun here was refused; `code` is that of `SignInRefused`."""
        ...
