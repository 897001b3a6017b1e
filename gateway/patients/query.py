"""What a search asks the directory, typed."""

from dataclasses import dataclass


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
