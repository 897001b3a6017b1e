"""What we know of one OpenID provider: its endpoints (Discovery 1.0) and its keys, checked, cached, and kept fresh."""

import ssl
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.oidc.discovery import get_well_known_url

from gateway.errors import ConfigurationError, IdentityProviderUnavailable, SettingFault, Unavailable
from gateway.identity.freshness import FreshValue
from gateway.identity.strict_json import NotStrictJson, read_object
from gateway.identity.verification_keys import KNOWN_ALGORITHMS, VerificationKey, choose_key, read_keys
from gateway.outbound import MOST_BYTES, is_loopback, outbound_client
from gateway.settings import ProviderSettings
from gateway.world import World

# An unknown `kid` may be a key the provider has just begun to use; anyone can invent one, so we ask rarely.
MOST_FORCED_RENEWALS = 3
FORCED_RENEWAL_WINDOW_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMetadata:
    """The part of the provider's metadata that is used here; endpoints that are optional may be empty."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    sends_issuer: bool  # RFC 9207: announces the `iss` parameter in its answers
    takes_claims: bool  # OpenID Connect Core 1.0 section 5.5: lets a client ask for single claims
    posts_secret: bool  # takes a client's secret in the form alone (`client_secret_post`), as FranceConnect does


class Provider:
    """One provider as configured. Every way it can fail is `IdentityProviderUnavailable`."""

    def __init__(self, settings: ProviderSettings, world: World, *, section: str, loopback_allowed: bool) -> None:
        """Calls nobody. `section` is the settings' key, e.g. `identity.staff`; `loopback_allowed` (the demo) lets
        http://127.0.0.1 be a provider. Raises `ConfigurationError` for an issuer, algorithm or CA file it cannot use.
        """
        self.settings = settings
        self._section = section
        self._loopback_allowed = loopback_allowed
        self._world = world
        self._check_settings()
        self.http = self._client()
        self._metadata = FreshValue("provider metadata", self._fetch_metadata, world)
        self._keys = FreshValue("provider keys", self._fetch_keys, world)
        self._forced: deque[float] = deque()
        self._forced_lock = threading.Lock()

    def metadata(self) -> ProviderMetadata:
        """The endpoints. Raises `IdentityProviderUnavailable`."""
        try:
            return self._metadata.get()
        except Unavailable as error:
            raise IdentityProviderUnavailable(str(error)) from error

    def key(self, key_id: str, algorithm: str) -> VerificationKey | None:
        """The key for a token's header, None where the provider has none. Raises `IdentityProviderUnavailable`."""
        try:
            key = choose_key(self._keys.get(), key_id, algorithm)
            if key is None and self._may_force():
                key = choose_key(self._keys.renew(), key_id, algorithm)
        except Unavailable as error:
            raise IdentityProviderUnavailable(str(error)) from error
        return key

    def get_json(self, url: str) -> dict[str, Any]:
        """A JSON object from the provider. Raises `IdentityProviderUnavailable`."""
        answer = self.call("GET", url)
        if answer.status_code != httpx.codes.OK:
            raise IdentityProviderUnavailable(f"the provider answered {answer.status_code}")
        try:
            return read_object(answer.content, MOST_BYTES)
        except NotStrictJson as error:
            raise IdentityProviderUnavailable(f"the provider's answer is unusable: {error}") from error

    def call(self, method: str, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """One bounded call. Raises `IdentityProviderUnavailable`."""
        try:
            return self.http.request(method, url, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise IdentityProviderUnavailable(f"the provider does not answer: {type(error).__name__}") from error

    def _may_force(self) -> bool:
        now = self._world.now().timestamp()
        with self._forced_lock:
            while self._forced and not 0 <= now - self._forced[0] < FORCED_RENEWAL_WINDOW_SECONDS:
                self._forced.popleft()
            if len(self._forced) >= MOST_FORCED_RENEWALS:
                return False
            self._forced.append(now)
            return True

    def _fetch_metadata(self) -> ProviderMetadata:
        found = self.get_json(get_well_known_url(self.settings.issuer, external=True))
        if found.get("issuer") != self.settings.issuer:
            # Discovery 1.0 section 4.3: the issuer must be exactly the one asked for.
            raise IdentityProviderUnavailable("the provider's metadata is of another issuer")
        return ProviderMetadata(
            authorization_endpoint=self._endpoint(found, "authorization_endpoint", required=True),
            token_endpoint=self._endpoint(found, "token_endpoint", required=True),
            jwks_uri=self._endpoint(found, "jwks_uri", required=True),
            userinfo_endpoint=self._endpoint(found, "userinfo_endpoint"),
            end_session_endpoint=self._endpoint(found, "end_session_endpoint"),
            sends_issuer=found.get("authorization_response_iss_parameter_supported") is True,
            takes_claims=found.get("claims_parameter_supported") is True,
            posts_secret=_posts_secret(found.get("token_endpoint_auth_methods_supported")),
        )

    def _fetch_keys(self) -> tuple[VerificationKey, ...]:
        keys = read_keys(self.get_json(self.metadata().jwks_uri))
        if not keys:
            raise IdentityProviderUnavailable("the provider publishes no key that can be used")
        return keys

    def _endpoint(self, metadata: dict[str, Any], name: str, *, required: bool = False) -> str:
        url = metadata.get(name, "")
        if url == "" and not required:
            return ""
        if not isinstance(url, str) or not _is_safe_url(url, loopback_allowed=self._loopback_allowed):
            raise IdentityProviderUnavailable(f"the provider's {name} cannot be used")
        return url

    def _check_settings(self) -> None:
        faults = []
        issuer = self.settings.issuer
        if not _is_safe_url(issuer, loopback_allowed=self._loopback_allowed) or "?" in issuer:
            faults.append(SettingFault(f"{self._section}.issuer", "must be an https address without query or fragment"))
        unknown = sorted(set(self.settings.algorithms) - KNOWN_ALGORITHMS)
        if unknown or not self.settings.algorithms:
            known = ", ".join(sorted(KNOWN_ALGORITHMS))
            faults.append(SettingFault(f"{self._section}.algorithms", f"{unknown} cannot be used; known: {known}"))
        if faults:
            raise ConfigurationError(tuple(faults))

    def _client(self) -> httpx.Client:
        settings = self.settings
        try:
            return outbound_client(
                timeout_seconds=settings.timeout_seconds, ca_file=settings.ca_file, proxy=settings.proxy
            )
        except (OSError, ssl.SSLError, ValueError) as error:
            raise ConfigurationError(
                (
                    SettingFault(
                        f"{self._section}.ca_file", f"the CA file or proxy cannot be used: {type(error).__name__}"
                    ),
                )
            ) from error


def _is_safe_url(url: str, *, loopback_allowed: bool) -> bool:
    """https with a host, no user, no fragment; http only to this very machine, where the demo allows it."""
    if not url.isascii() or not url.isprintable() or " " in url or "#" in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
        _ = parts.port
    except ValueError:
        return False
    if not host or user is not None:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and loopback_allowed and is_loopback(host)


def _posts_secret(methods: object) -> bool:
    """Discovery 1.0 section 3: where nothing is said, the secret goes in the header (`client_secret_basic`)."""
    known = methods if isinstance(methods, list) else []
    return "client_secret_post" in known and "client_secret_basic" not in known
