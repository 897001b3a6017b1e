"""How many factors somebody used, judged by the `amr` (RFC 8176) and `acr` the provider signed."""

from typing import Any

from gateway.settings import ProviderSettings

# RFC 8176 values by the kind of factor: two of one kind are one factor.
_KNOWLEDGE = frozenset({"pwd", "pin", "kba"})
_INHERENCE = frozenset({"face", "fpt", "iris", "retina", "vbm"})
_SEVERAL = frozenset({"mfa"})


def methods(claims: dict[str, Any]) -> tuple[str, ...]:
    """`amr` as it is, but nothing else than printable words; empty where absent or malformed."""
    value = claims.get("amr")
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or len(words) > 16:
        return ()
    return tuple(word for word in words if isinstance(word, str) and word.isprintable() and 0 < len(word) <= 64)


def count_factors(claims: dict[str, Any], settings: ProviderSettings) -> int:
    """0, 1, 2 or 3. A configured value of no known kind counts as something one holds."""
    acr = claims.get("acr")
    if isinstance(acr, str) and acr in settings.two_factor_acr:
        return 2
    counted = [word for word in methods(claims) if word == "pwd" or word in settings.two_factor_amr]
    kinds = len({_kind(word) for word in counted if word not in _SEVERAL})
    return max(kinds, 2) if any(word in _SEVERAL for word in counted) else kinds


def _kind(word: str) -> str:
    if word in _KNOWLEDGE:
        return "knowledge"
    return "inherence" if word in _INHERENCE else "possession"
