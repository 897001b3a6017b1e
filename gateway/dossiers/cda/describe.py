"""From the bytes of a CDA to the reference a store lists it by: what an importer and the demo hospital deposit."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from gateway.dossiers.cda.body import is_structured
from gateway.dossiers.cda.header import Header, read_header
from gateway.dossiers.cda.xml import Element, parse_cda
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A row of JDV_J07: the type's French label and the class the DMP files it in ("" when in none)."""

    label: str
    class_code: str
    class_label: str


def load_document_types() -> Mapping[str, DocumentType]:
    """JDV_J07 by type code, from `data/document_types.csv`."""
    text = resources.files("gateway.dossiers").joinpath("data/document_types.csv").read_text("utf-8")
    return {
        row["type_code"]: DocumentType(row["label_fr"], row["class_code"], row["class_label_fr"])
        for row in csv.DictReader(text.splitlines())
    }


@dataclass(frozen=True, slots=True)
class DescribedCda:
    """A CDA ready to be deposited: its reference, its header (whose patient says whose dossier it belongs to)."""

    reference: DocumentReference
    header: Header


def read_cda_header(content: bytes) -> Header:
    """The header alone, to find whose document it is before anything is deposited.

    Raises:
        DocumentUnreadable: as `parse_cda`.
    """
    return read_header(parse_cda(content))


def describe_cda(
    content: bytes,
    *,
    document_id: str,
    patient_id: str,
    received: datetime,
    types: Mapping[str, DocumentType],
    status: DocumentStatus = DocumentStatus.CURRENT,
    more_confidentiality: frozenset[str] = frozenset(),
) -> DescribedCda:
    """The reference of a CDA. `received` stands for a date the document does not carry.

    Raises:
        DocumentUnreadable: as `parse_cda`.
    """
    document = parse_cda(content)
    header = read_header(document)
    known = types.get(header.type_code)
    author = header.authors[0] if header.authors else None
    digest = hashlib.sha256(content).hexdigest()
    return DescribedCda(
        DocumentReference(
            id=document_id,
            unique_id=header.unique_id or f"urn:sha256:{digest}",
            patient_id=patient_id,
            title=header.title or (known.label if known else header.type_code),
            type_code=header.type_code,
            type_label=(known.label if known else "") or header.type_label,
            class_code=known.class_code if known else "",
            media_type="text/xml",
            format=_format(document),
            author_name=author.name if author else "",
            author_profession=author.profession if author else "",
            author_organization=(author.organization if author else "") or header.custodian,
            author_key=f"rpps:{author.rpps}" if author and author.rpps else "",
            created=header.created or received,
            service_start=header.service_start,
            service_stop=header.service_stop,
            confidentiality=header.confidentiality | more_confidentiality,
            status=status,
            sha256=digest,
            size=len(content),
        ),
        header,
    )


def _format(document: Element) -> DocumentFormat:
    return DocumentFormat.CDA_N3 if is_structured(document) else DocumentFormat.CDA_N1
