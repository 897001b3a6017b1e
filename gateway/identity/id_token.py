"""The ID token (OpenID Connect Core 1.0 section 3.1.3.7), verified by joserfc inside the checks no library makes."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.identity.compact_jws import (
    LEEWAY_SECONDS,
    TokenFault,
    UnverifiedJws,
    audiences,
    instant_claim,
    read_compact,
    text_claim,
)
from gateway.identity.provider import Provider
from gateway.identity.verification_keys import VerificationKey


class TooOld(TokenFault):
    """The token, or the authentication it speaks of, is older than allowed: signing in again helps."""


class WrongIssuer(TokenFault):
    """The token is of another issuer than the one that was asked."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must answer: the nonce sent, when the sign-in began, the time, and the access token beside it."""

    nonce: str
    begun_at: int  # UTC epoch seconds
    now: int  # UTC epoch seconds
    access_token: str


def verify_id_token(text: str, provider: Provider, expected: Expected) -> dict[str, Any]:
    """The claims of an ID token that is exactly right. Raises `TokenFault` or `IdentityProviderUnavailable`."""
    token = read_compact(text)
    if token.algorithm not in provider.settings.algorithms:
        raise TokenFault("the signature algorithm is not allowed")
    if token.type not in ("", "jwt"):
        raise TokenFault("the token is of another type")
    if token.claims.get("iss") != provider.settings.issuer:
        raise WrongIssuer("iss is not the provider's")
    verify_signature(token, provider)
    claims = token.claims
    if provider.settings.plain_request:
        # Such a provider asks the person again at each sign-in, and says when only where max_age was sent.
        claims = {"auth_time": claims.get("iat"), **claims}
    _check_audience(claims, provider.settings.client_id)
    _check_times(claims, expected, provider.settings.max_age_seconds)
    text_claim(claims, "sub")
    if not hmac.compare_digest(text_claim(claims, "nonce").encode(), expected.nonce.encode()):
        raise TokenFault("nonce is not the one that was sent")
    _check_access_token_hash(claims, token.algorithm, expected.access_token)
    return claims


def verify_signature(token: UnverifiedJws, provider: Provider) -> None:
    """Raises `TokenFault` unless a published key of the provider signed it, `IdentityProviderUnavailable`."""
    key = provider.key(token.key_id, token.algorithm)
    if key is None:
        raise TokenFault("no published key fits the token")
    try:
        jws.deserialize_compact(token.text, _imported(key), algorithms=[token.algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise TokenFault("the signature is wrong") from error


def _imported(key: VerificationKey) -> RSAKey | ECKey:
    members: dict[str, str | list[str]] = {**key.as_jwk()}
    return RSAKey.import_key(members) if members["kty"] == "RSA" else ECKey.import_key(members)


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    # Section 3.1.3.7 points 3 to 5: another audience is one we do not trust.
    if audiences(claims) != {client_id}:
        raise TokenFault("aud is not us alone")
    if claims.get("azp", client_id) != client_id:
        raise TokenFault("azp is not us")


def _check_times(claims: dict[str, Any], expected: Expected, max_age: int) -> None:
    issued, expires = instant_claim(claims, "iat"), instant_claim(claims, "exp")
    authenticated = instant_claim(claims, "auth_time")
    latest = expected.now + LEEWAY_SECONDS
    if expires <= expected.now - LEEWAY_SECONDS:
        raise TooOld("the token has expired")
    if issued > latest or authenticated > latest or instant_claim({"nbf": 1, **claims}, "nbf") > latest:
        raise TokenFault("the token is of the future")
    if issued < expected.begun_at - LEEWAY_SECONDS:
        raise TooOld("the token is older than the sign-in")
    if expected.now - authenticated > max_age + LEEWAY_SECONDS:
        raise TooOld("the authentication is too old")


def _check_access_token_hash(claims: dict[str, Any], algorithm: str, access_token: str) -> None:
    """`at_hash` (section 3.1.3.6), where the provider sends it."""
    if "at_hash" not in claims:
        return
    whole = hashlib.new(f"sha{algorithm[-3:]}", access_token.encode()).digest()
    half = base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=")
    if not hmac.compare_digest(text_claim(claims, "at_hash").encode(), half):
        raise TokenFault("at_hash does not fit the access token")
