"""IHE MHD ITI-67 (find documents) and ITI-68 (retrieve one), under an open access of the caller."""

from flask import Response

from gateway.api.answers import fhir_answer
from gateway.api.bodies import DocumentId
from gateway.api.delivering import deliver
from gateway.api.dossier_shapes import Document
from gateway.api.entrance import Entrance, entrance
from gateway.api.fhir.bundles import searchset
from gateway.api.fhir.document_reference import document_reference
from gateway.api.fhir.queries import BinaryAccess, DocumentSearch, find_by_identifier, posted_search
from gateway.api.naming import access_given, document_given
from gateway.api.parts import caller, gateway
from gateway.errors import AccessNotOpen, PatientUnknown
from gateway.patients.patient import PatientRecord


class AccessRequired(AccessNotOpen):
    """The caller has no open access to this patient's dossier."""

    code = "access-required"


@entrance(Entrance.STAFF_TOKEN)
def find_document_references(query: DocumentSearch) -> Response:
    """Find the documents of a patient whose dossier the caller has open; recorded

    The whole list: a FHIR search says nothing of a filter it was not asked for, so none is applied.
    """
    return _references(query)


@entrance(Entrance.STAFF_TOKEN)
def search_document_references() -> Response:
    """The same search with its identifier in the body, out of every log of addresses"""
    return _references(posted_search(DocumentSearch))


def _references(query: DocumentSearch) -> Response:
    patient = _patient(query.patient_identifier)
    access_id = gateway().opening.preview(caller(), patient.id).open_access_id
    if access_id is None:
        raise AccessRequired("no open access to this dossier")
    listed = gateway().reading.list_documents(caller(), access_id, everything=True)
    base = f"{gateway().settings.server.base_url}/fhir"
    described = [
        (
            f"{base}/DocumentReference/{document.id}",
            document_reference(document, patient, base=base, access_id=access_id),
        )
        for document in listed.documents
        if _has_code(document, query)
    ]
    return fhir_answer(searchset([one for one in described if _matches(query.status, one[1]["status"])]))


@entrance(Entrance.TOKEN)
def read_binary(path: DocumentId, query: BinaryAccess) -> Response:
    """The bytes of a document as deposited, at the address its DocumentReference gives; recorded"""
    document_id = document_given(path.document_id)
    access_id = access_given(query.access) if query.access else gateway().reading.access_to(caller(), document_id)
    return deliver(gateway().reading.open_document(caller(), access_id, document_id))


def _patient(identifier: str) -> PatientRecord:
    """The one patient who has this identifier. Raises `PatientUnknown`, as when several answer: none is picked."""
    found = find_by_identifier(identifier)
    if found is None or len(found.patients) != 1:
        raise PatientUnknown("no single patient has this identifier")
    return found.patients[0]


def _has_code(document: Document, query: DocumentSearch) -> bool:
    return _matches(query.type, document.type_code) and _matches(query.category, document.class_code)


def _matches(wanted: str | None, code: str) -> bool:
    """Whether a token parameter, `[system|]code` or several with commas, asks for this code."""
    if wanted is None:
        return True
    return any(token.rpartition("|")[2] == code for token in wanted.split(","))
