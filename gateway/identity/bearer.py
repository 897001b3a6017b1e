"""Access tokens of the hospital's own software (RFC 6750, RFC 9068), judged by python-jose inside a stricter frame.

The frame: size and alphabet, strict JSON, the issuer before any key is looked up, the type, one key chosen by `kid`
and built beforehand, required claims and a cap on the lifetime. Each closes something python-jose lets through.
"""

import hashlib
import re
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from jose import jwk, jws
from jose.exceptions import JOSEError

from gateway.errors import ConfigurationError, GatewayError, NotSignedIn, SettingFault, SignInRefused
from gateway.identity.claims import patient_holder, software_client, staff_member
from gateway.identity.compact_jws import (
    LEEWAY_SECONDS,
    MOST_CHARACTERS,
    TokenFault,
    UnverifiedJws,
    audiences,
    instant_claim,
    read_compact,
    text_claim,
)
from gateway.identity.provider import Provider
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.identity.verification_keys import VerificationKey
from gateway.settings import BearerSettings, ProviderSettings
from gateway.world import World

MOST_REMEMBERED = 1024
_HEADER = re.compile(r"Bearer +([A-Za-z0-9._-]+)", re.ASCII | re.IGNORECASE)
# What python-jose can verify; it knows neither PS256 nor EdDSA.
_JOSE_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})

_log = structlog.get_logger(__name__)


Caller = TypeVar("Caller", StaffMember, PatientHolder)


@dataclass(frozen=True, slots=True)
class _Known(Generic[Caller]):
    caller: Caller
    key_id: str
    algorithm: str
    key: VerificationKey
    issued: int
    expires: int


