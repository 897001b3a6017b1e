"""A hospital with a past worth tampering with, and the hands of a database administrator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from audit import Receipt, Signer, Verifier
from gateway.access.grants import find_grant
from gateway.access.notice_record import NoticeJournal
from gateway.access.openings import remember_openings
from gateway.access.outcome import Granted, Refused
from gateway.access.recorders import AccessRecorder
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.notifications import outbox, settling
from gateway.notifications.notice import Recipient
from gateway.oversight.completeness.check import CompletenessCheck, KeptOutside
from gateway.oversight.completeness.finding import CompletenessReport
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.storage.log_store import SqlLogStore
from gateway.storage.tables import access_grant, metadata
from gateway.storage.transaction import Transaction
from policies import PolicyBook
from tests.access.conftest import POLICIES, Hospital, build_hospital
from tests.worlds import StillWorld

SIGNER = Signer.from_seed("test/log", bytes(32))
Dump = dict[str, list[dict[str, Any]]]


@dataclass
class Past:
    """Three patients whose dossiers were opened by break-glass, read, told and signed; and one refusal."""

    hospital: Hospital
    patients: list[str] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.hospital.database

    # ---- what the hospital does

    def open(self, number: int, **columns: object) -> str:
        """A new patient's dossier is opened by break-glass, two documents are read, the patient is told."""
        patient = self.hospital.add_patient(number, **columns)
        self.patients.append(patient)
        outcome = self.hospital.open(patient, text=f"raison {number}")
        assert isinstance(outcome, Granted), outcome
        self.grants.append(outcome.access.id)
        self.database.transact(lambda tx: self._read(tx, outcome.access.id, number))
        self.database.transact(self._tell)
        self.hospital.still.pass_time(minutes=1)
        return outcome.access.id

    def refuse(self, number: int) -> None:
        """A patient who opposed it: nothing is opened."""
        patient = self.hospital.add_patient(number, opposed_break_glass=True)
        assert isinstance(self.hospital.open(patient), Refused)

    def seal(self) -> str:
        """Put everything into the tree; returns the signed head."""
        head = self.hospital.sequencing.publish_checkpoint()
        assert head is not None
        return head.note

    def seal_one_more(self) -> str:
        """The signed head after one more opening."""
        self.open(9)
        return self.seal()

    def receipt(self, grant: str) -> Receipt:
        """What the patient of a grant may have kept."""
        with self.database.reading() as connection:
            entry = connection.execute(text("SELECT audit_entry_id FROM access_grant WHERE id = :id"), {"id": grant})
            store, log = SqlLogStore(connection), self.hospital.log
            receipt = log.receipt(store, entry.scalar_one(), ["patient"])
            if receipt.state == "proven":
                return receipt
            return log.promise(store, receipt, self.hospital.still.world.epoch_ms())

    def check(self, *heads: str, receipts: Sequence[Receipt] = ()) -> CompletenessReport:
        """The completeness check, with what was kept outside."""
        return self.checker().run(KeptOutside(heads, receipts))

    def checker(self, signer: Signer = SIGNER) -> CompletenessCheck:
        """The check over this database."""
        return CompletenessCheck(database=self.database, log=self.hospital.log, verifier=Verifier(str(signer.verifier)))

    # ---- what a database administrator does

    def sql(self, statement: str, **values: object) -> None:
        """One statement by someone whom no trigger and no right stops."""
        with self.database.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount != 0, statement

    def unlock(self) -> None:
        """Take away what keeps entries from being changed, which whoever owns the tables can."""

    def add_grant(self) -> str:
        """A copy of a grant, of which the log knows nothing."""
        with self.database.engine.begin() as connection:
            row = dict(connection.execute(select(access_grant).limit(1)).mappings().one())
            row |= {"id": "00000000-0000-4000-8000-00000000f00d", "audit_entry_id": "none"}
            connection.execute(insert(access_grant), row)
        return str(row["id"])

    def rows(self, query: str, **values: object) -> list[Any]:
        with self.database.engine.begin() as connection:
            return list(connection.execute(text(query), values))

    def entry_at(self, index: int) -> str:
        """The id of the entry at a place of the tree."""
        ((entry,),) = self.rows("SELECT entry_id FROM audit_leaf WHERE leaf_index % 1000000000000 = :i", i=index)
        return str(entry)

    def dump(self) -> Dump:
        """Everything in the database, as a backup of it would hold it."""
        with self.database.engine.begin() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }

    def restore(self, dump: Dump) -> None:
        """Set the whole database back."""
        with self.database.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
            for table in metadata.sorted_tables:
                if dump[table.name]:
                    connection.execute(insert(table), dump[table.name])

    # ---- the parts of a reading and of a delivery

    def _read(self, tx: Transaction, grant_id: str, number: int) -> None:
        world, staff = self.hospital.still.world, self.hospital.intern
        recorder = AccessRecorder(Journal(self.hospital.log, world))
        grant = find_grant(tx.connection, staff.key, grant_id)
        one, other = (_document(f"{number:08d}-0000-4000-9000-00000000000{end}") for end in (1, 2))
        remember_openings(tx.connection, world, grant_id, (one,))
        recorder.document_opened(tx, staff, grant, one.id, grant.policy_version)
        recorder.document_delivered(tx, staff, grant, one.id, 512)
        remember_openings(tx.connection, world, grant_id, (one, other))
        recorder.summary_opened(tx, staff, grant, (one, other), grant.policy_version)

    def _tell(self, tx: Transaction) -> None:
        world = self.hospital.still.world
        record = NoticeJournal(Journal(self.hospital.log, world))
        taken = outbox.claim_due(tx.connection, world.epoch_ms(), world.new_id(), 50, 120)
        of_patients = (one for one in taken if one.notice.recipient is Recipient.PATIENT)
        claimed = next(one for one in of_patients if one.notice.grant_id == self.grants[-1])
        assert settling.settle_sent(tx.connection, claimed, channel="email", now_ms=world.epoch_ms())
        record.notice_sent(tx, claimed.notice, channel="email", provider_reference="x", duplicate=False)


def _document(document_id: str) -> DocumentReference:
    return DocumentReference(
        id=document_id,
        unique_id=document_id,
        patient_id="",
        title="Compte rendu",
        type_code="11488-4",
        type_label="Compte rendu",
        class_code="11",
        media_type="text/xml",
        format=DocumentFormat.CDA_N3,
        author_name="",
        author_profession="",
        author_organization="",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        service_start=None,
        service_stop=None,
        confidentiality=frozenset({"N"}),
        status=DocumentStatus.CURRENT,
        sha256="",
        size=512,
    )


@pytest.fixture(scope="session")
def completeness_book() -> PolicyBook:
    """The rules as shipped."""
    return PolicyBook.load(POLICIES)


@pytest.fixture
def past(database: Database, still_world: StillWorld, completeness_book: PolicyBook) -> Past:
    """The past, sealed in four heads, on SQLite and on PostgreSQL. The log's first entry lists the receipt key."""
    past = Past(build_hospital(database, still_world, completeness_book))
    log, now = past.hospital.log, still_world.world.epoch_ms()
    database.transact(lambda tx: log.announce_receipt_key(SqlLogStore(tx.connection), now))
    for number in (1, 2, 3):
        past.open(number)
        past.seal()
    past.refuse(4)
    past.seal()
    return past


@pytest.fixture
def found() -> Callable[[CompletenessReport], set[tuple[str, str]]]:
    """What a report found: (code, table) of each finding."""
    return lambda report: {(finding.code, finding.table) for finding in report.findings}
