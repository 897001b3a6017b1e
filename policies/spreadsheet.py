"""CSV as a spreadsheet saves it: comma or semicolon, with or without a byte order mark, blank lines tolerated."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.errors import Fault

YES = {"oui": True, "yes": True, "non": False, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet: its 1-based line number and its cells by column name, trimmed."""

    line: int
    cells: dict[str, str]


def read_rows(file: str, text: str, columns: Sequence[str]) -> tuple[list[Row], list[Fault]]:
    """The rows of a sheet that must have at least these columns, in any order, and what is wrong with its shape."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in columns if name not in header]
        if missing:
            words = ", ".join(missing)
            fault = Fault(file=file, line=1, rule_id="", fr=f"colonne absente : {words}", en=f"missing column: {words}")
            return [], [fault]
        return _body(file, ((reader.line_num, cells) for cells in reader), header)
    except csv.Error as trouble:
        fault = Fault(
            file=file, line=reader.line_num, rule_id="", fr=f"tableau illisible : {trouble}", en=f"bad CSV: {trouble}"
        )
        return [], [fault]


def _body(file: str, lines: Iterable[tuple[int, list[str]]], header: list[str]) -> tuple[list[Row], list[Fault]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            fr = f"{len(cells)} cellules au lieu de {len(header)}"
            en = f"{len(cells)} cells instead of {len(header)}"
            faults.append(Fault(file=file, line=line, rule_id="", fr=fr, en=en))
            continue
        rows.append(Row(line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}))
    return rows, faults


def yes_no(file: str, row: Row, column: str) -> tuple[bool, list[Fault]]:
    """The truth of an oui/non cell; anything else is a fault and counts as no."""
    word = row.cells[column].lower()
    if word in YES:
        return YES[word], []
    fr, en = f"{column} : écrivez oui ou non, pas « {word} »", f"{column}: write oui or non, not '{word}'"
    return False, [Fault(file=file, line=row.line, rule_id="", fr=fr, en=en, word=word)]
