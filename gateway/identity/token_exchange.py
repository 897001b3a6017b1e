"""Trading the authorization code for tokens: Authlib's OAuth client, on our bounded HTTP."""

from dataclasses import dataclass

import httpx
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from gateway.errors import IdentityProviderUnavailable, SignInRefused
from gateway.identity.compact_jws import MOST_CHARACTERS
from gateway.identity.provider import Provider
from gateway.identity.strict_json import NotStrictJson, read_object
from gateway.outbound import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave. `access_token` is empty where it is not one we can use."""

    id_token: str
    access_token: str


class TokenExchange:
    """One client at one provider's token endpoint."""

    def __init__(self, provider: Provider, authentication: httpx.Auth, redirect_uri: str) -> None:
        self._provider = provider
        self._authentication = authentication
        self._redirect_uri = redirect_uri

    def authorization_url(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send the browser. Raises `IdentityProviderUnavailable`."""
        settings, metadata = self._provider.settings, self._provider.metadata()
        extra = {"acr_values": settings.acr_values} if settings.acr_values else {}
        if metadata.takes_claims:
            # FranceConnect and others tell the methods used only when asked.
            extra["claims"] = '{"id_token":{"amr":{"essential":true}}}'
        if not settings.plain_request:
            extra |= {"code_verifier": code_verifier, "max_age": str(settings.max_age_seconds)}
        url, _ = self._client().create_authorization_url(
            metadata.authorization_endpoint, state=state, nonce=nonce, **extra
        )
        return str(url)

    def exchange(self, code: str, code_verifier: str) -> Tokens:
        """Raises `SignInRefused` (`sign-in-token`) and `IdentityProviderUnavailable`."""
        endpoint = self._provider.metadata().token_endpoint
        client = self._client()
        client.register_compliance_hook("access_token_response", _strictly_read)
        # A verifier of no challenge is refused (oidc-provider, which FranceConnect runs on).
        verifier = {} if self._provider.settings.plain_request else {"code_verifier": code_verifier}
        try:
            answer = client.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                auth=self._authentication,
                **verifier,
            )
        except OAuth2Error as error:
            raise SignInRefused("the provider refused the code", code="sign-in-token") from error
        except httpx.HTTPError as error:
            raise IdentityProviderUnavailable(f"the token endpoint fails: {type(error).__name__}") from error
        except (ValueError, TypeError, OverflowError, AttributeError) as error:
            # Authlib reads expires_in, error and the like without checking what they are.
            raise SignInRefused("the token answer is malformed", code="sign-in-token") from error
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str):
            raise SignInRefused("the token answer holds no ID token", code="sign-in-token")
        usable = isinstance(access_token, str) and access_token.isascii() and access_token.isprintable()
        return Tokens(id_token, access_token if usable and len(access_token) <= MOST_CHARACTERS else "")

    def _client(self) -> OAuth2Client:
        # One for each use: the client keeps the last token it fetched.
        return OAuth2Client(
            self._provider.http,
            client_id=self._provider.settings.client_id,
            scope=self._provider.settings.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )


def _strictly_read(answer: httpx.Response) -> httpx.Response:
    """Runs before Authlib parses, which looks at the status only where the body is no JSON object.

    Tokens come with 200, refusals with 4xx and an `error` (RFC 6749 sections 5.1 and 5.2); anything else is an outage.
    """
    status = answer.status_code
    refused = 400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS
    if status != httpx.codes.OK and not refused:
        raise httpx.HTTPStatusError("the token endpoint fails", request=answer.request, response=answer)
    try:
        body = read_object(answer.content, MOST_BYTES)
    except NotStrictJson as error:
        raise SignInRefused("the token answer is malformed", code="sign-in-token") from error
    if refused and "error" not in body:
        raise SignInRefused("the token endpoint refused without saying why", code="sign-in-token")
    return answer
