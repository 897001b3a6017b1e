"""The narrative block of a section as rows of labelled cells: what a person reads is what must never be lost.

CDA R2 (4.3.5, Section Narrative Block): the narrative is the attested content, the entries point into it by ID. A table
row, a list item, a paragraph or a line of loose text is one `Row`. A heading (caption, line before a table, row of one
wide cell) is not a row of its own: it becomes the `group` of the rows it announces.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from gateway.dossiers.cda.xml import Element, child, local_name, words

_BLOCKS = frozenset({"table", "list", "paragraph"})
_HEADING_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and its column's title ("" when it has none). `spans` are the (ID, text) inside it."""

    label: str
    text: str
    spans: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line a person reads."""

    cells: tuple[Cell, ...]  # the non-empty ones, in order
    group: str = ""
    ids: frozenset[str] = frozenset()  # of the row, its cells and everything in them
    wide: bool = False  # a single cell spanning several columns
    heading: bool = False  # a short line right above a table: its title, most likely

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Span:
    """What an ID of the narrative names: its words, the row and the cell they are in (no cell: the row itself)."""

    text: str
    row: Row
    cell: Cell | None


@dataclass(slots=True)
class NarrativeIndex:
    """Every ID of a document's narratives. References may cross sections, so there is one index a document."""

    spans: dict[str, Span] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Registers the IDs of these rows; the first use of an ID wins."""
        for row in rows:
            for cell in row.cells:
                for identifier, text in cell.spans:
                    self.spans.setdefault(identifier, Span(text, row, cell))
            for identifier in row.ids:
                self.spans.setdefault(identifier, Span(row.text, row, None))

    def find(self, reference: str) -> Span | None:
        """What `#id` (or `id`, as some software writes it) names; None when nothing does."""
        return self.spans.get(reference.strip().removeprefix("#").strip())


def rows_of(narrative: Element | None) -> tuple[Row, ...]:
    """The rows of a section's `text`, in reading order."""
    return () if narrative is None else tuple(_rows(narrative, ""))


def _rows(block: Element, group: str) -> Iterator[Row]:
    """Rows of a block's loose lines and of the blocks inside it.

    A line is held back until what follows is known: right above a table or a list it may be its heading.
    """
    line = _Line()
    line.add(block.text)
    held: Row | None = None
    for element in block:
        name = local_name(element)
        ended = line.take() if name in _BLOCKS or name == "br" else None
        if ended is not None:
            if held is not None:
                yield held
            held = Row(ended.cells, group, ended.ids)
        if name == "paragraph":
            told = tuple(_with_ids(_rows(element, group), element))
            if told and held is not None:
                yield held
            yield from told[:-1]
            held = told[-1] if told else held
        elif name in _BLOCKS:
            yield from _announced(element, group, held)
            held = None
        elif name != "br":
            line.add_element(element)
        line.add(element.tail)
    last = line.take()
    if held is not None:
        yield held
    if last is not None:
        yield Row(last.cells, group, last.ids)


def _announced(block: Element, group: str, held: Row | None) -> Iterator[Row]:
    """A table or a list, and the line above it: a heading when it ends with a colon or is short, content otherwise."""
    text = "" if held is None else held.text
    heads = held is not None and not held.ids and (text.endswith(":") or len(text) <= _HEADING_LENGTH)
    inner = tuple(_block(block, text.removesuffix(":").strip() if heads else group))
    if held is not None and not (heads and inner and text.endswith(":")):
        yield replace(held, heading=heads and bool(inner))
    yield from inner


