"""How our client proves itself at the provider's token endpoint: a shared secret, or better a key of its own."""

import base64
import json
from collections.abc import Callable, Generator
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.errors import ConfigurationError, SettingFault
from gateway.settings import ProviderSettings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
_EC_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}

Proof = Callable[[httpx.Request], dict[str, str]]


class ClientSecretBasic(httpx.Auth):
    """`client_secret_basic`: both parts form-encoded first, as RFC 6749 section 2.3.1 asks."""

    def __init__(self, client_id: str, secret: str) -> None:
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        self._header = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class ClientSecretPost(httpx.Auth):
    """`client_secret_post` (RFC 6749 section 2.3.1), for a provider that takes nothing else of a secret."""

    requires_request_body = True

    def __init__(self, client_id: str, secret: str) -> None:
        self._pair = {"client_id": client_id, "client_secret": secret}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield _posted(request, self._pair)


class ClientSecret(httpx.Auth):
    """The secret, given in the way this provider takes it: known once its metadata has been read."""

    requires_request_body = True

    def __init__(self, client_id: str, secret: str, posts_secret: Callable[[], bool]) -> None:
        self._basic, self._post = ClientSecretBasic(client_id, secret), ClientSecretPost(client_id, secret)
        self._posts_secret = posts_secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield from (self._post if self._posts_secret() else self._basic).auth_flow(request)


class PrivateKeyJwt(httpx.Auth):
    """`private_key_jwt` (RFC 7523): `aud` is the issuer alone, so that no other server can use the assertion."""

    requires_request_body = True

    def __init__(self, client_id: str, key: ECKey | RSAKey, issuer: str) -> None:
        self._client_id = client_id
        self._key = key
        self._issuer = issuer
        self._algorithm = _EC_ALGORITHMS[key.curve_name] if isinstance(key, ECKey) else "RS256"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        assertion = private_key_jwt_sign(
            self._key,
            client_id=self._client_id,
            token_endpoint=self._issuer,
            alg=self._algorithm,
            header={"kid": self._key.kid} if self._key.kid else {},
            expires_in=ASSERTION_SECONDS,
        )
        proof = {"client_id": self._client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        yield _posted(request, proof)


def _posted(request: httpx.Request, proof: dict[str, str]) -> httpx.Request:
    """The same request with the proof in its form."""
    form = httpx.QueryParams(request.content.decode("ascii")).merge(proof)
    return httpx.Request(
        request.method,
        request.url,
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        content=str(form).encode("ascii"),
        extensions=request.extensions,
    )


def client_authentication(
    settings: ProviderSettings, section: str, posts_secret: Callable[[], bool] = lambda: False
) -> httpx.Auth:
    """The proof the settings give the means for; `posts_secret` says how the provider takes a secret.

    Raises `ConfigurationError`, also for both or none of them.
    """
    if (settings.client_secret_file is None) == (settings.client_key_file is None):
        raise ConfigurationError((SettingFault(section, "give one of client_secret_file and client_key_file"),))
    if settings.client_key_file is not None:
        return PrivateKeyJwt(settings.client_id, _read_key(settings, section), settings.issuer)
    secret = _read(settings, section, "client_secret_file").strip()
    if not secret:
        raise ConfigurationError((SettingFault(f"{section}.client_secret_file", "is empty"),))
    return ClientSecret(settings.client_id, secret, posts_secret)


def _read(settings: ProviderSettings, section: str, name: str) -> str:
    try:
        text: str = getattr(settings, name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError((SettingFault(f"{section}.{name}", "cannot be read"),)) from error
    return text


def _read_key(settings: ProviderSettings, section: str) -> ECKey | RSAKey:
    text = _read(settings, section, "client_key_file")
    try:
        members = json.loads(text)
        key = ECKey.import_key(members) if members.get("kty") == "EC" else RSAKey.import_key(members)
    except (JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ConfigurationError((SettingFault(f"{section}.client_key_file", "is not a JWK"),)) from error
    if not key.is_private or (isinstance(key, ECKey) and key.curve_name not in _EC_ALGORITHMS):
        raise ConfigurationError((SettingFault(f"{section}.client_key_file", "is not a private EC or RSA JWK"),))
    return key
