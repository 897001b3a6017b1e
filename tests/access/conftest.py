"""A small hospital for the access room: real rules, a real database, a real log, a still clock."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from audit import AuditLog, Signer
from gateway.access.continuing import Continuing
from gateway.access.opening import Opening
from gateway.access.outcome import Granted, Outcome
from gateway.access.owing import Owing
from gateway.access.recorders import AccessRecorder
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.identity.staff_member import TRE_G15, TRE_G16, Profession, StaffMember
from gateway.patients.folding import fold, name_key
from gateway.rulebook.in_force import Held, RulesInForce
from gateway.sequencing import Sequencing
from gateway.settings import HospitalSettings
from gateway.storage import tables
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.storage.log_store import SqlLogStore
from policies import Mode, PolicyBook
from tests.worlds import StillWorld

FINESS = "750000018"
POLICIES = Path(__file__).resolve().parents[2] / "policies"


def staff_member(subject: str, system: str, code: str, **changes: object) -> StaffMember:
    """A professional of the hospital, signed in with two factors."""
    return replace(
        StaffMember(
            key=f"sub:https://idp.test|{subject}",
            issuer="https://idp.test",
            subject=subject,
            name=subject,
            profession=Profession(system=system, code=code),
            specialty="",
            category="C",
            unit="URG",
            establishment=FINESS,
            rpps="",
            roles=frozenset({"staff"}),
            named=True,
            factors=2,
            amr=("pwd", "otp"),
            authenticated_at=0,
        ),
        **changes,
    )


@dataclass
class Hospital:
    """The parts a test of the access room needs, and the words to say what happens."""

    database: Database
    still: StillWorld
    log: AuditLog
    opening: Opening
    continuing: Continuing
    sequencing: Sequencing
    intern: StaffMember
    senior: StaffMember

    def add_patient(self, number: int = 1, *, admitted: str | None = "URG", **columns: object) -> str:
        """A patient with a médecin traitant, present in a unit unless said otherwise; returns the id."""
        patient_id = f"00000000-0000-4000-8000-{number:012d}"
        row = {
            "id": patient_id,
            "ipp": f"IPP{number:05d}",
            "ins": "279035121518989" if number == 1 else f"{number:015d}",
            "ins_oid": "1.2.250.1.213.1.4.10",
            "identity_status": "QUAL",
            "birth_name": "DURAND",
            "given_names": "Alix",
            "birth_date": "1979-03-28",
            "sex": "F",
            "search_birth_name": name_key("DURAND"),
            "search_given_names": fold("Alix"),
            "dossier_status": "active",
            "created_at": 0,
        } | columns

        def write(transaction):  # type: ignore[no-untyped-def]
            connection = transaction.connection
            connection.execute(insert(tables.patient), row)
            connection.execute(
                insert(tables.patient_contact),
                {
                    "id": patient_id.replace("4000", "4001"),
                    "patient_id": patient_id,
                    "kind": "medecin_traitant",
                    "name": "Dr Traitant",
                    "phone": "+33199000001",
                    "mssante": "traitant@mssante.test",
                },
            )
            if admitted:
                connection.execute(
                    insert(tables.admission),
                    {
                        "id": patient_id.replace("4000", "4002"),
                        "patient_id": patient_id,
                        "visit_number": f"V{number}",
                        "unit": admitted,
                        "admitted_at": self.still.world.epoch_ms(),
                    },
                )

        self.database.transact(write)
        return patient_id

    def ask(
        self,
        patient_id: str,
        mode: Mode = Mode.BREAK_GLASS,
        *,
        request_id: str | None = None,
        reason: str | None = "vital_emergency",
        text: str = "",
        consent: bool = False,
        refuses: bool = False,
    ) -> AccessRequest:
        """A request as the doors would parse it."""
        emergency = mode is not Mode.NORMAL
        return AccessRequest(
            request_id=request_id or self.still.world.new_id(),
            patient=PatientSelector(patient_id=patient_id),
            mode=mode,
            reason=Reason(reason, text) if emergency and reason else None,
            consent_given=consent,
            patient_refuses=refuses,
        )

    def open(self, patient_id: str, staff: StaffMember | None = None, **words: object) -> Outcome:
        """Ask and answer in one go."""
        return self.opening.open_dossier(staff or self.intern, self.ask(patient_id, **words))  # type: ignore[arg-type]

    def count(self, table: object, where: str = "1 = 1") -> int:
        """How many rows."""
        with self.database.reading() as connection:
            found = connection.execute(text(f"SELECT COUNT(*) FROM {getattr(table, 'name', table)} WHERE {where}"))
            return int(found.scalar_one())

    def entries(self, entry_type: str) -> list[str]:
        """The ids of the entries of a type."""
        with self.database.reading() as connection:
            found = select(tables.audit_entry.c.entry_id).where(tables.audit_entry.c.type == entry_type)
            return list(connection.execute(found).scalars())

    def entry(self, entry_id: str):  # type: ignore[no-untyped-def]
        """An entry with its personal values."""
        with self.database.reading() as connection:
            return self.log.read(SqlLogStore(connection), entry_id)

    def run(self, statement: str, **parameters: object) -> None:
        """Change the hospital behind the gateway's back."""
        self.database.transact(lambda tx: tx.connection.execute(text(statement), parameters))


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    """The rules as shipped."""
    return PolicyBook.load(POLICIES)


def build_hospital(
    database: Database, still: StillWorld, book: PolicyBook, counted: Callable[[str], bool] = lambda subject: False
) -> Hospital:
    """Join the parts of the access room over a database; `counted`: whose histories are numbered."""
    settings = HospitalSettings(name="CHU de test", finess=FINESS, phone="01 99 00 00 00")
    log = AuditLog("test/log", "gateway-test", still.world.random_bytes, bytes(32), counted=counted)
    recorder = AccessRecorder(Journal(log, still.world))
    return Hospital(
        database=database,
        still=still,
        log=log,
        opening=Opening(
            database=database,
            world=still.world,
            rules=RulesInForce(Held(book)),
            recorder=recorder,
            owing=Owing(still.world),
            hospital=settings,
        ),
        continuing=Continuing(
            database=database,
            world=still.world,
            rules=RulesInForce(Held(book)),
            recorder=recorder,
            hospital=settings,
        ),
        sequencing=Sequencing(
            database=database, world=still.world, log=log, signer=Signer.from_seed("test/log", bytes(32))
        ),
        intern=staff_member("interne", TRE_G16, "10", category="E", name="Inès Martin"),
        senior=staff_member("senior", TRE_G15, "10", specialty="SM59"),
    )


@pytest.fixture
def hospital(database: Database, still_world: StillWorld, book: PolicyBook) -> Hospital:
    """The hospital, on SQLite and on PostgreSQL."""
    return build_hospital(database, still_world, book)


@pytest.fixture
def granted() -> Callable[[Outcome], Granted]:
    """Insist on a grant."""

    def insist(outcome: Outcome) -> Granted:
        assert isinstance(outcome, Granted), outcome
        return outcome

    return insist


def master_key_text() -> str:
    """A master key as its file holds it."""
    return base64.b64encode(bytes(32)).decode()
