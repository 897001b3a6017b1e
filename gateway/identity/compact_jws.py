"""Reading a compact JWS (RFC 7515 section 3.1) before anything of it is believed: size, alphabet, JSON, header.

What is read here is unverified; only `id_token` and `bearer` turn it into something known.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from gateway.identity.strict_json import NotStrictJson, read_object

# An ID token with many groups stays below 8 kB; 16 kB leaves room.
MOST_CHARACTERS = 16_384
# Time two machines may disagree by, seconds (RFC 7519 section 4.1.4: "usually no more than a few minutes").
LEEWAY_SECONDS = 60
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_FURTHEST_INSTANT = 2**53


class TokenFault(ValueError):
    """The token is not exactly right. The message says which check failed and quotes nothing of the token."""


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """The parts of a well-formed token whose signature nobody has checked yet."""

    text: str
    algorithm: str
    key_id: str
    type: str  # media type in lower case without `application/`; empty where absent
    claims: dict[str, Any]


def read_compact(text: str) -> UnverifiedJws:
    """Split and parse; raises `TokenFault`. `crit` is refused: we understand no extension (RFC 7515 section 4.1.11)."""
    if len(text) > MOST_CHARACTERS:
        raise TokenFault("the token is too long")
    if _SHAPE.fullmatch(text) is None:
        raise TokenFault("not a signed compact token")
    header_part, claims_part, signature_part = text.split(".")
    header, claims = _object(header_part), _object(claims_part)
    _bytes(signature_part)
    if "crit" in header or "b64" in header:
        raise TokenFault("the token asks for an extension nobody here understands")
    return UnverifiedJws(
        text=text,
        algorithm=_header_text(header, "alg", required=True),
        key_id=_header_text(header, "kid"),
        type=_header_text(header, "typ").lower().removeprefix("application/"),
        claims=claims,
    )


def text_claim(claims: dict[str, Any], name: str, most: int = 255) -> str:
    """A claim that must be there as printable text without outer spaces. Raises `TokenFault`."""
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > most or value != value.strip():
        raise TokenFault(f"{name} is missing or malformed")
    if not value.isprintable():
        raise TokenFault(f"{name} is missing or malformed")
    return value


def instant_claim(claims: dict[str, Any], name: str) -> int:
    """A NumericDate (RFC 7519 section 2) that must be there, as UTC epoch seconds. Raises `TokenFault`."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenFault(f"{name} is missing or malformed")
    if not 0 < value < _FURTHEST_INSTANT:
        raise TokenFault(f"{name} is out of range")
    return int(value)


def audiences(claims: dict[str, Any]) -> frozenset[str]:
    """`aud`, one string or several (RFC 7519 section 4.1.3), never none. Raises `TokenFault`."""
    value = claims.get("aud")
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not values or not all(isinstance(item, str) and item for item in values):
        raise TokenFault("aud is missing or malformed")
    return frozenset(values)


def _object(part: str) -> dict[str, Any]:
    try:
        return read_object(_bytes(part), MOST_CHARACTERS)
    except NotStrictJson as error:
        raise TokenFault(f"a part of the token is malformed: {error}") from error


def _bytes(part: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenFault("a part of the token is not base64url") from error
    # One value, one spelling: left-over bits would let the same token be written twice.
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != part:
        raise TokenFault("a part of the token is not canonical base64url")
    return decoded


def _header_text(header: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = header.get(name, "")
    if not isinstance(value, str) or len(value) > 256 or (required and not value):
        raise TokenFault(f"{name} is missing or malformed in the header")
    return value
