"""The OAuth side of the demo provider: Authlib's authorization server, tightened where it is lenient."""

from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc.jwk import KeySet

from gateway.demo.personas import persona_named
from gateway.demo.provider.clients import Client
from gateway.demo.provider.codes import CODE_SECONDS, AuthorizationCode, Codes, SignedInPersona
from gateway.demo.provider.persona_claims import persona_claims
from gateway.world import World

ALGORITHM = "RS256"
ID_TOKEN_SECONDS = 300
ACCESS_TOKEN_SECONDS = 3600
GRANTS = ("authorization_code", "client_credentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderParts:
    """What the grants share."""

    issuer: str
    audience: str
    keys: KeySet
    clients: dict[str, Client]
    codes: Codes
    world: World

    def now(self) -> int:
        """UTC epoch seconds."""
        return self.world.epoch_ms() // 1000


class S256Only(CodeChallenge):  # type: ignore[misc]
    """PKCE of everyone and by S256: Authlib's own also takes `plain`, and nothing at all of confidential clients."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required")
        super().validate_code_challenge(grant, redirect_uri)


class ProviderIssuer(IssuerParameter):  # type: ignore[misc]
    """RFC 9207: `iss` in every answer of the authorization endpoint."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class PersonaIdToken(OpenIDCode):  # type: ignore[misc]
    """The ID token. Patients' traits are only at userinfo, as with FranceConnect."""

    def __init__(self, parts: ProviderParts) -> None:
        super().__init__(require_nonce=True)
        self._parts = parts

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        # Asked twice for one request, and nothing an authorization server has to do.
        return False

    def resolve_client_private_key(self, client: Client) -> KeySet:
        return self._parts.keys

    def get_client_algorithm(self, client: Client) -> str:
        return ALGORITHM

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = self._parts.now()
        return {"iss": self._parts.issuer, "aud": client.client_id, "iat": now, "exp": now + ID_TOKEN_SECONDS}

    def generate_user_info(self, user: SignedInPersona, scope: str) -> dict[str, Any]:
        told = persona_claims(user.persona) if "profile" in scope.split() and user.persona.kind == "staff" else {}
        return {"sub": user.get_user_id(), **told}


class PersonaAccessToken(JWTBearerTokenGenerator):  # type: ignore[misc]
    """Access tokens by RFC 9068, with the persona's claims for the gateway's API."""

    def __init__(self, parts: ProviderParts) -> None:
        super().__init__(parts.issuer, ALGORITHM, expires_generator=lambda _client, _grant: ACCESS_TOKEN_SECONDS)
        self._parts = parts

    def get_jwks(self) -> KeySet:
        return self._parts.keys

    def get_audiences(self, client: Client, user: SignedInPersona | None, scope: str) -> list[str]:
        return ([self._parts.audience] if client.api else []) + ([self._parts.issuer] if user else [])

    def get_auth_time(self, user: SignedInPersona | None) -> int | None:
        return user.auth_time if user else None

    def get_amr(self, user: SignedInPersona | None) -> list[str] | None:
        return list(user.amr) if user else None

    def get_jti(self, client: Client, grant_type: str, user: SignedInPersona | None, scope: str) -> str:
        return self._parts.world.new_id()

    def get_extra_claims(
        self, client: Client, grant_type: str, user: SignedInPersona | None, scope: str
    ) -> dict[str, Any]:
        now = self._parts.now()
        persona = user.persona if user else persona_named(client.client_id)
        told = persona_claims(persona) if persona and client.api else {}
        return {**told, "iat": now, "exp": now + ACCESS_TOKEN_SECONDS}


def create_server(parts: ProviderParts) -> AuthorizationServer:
    """The authorization server with its grants; the Flask app is given to it by whoever routes to it."""

    class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "none")

        def generate_authorization_code(self) -> str:
            return parts.world.new_token()

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            parts.codes.keep(
                code,
                AuthorizationCode(
                    client_id=request.client.client_id,
                    redirect_uri=request.payload.redirect_uri,
                    scope=request.scope,
                    nonce=data.get("nonce", ""),
                    code_challenge=data["code_challenge"],
                    code_challenge_method="S256",
                    user=request.user,
                    expires_at=parts.now() + CODE_SECONDS,
                ),
            )

        def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
            return parts.codes.take(code, client.client_id)

        def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
            # Spent when it was taken.
            return

        def authenticate_user(self, authorization_code: AuthorizationCode) -> SignedInPersona:
            return authorization_code.user

    class SoftwareGrant(ClientCredentialsGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    class EndSession(EndSessionEndpoint):  # type: ignore[misc]
        def get_server_jwks(self) -> KeySet:
            return parts.keys

        def get_algorithms(self) -> list[str]:
            return [ALGORITHM]

        def end_session(self, end_session_request: Any) -> None:
            # There is no session here: every sign-in asks again, as on a shared workstation.
            return

    server = AuthorizationServer(query_client=parts.clients.get, save_token=lambda _token, _request: None)
    server.register_token_generator("default", PersonaAccessToken(parts))
    server.register_grant(CodeGrant, [PersonaIdToken(parts), S256Only(required=True)])
    server.register_grant(SoftwareGrant)
    server.register_endpoint(EndSession)
    server.register_extension(ProviderIssuer(parts.issuer))
    return server
