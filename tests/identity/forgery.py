"""Tokens made by hand, so that a test can make them wrong in ways no library would."""

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Json = dict[str, Any]


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def as_bytes(value: Json | bytes) -> bytes:
    """JSON text; bytes pass as they are, for what `json` would not write."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@lru_cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, made once; `number` tells several of one size apart."""
    return rsa.generate_private_key(65537, bits)


@lru_cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key, made once."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str = "rsa-1", **more: Any) -> Json:
    """The public JWK of an RSA key."""
    numbers = key.public_key().public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": b64(modulus), "e": b64(numbers.e.to_bytes(3, "big")), **more}


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str = "ec-1", **more: Any) -> Json:
    """The public JWK of a P-256 key."""
    numbers = key.public_key().public_numbers()
    x, y = (b64(value.to_bytes(32, "big")) for value in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": x, "y": y, **more}


def signed_rs256(claims: Json | bytes, header: Json | bytes | None = None, *, key: Any = None) -> str:
    """A token signed by RS256, whatever its header says."""
    text = _input({"alg": "RS256", "kid": "rsa-1"} if header is None else header, claims)
    return f"{text}.{b64((key or rsa_key()).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def signed_es256(claims: Json | bytes, header: Json | None = None) -> str:
    """A token signed by ES256, whatever its header says."""
    text = _input({"alg": "ES256", "kid": "ec-1"} if header is None else header, claims)
    r, s = decode_dss_signature(ec_key().sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def signed_hs256(claims: Json, secret: bytes, header: Json | None = None) -> str:
    """A token signed by HS256 with some bytes."""
    text = _input({"alg": "HS256", "kid": "oct-1"} if header is None else header, claims)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def unsigned(claims: Json, alg: str = "none") -> str:
    """A token of `alg: none`, its signature empty."""
    return f"{_input({'alg': alg}, claims)}."


def respelled(token: str) -> str:
    """The same bytes in other words: the unused bits of the last base64url character are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def _input(header: Json | bytes, claims: Json | bytes) -> str:
    return f"{b64(as_bytes(header))}.{b64(as_bytes(claims))}"
