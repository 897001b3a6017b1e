"""The matrix as a file: what a spreadsheet opens, and what it may bring back."""

from collections.abc import Mapping

from gateway.web.it.grid import sheet_of, text_of
from policies import Fault, PolicyError
from policies.matrix import COLUMNS, read_matrix
from policies.nomenclature import read_nomenclature
from policies.nouns import read_nouns
from policies.sources import MATRIX, PROFESSIONS, SCHEMA, UNITS
from policies.spreadsheet import read_rows

_MARK = "\ufeff"  # without it French spreadsheets read UTF-8 as Windows-1252


def exported(text: str, *, comma: bool) -> bytes:
    """The sheet for a spreadsheet: semicolons are what a French one expects, and lines end as it ends them."""
    rows, _faults = read_rows(MATRIX, text, COLUMNS)
    lines = [list(COLUMNS), *([row.cells[name] for name in COLUMNS] for row in rows)]
    return (_MARK + sheet_of(lines, delimiter="," if comma else ";", end="\r\n")).encode()


def imported(text: str) -> str:
    """The same sheet as the rules keep it: commas, the known columns in their order, blank lines gone."""
    rows, _faults = read_rows(MATRIX, text, COLUMNS)
    return sheet_of([list(COLUMNS), *([row.cells[name] for name in COLUMNS] for row in rows)])


def faults_of(text: str, files: Mapping[str, bytes]) -> tuple[Fault, ...]:
    """What is wrong with a sheet, line by line, against the professions and types of these files."""
    try:
        nouns = read_nouns(text_of(files.get(SCHEMA, b"")))
        nomenclature, _faults = read_nomenclature(
            text_of(files.get(PROFESSIONS, b"")), text_of(files.get(UNITS, b"")), nouns
        )
        _matrix, faults = read_matrix(text, nouns, nomenclature)
    except PolicyError as error:
        return error.faults
    except ValueError:
        fr, en = (
            "le schéma de ce brouillon ne se lit pas : corrigez-le d'abord",
            "the schema cannot be read: mend it first",
        )
        return (Fault(file=SCHEMA, line=0, rule_id="", fr=fr, en=en),)
    return tuple(faults)
