"""A CDA as a page a person can read: a fragment of HTML that can do nothing but be read.

The fragment is built element by element from a closed list; every value is escaped, no attribute of the document is
copied (but small numbers for table spans), so no script, style, address or remote content can pass (OWASP XSS
Prevention). The patient's identity in the document's header is not shown: the hospital's own is, around the fragment
(PDSM4DMP, DOMAIN rule 17).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape

from gateway.dossiers.cda.body import CdaSection, EmbeddedFile, sections
from gateway.dossiers.cda.body import embedded_file as wrapped_file
from gateway.dossiers.cda.header import Header, read_header
from gateway.dossiers.cda.xml import HL7, Element, attribute, child, local_name, parse_cda, words

__all__ = ["EmbeddedFile", "ReadableDocument", "embedded_file", "readable_document"]

_WORDS = {
    "fr": {
        "type": "Type",
        "created": "Date",
        "authors": "Auteur",
        "custodian": "Conservé par",
        "version": "Version",
        "attachment": "Pièce jointe au document",
        "empty": "Ce document ne contient aucun texte à lire.",
    },
    "en": {
        "type": "Type",
        "created": "Date",
        "authors": "Author",
        "custodian": "Kept by",
        "version": "Version",
        "attachment": "Attached to the document",
        "empty": "This document holds no text to read.",
    },
}

_STYLES = {"bold": "strong", "italics": "em", "emphasis": "em"}
_PLAIN = {"sub": "sub", "sup": "sup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableDocument:
    """`html` is a safe fragment (no `html`, `head` or `h1`), "" when the document wraps a file: `embedded` is it."""

    title: str
    html: str
    embedded: EmbeddedFile | None
    structured: bool


def readable_document(content: bytes, language: str = "fr") -> ReadableDocument:
    """A CDA for reading; `language` (fr, en) is that of our own words, the document's stay as they are.

    Raises:
        DocumentUnreadable: it is no CDA, or is cut or hostile: it stays downloadable as it was deposited.
    """
    document = parse_cda(content)
    header = read_header(document)
    wrapped = wrapped_file(document)
    if wrapped is not None:
        return ReadableDocument(title=header.title, html="", embedded=wrapped, structured=False)
    html = "".join(_page(document, header, _WORDS.get(language, _WORDS["fr"])))
    return ReadableDocument(title=header.title, html=html, embedded=None, structured=True)


def embedded_file(content: bytes) -> EmbeddedFile | None:
    """The file a level 1 CDA wraps, with its media type; None when it wraps none.

    Raises:
        DocumentUnreadable: as `readable_document`.
    """
    return wrapped_file(parse_cda(content))


def _page(document: Element, header: Header, our: dict[str, str]) -> Iterator[str]:
    yield '<dl class="cda-header">'
    for key, value in _header_lines(header):
        yield f"<dt>{our[key]}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"
    attached = {media.get("ID"): media for media in document.iter(f"{HL7}observationMedia") if media.get("ID")}
    empty = True
    for section in sections(document):
        empty = False
        yield from _section(section, _Renderer(our["attachment"], attached))
    if empty:
        yield f"<p>{our['empty']}</p>"


def _header_lines(header: Header) -> Iterator[tuple[str, str]]:
    if header.type_label:
        yield "type", header.type_label
    if header.created is not None:
        yield "created", _shown(header.created)
    for author in header.authors:
        yield "authors", " — ".join(part for part in (author.name, author.profession, author.organization) if part)
    if header.custodian:
        yield "custodian", header.custodian
    if header.version:
        yield "version", header.version


def _shown(moment: datetime) -> str:
    return moment.strftime("%d/%m/%Y %H:%M") if moment.hour or moment.minute else moment.strftime("%d/%m/%Y")


def _section(section: CdaSection, renderer: "_Renderer") -> Iterator[str]:
    level = min(2 + len(section.path), 6)
    yield '<section class="cda-section">'
    if section.title:
        yield f"<h{level}>{escape(section.title)}</h{level}>"
    if section.narrative is not None:
        yield f'<div class="cda-text">{renderer.flow(section.narrative)}</div>'
    yield "</section>"


class _Renderer:
    """StrucDocText to HTML. Each method returns escaped, balanced markup."""

    def __init__(self, attachment: str, attached: dict[str | None, Element]) -> None:
        self._attachment = attachment
        self._attached = attached

    def flow(self, block: Element) -> str:
        """What is inside a block: text, and blocks."""
        parts = [escape(block.text or "")]
        for element in block:
            parts.append(self._element(element))
            parts.append(escape(element.tail or ""))
        return "".join(parts)

    def _element(self, element: Element) -> str:
        name = local_name(element)
        if name == "br":
            return "<br>"
        if name == "table":
            return self._table(element)
        if name == "list":
            return self._list(element)
        if name == "paragraph":
            return f'<div class="cda-paragraph">{self.flow(element)}</div>'
        if name == "content":
            return self._content(element)
        if name in _PLAIN:
            return f"<{name}>{self.flow(element)}</{name}>"
        if name == "renderMultiMedia":
            return self._media(element)
        if name in {"tr", "td", "th", "item", "caption", "thead", "tbody", "tfoot"}:  # out of its place
            return f"<div>{self.flow(element)}</div>"
        if name in {"col", "colgroup"}:
            return ""
        # linkHtml, footnote and whatever is not in the narrative schema: the words, and nothing they point to.
        return f"<span>{self.flow(element)}</span>"

    def _content(self, element: Element) -> str:
        inside = self.flow(element)
        for style in dict.fromkeys((element.get("styleCode") or "").lower().split()):
            tag = _STYLES.get(style)
            inside = f"<{tag}>{inside}</{tag}>" if tag else inside
        return f'<span class="cda-revised">{inside}</span>' if element.get("revised") == "delete" else inside

    def _list(self, element: Element) -> str:
        tag = "ol" if element.get("listType") == "ordered" else "ul"
        caption = child(element, "caption")
        items = [f"<li>{self.flow(item)}</li>" for item in element if local_name(item) == "item"]
        head = f'<div class="cda-caption">{escape(words(caption))}</div>' if caption is not None else ""
        return head + (f"<{tag}>{''.join(items)}</{tag}>" if items else "")

    def _table(self, table: Element) -> str:
        caption = child(table, "caption")
        rows: list[str] = []
        for part in table:
            name = local_name(part)
            if name == "tr":
                rows.append(f"<tbody>{self._row(part)}</tbody>")
            elif name in {"thead", "tbody", "tfoot"}:
                lines = "".join(self._row(line) for line in part if local_name(line) == "tr")
                rows.append(f"<{name}>{lines}</{name}>" if lines else "")
        title = f"<caption>{escape(words(caption))}</caption>" if caption is not None else ""
        return f'<div class="cda-table" tabindex="0"><table>{title}{"".join(rows)}</table></div>'

    def _row(self, row: Element) -> str:
        return f"<tr>{''.join(self._cell(cell) for cell in row if local_name(cell) in {'td', 'th'})}</tr>"

    def _cell(self, cell: Element) -> str:
        # An empty heading heads nothing, and is announced as such by no screen reader.
        tag = "th" if local_name(cell) == "th" and words(cell) else "td"
        spans = "".join(f' {name}="{span}"' for name in ("colspan", "rowspan") if (span := _small(cell.get(name))) > 1)
        scope = ' scope="col"' if tag == "th" and _in_head(cell) else ""
        return f"<{tag}{scope}{spans}>{self.flow(cell)}</{tag}>"

    def _media(self, element: Element) -> str:
        names = (element.get("referencedObject") or "").split()
        types = [attribute(child(self._attached.get(name), "value"), "mediaType") for name in names]
        told = ", ".join(escape(one) for one in types if one)
        caption = escape(words(child(element, "caption")))
        about = " — ".join(part for part in (caption, told) if part)
        return f'<span class="cda-attachment">{self._attachment}{" : " if about else ""}{about}</span>'


def _in_head(cell: Element) -> bool:
    row = cell.getparent()
    part = None if row is None else row.getparent()
    return part is not None and local_name(part) == "thead"


def _small(value: str | None) -> int:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) <= 2 else 1
