"""The words of a letter, read from its PDF by the maps from glyphs to letters that it carries for screen readers."""

import re
from pathlib import Path

import pikepdf

_RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_ONE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def words_of_letter(file: Path) -> str:
    """Every word on its pages, in the order they were set, lines apart."""
    with pikepdf.open(file) as pdf:
        return "\n".join(_page(page) for page in pdf.pages)


def places_of_lines(file: Path) -> list[tuple[float, float]]:
    """Where each run of words of the first page begins: points from its left, and from its top to the baseline."""
    with pikepdf.open(file) as pdf:
        page = pdf.pages[0]
        height = float(page.MediaBox[3])
        kept: list[pikepdf.Matrix] = []
        found: list[tuple[float, float]] = []
        now = pikepdf.Matrix()
        for operands, operator in pikepdf.parse_content_stream(page):
            word = str(operator)
            if word == "q":
                kept.append(now)
            elif word == "Q":
                now = kept.pop()
            elif word == "cm":
                now = pikepdf.Matrix(*map(float, operands)) @ now
            elif word == "Tm":
                place = pikepdf.Matrix(*map(float, operands)) @ now
                found.append((place.e, height - place.f))
    return found


def _page(page: pikepdf.Page) -> str:
    fonts = {name: _map(font.ToUnicode.read_bytes()) for name, font in page.Resources.Font.items()}
    said: list[str] = []
    known: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        word = str(operator)
        if word == "Tf":
            known = fonts[str(operands[0])]
        elif word in ("Tj", "TJ"):
            for part in operands[0] if word == "TJ" else [operands[0]]:
                if isinstance(part, pikepdf.String):
                    said.append(_decoded(bytes(part), known))
        elif word == "ET":
            said.append("\n")
    return "".join(said)


def _map(table: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in _ONE.findall(block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in _RANGE.findall(block):
            for step, glyph in enumerate(range(int(first, 16), int(last, 16) + 1)):
                found[glyph] = chr(int(text, 16) + step)
    return found


def _decoded(glyphs: bytes, known: dict[int, str]) -> str:
    pairs = (int.from_bytes(glyphs[at : at + 2]) for at in range(0, len(glyphs), 2))
    return "".join(known.get(pair, "?") for pair in pairs)
