"""A document of the dossier as an MHD DocumentReference (https://profiles.ihe.net/ITI/MHD, mapping from XDS)."""

import re
from typing import Any
from urllib.parse import quote

from gateway.api.dossier_shapes import Document
from gateway.api.fhir.queries import OID_PREFIX
from gateway.api.instants import rfc3339
from gateway.patients.patient import PatientRecord

_LOINC_CODE = re.compile(r"\d{1,7}-\d")
_FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_OID = re.compile(r"[0-2](?:\.\d+)+")
_FRENCH_TYPES = "urn:oid:1.2.250.1.213.1.1.4.12"
_FRENCH_LABELS = "urn:oid:1.2.250.1.213.1.1.4.13"
_CLASSES = "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_FORMAT = {
    "system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
    "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
}


def document_reference(document: Document, patient: PatientRecord, *, base: str, access_id: str) -> dict[str, Any]:
    """The DocumentReference of `document`; its attachment's address reads it under this access.

    No hash is given: FHIR R4's is a SHA-1, and the log knows documents by their SHA-256.
    """
    resource: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "masterIdentifier": _master_identifier(document.unique_id),
        # FHIR has no third status: an archived document is not a current one.
        "status": "current" if str(document.status) == "current" else "superseded",
        "type": {"coding": [_type(document)]},
        "subject": _subject(patient),
        "date": rfc3339(document.created),
        "author": [{"display": _author(document)}],
        "securityLabel": [{"coding": [_label(code)]} for code in sorted(document.confidentiality)],
        "content": [{"attachment": _attachment(document, base, access_id), "format": _FORMAT}],
    }
    if _FHIR_ID.fullmatch(document.id):
        resource["id"] = document.id
    if document.class_code:
        resource["category"] = [{"coding": [{"system": _CLASSES, "code": document.class_code}]}]
    period = {
        name: rfc3339(moment)
        for name, moment in (("start", document.service_start), ("end", document.service_stop))
        if moment is not None
    }
    if period:
        resource["context"] = {"period": period}
    return {name: value for name, value in resource.items() if value}


def _attachment(document: Document, base: str, access_id: str) -> dict[str, Any]:
    attachment: dict[str, Any] = {
        "contentType": document.media_type,
        "url": f"{base}/Binary/{quote(document.id, safe='')}?access={access_id}",
        "title": document.title,
        "creation": rfc3339(document.created),
    }
    if document.size >= 0:
        attachment["size"] = document.size
    return attachment


def _master_identifier(unique_id: str) -> dict[str, str]:
    root, caret, extension = unique_id.partition("^")
    if caret and _OID.fullmatch(root):
        return {"system": f"{OID_PREFIX}{root}", "value": extension}
    value = f"{OID_PREFIX}{root}" if _OID.fullmatch(root) else unique_id
    return {"system": "urn:ietf:rfc:3986", "value": value}


def _type(document: Document) -> dict[str, str]:
    system = "http://loinc.org" if _LOINC_CODE.fullmatch(document.type_code) else _FRENCH_TYPES
    coding = {"system": system, "code": document.type_code}
    return {**coding, "display": document.type_label} if document.type_label else coding


def _subject(patient: PatientRecord) -> dict[str, Any]:
    """By identifier, in the body: an address would carry the INS into logs."""
    if patient.ins is None:
        return {"type": "Patient", "reference": f"Patient/{patient.id}"}
    identifier = {"system": f"{OID_PREFIX}{patient.ins.oid}", "value": patient.ins.value}
    return {"type": "Patient", "reference": f"Patient/{patient.id}", "identifier": identifier}


def _author(document: Document) -> str:
    named = [part for part in (document.author_name, document.author_organization) if part]
    return ", ".join(named) or "?"


def _label(code: str) -> dict[str, str]:
    return {"system": _CONFIDENTIALITY if code in ("N", "R", "V") else _FRENCH_LABELS, "code": code}
