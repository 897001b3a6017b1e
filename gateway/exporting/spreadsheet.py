"""The table as CSV that a spreadsheet opens well and cannot be hurt by: UTF-8 with its mark, every cell quoted, and no
cell a formula (OWASP, CSV injection: a name, too, can begin with an equals sign)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.exporting.columns import Cell, Column, Language

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What a spreadsheet takes for the start of a formula, in half and in full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A French spreadsheet separates by semicolons, since its decimals have commas.
_SEPARATOR: dict[Language, str] = {"fr": ";", "en": ","}


def csv_pieces(rows: Iterable[Mapping[str, Cell]], of: Sequence[Column], language: Language) -> Iterator[bytes]:
    """The file, line by line, its headers first."""
    yield BYTE_ORDER_MARK + _line([column.header(language) for column in of], language)
    for row in rows:
        yield _line([row[column.name] for column in of], language)


def harmless(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(values: Sequence[Cell], language: Language) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_SEPARATOR[language], quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(value) if isinstance(value, str) else value for value in values])
    return out.getvalue().encode("utf-8", errors="replace")
