"""A document on a page can be read and can do nothing else."""

import re
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.cda.body import sections
from gateway.dossiers.cda.xml import parse_cda
from gateway.dossiers.readable import embedded_file, readable_document
from gateway.errors import DocumentUnreadable
from tests.dossiers.cda_writer import cda, section

TAG_WORDS = """dl dt dd section h2 h3 h4 h5 h6 div p br table caption thead tbody tfoot tr th td ul ol li span strong em
    sub sup"""
TAGS = frozenset(TAG_WORDS.split())
CLASSES = frozenset(
    {
        "cda-header",
        "cda-section",
        "cda-text",
        "cda-paragraph",
        "cda-caption",
        "cda-table",
        "cda-attachment",
        "cda-revised",
    }
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</div></section><form action=//evil>",
    "<!--",
    "]]>",
    "&#x3C;svg onload=alert(1)&#x3E;",
    "{{ config }}",
    "<style>*{display:none}</style>",
    "data:text/html,<script>1</script>",
)


class Inventory(HTMLParser):
    """What a browser would find in a fragment; an unbalanced one fails."""

    void = frozenset({"br"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def inert(html: str) -> Inventory:
    """Asserts that a fragment holds only known tags with known attributes, and returns what is in it."""
    found = Inventory()
    found.feed(html)
    found.close()
    assert found.open == []
    for tag, attributes in found.tags:
        assert tag in TAGS, tag
        for name, value in attributes.items():
            allowed = {
                "class": value in CLASSES,
                "tabindex": value == "0",
                "scope": value == "col",
                "colspan": bool(re.fullmatch(r"\d{1,2}", value or "")),
                "rowspan": bool(re.fullmatch(r"\d{1,2}", value or "")),
            }
            assert allowed.get(name), (tag, name, value)
    return found


def page(narrative: str, title: str = "Titre") -> str:
    return readable_document(cda(section("48765-2", narrative, title=title))).html


def test_every_sample_becomes_inert_html_with_all_its_words(samples: Path) -> None:
    for file in sorted((samples / "cda-fr").glob("*.xml")):
        content = file.read_bytes()
        readable = readable_document(content)
        if not readable.structured:
            assert readable.embedded is not None, file.name
            assert readable.embedded.media_type == "application/pdf", file.name
            assert readable.embedded.content.startswith(b"%PDF"), file.name
            continue
        ours = re.sub(r'<span class="cda-attachment">[^<]*</span>', "", readable.html)
        shown = "".join("".join(inert(ours).words).split())
        for one in sections(parse_cda(content)):
            if one.narrative is not None:
                words = "".join("".join(str(part) for part in one.narrative.itertext()).split())
                assert words in shown, (file.name, one.title)


def test_the_patient_of_the_header_is_not_shown(samples: Path) -> None:
    html = readable_document((samples / "cda-fr" / "VSM_1.4_2022.01.xml").read_bytes()).html
    assert "PAT-TROIS" not in html
    assert "279035121518989" not in html


def test_what_the_narrative_schema_offers_is_rendered() -> None:
    html = page(
        '<paragraph><caption>C</caption>m<sup>2</sup> H<sub>2</sub>O<br/><content styleCode="Bold Italics xLarge">gras'
        '</content></paragraph><list listType="ordered"><caption>L</caption><item>un</item></list>'
        '<table border="1"><caption>T</caption><col width="3"/><thead><tr><th>A</th><th/></tr></thead>'
        '<tbody><tr><td colspan="2" rowspan="3">x</td></tr></tbody></table>'
        '<linkHtml href="https://evil.example/x">voir</linkHtml><footnote ID="f">note</footnote>'
    )
    inert(html)
    for part in (
        "m<sup>2</sup> H<sub>2</sub>O<br>",
        "<em><strong>gras</strong></em>",
        "<ol><li>un</li></ol>",
        "<caption>T</caption>",
        '<th scope="col">A</th><td></td>',
        '<td colspan="2" rowspan="3">x</td>',
        "<span>voir</span>",
        "<span>note</span>",
    ):
        assert part in html, part
    assert "evil.example" not in html


@pytest.mark.parametrize(
    "narrative",
    [
        '<linkHtml href="javascript:alert(1)">x</linkHtml>',
        '<renderMultiMedia referencedObject="m"/>',
        '<content style="background:url(//evil)" onclick="alert(1)" styleCode="javascript:1">x</content>',
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
        '<img xmlns="http://www.w3.org/1999/xhtml" src="//evil/pixel"/>',
        '<iframe src="//evil"/><object data="//evil"/><svg onload="alert(1)"/>',
        '<table onmouseover="x"><tr style="x"><td colspan="1e9" rowspan="&quot;x=1">x</td></tr></table>',
        "<tr><td>hors de sa place</td></tr><item>x</item><caption>x</caption>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_hostile_markup_comes_out_inert(narrative: str) -> None:
    inert(page(narrative))


def test_a_picture_in_the_document_is_named_and_never_loaded() -> None:
    media = '<observationMedia ID="m"><value mediaType="image/png" representation="B64">AAAA</value></observationMedia>'
    html = readable_document(cda(section("55107-7", '<renderMultiMedia referencedObject="m"/>', media))).html
    inert(html)
    assert "Pièce jointe au document : image/png" in html


@given(
    st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=("Cs", "Cc")))), max_size=6),
    st.sampled_from(["paragraph", "content", "item", "td", "th", "caption", "linkHtml", "script", "img", "sup"]),
    st.sampled_from(["href", "onclick", "style", "styleCode", "ID", "colspan", "src", "listType", "revised"]),
)
def test_no_text_and_no_attribute_ever_becomes_markup(texts: list[str], tag: str, name: str) -> None:
    readable = re.compile("[^\\x09\\x0a\\x0d\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]")
    kept = [readable.sub("", text) for text in texts]
    narrative = "".join(f"<{tag} {name}={quoteattr(text)}>{escape(text, quote=False)}</{tag}>" for text in kept)
    title = escape("".join(kept), quote=False)
    found = inert(page(narrative, title))
    said = "".join("".join(found.words).split())
    for text in kept:
        assert "".join(text.replace("\r", "\n").split()) in said


def test_words_of_ours_are_in_the_reader_s_language() -> None:
    content = cda(section("48765-2", "x"))
    assert "<dt>Date</dt><dd>01/04/2026 10:15</dd>" in readable_document(content).html
    assert "no text to read" in readable_document(cda(), "en").html
    assert "aucun texte à lire" in unescape(readable_document(cda()).html)


def test_a_document_that_cannot_be_parsed_is_refused_by_both_doors() -> None:
    for door in (readable_document, embedded_file):
        with pytest.raises(DocumentUnreadable):
            door(b"<cut")


def test_a_structured_document_wraps_no_file() -> None:
    assert embedded_file(cda(section("48765-2", "x"))) is None
