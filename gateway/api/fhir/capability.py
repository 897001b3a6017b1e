"""What this FHIR server really does (https://hl7.org/fhir/R4/capabilitystatement.html)."""

from typing import Any

from flask import Response

from gateway.api.answers import fhir_answer
from gateway.api.entrance import Entrance, entrance
from gateway.api.fhir.queries import NoParameters
from gateway.api.parts import gateway

STATEMENT_DATE = "2026-11-22"  # of this statement's last change


@entrance(Entrance.ANYONE)
def describe_fhir(query: NoParameters) -> Response:
    """The CapabilityStatement"""
    return fhir_answer(capability_statement(gateway().settings.server.base_url))


def capability_statement(base_url: str) -> dict[str, Any]:
    """The statement of the server at `base_url`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": STATEMENT_DATE,
        "kind": "instance",
        "software": {"name": "Emergency access gateway"},
        "implementation": {"description": "Emergency access gateway", "url": f"{base_url}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "implementationGuide": [
            "https://profiles.ihe.net/ITI/MHD/ImplementationGuide/ihe.iti.mhd",
            "https://profiles.ihe.net/ITI/BALP/ImplementationGuide/ihe.iti.balp",
        ],
        "rest": [
            {
                "mode": "server",
                "documentation": "Dossier content is read under an access opened by POST /api/v1/accesses.",
                "security": {
                    "cors": False,
                    "description": "Bearer access token of the hospital's identity provider (RFC 9068).",
                },
                "resource": [_patient(), _document_reference(), _binary(), _audit_event()],
            }
        ],
    }


def _patient() -> dict[str, Any]:
    return {
        "type": "Patient",
        "documentation": "Identity traits of the hospital's own directory. Every search is recorded.",
        "interaction": [{"code": "search-type"}],
        "searchParam": [
            {"name": "identifier", "type": "token", "documentation": "urn:oid of the INS, or the hospital's IPP system"}
        ],
    }


def _document_reference() -> dict[str, Any]:
    return {
        "type": "DocumentReference",
        "documentation": "IHE MHD ITI-67, under an open access of the caller to this patient.",
        "interaction": [{"code": "search-type"}],
        "searchParam": [
            {"name": "patient.identifier", "type": "token", "documentation": "required"},
            {"name": "status", "type": "token"},
            {"name": "type", "type": "token"},
            {"name": "category", "type": "token"},
        ],
    }


def _binary() -> dict[str, Any]:
    return {
        "type": "Binary",
        "documentation": "IHE MHD ITI-68: the bytes as deposited, at the address DocumentReference gives.",
        "interaction": [{"code": "read"}],
    }


def _audit_event() -> dict[str, Any]:
    return {
        "type": "AuditEvent",
        "documentation": "The record by IHE BALP: the DPO reads all of it, a patient what is about themselves.",
        "interaction": [{"code": "search-type"}],
        "searchParam": [
            {"name": "date", "type": "date", "documentation": "required: ge, gt or eq, and le or lt for its end; UTC"},
            {"name": "patient.identifier", "type": "token"},
        ],
    }
