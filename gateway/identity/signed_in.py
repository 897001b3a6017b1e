"""What a finished sign-in yields, before there is a session."""

from dataclasses import dataclass
from typing import Literal

from gateway.identity.staff_member import PatientHolder, StaffMember

Kind = Literal["staff", "patient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A verified answer of the provider: who it is, and the local path where they wanted to go.

    Hand it to `Sessions.open` at once and keep nothing of it: `id_token` is the hint of a later sign-out.
    """

    kind: Kind
    person: StaffMember | PatientHolder
    return_to: str
    provider_sid: str
    id_token: str
