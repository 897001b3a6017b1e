"""Small CDA documents written for one test each: a header, sections, narrative and entries as the test gives them."""

import hashlib
from datetime import UTC, datetime

from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LOINC = "2.16.840.1.113883.6.1"
ATC = "2.16.840.1.113883.6.73"


def section(code: str, narrative: str = "", *entries: str, title: str = "") -> str:
    """A section with its LOINC code."""
    written = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<component><section><code code="{code}" codeSystem="{LOINC}"/><title>{title}</title>'
        f"<text>{narrative}</text>{written}</section></component>"
    )


def cda(*sections: str, header: str = "", body: str = "", title: str = "Synthèse médicale") -> bytes:
    """A whole document; `body` replaces the structured body."""
    content = body or f"<component><structuredBody>{''.join(sections)}</structuredBody></component>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<id root="1.2.250.1.999" extension="1"/>'
        '<code code="SYNTH" codeSystem="1.2.250.1.213.1.1.4.12" displayName="Synthèse"/>'
        f"<title>{title}</title>"
        '<effectiveTime value="20260401101500+0200"/><confidentialityCode code="N"/>'
        f"{header}{content}</ClinicalDocument>"
    ).encode()


def table(labels: str, *rows: str) -> str:
    """`table("Date|Agent", "01/02/2020|Iode")`: a narrative table."""
    head = "".join(f"<th>{label}</th>" for label in labels.split("|"))
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.split('|'))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def allergy(agent: str, reference: str = "", *, negated: bool = False, status: str = "", more: str = "") -> str:
    """A concern act with one allergy to `agent`."""
    original = f'<originalText><reference value="{reference}"/></originalText>' if reference else ""
    state = (
        '<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">'
        f'<code code="33999-4" codeSystem="{LOINC}"/><value xsi:type="CE" code="{status}"/></observation>'
        "</entryRelationship>"
    )
    return (
        '<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><statusCode code="completed"/>'
        '<entryRelationship typeCode="SUBJ" inversionInd="false">'
        f'<observation classCode="OBS" moodCode="EVN" negationInd="{str(negated).lower()}">'
        '<code code="416098002" codeSystem="2.16.840.1.113883.6.96" displayName="allergie médicamenteuse"/>'
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
        f'<code code="" displayName="{agent}">{original}</code></playingEntity></participantRole></participant>'
        f"{state if status else ''}{more}</observation></entryRelationship></act>"
    )


def medicine(name: str, *, atc: str = "", start: str = "", end: str = "", reference: str = "", status: str = "") -> str:
    """A substanceAdministration."""
    original = f'<originalText><reference value="{reference}"/></originalText>' if reference else ""
    translation = f'<translation code="{atc}" codeSystem="{ATC}"/>' if atc else ""
    low = f'<low value="{start}"/>' if start else '<low nullFlavor="UNK"/>'
    high = f'<high value="{end}"/>' if end else '<high nullFlavor="UNK"/>'
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="EVN"><statusCode code="{status or "completed"}"/>'
        f'<effectiveTime xsi:type="IVL_TS">{low}{high}</effectiveTime>'
        "<consumable><manufacturedProduct><manufacturedMaterial>"
        f'<code code="" displayName="{name}">{original}{translation}</code>'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    )


def result(loinc: str, label: str, value: str, unit: str, date: str) -> str:
    """A numeric laboratory observation."""
    return (
        '<observation classCode="OBS" moodCode="EVN">'
        f'<code code="{loinc}" codeSystem="{LOINC}" displayName="{label}"/><statusCode code="completed"/>'
        f'<effectiveTime value="{date}"/><value xsi:type="PQ" value="{value}" unit="{unit}"/></observation>'
    )


def deposited(content: bytes, number: int = 1, **changes: object) -> tuple[DocumentReference, bytes]:
    """A document as the summary receives it; the higher the number, the newer."""
    fields: dict[str, object] = {
        "id": f"doc-{number}",
        "unique_id": f"1.2.250.1.999^{number}",
        "patient_id": "p",
        "title": f"Document {number}",
        "type_code": "SYNTH",
        "type_label": "Synthèse",
        "class_code": "11",
        "media_type": "text/xml",
        "format": DocumentFormat.CDA_N3,
        "author_name": f"DR Auteur {number}",
        "author_profession": "",
        "author_organization": "",
        "created": datetime(2026, 1, number, tzinfo=UTC),
        "service_start": None,
        "service_stop": None,
        "confidentiality": frozenset({"N"}),
        "status": DocumentStatus.CURRENT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        **changes,
    }
    return DocumentReference(**fields), content  # type: ignore[arg-type]
