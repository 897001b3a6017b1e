"""Who may read what: profession x document type, deny by default, one row per pair with the source of each answer.

It is the hospital's own table. The matrix annexed to the arrêté was not available as data, so no row claims to be it:
a row says where its answer comes from, and the DPO may replace any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.errors import Fault, unknown_word
from policies.nomenclature import Nomenclature
from policies.nouns import Nouns
from policies.sources import MATRIX
from policies.spreadsheet import read_rows, yes_no

COLUMNS = ("profession", "profession_label", "type_code", "type_label", "read", "source")
UNKNOWN_TYPE = "inconnu"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One cell of the grid as the file holds it."""

    line: int
    profession: str  # the id used in the rules
    type_code: str
    type_label: str
    read: bool
    source: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows, and for each profession id the types it may read (a profession without a row reads nothing)."""

    rows: tuple[MatrixRow, ...]
    readable: Mapping[str, frozenset[str]]


def read_matrix(text: str, nouns: Nouns, nomenclature: Nomenclature) -> tuple[Matrix, list[Fault]]:
    """Read the sheet, and list every row naming an unknown profession or type, without a source, or said twice."""
    rows, faults = read_rows(MATRIX, text, COLUMNS)
    types = [code for code in nouns.enums.get("DocumentType", ()) if code != UNKNOWN_TYPE]
    kept: list[MatrixRow] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        cells = row.cells
        reads, cell_faults = yes_no(MATRIX, row, "read")
        faults += cell_faults
        profession = nomenclature.professions.get(cells["profession"])
        if profession is None:
            code = cells["profession"].rpartition("|")[2]
            alike = [key for key in nomenclature.professions if key.rpartition("|")[2] == code] or sorted(
                nomenclature.professions
            )
            faults.append(unknown_word(MATRIX, row.line, cells["profession"], alike, "profession", "profession"))
            continue
        if cells["type_code"] not in types:
            faults.append(
                unknown_word(MATRIX, row.line, cells["type_code"], types, "type de document", "document type")
            )
            continue
        if reads and not profession.care:
            fr, en = f"{profession.label_fr} n'est pas une profession de soins", f"{profession.label_en} is not care"
            faults.append(Fault(file=MATRIX, line=row.line, rule_id="", fr=fr, en=en, word=cells["profession"]))
        if not cells["source"]:
            faults.append(Fault(file=MATRIX, line=row.line, rule_id="", fr="source absente", en="missing source"))
        pair = (profession.id, cells["type_code"])
        if pair in seen:
            faults.append(
                Fault(file=MATRIX, line=row.line, rule_id="", fr=f"ligne en double : {pair}", en=f"row twice: {pair}")
            )
        seen.add(pair)
        kept.append(MatrixRow(row.line, *pair, cells["type_label"], reads, cells["source"]))
    return Matrix(tuple(kept), _readable(kept)), faults


def _readable(rows: list[MatrixRow]) -> dict[str, frozenset[str]]:
    types: dict[str, set[str]] = {}
    for row in rows:
        if row.read:
            types.setdefault(row.profession, set()).add(row.type_code)
    return {profession: frozenset(codes) for profession, codes in types.items()}
