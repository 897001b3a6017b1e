"""Elements of HL7 v3 made in one call each, and the narrative a person reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from gateway.paris import PARIS

Element = etree._Element

_NAMESPACES: dict[str | None, str] = {None: "urn:hl7-org:v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_HL7 = "{urn:hl7-org:v3}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"
CIM10 = "2.16.840.1.113883.6.3"
CCAM = "1.2.250.1.215.300.1"
ATC = "2.16.840.1.113883.6.73"
EMDN = "1.2.250.1.213.2.68"
ACT_CODE = "2.16.840.1.113883.5.4"

SYSTEM_NAMES = {LOINC: "LOINC", SNOMED: "SNOMED CT", CIM10: "CIM10", CCAM: "CCAM", ATC: "ATC", EMDN: "EMDN"}


def node(tag: str, *inside: Element | str | None, xsi_type: str = "", **attributes: str) -> Element:
    """One element. `inside` are its children and text in order (None is left out); `xsi_type` its data type."""
    made = etree.Element(_HL7 + tag, attributes, nsmap=_NAMESPACES)  # type: ignore[arg-type]  # the stubs forbid the default namespace
    if xsi_type:
        made.set(_XSI_TYPE, xsi_type)
    last: Element | None = None
    for one in inside:
        if one is None:
            continue
        if isinstance(one, str):
            if last is None:
                made.text = (made.text or "") + one
            else:
                last.tail = (last.tail or "") + one
        else:
            made.append(one)
            last = one
    return made


def template(*roots: str) -> list[Element]:
    """The templates an element conforms to."""
    return [node("templateId", root=root) for root in roots]


def coded(tag: str, code: str, system: str, label: str, *inside: Element | None, xsi_type: str = "") -> Element:
    """A code with its system and label."""
    names = {"codeSystemName": SYSTEM_NAMES[system]} if system in SYSTEM_NAMES else {}
    return node(tag, *inside, xsi_type=xsi_type, code=code, displayName=label, codeSystem=system, **names)


def original(reference: str) -> Element:
    """`originalText` that points into the narrative."""
    return node("originalText", node("reference", value=f"#{reference}"))


def text_reference(reference: str) -> Element:
    """`text` that points into the narrative."""
    return node("text", node("reference", value=f"#{reference}"))


def day(moment: date) -> str:
    """HL7 date: 20190328."""
    return f"{moment:%Y%m%d}"


def instant(moment: datetime) -> str:
    """HL7 time in French legal time: 20190328111700+0100."""
    return f"{moment.astimezone(PARIS):%Y%m%d%H%M%S%z}"


def french_day(moment: date) -> str:
    """28/03/2019."""
    return f"{moment:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Marked:
    """Words of the narrative an entry points to."""

    identifier: str
    text: str


def table(headings: Sequence[str], rows: Sequence[Sequence[str | Marked]]) -> Element:
    """A section's `text`: one table."""
    return node(
        "text",
        node(
            "table",
            node("thead", node("tr", *(node("th", heading) for heading in headings))),
            node("tbody", *(node("tr", *(node("td", _cell(cell)) for cell in row)) for row in rows)),
            border="0",
        ),
    )


def paragraphs(*lines: str | Marked) -> Element:
    """A section's `text`: paragraphs."""
    return node("text", *(node("paragraph", _cell(line)) for line in lines))


def section(
    code: str, label: str, title: str, text: Element, *entries: Element, templates: Sequence[str] = ()
) -> Element:
    """A `component` with one section."""
    return node(
        "component",
        node(
            "section",
            *template(*templates),
            coded("code", code, LOINC, label),
            node("title", title),
            text,
            *entries,
        ),
    )


def _cell(cell: str | Marked) -> Element | str:
    return cell if isinstance(cell, str) else node("content", cell.text, ID=cell.identifier)
