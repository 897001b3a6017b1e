"""The embedded store keeps the contract of connectors, on SQLite and on PostgreSQL, and deposits without surprise."""

from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select, update

from gateway.dossiers.connector import ConnectorParts, DocumentReference, DocumentStatus, DossierPatient
from gateway.dossiers.embedded import create_connector, deposit
from gateway.errors import InvalidRequest
from gateway.storage.database import Database
from gateway.storage.tables import dossier_content, dossier_document, metadata, patient
from tests.contracts.dossier_connector_contract import (
    MAX_DOCUMENT_BYTES,
    TIMEOUT_SECONDS,
    DossierConnectorContract,
    reference,
)

PATIENT = DossierPatient(
    id="00000000-0000-4000-8000-000000000a01", ins="279035121518989", ins_oid="1.2.250.1.213.1.4.10"
)
STRANGER = DossierPatient(id="00000000-0000-4000-8000-000000000a02", ins="", ins_oid="")


class EmbeddedShelf:
    """The embedded store over a real database."""

    patient = PATIENT
    stranger = STRANGER

    def __init__(self, database: Database) -> None:
        self.database = database
        self.connector = create_connector(
            ConnectorParts(
                engine=database.reading_engine,
                options={},
                timeout_seconds=TIMEOUT_SECONDS,
                max_document_bytes=MAX_DOCUMENT_BYTES,
            )
        )
        rows = [
            {"id": one.id, "ipp": one.id[-4:], "identity_status": "QUAL", "birth_name": "ESSAI", "given_names": "Léa",
             "birth_date": "1980-01-01", "sex": "F", "search_birth_name": "essai", "search_given_names": "lea",
             "dossier_status": "active", "created_at": 0}
            for one in (PATIENT, STRANGER)
        ]  # fmt: skip
        database.transact(lambda tx: tx.connection.execute(insert(patient), rows))

    def put(self, document: DocumentReference, content: bytes) -> None:
        assert self.database.transact(lambda tx: deposit(tx.connection, document, content))

    def corrupt(self, document_id: str) -> None:
        change = update(dossier_content).where(dossier_content.c.document_id == document_id).values(content=b"changed")
        self.database.transact(lambda tx: tx.connection.execute(change))

    def cut_off(self) -> None:
        self.database.transact(lambda tx: metadata.drop_all(tx.connection))


@pytest.fixture
def shelf(database: Database) -> EmbeddedShelf:
    return EmbeddedShelf(database)


class TestEmbeddedStoreKeepsTheContract(DossierConnectorContract):
    """On both engines."""


def counted(shelf: EmbeddedShelf) -> int:
    with shelf.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(dossier_document)).scalar_one()


def test_depositing_the_same_document_again_changes_nothing(shelf: EmbeddedShelf) -> None:
    first = reference(1, PATIENT, b"x")
    shelf.put(first, b"x")
    again = replace(first, id=reference(2, PATIENT, b"x").id)
    assert shelf.database.transact(lambda tx: deposit(tx.connection, again, b"x")) is False
    assert shelf.connector.list_documents(PATIENT) == (first,)


def test_other_bytes_under_the_same_unique_id_are_refused_and_nothing_is_stored(shelf: EmbeddedShelf) -> None:
    first = reference(1, PATIENT, b"x")
    shelf.put(first, b"x")
    other = replace(reference(2, PATIENT, b"other"), unique_id=first.unique_id)
    with pytest.raises(InvalidRequest) as caught:
        shelf.database.transact(lambda tx: deposit(tx.connection, other, b"other"))
    assert caught.value.field == "unique_id"
    assert counted(shelf) == 1


def test_bytes_that_are_not_those_of_the_reference_are_refused(shelf: EmbeddedShelf) -> None:
    with pytest.raises(InvalidRequest) as caught:
        shelf.database.transact(lambda tx: deposit(tx.connection, reference(1, PATIENT, b"x"), b"y"))
    assert caught.value.field == "content"
    assert counted(shelf) == 0


def test_a_replaced_document_becomes_obsolete_and_stays_listed(shelf: EmbeddedShelf) -> None:
    old, new = reference(2, PATIENT, b"old"), reference(1, PATIENT, b"new")
    shelf.put(old, b"old")
    shelf.database.transact(lambda tx: deposit(tx.connection, new, b"new", replaces=(old.unique_id,)))
    statuses = {one.id: one.status for one in shelf.connector.list_documents(PATIENT)}
    assert statuses == {new.id: DocumentStatus.CURRENT, old.id: DocumentStatus.OBSOLETE}


def test_a_deposit_that_is_rolled_back_leaves_nothing(shelf: EmbeddedShelf) -> None:
    def unit(transaction: object) -> None:
        deposit(transaction.connection, reference(1, PATIENT, b"x"), b"x")  # type: ignore[attr-defined]
        raise RuntimeError("the rest of the work failed")

    with pytest.raises(RuntimeError):
        shelf.database.transact(unit)
    assert shelf.connector.list_documents(PATIENT) == ()
