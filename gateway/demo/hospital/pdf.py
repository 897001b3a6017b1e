"""A small PDF of one or more pages of text, tagged so that a screen reader reads it (ISO 32000-1, 14.8), no library.

Letters are those of WinAnsi: French has nothing that it lacks. What it lacks becomes `?`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

LINES_A_PAGE = 44
LETTERS_A_LINE = 84


@dataclass(frozen=True, slots=True)
class _Line:
    block: int  # the heading is 0, paragraphs follow
    text: str

    @property
    def tag(self) -> str:
        return "P" if self.block else "H1"


def write_pdf(title: str, paragraphs: Sequence[str], *, language: str = "fr-FR") -> bytes:
    """The file's bytes: A4, a heading and paragraphs, text that can be searched, copied and read aloud."""
    lines = [_Line(block, line) for block, text in enumerate((title, *paragraphs)) for line in _wrapped(text)]
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    objects = _Objects()
    catalog, tree, info = objects.reserve(), objects.reserve(), objects.reserve()
    font, bold, structure = objects.reserve(), objects.reserve(), objects.reserve()
    numbers = [objects.reserve() for _ in pages]
    elements: list[int] = []
    parents: list[str] = []
    for index, (number, page) in enumerate(zip(numbers, pages, strict=True)):
        stream = objects.add_stream(_content(page))
        owners = _tagged(objects, page, number, structure)
        elements += dict.fromkeys(owners)
        parents.append(f"{index} [{' '.join(f'{one} 0 R' for one in owners)}]")
        objects.put(
            number,
            f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R /StructParents {index}"
            f" /Tabs /S /Resources << /Font << /F1 {font} 0 R /F2 {bold} 0 R >> >> >>",
        )
    kids = " ".join(f"{one} 0 R" for one in elements)
    marks = f"<< /Nums [{' '.join(parents)}] >>"
    objects.put(structure, f"<< /Type /StructTreeRoot /K [{kids}] /ParentTree {marks} >>")
    objects.put(tree, f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{one} 0 R' for one in numbers)}] >>")
    objects.put(font, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.put(bold, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
    objects.put(info, f"<< /Title ({_escaped(title)}) >>")
    objects.put(
        catalog,
        f"<< /Type /Catalog /Pages {tree} 0 R /Lang ({language}) /MarkInfo << /Marked true >>"
        f" /StructTreeRoot {structure} 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
    )
    return objects.file(catalog, info)


class _Objects:
    """The numbered objects of the file, and where each begins."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self) -> int:
        self._bodies.append(b"")
        return len(self._bodies)

    def put(self, number: int, body: str) -> None:
        self._bodies[number - 1] = body.encode("cp1252", "replace")

    def add(self, body: str) -> int:
        number = self.reserve()
        self.put(number, body)
        return number

    def add_stream(self, content: bytes) -> int:
        number = self.reserve()
        self._bodies[number - 1] = b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
        return number

    def file(self, catalog: int, info: int) -> bytes:
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(self._bodies, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (len(offsets) + 1, catalog, info)
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _tagged(objects: _Objects, page: Sequence[_Line], number: int, structure: int) -> list[int]:
    """One structure element a paragraph of the page; for each line, the element it belongs to."""
    owners: list[int] = []
    for block, lines in groupby(page, key=lambda line: line.block):
        marks = range(len(owners), len(owners) + len(list(lines)))
        kids = " ".join(str(mark) for mark in marks)
        tag = "P" if block else "H1"
        element = f"<< /Type /StructElem /S /{tag} /P {structure} 0 R /Pg {number} 0 R /K [{kids}] >>"
        owners += [objects.add(element)] * len(marks)
    return owners


def _content(page: Sequence[_Line]) -> bytes:
    parts = ["BT", "1 0 0 1 56 786 Tm", "16 TL"]
    for mark, line in enumerate(page):
        face = "/F1 11 Tf" if line.block else "/F2 15 Tf"
        parts.append(f"/{line.tag} << /MCID {mark} >> BDC {face} ({_escaped(line.text)}) Tj T* EMC")
    parts.append("ET")
    return "\n".join(parts).encode("cp1252", "replace")


def _wrapped(paragraph: str) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        if len(lines[-1]) + len(word) + 1 > LETTERS_A_LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
