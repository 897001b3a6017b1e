"""The matrix as a grid: who may read which type of document, and the sheet it is written back to.

What has no row is refused; a row says yes or no, and where that answer comes from. Rows the grid cannot place (an
unknown profession, a type that is gone) stay in the sheet as they are: the check speaks of them.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.oversight.document_types import FiledType
from policies import Fault
from policies.matrix import COLUMNS
from policies.sources import MATRIX, PROFESSIONS
from policies.spreadsheet import YES, read_rows

Place = tuple[str, str]  # profession key (system|code), type code


@dataclass(frozen=True, slots=True)
class Column:
    """A care profession with rows of its own. Professions in training read as their mother profession."""

    key: str
    id: str
    label_fr: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What the sheet says of a pair."""

    read: bool
    source: str


@dataclass(frozen=True, slots=True)
class Grid:
    """The sheet, readable by pair. `cells` holds only the pairs that have a row."""

    columns: tuple[Column, ...]
    types: tuple[FiledType, ...]
    cells: Mapping[Place, Cell]

    def reads(self, place: Place) -> bool:
        """Whether the profession reads the type; no row, no."""
        cell = self.cells.get(place)
        return cell is not None and cell.read

    def open_types(self, key: str) -> int:
        """How many types are open to a profession."""
        return sum(self.reads((key, one.code)) for one in self.types)


@dataclass(frozen=True, slots=True)
class CellChange:
    """A pair as it is to be written."""

    column: Column
    type: FiledType
    read: bool
    source: str


def read_grid(files: Mapping[str, bytes], filed: Mapping[str, FiledType]) -> tuple[Grid, list[Fault]]:
    """The grid of one version's files. The faults are those of a sheet that has no readable shape."""
    rows, faults = read_rows(MATRIX, text_of(files.get(MATRIX, b"")), COLUMNS)
    columns = _columns(text_of(files.get(PROFESSIONS, b"")))
    cells = {
        (row.cells["profession"], row.cells["type_code"]): Cell(
            YES.get(row.cells["read"].lower(), False), row.cells["source"]
        )
        for row in rows
    }
    return Grid(columns, tuple(filed.values()), cells), faults


def write_cells(text: str, changes: Iterable[CellChange]) -> str:
    """The sheet with these pairs changed: rows keep their order, new ones follow the last row of their profession."""
    wanted = {(change.column.key, change.type.code): change for change in changes}
    rows, _faults = read_rows(MATRIX, text, COLUMNS)
    lines: list[list[str]] = []
    last: dict[str, int] = {}
    for row in rows:
        cells = row.cells
        change = wanted.pop((cells["profession"], cells["type_code"]), None)
        if change is not None:
            cells = {**cells, "read": _yes_no(change.read), "source": change.source}
        lines.append([cells[name] for name in COLUMNS])
        last[cells["profession"]] = len(lines)
    for place, change in reversed(wanted.items()):
        said = [place[0], change.column.label_fr, place[1], change.type.label, _yes_no(change.read), change.source]
        lines.insert(last.get(place[0], len(lines)), said)
    return sheet_of([list(COLUMNS), *lines])


def sheet_of(lines: Sequence[Sequence[str]], *, delimiter: str = ",", end: str = "\n") -> str:
    """Lines of cells as CSV."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(lines)
    return written.getvalue()


def text_of(content: bytes) -> str:
    """A sheet's text whatever saved it: UTF-8 with or without its mark, else what French spreadsheets write
    (Windows-1252)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _columns(text: str) -> tuple[Column, ...]:
    rows, _faults = read_rows(PROFESSIONS, text, ("id", "system", "code", "label_fr", "label_en", "care", "acts_as"))
    return tuple(
        Column(
            f"{row.cells['system']}|{row.cells['code']}", row.cells["id"], row.cells["label_fr"], row.cells["label_en"]
        )
        for row in rows
        if YES.get(row.cells["care"].lower()) and not row.cells["acts_as"]
    )


def _yes_no(read: bool) -> str:
    return "oui" if read else "non"
