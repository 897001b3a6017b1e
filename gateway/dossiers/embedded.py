"""The embedded store: documents in the gateway's own database, for a hospital that keeps copies and for the demo.

Reading goes through the engine given at construction, whose pool and statement time-outs bound each call; on PostgreSQL
the call's own limit is set on top. Depositing happens inside the caller's transaction (`deposit`, used by the importer
and the demo): a store never opens one of its own.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, bindparam, case, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.dossiers.connector import (
    ConnectorParts,
    DocumentContent,
    DocumentFormat,
    DocumentReference,
    DocumentStatus,
    DossierConnector,
    DossierPatient,
)
from gateway.errors import DocumentNotFound, DocumentUnreadable, DossierUnavailable, InvalidRequest
from gateway.storage.round_trips import ask_within
from gateway.storage.tables import dossier_content, dossier_document
from gateway.world import from_epoch_ms, to_epoch_ms

_LIST = (
    select(dossier_document)
    .where(dossier_document.c.patient_id == bindparam("of_patient"))
    .order_by(dossier_document.c.created_at.desc(), dossier_document.c.id)
)
_SMALL_ENOUGH = func.length(dossier_content.c.content) <= bindparam("most_bytes")
_CONTENT = (
    select(
        dossier_document.c.media_type,
        dossier_document.c.sha256,
        case((_SMALL_ENOUGH, dossier_content.c.content)).label("content"),
    )
    .select_from(dossier_document.join(dossier_content))
    .where(dossier_document.c.id == bindparam("wanted"))
)


class EmbeddedDossiers:
    """The connector named `embedded`; see `DossierConnector` for its promises."""

    def __init__(self, engine: Engine, *, timeout_seconds: float, max_document_bytes: int) -> None:
        self._engine = engine
        self._timeout_ms = max(1, int(timeout_seconds * 1000))
        self._max_document_bytes = max_document_bytes

    @property
    def name(self) -> str:
        """`embedded`."""
        return "embedded"

    def list_documents(self, patient: DossierPatient) -> tuple[DocumentReference, ...]:
        """See `DossierConnector.list_documents`."""
        return tuple(_reference(row) for row in self._rows(_LIST, {"of_patient": patient.id}))

    def fetch(self, document_id: str) -> DocumentContent:
        """See `DossierConnector.fetch`."""
        rows = self._rows(_CONTENT, {"wanted": document_id, "most_bytes": self._max_document_bytes})
        row = rows[0] if rows else None
        if row is None:
            raise DocumentNotFound("the embedded store has no such document")
        if row.content is None:
            raise DocumentUnreadable(f"the document is larger than {self._max_document_bytes} bytes")
        content = bytes(row.content)
        digest = hashlib.sha256(content).hexdigest()
        if digest != row.sha256:
            raise DocumentUnreadable("the stored bytes are not those that were deposited")
        return DocumentContent(document_id=document_id, media_type=row.media_type, sha256=digest, content=content)

    def _rows(self, query: Select[*tuple[Any, ...]], parameters: dict[str, object]) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return ask_within(connection, query, parameters, self._timeout_ms)
        except SQLAlchemyError as error:
            # The error of the driver holds identifiers: its type is enough.
            raise DossierUnavailable(f"the embedded store did not answer: {type(error).__name__}") from None


def create_connector(parts: ConnectorParts) -> DossierConnector:
    """The entry point `embedded` of the group `gateway.dossier_connectors`. It has no option of its own."""
    return EmbeddedDossiers(
        parts.engine, timeout_seconds=parts.timeout_seconds, max_document_bytes=parts.max_document_bytes
    )


def deposit(
    connection: Connection, reference: DocumentReference, content: bytes, *, replaces: tuple[str, ...] = ()
) -> bool:
    """Stores a document in the caller's transaction; False when this very document is there already.

    `replaces` holds the unique ids it makes obsolete in the same dossier (CDA relatedDocument RPLC): they stay stored.

    Raises:
        InvalidRequest: the bytes are not those of the reference (`content`), or this dossier already holds other bytes
            under the same unique id (`unique_id`). Nothing is stored.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest != reference.sha256 or len(content) != reference.size:
        raise InvalidRequest("the bytes are not those the reference describes", field="content")
    same = and_(
        dossier_document.c.patient_id == reference.patient_id, dossier_document.c.unique_id == reference.unique_id
    )
    existing = connection.execute(select(dossier_document.c.sha256).where(same)).scalar_one_or_none()
    if existing is not None:
        if existing != digest:
            raise InvalidRequest("another document bears this unique id in this dossier", field="unique_id")
        return False
    connection.execute(insert(dossier_document).values(_values(reference)))
    connection.execute(insert(dossier_content).values(document_id=reference.id, content=content))
    if replaces:
        connection.execute(
            update(dossier_document)
            .where(
                dossier_document.c.patient_id == reference.patient_id,
                dossier_document.c.unique_id.in_(replaces),
                dossier_document.c.id != reference.id,
            )
            .values(status=DocumentStatus.OBSOLETE.value)
        )
    return True


def _values(reference: DocumentReference) -> dict[str, object]:
    return {
        "id": reference.id,
        "patient_id": reference.patient_id,
        "unique_id": reference.unique_id[:200],
        "title": reference.title[:300],
        "type_code": reference.type_code[:32],
        "type_label": reference.type_label[:200],
        "class_code": reference.class_code[:16],
        "media_type": reference.media_type[:100],
        "format": reference.format.value,
        "author_key": reference.author_key[:200],
        "author_name": reference.author_name[:200],
        "author_profession": reference.author_profession[:100],
        "author_organization": reference.author_organization[:200],
        "created_at": to_epoch_ms(reference.created),
        "service_start": to_epoch_ms(reference.service_start) if reference.service_start else None,
        "service_stop": to_epoch_ms(reference.service_stop) if reference.service_stop else None,
        "confidentiality": " ".join(sorted(reference.confidentiality)),
        "status": reference.status.value,
        "sha256": reference.sha256,
        "size": reference.size,
    }


def _reference(row: Any) -> DocumentReference:
    return DocumentReference(
        id=row.id,
        unique_id=row.unique_id,
        patient_id=row.patient_id,
        title=row.title,
        type_code=row.type_code,
        type_label=row.type_label,
        class_code=row.class_code,
        media_type=row.media_type,
        format=DocumentFormat(row.format),
        author_name=row.author_name,
        author_profession=row.author_profession,
        author_organization=row.author_organization,
        author_key=row.author_key,
        created=from_epoch_ms(row.created_at),
        service_start=None if row.service_start is None else from_epoch_ms(row.service_start),
        service_stop=None if row.service_stop is None else from_epoch_ms(row.service_stop),
        confidentiality=frozenset(row.confidentiality.split()),
        status=DocumentStatus(row.status),
        sha256=row.sha256,
        size=row.size,
    )
