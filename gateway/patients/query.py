"""What a search asks the directory, typed; and the reading of the one field a person types or scans into."""

import re
from dataclasses import dataclass

from gateway.errors import InvalidRequest
from gateway.patients.birth_date import find_birth_date, parse_birth_date
from gateway.patients.datamatrix import is_datamatrix, parse_datamatrix
from gateway.patients.folding import first_given_name, fold, name_key
from gateway.patients.ins import parse_ins

LONGEST_QUERY = 400
MOST_WORDS = 12

_NUMBER = re.compile(r"[0-9](?:[ .\-]?[0-9A-B])*", re.IGNORECASE)
# The first 13 characters of a NIR: months 13 to 19 and 43 to 49 are never given.
_NIR_13 = re.compile(r"[1-478][0-9]{2}(?:0[1-9]|1[0-2]|[235-9][0-9]|4[0-2])(?:[0-9]{2}|2[AB])[0-9]{6}")
_IPP = re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9\-_]{0,31}")
_IPP_SAID = re.compile(r"^IPP(?:\s*n°\s*|\s*:\s*|\s+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InsQuery:
    """By matricule INS, in the kinds of number accepted here (test and real ones never meet)."""

    value: str  # 15 characters, key checked
    oids: frozenset[str]


@dataclass(frozen=True, slots=True)
class IppQuery:
    """By the hospital's own patient number, upper case."""

    ipp: str


@dataclass(frozen=True, slots=True)
class NameQuery:
    """By birth or used name, a given name and the birth date.

    `readings` are the possible (name key, given name key) pairs: one for a form with two fields, several for one line
    of text whose words may be in either order.
    """

    readings: frozenset[tuple[str, str]]
    birth_date: str  # ISO


@dataclass(frozen=True, slots=True)
class BraceletQuery:
    """By a scanned Datamatrix: its INS, and where the directory does not know that number, its traits."""

    by_ins: InsQuery
    by_name: NameQuery


PatientQuery = InsQuery | IppQuery | NameQuery | BraceletQuery


def parse_query(text: str, *, allowed_oids: frozenset[str]) -> PatientQuery:
    """One field: a bracelet or INS Datamatrix, a matricule INS or NIR of 15, an IPP, or names and a birth date.

    `IPP` before a number says that it is one. Raises `InvalidRequest` with code `query-empty`, `query-too-long`,
    `query-nir-without-key` (13 of the 15 characters), `query-needs-birth-date`, `query-needs-names`,
    `query-needs-given-name`, `query-birth-date` or `query-birth-year`; those of `parse_datamatrix` and `parse_ins`.
    """
    if len(text) > LONGEST_QUERY:
        raise _refused("too-long", "a search has at most 400 characters")
    if is_datamatrix(text):
        return _bracelet(text, allowed_oids)
    line = " ".join(text.split())
    if not line:
        raise _refused("empty", "nothing was typed")
    said = _IPP_SAID.sub("", line)
    if said != line:
        return ipp_query(said)
    if _NUMBER.fullmatch(line):
        number = re.sub(r"[ .\-]", "", line).upper()
        if len(number) == 15:
            return ins_query(number, allowed_oids)
        if _NIR_13.fullmatch(number):
            raise _refused("nir-without-key", "a matricule INS has 15 characters: type its key of two digits too")
    if " " not in line and _IPP.fullmatch(line.upper()) and not _is_dashed_date(line):
        return IppQuery(line.upper())
    return _names_and_birth_date(line)


def ins_query(value: str, oids: frozenset[str]) -> InsQuery:
    """By matricule, in any of the OIDs given. Raises `InvalidIns`."""
    return InsQuery(parse_ins(value, min(oids), allowed_oids=oids).value, oids)


def ipp_query(value: str) -> IppQuery:
    """By hospital number. Raises `InvalidRequest` `query-ipp`."""
    ipp = value.strip().upper()
    if not _IPP.fullmatch(ipp):
        raise _refused("ipp", "a hospital patient number has 1 to 32 letters, digits or hyphens")
    return IppQuery(ipp)


def name_query(family: str, given: str, birth_date: str) -> NameQuery:
    """By three separate fields. Raises `InvalidRequest` as `parse_query` does."""
    if not name_key(family):
        raise _refused("needs-names", "the birth or used name is missing")
    if not name_key(given):
        raise _refused("needs-given-name", "a given name is missing")
    return NameQuery(frozenset({(name_key(family), name_key(given))}), parse_birth_date(birth_date))


def _bracelet(text: str, allowed_oids: frozenset[str]) -> BraceletQuery:
    scanned = parse_datamatrix(text, allowed_oids=allowed_oids)
    by_name = name_query(
        scanned.traits.birth_name, first_given_name(scanned.traits.given_names), scanned.traits.birth_date
    )
    return BraceletQuery(InsQuery(scanned.ins.value, frozenset({scanned.ins.oid})), by_name)


def _names_and_birth_date(line: str) -> NameQuery:
    found = find_birth_date(line)
    if found is None:
        raise _refused("needs-birth-date", "names alone name nobody: add the birth date")
    birth_date, names = found
    words = fold(names).split()
    if not words:
        raise _refused("needs-names", "a birth date alone names nobody: add the names")
    if len(words) == 1:
        raise _refused("needs-given-name", "type the name, a given name and the birth date")
    if len(words) > MOST_WORDS:
        raise _refused("too-long", "a name has at most 12 words")
    # Nobody types the name and the given name in an agreed order: every cut, both ways.
    cuts = [("".join(words[:cut]), "".join(words[cut:])) for cut in range(1, len(words))]
    return NameQuery(frozenset(cuts) | frozenset((last, first) for first, last in cuts), birth_date)


def _is_dashed_date(line: str) -> bool:
    try:
        return "-" in line and find_birth_date(line) is not None
    except InvalidRequest:
        return False


def _refused(code: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, field="query", code=f"query-{code}")
