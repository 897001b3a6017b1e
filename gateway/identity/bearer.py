"""Access tokens of the hospital's own software (RFC 6750, RFC 9068), judged by python-jose inside a stricter frame."""

from gateway.identity.staff_member import StaffMember
from gateway.settings import BearerSettings, ProviderSettings
from gateway.world import World


class BearerTokens:
    """Judges the `Authorization` header of an API call; the keys are those of the staff's provider."""

    def __init__(
        self, *, bearer: BearerSettings, provider: ProviderSettings, world: World, loopback_allowed: bool
    ) -> None:
        """Calls nobody."""
        raise NotImplementedError

    def verify(self, header_value: str) -> StaffMember:
        """The caller: a person, or a software client on its own behalf (`named` false, `factors` 0).

        `header_value`: the whole header, e.g. `Bearer eyJ...`; an empty string where there is none.
        Raises `NotSignedIn` for any token that is not exactly right, `IdentityProviderUnavailable` when the keys
        cannot be had.
        """
        raise NotImplementedError
