"""Signing in at an OpenID provider: authorization code flow with PKCE, and nothing of the answer taken on trust."""

from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from gateway.errors import GatewayError, IdentityProviderUnavailable, SignInRefused
from gateway.identity.claims import HOLDER_CLAIMS, find_claim, patient_holder, staff_claims, staff_member
from gateway.identity.client_authentication import client_authentication
from gateway.identity.compact_jws import TokenFault
from gateway.identity.flows import Flow, hash_token, keep_flow, take_flow
from gateway.identity.id_token import Expected, TooOld, WrongIssuer, verify_id_token
from gateway.identity.provider import Provider, ProviderMetadata
from gateway.identity.recorder import SignInRecorder
from gateway.identity.return_path import local_path
from gateway.identity.sessions import LiveSession
from gateway.identity.signed_in import Kind, SignedIn
from gateway.identity.token_exchange import TokenExchange
from gateway.identity.userinfo import fetch_userinfo
from gateway.settings import ProviderSettings
from gateway.storage.database import Database
from gateway.world import World

# Paths of the doors the provider sends the browser back to, under `server.base_url`; register both at the provider.
CALLBACK_PATHS: Mapping[Kind, str] = {"staff": "/auth/callback", "patient": "/patient/auth/callback"}
LOGGED_OUT_PATHS: Mapping[Kind, str] = {"staff": "/auth/logged-out", "patient": "/patient/auth/logged-out"}

MOST_PARAMETER_CHARACTERS = 4096
# Beyond this, servers refuse the address; without the hint the provider asks the person to confirm.
LONGEST_LOGOUT_HINT = 4096
_TRANSIENT_ERRORS = frozenset({"server_error", "temporarily_unavailable"})

