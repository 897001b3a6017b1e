"""A notice by its code and a birth date: it shows that one access, gives its receipt and lets it be contested.

No more: relatives know a birth date and open letters, so who proves no more may ask, but decides nothing for the
patient. Blocks, settings and choices need a sign-in, or the desk.
"""

from collections.abc import Mapping

from gateway.access.contests import Contest, ContestForm, ContestReceipt
from gateway.portal.views import AccessView, NoticePass


class NoticePages:
    """Every call with a token raises `ProofRefused` (of access.announcing) when the token is over (15 minutes)."""

    def prove(self, code: str, birth_date: str) -> NoticePass:
        """Against the birth date (ISO). Raises `ProofRefused`, also for a quarter of an hour and more after 5 wrong
        ones: one answer for a wrong code, a wrong date and a locked code; `RecordUnavailable`."""
        raise NotImplementedError

    def shown(self, token: str, code: str) -> AccessView:
        """The access again; `code` is that of the address, so that one notice's pass opens no other."""
        raise NotImplementedError

    def receipt(self, token: str, code: str) -> Mapping[str, object]:
        """The verifiable receipt."""
        raise NotImplementedError

    def contest(self, token: str, code: str, form: ContestForm) -> ContestReceipt:
        """Contest it. Raises as `Contests.contest`."""
        raise NotImplementedError

    def contests(self, token: str, code: str) -> tuple[Contest, ...]:
        """What was contested of it with a proof, newest first, with the answers given."""
        raise NotImplementedError

    def leave(self, token: str) -> None:
        """End the pass at once."""
        raise NotImplementedError
