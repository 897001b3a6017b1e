"""Hostile, cut and mistaken documents are refused by name, quickly, and without a word of what they hold."""

import base64
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dossiers.cda.body import embedded_file
from gateway.dossiers.cda.xml import MAX_DEPTH, parse_cda
from gateway.errors import DocumentUnreadable
from tests.dossiers.cda_writer import cda, section

GOOD = cda(section("48765-2", "<paragraph>Pénicilline</paragraph>"))
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">]>
<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&g;</title></ClinicalDocument>"""


def wrapping(text: str) -> str:
    return f"<component><nonXMLBody>{text}</nonXMLBody></component>"


def refused(content: bytes) -> str:
    began = time.monotonic()
    with pytest.raises(DocumentUnreadable) as caught:
        parse_cda(content)
    assert time.monotonic() - began < 2
    return str(caught.value)


def test_a_billion_laughs_is_refused_at_once() -> None:
    assert refused(LAUGHS)


def test_a_billion_laughs_in_an_attribute_is_refused_at_once() -> None:
    assert refused(LAUGHS.replace(b"<title>&g;</title>", b'<id root="&g;"/>'))


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the hospital's key")
    attack = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&s;</title></ClinicalDocument>'
    )
    assert "key" not in refused(attack.encode())


def test_any_doctype_is_refused_even_an_empty_one() -> None:
    assert "DOCTYPE" in refused(GOOD.replace(b"<ClinicalDocument", b"<!DOCTYPE ClinicalDocument><ClinicalDocument", 1))


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_a_document_cut_anywhere_is_refused_with_the_line(part: float) -> None:
    assert "cut or malformed" in refused(GOOD[: int(len(GOOD) * part)])


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<html><body>no</body></html>", "not a CDA"),
        (b'<ClinicalDocument xmlns="urn:other"/>', "not a CDA"),
        (b"%PDF-1.7 not xml at all", "malformed"),
        (b'<?xml version="1.0" encoding="no-such"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>', ""),
        (GOOD.decode().encode("latin-1"), "malformed"),  # says UTF-8, is Latin-1
    ],
)
def test_what_is_no_cda_is_refused_with_its_reason(content: bytes, word: str) -> None:
    assert word in refused(content)


def test_a_reason_never_quotes_the_document() -> None:
    assert "DUPONT" not in refused(b'<ClinicalDocument xmlns="urn:hl7-org:v3"><DUPONT></ClinicalDocument>')


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_a_declared_encoding_or_a_byte_order_mark_is_honoured(encoding: str) -> None:
    declared = {"utf-16": "UTF-16", "latin-1": "ISO-8859-1", "utf-8-sig": "UTF-8"}[encoding]
    content = GOOD.decode().replace('encoding="UTF-8"', f'encoding="{declared}"').encode(encoding)
    assert "Pénicilline" in "".join(str(part) for part in parse_cda(content).itertext())


def test_leading_blank_lines_do_not_hide_a_document() -> None:
    assert parse_cda(b"\r\n  " + GOOD).tag.endswith("ClinicalDocument")


def test_too_deep_a_document_is_refused() -> None:
    deep = "<content>" * (MAX_DEPTH + 1) + "</content>" * (MAX_DEPTH + 1)
    assert "deeper" in refused(cda(section("48765-2", deep)))


def test_too_many_elements_are_refused_before_they_cost_memory() -> None:
    assert "elements" in refused(cda(section("48765-2", "<br/>" * 900_000)))


def test_too_large_a_document_is_refused_by_its_size() -> None:
    assert "larger" in refused(cda(section("48765-2", "x" * 20_000_001)))


def test_a_wrapped_file_of_seven_megabytes_comes_out_whole() -> None:
    wrapped = b"%PDF-1.7" + bytes(7_000_000)
    text = base64.b64encode(wrapped).decode()
    body = wrapping(f'<text mediaType="application/pdf" representation="B64">{text}</text>')
    found = embedded_file(parse_cda(cda(body=body)))
    assert found is not None
    assert found.content == wrapped


def test_ten_megabytes_of_words_in_one_place_are_refused_and_nothing_falls() -> None:
    assert refused(cda(section("48765-2", "é" * 5_500_000)))


@pytest.mark.parametrize("text", ["not base64 !", "QUJ", ""])
def test_a_wrapped_file_that_is_not_what_it_says_is_refused(text: str) -> None:
    body = wrapping(f'<text mediaType="application/pdf" representation="B64">{text}</text>')
    with pytest.raises(DocumentUnreadable):
        embedded_file(parse_cda(cda(body=body)))


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"])
def test_a_wrapped_file_a_browser_would_run_is_only_offered_to_save(media_type: str) -> None:
    body = wrapping(f'<text mediaType="{media_type}">&lt;script&gt;</text>')
    found = embedded_file(parse_cda(cda(body=body)))
    assert found is not None
    assert found.media_type == "application/octet-stream"


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_refused(content: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        parse_cda(content)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused_but_never_breaks_the_reader(position: int, byte: int) -> None:
    changed = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        parse_cda(changed)
    except DocumentUnreadable:
        return