_log = structlog.get_logger(__name__)


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
        """`base_url` is `server.base_url`; the redirect URI derives from it, never from a request.
        `loopback_allowed` (the demo) lets http://127.0.0.1 be a provider.

        Reads the client's secret or key: raises `ConfigurationError`. Calls nobody.
        """
        section = f"identity.{kind}"
        self._kind: Kind = kind
        self._provider = Provider(provider, world, section=section, loopback_allowed=loopback_allowed)
        self._database = database
        self._world = world
        self._recorder = recorder
        self._logged_out_uri = base_url.rstrip("/") + LOGGED_OUT_PATHS[kind]
        self._tokens = TokenExchange(
            self._provider,
            client_authentication(provider, section, lambda: self._provider.metadata().posts_secret),
            base_url.rstrip("/") + CALLBACK_PATHS[kind],
        )

    def begin(self, *, browser_token: str, return_to: str) -> str:
        """The authorization URL to send the browser to (303).

        `browser_token`: random cookie of this browser, to be given again to `finish`; `return_to`: local path wanted
        afterwards; anything else than a path of our own becomes `/`. The sign-in must be finished within 10 minutes.
        Raises `IdentityProviderUnavailable`; `Unavailable` when the database does not answer.
        """
        state = self._world.new_token()
        flow = Flow(
            browser_hash=hash_token(browser_token),
            nonce=self._world.new_token(),
            code_verifier=self._world.new_token(),
            return_to=local_path(return_to),
            begun_at=self._world.epoch_ms(),
        )
        url = self._tokens.authorization_url(state=state, nonce=flow.nonce, code_verifier=flow.code_verifier)
        self._database.transact(lambda transaction: keep_flow(transaction, self._kind, state, flow))
        return url

    def finish(self, *, browser_token: str, query: Mapping[str, str]) -> SignedIn:
        """Judge the provider's answer: `query` is that of the redirection, each name once.

        Raises `SignInRefused`, recorded where a sign-in had begun, with one of the codes
        `sign-in-state` (unknown, already used, another browser's), `sign-in-expired` (too late, or authentication too
        old), `sign-in-denied` (given up or denied at the provider), `sign-in-issuer`, `sign-in-token`,
        `sign-in-two-factors` (or another `acr` than those accepted), `sign-in-profession`, `sign-in-establishment`,
        `sign-in-identity` (a name, a number or a patient's traits are missing or malformed);
        `IdentityProviderUnavailable`; `Unavailable` when the database does not answer. Nothing else.
        """
        answer = {name: query.get(name, "") for name in ("state", "code", "error", "iss")}
        state = answer["state"]
        if not state or any(len(value) > MOST_PARAMETER_CHARACTERS for value in answer.values()):
            raise SignInRefused("the answer belongs to no sign-in", code="sign-in-state")
        flow = self._database.transact(lambda transaction: take_flow(transaction, self._kind, state))
        if flow is None:
            # Not recorded: anybody can send answers to sign-ins that never began.
            raise SignInRefused("the answer belongs to no sign-in", code="sign-in-state")
        try:
            return self._judge(flow, browser_token, answer)
        except SignInRefused as refusal:
            code = refusal.code
            _log.info("sign-in-refused", kind=self._kind, code=code, reason=str(refusal))
            self._database.transact(lambda transaction: self._recorder.sign_in_refused(transaction, code))
            raise

    def logout_url(self, session: LiveSession) -> str | None:
        """Where to send the browser so that the provider's session ends too (OpenID Connect RP-Initiated Logout 1.0),
        None where the provider offers no such thing or does not answer. Never raises."""
        try:
            endpoint = self._provider.metadata().end_session_endpoint
        except IdentityProviderUnavailable:
            return None
        if not endpoint:
            return None
        parameters = {
            "client_id": self._provider.settings.client_id,
            "post_logout_redirect_uri": self._logged_out_uri,
        }
        if session.id_token and len(session.id_token) <= LONGEST_LOGOUT_HINT:
            # Without the hint the provider asks for a confirmation, and on a shared workstation people walk away.
            parameters["id_token_hint"] = session.id_token
        return str(httpx.URL(endpoint).copy_merge_params(parameters))

    def _judge(self, flow: Flow, browser_token: str, answer: Mapping[str, str]) -> SignedIn:
        try:
            flow.check(browser_token, self._world.epoch_ms())
            _check_answer(answer, self._provider.metadata(), self._provider.settings.issuer)
            return self._signed_in(flow, answer["code"])
        except GatewayError:
            raise
        except TooOld as fault:
            raise SignInRefused(str(fault), code="sign-in-expired") from fault
        except WrongIssuer as fault:
            raise SignInRefused(str(fault), code="sign-in-issuer") from fault
        except TokenFault as fault:
            raise SignInRefused(str(fault), code="sign-in-token") from fault
        except Exception as error:
            # A way of being wrong that nobody here thought of must not become a session, nor a trace on the screen.
            _log.exception("sign-in-failed-oddly", kind=self._kind)
            raise SignInRefused("the answer could not be judged", code="sign-in-token") from error

    def _signed_in(self, flow: Flow, code: str) -> SignedIn:
        tokens = self._tokens.exchange(code, flow.code_verifier)
        expected = Expected(
            nonce=flow.nonce,
            begun_at=flow.begun_at // 1000,
            now=self._world.epoch_ms() // 1000,
            access_token=tokens.access_token,
        )
        proven = verify_id_token(tokens.id_token, self._provider, expected)
        claims = self._with_userinfo(proven, tokens.access_token, expected.now)
        provider_sid = proven.get("sid", "")
        settings = self._provider.settings
        return SignedIn(
            kind=self._kind,
            person=staff_member(claims, settings) if self._kind == "staff" else patient_holder(claims, settings),
            return_to=flow.return_to,
            provider_sid=provider_sid if isinstance(provider_sid, str) and len(provider_sid) <= 200 else "",
            id_token=tokens.id_token,
        )

    def _with_userinfo(self, proven: dict[str, Any], access_token: str, now: int) -> dict[str, Any]:
        """The proven claims and, where one we map is not among them, those of userinfo beneath them."""
        wanted = staff_claims(self._provider.settings.claims) if self._kind == "staff" else HOLDER_CLAIMS
        complete = all(find_claim(proven, name) is not None for name in wanted)
        if complete or not access_token or not self._provider.metadata().userinfo_endpoint:
            return proven
        told = fetch_userinfo(self._provider, access_token, proven["sub"], now)
        # How and when somebody proved who they are is only believed of the token that was signed for this sign-in.
        return {**told, **dict.fromkeys(("amr", "acr", "auth_time")), **proven}


def _check_answer(answer: Mapping[str, str], metadata: ProviderMetadata, issuer: str) -> None:
    """RFC 9207 first, then the error answers of RFC 6749 section 4.1.2.1 and OpenID Connect Core 3.1.2.6."""
    if answer["iss"] != issuer and (answer["iss"] or metadata.sends_issuer):
        raise SignInRefused("the answer is of another issuer", code="sign-in-issuer")
    if answer["error"] in _TRANSIENT_ERRORS:
        raise IdentityProviderUnavailable("the provider says it cannot sign anybody in now")
    if answer["error"]:
        raise SignInRefused("the provider refused the sign-in", code="sign-in-denied")
    if not answer["code"]:
        raise SignInRefused("the answer holds no code", code="sign-in-token")
