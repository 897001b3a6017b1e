"""The body of a CDA R2: level 1 (a file wrapped in base64 or plain text) or level 3 (sections with entries)."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.dossiers.cda.header import body_element
from gateway.dossiers.cda.xml import Element, attribute, child, children, local_name, words
from gateway.errors import DocumentUnreadable

VIEWABLE = frozenset(
    {
        "application/pdf",
        "text/plain",
        "text/rtf",
        "application/rtf",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/gif",
    }
)


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """The file a level 1 document wraps."""

    media_type: str  # as declared when it can be viewed safely, else application/octet-stream
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Lower-case hex of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class CdaSection:
    """A section, and where it sits: `path` holds the codes of its ancestors, outermost first."""

    code: str
    title: str
    path: tuple[str, ...]
    narrative: Element | None  # the `text` element
    entries: tuple[Element, ...]  # the clinical statement inside each `entry`


def is_structured(document: Element) -> bool:
    """Level 2 or 3: a structuredBody with at least one section."""
    body = body_element(document)
    return body is not None and local_name(body) == "structuredBody"


def sections(document: Element) -> Iterator[CdaSection]:
    """Every section of a structured body, sub-sections after their parent, in document order."""
    body = body_element(document)
    if body is None or local_name(body) != "structuredBody":
        return
    yield from _sections_under(body, ())


def _sections_under(parent: Element, path: tuple[str, ...]) -> Iterator[CdaSection]:
    for component in children(parent, "component"):
        for section in children(component, "section"):
            code = attribute(child(section, "code"), "code")
            yield CdaSection(
                code=code,
                title=words(child(section, "title")) or attribute(child(section, "code"), "displayName"),
                path=path,
                narrative=child(section, "text"),
                entries=tuple(statement for entry in children(section, "entry") for statement in _statements(entry)),
            )
            yield from _sections_under(section, (*path, code))


def _statements(entry: Element) -> list[Element]:
    # Laboratory templates put templateId before the statement inside `entry`.
    names = {"act", "observation", "substanceAdministration", "supply", "procedure", "encounter", "organizer"}
    return [one for one in entry if local_name(one) in names or local_name(one) == "observationMedia"]


def embedded_file(document: Element) -> EmbeddedFile | None:
    """The wrapped file of a level 1 document, None for a structured one.

    Raises:
        DocumentUnreadable: the wrapped file is empty, or is not the base64 it says it is.
    """
    body = body_element(document)
    if body is None or local_name(body) != "nonXMLBody":
        return None
    text = child(body, "text")
    declared = attribute(text, "mediaType").lower() or "text/plain"
    # What a browser would run (text/html, image/svg+xml...) is only ever offered as a file to save.
    media_type = declared if declared in VIEWABLE else "application/octet-stream"
    raw = "" if text is None else "".join(str(part) for part in text.itertext())
    if attribute(text, "representation") != "B64":
        content = raw.strip().encode()
    else:
        try:
            content = base64.b64decode("".join(raw.split()), validate=True)
        except (binascii.Error, ValueError):
            raise DocumentUnreadable("the file wrapped in the document is not valid base64") from None
    if not content:
        raise DocumentUnreadable("the document wraps an empty file")
    return EmbeddedFile(media_type, content)