class _Line:
    """Loose text being gathered until something ends the line."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.spans: list[tuple[str, str]] = []

    def add(self, text: str | None) -> None:
        self.parts.append(text or "")

    def add_element(self, element: Element) -> None:
        self.parts.append(f" {_text(element)} ")
        self.spans.extend(_spans(element))

    def take(self) -> Row | None:
        text = " ".join("".join(self.parts).split())
        spans = tuple(self.spans)
        self.parts, self.spans = [], []
        if not text:
            return None
        return Row((Cell("", text, spans),), "", frozenset(identifier for identifier, _ in spans))


def _block(element: Element, group: str) -> Iterator[Row]:
    name = local_name(element)
    if name == "table":
        yield from _table(element, group)
    elif name == "list":
        caption = words(child(element, "caption")) or group
        for item in element:
            if local_name(item) == "item":
                yield from _with_ids(_rows(item, caption), item)
    else:
        yield from _with_ids(_rows(element, group), element)


def _with_ids(rows: Iterable[Row], holder: Element) -> Iterator[Row]:
    identifier = holder.get("ID")
    for row in rows:
        yield replace(row, ids=row.ids | {identifier}) if identifier else row


def _table(table: Element, group: str) -> Iterator[Row]:
    top = words(child(table, "caption")) or group
    labels: list[str] = []
    heading = ""
    held: Row | None = None  # a wide row: a heading if rows follow it, content otherwise
    carried: dict[int, tuple[int, str]] = {}  # column -> (lines left, words) of a cell that spans lines
    for line, in_head in _lines(table):
        cells = _grid(line, {} if in_head else carried)
        if in_head or all(local_name(cell) == "th" for cell, _, _ in cells):
            titles = [(_text(cell), column, width) for cell, column, width in cells]
            if len(titles) == 1:
                heading, labels = titles[0][0], []
            else:
                labels = [title for title, _, width in titles for _ in range(width)]
            continue
        row = _row(line, cells, labels, _joined(top, heading, *_above(carried)))
        _carry(carried, cells)
        if not row.cells:
            continue
        if held is not None and row.wide:
            yield held
        elif held is not None:
            heading = held.text
            row = Row(row.cells, _joined(top, heading), row.ids, row.wide)
        held = row if row.wide else None
        if not row.wide:
            yield row
    if held is not None:
        yield held


def _joined(*headings: str) -> str:
    return " — ".join(dict.fromkeys(heading for heading in headings if heading))


def _above(carried: dict[int, tuple[int, str]]) -> list[str]:
    return [text for left, text in (carried[column] for column in sorted(carried)) if left and text]


def _carry(carried: dict[int, tuple[int, str]], cells: list[tuple[Element, int, int]]) -> None:
    """One line further: spans shrink, and this line's own spans begin."""
    for column in list(carried):
        left, text = carried.pop(column)
        if left > 1:
            carried[column] = (left - 1, text)
    for cell, column, _ in cells:
        height = _span(cell, "rowspan")
        if height > 1:
            carried[column] = (height - 1, _text(cell))


def _lines(table: Element) -> Iterator[tuple[Element, bool]]:
    for part in table:
        name = local_name(part)
        if name == "tr":
            yield part, False
        elif name in {"thead", "tbody", "tfoot"}:
            for line in part:
                if local_name(line) == "tr":
                    yield line, name == "thead"


def _grid(line: Element, carried: dict[int, tuple[int, str]]) -> list[tuple[Element, int, int]]:
    """The cells of a line with their column and width, columns taken from above left out."""
    found: list[tuple[Element, int, int]] = []
    column = 0
    for cell in line:
        if local_name(cell) not in {"td", "th"}:
            continue
        while column in carried:
            column += 1
        width = _span(cell, "colspan")
        found.append((cell, column, width))
        column += width
    return found


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or "1"
    return min(int(value), 100) if value.isdecimal() and value != "0" else 1


def _row(line: Element, cells: list[tuple[Element, int, int]], labels: list[str], group: str) -> Row:
    found: list[Cell] = []
    wide = len(cells) == 1 and cells[0][2] > 1
    ids = set(filter(None, [line.get("ID")]))
    for cell, column, _ in cells:
        text = _text(cell)
        spans = _spans(cell)
        ids.update(identifier for identifier, _ in spans)
        label = labels[column] if column < len(labels) and not wide else ""
        if not text:
            continue
        # Columns under one title are one value said in pieces: « de | 2 | à | 4 | CP ».
        if found and label and found[-1].label == label:
            last = found.pop()
            found.append(Cell(label, f"{last.text} {text}", (*last.spans, *spans)))
        else:
            found.append(Cell(label, text, spans))
    return Row(tuple(found), group, frozenset(ids), wide)


def _spans(element: Element) -> tuple[tuple[str, str], ...]:
    return tuple((one.get("ID") or "", _text(one)) for one in element.iter() if one.get("ID"))


def _text(element: Element) -> str:
    """Words of an element; a line break or a block inside it separates words."""
    parts: list[str] = []
    _gather(element, parts)
    return " ".join("".join(parts).split())


def _gather(element: Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for inner in element:
        apart = local_name(inner) in {"br", "td", "th", "tr", "item", "paragraph", "list", "table", "caption"}
        parts.append(" " if apart else "")
        _gather(inner, parts)
        parts.append(" " if apart else "")
        parts.append(inner.tail or "")
