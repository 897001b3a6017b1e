"""Sessions in our own table, so that they can be ended at once; the cookie holds 256 random bits, the table their hash.

Sessions are identity's own: beside `access`, `oversight`, the courier and the worker, this room opens transactions.
"""

from dataclasses import dataclass

from gateway.identity.recorder import SignInRecorder
from gateway.identity.signed_in import Kind, SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.settings import IdentitySettings
from gateway.storage.database import Database
from gateway.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """A session that may act now. Instants are UTC epoch ms; it ends at the earlier of the two ends."""

    kind: Kind
    person: StaffMember | PatientHolder
    csrf_token: str
    id_token: str
    created_at: int
    idle_end: int
    absolute_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """`token` goes into the cookie and is kept nowhere; `replaced` are the people whose session on this device
    ended with this sign-in (the same person may be among them)."""

    token: str
    csrf_token: str
    replaced: tuple[StaffMember | PatientHolder, ...]


class Sessions:
    """Opens, finds and ends sessions. Unused for `idle_minutes` or older than `absolute_hours`, a session is over."""

    def __init__(
        self, *, database: Database, world: World, settings: IdentitySettings, recorder: SignInRecorder
    ) -> None:
        raise NotImplementedError

    def open(self, signed_in: SignedIn, device_token: str) -> NewSession:
        """Begin a session; a session of anyone on this device ends, in the same transaction with both entries.

        `device_token`: the random, long-lived cookie of the browser. Raises `RecordUnavailable`.
        """
        raise NotImplementedError

    def find(self, token: str) -> LiveSession | None:
        """The live session of this cookie, or None whatever is wrong with it. Raises `Unavailable`."""
        raise NotImplementedError

    def end(self, token: str) -> bool:
        """End the session of this cookie; False when it was not live. Raises `RecordUnavailable`."""
        raise NotImplementedError

    def end_all(self, person_key: str) -> int:
        """End every live session of a person (`StaffMember.key`); how many. Raises `RecordUnavailable`."""
        raise NotImplementedError
