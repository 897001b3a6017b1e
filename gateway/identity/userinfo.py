"""Claims the provider gives only at its userinfo endpoint (OpenID Connect Core 1.0 section 5.3)."""

from typing import Any

import httpx

from gateway.errors import IdentityProviderUnavailable
from gateway.identity.compact_jws import LEEWAY_SECONDS, TokenFault, audiences, instant_claim, read_compact
from gateway.identity.id_token import TooOld, verify_signature
from gateway.identity.provider import Provider
from gateway.identity.strict_json import NotStrictJson, read_object
from gateway.outbound import MOST_BYTES


def fetch_userinfo(provider: Provider, access_token: str, subject: str, now: int) -> dict[str, Any]:
    """The claims about `subject`, as JSON or, as FranceConnect does, as a signed JWT. `now` is in epoch seconds.

    Raises `TokenFault` when they are of someone else or not exactly right, `IdentityProviderUnavailable`.
    """
    answer = provider.call(
        "GET", provider.metadata().userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"}
    )
    if answer.status_code != httpx.codes.OK:
        raise IdentityProviderUnavailable(f"the userinfo endpoint answered {answer.status_code}")
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    claims = _signed(answer.content, provider, now) if media_type == "application/jwt" else _plain(answer.content)
    if claims.get("sub") != subject:
        # Section 5.3.2: the token substitution attack.
        raise TokenFault("userinfo is about somebody else")
    return claims


def _plain(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body, MOST_BYTES)
    except NotStrictJson as error:
        raise TokenFault(f"userinfo is malformed: {error}") from error


def _signed(body: bytes, provider: Provider, now: int) -> dict[str, Any]:
    try:
        text = body.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise TokenFault("userinfo is not a token") from error
    token = read_compact(text)
    if token.algorithm not in provider.settings.algorithms or token.type not in ("", "jwt"):
        raise TokenFault("userinfo is signed in a way that is not allowed")
    if token.claims.get("iss") != provider.settings.issuer:
        raise TokenFault("userinfo is of another issuer")
    if audiences(token.claims) != {provider.settings.client_id}:
        raise TokenFault("userinfo is for somebody else")
    verify_signature(token, provider)
    if "exp" in token.claims and instant_claim(token.claims, "exp") <= now - LEEWAY_SECONDS:
        raise TooOld("userinfo has expired")
    return token.claims