class TokenFrame(ABC, Generic[Caller]):
    """Judges the `Authorization` header of an API call by the keys of one provider; who the caller is, its kinds say.

    `section` is the provider's settings key, e.g. `identity.staff`.
    """

    section: ClassVar[str]

    def __init__(
        self, *, bearer: BearerSettings, provider: ProviderSettings, world: World, loopback_allowed: bool
    ) -> None:
        """Calls nobody. Raises `ConfigurationError` for an algorithm that cannot be verified here."""
        unknown = sorted(set(bearer.algorithms) - _JOSE_ALGORITHMS)
        if unknown or not bearer.algorithms:
            known = ", ".join(sorted(_JOSE_ALGORITHMS))
            fault = SettingFault("identity.bearer.algorithms", f"{unknown} cannot be used; known: {known}")
            raise ConfigurationError((fault,))
        self._settings = bearer
        self._types = frozenset(name.lower().removeprefix("application/") for name in bearer.token_types)
        self._provider = Provider(provider, world, section=self.section, loopback_allowed=loopback_allowed)
        self._world = world
        self._known: OrderedDict[bytes, _Known[Caller]] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, header_value: str) -> Caller:
        """The caller.

        `header_value`: the whole header, e.g. `Bearer eyJ...`; an empty string where there is none.
        Raises `NotSignedIn` for any token that is not exactly right, `IdentityProviderUnavailable` when the keys
        cannot be had.
        """
        try:
            return self._verify(header_value)
        except TokenFault as fault:
            raise NotSignedIn(str(fault)) from fault
        except SignInRefused as refusal:
            raise NotSignedIn(f"the token's claims do not do: {refusal}") from refusal
        except GatewayError:
            raise
        except Exception as error:
            # python-jose raises TypeError, OverflowError and more for tokens it did not expect.
            _log.exception("bearer-token-failed-oddly")
            raise NotSignedIn("the token could not be judged") from error

    def _verify(self, header_value: str) -> Caller:
        text = _token_of(header_value)
        digest = hashlib.sha256(text.encode("ascii")).digest()
        known = self._remembered(digest)
        if known is not None:
            self._check_times(known.issued, known.expires)
            return known.caller
        token = read_compact(text)
        known = self._judge(token)
        self._remember(digest, known)
        return known.caller

    def _judge(self, token: UnverifiedJws) -> _Known[Caller]:
        if token.claims.get("iss") != self._provider.settings.issuer:
            raise TokenFault("iss is not the provider's")
        if token.type not in self._types:
            raise TokenFault("not an access token")
        if token.algorithm not in self._settings.algorithms:
            raise TokenFault("the signature algorithm is not allowed")
        key = self._provider.key(token.key_id, token.algorithm)
        if key is None:
            raise TokenFault("no published key fits the token")
        try:
            # The key object is built here: given a dict, python-jose would try keys and kinds of its own choice.
            jws.verify(token.text, jwk.construct(key.as_jwk(), token.algorithm), [token.algorithm])
        except JOSEError as error:
            raise TokenFault("the signature is wrong") from error
        issued, expires = self._check_claims(token.claims)
        return _Known(self._caller(token.claims), token.key_id, token.algorithm, key, issued, expires)

    def _check_claims(self, claims: dict[str, Any]) -> tuple[int, int]:
        """`iat` and `exp`, once everything RFC 9068 section 2.2 requires is there."""
        issued, expires = instant_claim(claims, "iat"), instant_claim(claims, "exp")
        if not 0 < expires - issued <= self._settings.longest_lifetime_seconds:
            raise TokenFault("the token lives too long")
        self._check_times(issued, expires)
        not_before = instant_claim({"nbf": 1, **claims}, "nbf")
        if not_before > self._now() + LEEWAY_SECONDS:
            raise TokenFault("the token is of the future")
        if self._settings.audience not in audiences(claims):
            raise TokenFault("aud is not this API")
        text_claim(claims, "sub")
        text_claim(claims, self._settings.client_claim)
        for name in self._settings.required_claims:
            if claims.get(name) in (None, "", [], {}):
                raise TokenFault(f"{name} is missing")
        return issued, expires

    @abstractmethod
    def _caller(self, claims: dict[str, Any]) -> Caller:
        """Who these verified claims describe. Raises `SignInRefused`, `TokenFault`."""

    def _check_authentication(self, claims: dict[str, Any]) -> None:
        authenticated = instant_claim(claims, "auth_time")
        if authenticated > self._now() + LEEWAY_SECONDS:
            raise TokenFault("the authentication is of the future")
        if self._now() - authenticated > self._provider.settings.max_age_seconds + LEEWAY_SECONDS:
            raise TokenFault("the authentication is too old")

    def _check_times(self, issued: int, expires: int) -> None:
        now = self._now()
        if now >= expires + LEEWAY_SECONDS:
            raise TokenFault("the token has expired")
        if issued > now + LEEWAY_SECONDS:
            raise TokenFault("the token is of the future")

    def _remembered(self, digest: bytes) -> _Known[Caller] | None:
        """What was found about the very same token, as long as the provider still publishes the key that signed it."""
        with self._lock:
            known = self._known.get(digest)
            if known is None:
                return None
            self._known.move_to_end(digest)
        return known if self._provider.key(known.key_id, known.algorithm) == known.key else None

    def _remember(self, digest: bytes, known: _Known[Caller]) -> None:
        with self._lock:
            self._known[digest] = known
            self._known.move_to_end(digest)
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)

    def _now(self) -> int:
        return self._world.epoch_ms() // 1000


class BearerTokens(TokenFrame[StaffMember]):
    """Tokens of the hospital's own provider: a person, or a software client on its own behalf (`named` false, `factors`
    0)."""

    section = "identity.staff"

    def _caller(self, claims: dict[str, Any]) -> StaffMember:
        """A person where the token says when a person authenticated (RFC 9068 section 2.2.1), else the software."""
        client = text_claim(claims, self._settings.client_claim)
        if "auth_time" in claims and claims["sub"] != client:
            self._check_authentication(claims)
            return staff_member(claims, self._provider.settings)
        return software_client(claims, client, self._provider.settings)


class PatientBearerTokens(TokenFrame[PatientHolder]):
    """Tokens of the patients' provider, with the identity traits in them; only what is the patient's own is read so."""

    section = "identity.patient"

    def _caller(self, claims: dict[str, Any]) -> PatientHolder:
        self._check_authentication(claims)
        return patient_holder(claims, self._provider.settings)


def _token_of(header_value: str) -> str:
    if len(header_value) > MOST_CHARACTERS + len("Bearer "):
        raise TokenFault("the token is too long")
    match = _HEADER.fullmatch(header_value)
    if match is None:
        raise TokenFault("there is no bearer token")
    return match.group(1)
