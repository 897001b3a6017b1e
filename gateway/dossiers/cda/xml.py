"""Safe XML: the only place where bytes of a document become a tree.

No DTD, no entity, no address followed, bounded in bytes, in elements and in depth (OWASP XML External Entity
Prevention; CWE-611, CWE-776). A document that breaks a bound is refused by name, it is never half read.
"""

import re

from lxml import etree

from gateway.errors import DocumentUnreadable

NAMESPACE = "urn:hl7-org:v3"
HL7 = "{urn:hl7-org:v3}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

MAX_BYTES = 20_000_000
MAX_ELEMENTS = 400_000
MAX_DEPTH = 100

Element = etree._Element

_SPACES = re.compile(r"\s+")


def parse_cda(content: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """The `ClinicalDocument` element of a CDA R2 document.

    Raises:
        DocumentUnreadable: too large, too deep, with a DOCTYPE, cut or malformed, wrongly encoded, or not a CDA. The
            message says which, and holds nothing of the document.
    """
    if len(content) > max_bytes:
        raise DocumentUnreadable(f"the document is larger than {max_bytes} bytes")
    if not content.strip():
        raise DocumentUnreadable("the document is empty")
    # Each element costs memory many times its bytes: counted before anything is built.
    if content.count(b"<") > 2 * MAX_ELEMENTS:
        raise DocumentUnreadable(f"the document has more than {MAX_ELEMENTS} elements")
    root = _parse(content.lstrip(b" \t\r\n"))
    if root.tag != f"{HL7}ClinicalDocument":
        raise DocumentUnreadable("the document is XML but not a CDA R2 ClinicalDocument")
    _check_depth(root)
    return root


def _parse(content: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentUnreadable(f"the XML is cut or malformed at line {error.lineno}") from None
    except (LookupError, ValueError):
        raise DocumentUnreadable("the XML is in an unknown encoding") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentUnreadable("the XML has a DOCTYPE, which a CDA never needs and an attack does")
    return root


def _check_depth(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise DocumentUnreadable(f"the XML is nested deeper than {MAX_DEPTH} levels")


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return etree.QName(element).localname


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of HL7 v3 names, or None."""
    for name in path:
        if element is None:
            return None
        element = element.find(f"{HL7}{name}")
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """The direct children of that HL7 v3 name, in order."""
    return [] if element is None else element.findall(f"{HL7}{name}")


def words(element: Element | None) -> str:
    """All the text under an element, white space collapsed."""
    if element is None:
        return ""
    return _SPACES.sub(" ", "".join(str(part) for part in element.itertext())).strip()


def attribute(element: Element | None, name: str) -> str:
    """An attribute, trimmed; "" when there is no element or no attribute."""
    return "" if element is None else (element.get(name) or "").strip()
