"""Signing in at an OpenID provider: authorization code flow with PKCE, and nothing of the answer taken on trust."""

from collections.abc import Mapping

from gateway.identity.recorder import SignInRecorder
from gateway.identity.sessions import LiveSession
from gateway.identity.signed_in import Kind, SignedIn
from gateway.settings import ProviderSettings
from gateway.storage.database import Database
from gateway.world import World

# Paths of the doors the provider sends the browser back to, under `server.base_url`; register both at the provider.
CALLBACK_PATHS: Mapping[Kind, str] = {"staff": "/auth/callback", "patient": "/patient/auth/callback"}
LOGGED_OUT_PATHS: Mapping[Kind, str] = {"staff": "/auth/logged-out", "patient": "/patient/auth/logged-out"}


class SignIn:
    """One of our clients at one provider. `kind` says whether it yields a `StaffMember` or a `PatientHolder`."""

    def __init__(
        self,
        *,
        kind: Kind,
        provider: ProviderSettings,
        base_url: str,
        database: Database,
        world: World,
        recorder: SignInRecorder,
        loopback_allowed: bool,
    ) -> None:
        """`base_url` is `server.base_url`; `loopback_allowed` (the demo) lets http://127.0.0.1 be a provider.

        Reads the client's secret or key: raises `ConfigurationError`. Calls nobody.
        """
        raise NotImplementedError

    def begin(self, *, browser_token: str, return_to: str) -> str:
        """The authorization URL to send the browser to (303).

        `browser_token`: random cookie of this browser, to be given again to `finish`; `return_to`: local path wanted
        afterwards; anything else than a path of our own becomes `/`. The sign-in must be finished within 10 minutes.
        Raises `IdentityProviderUnavailable`; `Unavailable` when the database does not answer.
        """
        raise NotImplementedError

    def finish(self, *, browser_token: str, query: Mapping[str, str]) -> SignedIn:
        """Judge the provider's answer: `query` is that of the redirection, each name once.

        Raises `SignInRefused`, recorded where a sign-in had begun, with one of the codes
        `sign-in-state` (unknown, already used, another browser's), `sign-in-expired` (too late, or authentication too
        old), `sign-in-denied` (given up or denied at the provider), `sign-in-issuer`, `sign-in-token`,
        `sign-in-two-factors`, `sign-in-profession`, `sign-in-establishment`, `sign-in-identity` (a patient's traits
        are missing); `IdentityProviderUnavailable`; `Unavailable` when the database does not answer. Nothing else.
        """
        raise NotImplementedError

    def logout_url(self, session: LiveSession) -> str | None:
        """Where to send the browser so that the provider's session ends too (OpenID Connect RP-Initiated Logout 1.0),
        None where the provider offers no such thing or does not answer. Never raises."""
        raise NotImplementedError
