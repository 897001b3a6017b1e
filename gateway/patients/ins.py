"""The matricule INS: 15 characters, a key, and the OID that says what kind of number it is.

Source: référentiel INS; key = 97 - (first 13 characters mod 97), with 2A read as 19 and 2B as 18.
"""

import re
from dataclasses import dataclass

from gateway.errors import InvalidIns

OID_NIR = "1.2.250.1.213.1.4.8"
OID_NIA = "1.2.250.1.213.1.4.9"
OID_TEST = "1.2.250.1.213.1.4.10"
OID_DEMO = "1.2.250.1.213.1.4.11"
PRODUCTION_OIDS = frozenset({OID_NIR, OID_NIA})
TEST_OIDS = frozenset({OID_TEST, OID_DEMO})

_SHAPE = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Ins:
    """A well-formed matricule INS and its OID. Build it with `parse_ins`, which checks both."""

    value: str
    oid: str


def parse_ins(value: str, oid: str, *, allowed_oids: frozenset[str]) -> Ins:
    """Check a matricule INS typed or scanned (spaces and case are forgiven).

    Raises `InvalidIns` with code `ins-length`, `ins-characters`, `ins-key`, `ins-oid-unknown` or `ins-oid-forbidden`
    (test OIDs in production, production OIDs in the demo). The message never repeats the number.
    """
    compact = re.sub(r"\s", "", value).upper()
    if len(compact) != 15:
        raise InvalidIns("a matricule INS has 15 characters", field="ins", code="ins-length")
    if not _SHAPE.fullmatch(compact):
        raise InvalidIns("a matricule INS holds digits, or 2A/2B for Corsica", field="ins", code="ins-characters")
    if compact[13:] != ins_key(compact[:13]):
        raise InvalidIns("the key does not match the first 13 characters", field="ins", code="ins-key")
    if oid not in PRODUCTION_OIDS | TEST_OIDS:
        raise InvalidIns("not an INS OID", field="oid", code="ins-oid-unknown")
    if oid not in allowed_oids:
        raise InvalidIns("this kind of INS is not accepted here", field="oid", code="ins-oid-forbidden")
    return Ins(compact, oid)


def ins_key(first_13: str) -> str:
    """The two-digit key of the first 13 characters."""
    number = int(first_13.replace("2A", "19", 1) if first_13[5:7] == "2A" else first_13.replace("2B", "18", 1))
    return f"{97 - number % 97:02d}"
