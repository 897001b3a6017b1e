"""Disclosures in the manner of RFC 9901 (SD-JWT) section 4.2: a personal value and the digest that commits to it.

A disclosure is base64url of the JSON array [salt, name, value]; the leaf holds base64url(SHA-256(disclosure)). With
128 random bits of salt, a digest tells nothing of a value that can be guessed; once disclosure and salt are erased,
nobody can even test a guess.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Collection
from typing import Any, cast

import rfc8785

from audit.entry import Json, is_json
from audit.errors import DisclosureError, EntryError

SALT_BYTES = 16
MAX_DISCLOSURE_CHARACTERS = 100_000


def make_disclosure(name: str, value: Json, random: Callable[[int], bytes]) -> str:
    """The disclosure of one named value with a fresh salt. Raises EntryError for a text that is not Unicode."""
    content: list[Any] = [_encode(random(SALT_BYTES)), name, value]
    try:
        return _encode(rfc8785.dumps(content))
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise EntryError(f"personal value {name} holds a text that is not valid Unicode") from error


def digest(disclosure: str) -> str:
    """What the leaf holds of a disclosure."""
    return _encode(hashlib.sha256(disclosure.encode("ascii")).digest())


def read_disclosure(disclosure: str) -> tuple[str, Json]:
    """The name and the value. Raises DisclosureError when it is not a disclosure."""
    if len(disclosure) > MAX_DISCLOSURE_CHARACTERS:
        raise DisclosureError("a disclosure is too long")
    try:
        padded = disclosure.encode("ascii") + b"=" * (-len(disclosure) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        well_formed = isinstance(content, list) and len(content) == 3 and is_json(content)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise DisclosureError("a disclosure is not base64url of JSON") from error
    if not well_formed or not isinstance(content[0], str) or not isinstance(content[1], str):
        raise DisclosureError("a disclosure is not an array of salt, name and value")
    return content[1], cast(Json, content[2])


def check_disclosures(disclosures: Collection[str], digests: Collection[str]) -> dict[str, Json]:
    """The disclosed values by name, each of them committed to by one of the `digests` of the leaf.

    Raises DisclosureError for one that is not, or that comes twice.
    """
    values: dict[str, Json] = {}
    for disclosure in disclosures:
        name, value = read_disclosure(disclosure)
        if digest(disclosure) not in digests:
            raise DisclosureError(f"the disclosure of {name!r} does not match any digest of its leaf")
        if name in values:
            raise DisclosureError(f"{name!r} is disclosed twice")
        values[name] = value
    return values


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
