"""Which documents were opened under a grant: what the patient is told, by category, never by value."""

from sqlalchemy import Connection, text

from gateway.dossiers.connector import DocumentReference
from gateway.world import World

_INSERT = text(
    """INSERT INTO document_opening (grant_id, document_id, class_code, hidden_from, opened_at)
    VALUES (:grant_id, :document_id, :class_code, :hidden_from, :opened_at) ON CONFLICT DO NOTHING"""
)
_CATEGORIES = text(
    """SELECT DISTINCT class_code FROM document_opening WHERE grant_id = :grant_id
    AND hidden_from NOT IN ('patient', 'both') AND (:holder_alone OR hidden_from <> 'representatives')
    ORDER BY class_code"""
)


def remember_openings(
    connection: Connection, world: World, grant_id: str, documents: tuple[DocumentReference, ...]
) -> None:
    """Keep which documents are being opened, once each, in the transaction that records it."""
    now = world.epoch_ms()
    rows = [
        {
            "grant_id": grant_id,
            "document_id": item.id,
            "class_code": item.class_code,
            "hidden_from": _hidden_from(item),
            "opened_at": now,
        }
        for item in documents
    ]
    if rows:
        connection.execute(_INSERT, rows)


def opened_categories(connection: Connection, grant_id: str, *, holder_alone: bool) -> tuple[str, ...]:
    """The document classes seen under a grant, without those the patient may not know of yet (R1111-53), and, unless
    the reader is the holder alone, without those hidden from their legal representatives (R1111-50)."""
    rows = connection.execute(_CATEGORIES, {"grant_id": grant_id, "holder_alone": holder_alone})
    return tuple(rows.scalars())


def _hidden_from(item: DocumentReference) -> str:
    if item.invisible_to_patient:
        return "both" if item.invisible_to_representatives else "patient"
    return "representatives" if item.invisible_to_representatives else ""
