"""A signed-in person contests an access, and reads what became of it."""

from gateway.access.contests import Contest, ContestForm, ContestReceipt
from gateway.identity.staff_member import PatientHolder


class Contesting:
    """Every call raises `NotFound`, `NotAllowed`, `Unavailable`."""

    def contest(self, holder: PatientHolder, access_id: str, form: ContestForm, whose: str = "") -> ContestReceipt:
        """Put a case before the privacy officer; the answer is promised within a month at most (GDPR article 12(3)).

        Raises `InvalidRequest` (`review-words-too-long`, `contest-too-many`), `RecordUnavailable`."""
        raise NotImplementedError

    def contests(self, holder: PatientHolder, whose: str = "") -> tuple[Contest, ...]:
        """What this side contested, newest first: a representative never sees a minor's own."""
        raise NotImplementedError
