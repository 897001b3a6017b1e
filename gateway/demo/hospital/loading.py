"""Storing the demo hospital: once, in one transaction, on either database."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from gateway.admissions.register import admission_row
from gateway.demo.hospital.documents import DemoDocument
from gateway.demo.hospital.invention import Invention, Progress, invent_hospital
from gateway.demo.hospital.scenarios import PATIENTE, SCENARIOS, Scenario
from gateway.dossiers.cda.describe import describe_cda, load_document_types
from gateway.dossiers.embedded import deposit
from gateway.dossiers.importing import ImportReport, import_folder
from gateway.patients.directory import find_by_ipp
from gateway.patients.ins import TEST_OIDS
from gateway.patients.registering import add_block, contact_row, patient_row, record_statement
from gateway.storage.database import Database
from gateway.storage.tables import admission, dossier_document, patient, patient_contact
from gateway.storage.transaction import Transaction
from gateway.world import World, from_epoch_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoHospital:
    """What is in the database now. `loaded` is false when it was there before; `imported` tells of the samples."""

    patients: int
    documents: int
    present: int
    scenarios: tuple[Scenario, ...]
    loaded: bool
    imported: ImportReport | None


def load_demo_hospital(
    database: Database, world: World, *, issuer: str, samples: Path | None = None, progress: Progress | None = None
) -> DemoHospital:
    """Load the hospital unless it is there; then the folder of samples, whose documents already there are skipped.

    `issuer` is the demo provider's: a patient blocks one of its personas. With samples the patient of the `patiente`
    persona gets no invented document, only real ones. Raises as `import_folder` does.
    """
    with database.reading() as connection:
        known = find_by_ipp(connection, PATIENTE.ipp) is not None
    if not known:
        invention = invent_hospital(
            world.now(), issuer=issuer, patiente_has_documents=samples is None, progress=progress
        )
        database.transact(lambda transaction: _store(transaction, invention, world.epoch_ms()))
    imported = None
    if samples is not None:
        imported = import_folder(database, world, samples, allowed_oids=TEST_OIDS, progress=progress)
    with database.reading() as connection:
        return DemoHospital(
            patients=_count(connection, select(func.count()).select_from(patient)),
            documents=_count(connection, select(func.count()).select_from(dossier_document)),
            present=_count(
                connection, select(func.count()).select_from(admission).where(admission.c.discharged_at.is_(None))
            ),
            scenarios=SCENARIOS,
            loaded=not known,
            imported=imported,
        )


def _store(transaction: Transaction, invention: Invention, now: int) -> None:
    connection = transaction.connection
    people = invention.people
    connection.execute(insert(patient), [patient_row(person.record, created_at=now) for person in people])
    contacts = [
        (person.record.id, contact, position) for person in people for position, contact in enumerate(person.contacts)
    ]
    connection.execute(
        insert(patient_contact),
        [
            contact_row(contact_id, patient_id, contact, position=position)
            for contact_id, (patient_id, contact, position) in zip(invention.contact_ids, contacts, strict=True)
        ],
    )
    connection.execute(insert(admission), [admission_row(arrival) for arrival in invention.admissions])
    for block in invention.blocks:
        add_block(connection, block.id, block.patient_id, block.staff_key, created_at=now)
    for consent in invention.consents:
        record_statement(
            connection,
            consent.id,
            patient_id=consent.patient_id,
            episode_id=consent.episode_id,
            kind="consent",
            recorded_by=consent.recorded_by,
            recorded_at=consent.recorded_at,
        )
    _deposit_all(connection, invention.documents, now)


def _deposit_all(connection: Connection, documents: tuple[DemoDocument, ...], now: int) -> None:
    types = load_document_types()
    for document in documents:
        described = describe_cda(
            document.content,
            document_id=document.id,
            patient_id=document.patient_id,
            received=from_epoch_ms(now),
            types=types,
            status=document.status,
            more_confidentiality=document.labels,
        )
        deposit(connection, described.reference, document.content)


def _count(connection: Connection, statement: object) -> int:
    return int(connection.execute(statement).scalar_one())  # type: ignore[call-overload]
