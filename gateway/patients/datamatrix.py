"""The INS Datamatrix of a bracelet or a document, as a scanner types it.

A header of 26 characters (`IS`, version `01`, 22 reserved), then blocks: a tag and its value. S1 matricule (15), S2 OID
(19 or 20), S3 birth given names, S4 birth name (1 to 100), S5 sex, S6 birth date JJ-MM-AAAA, S7 birthplace (5), in any
order. GS (0x1D) closes a variable block shorter than its maximum and not the last one. (INS, Format datamatrix.)

Scanners acting as keyboards drop GS, or type something else in its place. Without GS a block ends where another tag
not read yet begins. Names of the INS hold no digit, which leaves one reading; where two are left all the same nobody is
chosen: the scan is refused and the matricule is typed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import InvalidRequest
from gateway.patients.birth_date import parse_birth_date
from gateway.patients.ins import Ins, parse_ins
from gateway.patients.patient import Traits

GS = "\x1d"
LONGEST_SCAN = 400

_FIELDS = {"S1": (15, 15), "S2": (19, 20), "S3": (1, 100), "S4": (1, 100), "S5": (1, 1), "S6": (10, 10), "S7": (5, 5)}
_NEEDED = frozenset(_FIELDS) - {"S7"}
_HEADER = re.compile(r"IS(?P<version>[0-9]{2})[0-9A-Z]{22}")
# AIM symbology identifier (ISO/IEC 15424) a scanner may put first.
_SYMBOLOGY = re.compile(r"^\](?:D|d)\d")
# What keyboards, terminals and copies of a scan write for GS.
_GS_TYPED = re.compile(r"<GS>|\{GS\}|\[GS\]|\^\]|\\X1D|\\U001D|%1D|\x1c|\x1e|\x1f|\u241d", re.IGNORECASE)
# A scanner set for a US keyboard on a computer set for a French one: what is seen, what was meant.
_AZERTY = str.maketrans("&é\"'(-è_çà):ùQAWZ?", "1234567890-.'AQZWM")


@dataclass(frozen=True, slots=True)
class ScannedIdentity:
    """What a bracelet says: to find a patient with, never to overwrite one."""

    ins: Ins
    traits: Traits


def is_datamatrix(text: str) -> bool:
    """Whether a line of text is an INS Datamatrix, whole or not."""
    return bool(re.match(r"IS[0-9]{2}[0-9A-Z]{4}", _normalised(text)))


def parse_datamatrix(text: str, *, allowed_oids: frozenset[str]) -> ScannedIdentity:
    """Read a scan.

    Raises `InvalidRequest` with code `datamatrix-too-long`, `datamatrix-version`, `datamatrix-incomplete` (cut or
    garbled), `datamatrix-ambiguous` or `datamatrix-birth-date`, and `InvalidIns` as `parse_ins` does.
    """
    if len(text) > LONGEST_SCAN:
        raise _refused("too-long", "a scan has at most 400 characters")
    scan = _normalised(text)
    header = _HEADER.match(scan)
    if header is None:
        raise _refused("incomplete", "the scan lacks the header of an INS Datamatrix")
    if header["version"] != "01":
        raise _refused("version", "this version of the INS Datamatrix is not known")
    blocks = scan[header.end() :]
    readings = list(_readings(blocks, frozenset()))
    plain = [one for one in readings if not re.search("[0-9]", one["S3"] + one["S4"])]
    readings = plain or readings
    if not readings:
        raise _refused("incomplete", "the scan is cut or garbled: scan again, or type the matricule")
    if len(readings) > 1:
        raise _refused("ambiguous", "without its separators the scan reads in two ways: type the matricule")
    return _identity(readings[0], allowed_oids)


def _normalised(text: str) -> str:
    scan = _SYMBOLOGY.sub("", text.strip(" \t\r\n\0\x02\x03\x04"))
    if scan.startswith("ISà&"):
        scan = scan.translate(_AZERTY)
    return _GS_TYPED.sub(GS, scan).upper().strip(" \t\r\n" + GS)


def _readings(blocks: str, read: frozenset[str]) -> Iterator[dict[str, str]]:
    """Every way to cut the blocks into fields, each tag once, none of the needed ones missing."""
    blocks = blocks.lstrip(GS)
    if not blocks:
        if read >= _NEEDED:
            yield {}
        return
    tag = blocks[:2]
    if tag not in _FIELDS or tag in read:
        return
    for end in _ends(blocks, tag, read | {tag}):
        value = blocks[2:end].strip()
        if value:
            for rest in _readings(blocks[end:], read | {tag}):
                yield {tag: value, **rest}


def _ends(blocks: str, tag: str, read: frozenset[str]) -> Iterator[int]:
    shortest, longest = _FIELDS[tag]
    for end in range(2 + shortest, min(2 + longest, len(blocks)) + 1):
        if end == len(blocks) or blocks[end] == GS:
            yield end
            return
        # With separators left in the scan, only a block at its longest may do without one.
        unclosed = GS not in blocks or end == 2 + longest
        if unclosed and blocks[end : end + 2] in _FIELDS.keys() - read:
            yield end


def _identity(fields: Mapping[str, str], allowed_oids: frozenset[str]) -> ScannedIdentity:
    try:
        birth_date = parse_birth_date(fields["S6"])
    except InvalidRequest:
        raise _refused("birth-date", "the scan holds a birth date that is in no calendar") from None
    traits = Traits(
        birth_name=fields["S4"],
        given_names=" ".join(fields["S3"].split()),
        birth_date=birth_date,
        sex=fields["S5"] if fields["S5"] in {"M", "F"} else "U",
        birth_place=fields.get("S7", ""),
    )
    return ScannedIdentity(parse_ins(fields["S1"], fields["S2"], allowed_oids=allowed_oids), traits)


def _refused(code: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, field="query", code=f"datamatrix-{code}")
