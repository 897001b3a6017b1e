"""The code of a notice: what the landing page `/n/{code}` is found by. It names a notice and proves nothing."""

from collections.abc import Callable

# Crockford's base 32: without I, L, O and U, so that it can be read aloud on the phone and typed from a letter.
# 10 of them are 50 random bits, and a guessed code alone shows nothing (DOMAIN section 7).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def new_code(random_bytes: Callable[[int], bytes]) -> str:
    """A fresh code of 10 characters; `random_bytes` is `World.random_bytes`. 256 is a multiple of 32: no bias."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in random_bytes(LENGTH))


def parse_code(text: str) -> str | None:
    """The code a person typed, in any case, with spaces or hyphens and the usual misreadings mended; None if it cannot
    be one."""
    if len(text) > 4 * LENGTH:
        return None
    folded = "".join(text.upper().replace("-", " ").split()).translate(_MISREAD)
    if len(folded) != LENGTH or any(sign not in ALPHABET for sign in folded):
        return None
    return folded


def spaced(code: str) -> str:
    """The code as people read it: `ABCDE FGHJK`."""
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"
