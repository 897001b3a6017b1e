"""The provider's public keys: which JWKs can be used, and which one verifies a given token."""

from dataclasses import dataclass
from typing import Any

from joserfc.jwk import ECKey, RSAKey

MOST_KEYS = 64
SMALLEST_RSA_BITS = 2048  # RFC 7518 section 3.3
LARGEST_RSA_BITS = 8192  # a larger one only costs time
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# Never `none`, nor HS*: a public key is no secret.
KNOWN_ALGORITHMS = _RSA_ALGORITHMS | frozenset(_CURVES)
_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One usable public signature key: the public members of its JWK (RFC 7517), and what it may verify."""

    key_id: str
    algorithms: frozenset[str]
    members: tuple[tuple[str, str], ...]

    def as_jwk(self) -> dict[str, str]:
        """The JWK again, public members only."""
        return dict(self.members)


def read_keys(jwks: dict[str, Any]) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWK set, in order; what is odd, weak, private, symmetric or for encryption is left out.

    One key that nobody here understands must not stop the sign-ins that another one verifies.
    """
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        return ()
    keys = (_read_key(item) for item in listed[:MOST_KEYS])
    return tuple(key for key in keys if key is not None)


def choose_key(keys: tuple[VerificationKey, ...], key_id: str, algorithm: str) -> VerificationKey | None:
    """The one key for this header. Without a `kid` only a single candidate counts (OpenID Connect Core 10.1)."""
    fitting = [key for key in keys if algorithm in key.algorithms and (not key_id or key.key_id == key_id)]
    return fitting[0] if len(fitting) == 1 else None


def _read_key(item: object) -> VerificationKey | None:
    if not isinstance(item, dict) or item.get("use", "sig") != "sig":
        return None
    operations = item.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    key_id, algorithm = item.get("kid", ""), item.get("alg")
    if not isinstance(key_id, str) or len(key_id) > 256:
        return None
    members = {name: item[name] for name in _PUBLIC_MEMBERS if name in item}
    if not all(isinstance(value, str) and len(value) <= 2048 for value in members.values()):
        return None
    algorithms = _algorithms_of(members)
    if algorithm is not None:
        algorithms &= frozenset({algorithm}) if isinstance(algorithm, str) else frozenset()
    if not algorithms:
        return None
    return VerificationKey(key_id, algorithms, tuple(sorted(members.items())))


def _algorithms_of(members: dict[str, str]) -> frozenset[str]:
    """What the key can verify; empty when it cannot be used at all."""
    try:
        if members.get("kty") == "RSA":
            if len(members["n"]) * 6 < SMALLEST_RSA_BITS:
                return frozenset()
            numbers = RSAKey.import_key(dict(members)).public_key.public_numbers()
            sound = SMALLEST_RSA_BITS <= numbers.n.bit_length() <= LARGEST_RSA_BITS and 3 <= numbers.e < 2**33
            return _RSA_ALGORITHMS if sound else frozenset()
        if members.get("kty") == "EC":
            curve = ECKey.import_key(dict(members)).curve_name
            return frozenset(name for name, its_curve in _CURVES.items() if its_curve == curve)
    except Exception:
        # Whatever the library thinks of a malformed key, the key is left out.
        return frozenset()
    return frozenset()
