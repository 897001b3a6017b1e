"""A patient shuts a named professional out (CSP L1111-19): in every mode, at once, open accesses included."""

from gateway.identity.staff_member import PatientHolder
from gateway.portal.views import BlockView


class Blocking:
    """Every call raises `NotFound`, `NotAllowed` (no such right), `RecordUnavailable`, `Unavailable`."""

    def block(self, holder: PatientHolder, access_id: str, whose: str = "") -> BlockView:
        """Block the professional of this access. What they have open ends in the same commit; blocking twice is
        blocking once."""
        raise NotImplementedError

    def blocks(self, holder: PatientHolder, whose: str = "") -> tuple[BlockView, ...]:
        """Whom this side blocked, newest first."""
        raise NotImplementedError

    def unblock(self, holder: PatientHolder, block_id: str, whose: str = "") -> BlockView:
        """Let them ask again. A block the other side made stands."""
        raise NotImplementedError
