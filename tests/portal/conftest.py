"""The demo hospital whole, on both databases: staff who open dossiers, patients who answer."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from audit import Entry
from gateway.access.outcome import Granted, Outcome
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS, scenario_named
from gateway.identity.staff_member import TRE_G15, TRE_G16, PatientHolder, StaffMember
from gateway.settings import Settings
from gateway.storage.log_store import SqlLogStore
from policies import Mode
from tests.access.conftest import staff_member
from tests.gateways import assemble_on, load_hospital
from tests.worlds import StillWorld

IPP = {scenario.key: scenario.ipp for scenario in SCENARIOS}
INTERN = staff_member("interne", TRE_G16, "10", category="E", name="Inès Martin")
SENIOR = replace(
    staff_member("senior", TRE_G15, "10", specialty="SM59", name="Denis Leroy"),
    key="rpps:10100000099",
    rpps="10100000099",
)
SURGEON = staff_member("chirurgienne", TRE_G15, "10", specialty="SM04", unit="CHIR", name="Alice Ferrand")
REGULATOR = staff_member("regulateur", TRE_G15, "10", specialty="SM59", unit="SAMU", name="Rémi Garnier")
DESK = replace(
    staff_member("secretaire", TRE_G15, "10", name="Sophie Lambert"),
    profession=None,
    category="M",
    roles=frozenset({"staff", "desk"}),
)
DPO = replace(
    DESK, key="sub:https://idp.test|dpo", subject="dpo", name="Claire Dumont", unit="", roles=frozenset({"dpo"})
)


def holder(name: str, given: str, born: str, sex: str) -> PatientHolder:
    """Somebody as the patients' provider describes them."""
    subject = f"{name}-{given}".lower().replace(" ", "-")
    return PatientHolder(
        key=f"sub:https://fc.test|{subject}",
        issuer="https://fc.test",
        subject=subject,
        birth_name=name,
        given_names=given,
        birth_date=born,
        sex=sex,
        authenticated_at=0,
    )


def holder_of(key: str) -> PatientHolder:
    """The patient of a scenario."""
    one = scenario_named(key)
    return holder(one.birth_name, one.given_names, one.born, one.sex)


PATIENT = holder_of("patiente")
MINOR = holder_of("minor_hidden_act")
PARENT = holder("MELANGE", "AURELIE", "1984-04-16", "F")


@dataclass
class Ward:
    """The gateway, its clock, and the words to say what happens."""

    gateway: Gateway
    still: StillWorld

    def ask(
        self, key: str, staff: StaffMember = SENIOR, mode: Mode = Mode.BREAK_GLASS, *, consent: bool = True
    ) -> Outcome:
        """Ask for a patient's dossier."""
        reason = {Mode.BREAK_GLASS: "vital_emergency", Mode.CENTRE_15: "regulation"}.get(mode)
        request = AccessRequest(
            request_id=self.gateway.world.new_id(),
            patient=PatientSelector(ipp=IPP[key]),
            mode=mode,
            reason=Reason(reason) if reason else None,
            consent_given=consent and mode is Mode.NORMAL,
        )
        return self.gateway.opening.open_dossier(staff, request)

    def open(self, key: str, staff: StaffMember = SENIOR, mode: Mode = Mode.BREAK_GLASS) -> str:
        """Insist on it; the access id."""
        outcome = self.ask(key, staff, mode)
        assert isinstance(outcome, Granted), outcome
        return outcome.access.id

    def visit(self, key: str, staff: StaffMember = SENIOR, mode: Mode = Mode.BREAK_GLASS) -> str:
        """Open it and close it again, a minute each."""
        access = self.open(key, staff, mode)
        self.still.pass_time(minutes=1)
        self.gateway.continuing.end(staff, access)
        self.still.pass_time(minutes=1)
        return access

    def read(self, access: str, staff: StaffMember = SENIOR, *, hidden: bool) -> str:
        """Read one document to its end: one hidden from the representatives, or one that is not; its title."""
        listed = self.gateway.reading.list_documents(staff, access, everything=True).documents
        found = next(item for item in listed if item.invisible_to_representatives == hidden)
        delivery = self.gateway.reading.open_document(staff, access, found.id)
        assert b"".join(delivery.chunks)
        return found.title

    def patient_id(self, key: str) -> str:
        """The directory's id."""
        return str(self.one("SELECT id FROM patient WHERE ipp = :ipp", ipp=IPP[key]))

    def code(self, access: str) -> str:
        """The code of the patient's notice."""
        return str(self.one("SELECT code FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=access))

    def one(self, query: str, **values: object) -> object:
        """One value of the database."""
        with self.gateway.database.reading() as connection:
            return connection.execute(text(query), values).scalar_one_or_none()

    def run(self, statement: str, **values: object) -> None:
        """Change the hospital behind the gateway's back."""
        self.gateway.database.transact(lambda tx: tx.connection.execute(text(statement), values))

    def entries(self, *types: str) -> list[Entry]:
        """The entries of these types with their personal values, in order."""
        with self.gateway.database.reading() as connection:
            store = SqlLogStore(connection)
            rows = connection.execute(text("SELECT entry_id, type FROM audit_entry ORDER BY counter")).all()
            return [self.gateway.log.read(store, row.entry_id) for row in rows if row.type in types]


@pytest.fixture(scope="session")
def hospital_on_postgresql(postgresql_server: str, demo_hospital: tuple[Settings, Path]) -> str:
    """A template database holding the demo hospital."""
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE demo_hospital")
    load_hospital(_named(postgresql_server, "demo_hospital"), demo_hospital[0])
    return postgresql_server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ward(
    request: pytest.FixtureRequest, demo_hospital: tuple[Settings, Path], still_world: StillWorld, tmp_path: Path
) -> Iterator[Ward]:
    """A gateway over its own copy of the demo hospital, once on each database."""
    settings, file = demo_hospital
    if request.param == "sqlite":
        copy = tmp_path / "hospital.db"
        shutil.copyfile(file, copy)
        gateway = assemble_on(f"sqlite:///{copy}", settings, still_world.world)
        yield Ward(gateway, still_world)
        gateway.close()
        return
    address, name = request.getfixturevalue("hospital_on_postgresql"), "test_" + os.urandom(6).hex()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE demo_hospital".encode())
    gateway = assemble_on(_named(address, name), settings, still_world.world)
    yield Ward(gateway, still_world)
    gateway.close()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def sqlite_ward(gateway: Gateway, still_world: StillWorld) -> Ward:
    """The same on SQLite alone, for what no database can make differ."""
    return Ward(gateway, still_world)


def _named(address: str, name: str) -> str:
    base, _, query = address.partition("?")
    head, _, _ = base.rpartition("/")
    return f"{head}/{name}" + (f"?{query}" if query else "")
