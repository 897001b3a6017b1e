"""The reviewers' room over the small hospital of the access room's tests."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import insert

from gateway.access.outcome import Granted
from gateway.admissions.register import Admission, admit
from gateway.identity.staff_member import StaffMember
from gateway.oversight.building import Oversight, build_oversight
from gateway.settings import HospitalSettings, ReviewSettings, Settings
from gateway.storage import tables
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from policies import PolicyBook
from tests.access.conftest import FINESS, POLICIES, Hospital, build_hospital, staff_member
from tests.worlds import StillWorld

HOUR_MS = 3_600_000


@dataclass
class Watched:
    """A hospital and those who watch it."""

    hospital: Hospital
    oversight: Oversight
    dpo: StaffMember
    other_dpo: StaffMember

    def break_glass(self, number: int = 1, staff: StaffMember | None = None, **words: object) -> str:
        """An emergency access to patient `number`, who is added when new; returns its id."""
        hospital = self.hospital
        patient_id = f"00000000-0000-4000-8000-{number:012d}"
        if not hospital.count("patient", f"id = '{patient_id}'"):
            columns = {key: words.pop(key) for key in list(words) if key not in {"reason", "text", "mode"}}
            hospital.add_patient(number, **columns)  # type: ignore[arg-type]
        outcome = hospital.open(patient_id, staff, **words)
        assert isinstance(outcome, Granted), outcome
        return outcome.access.id

    def admit(self, number: int, *, hours: float = 0, unit: str = "URG", visit: str = "") -> str:
        """An admission of patient `number`, so many hours from now; returns the episode's id."""
        world = self.hospital.still.world
        arrival = Admission(
            episode_id=world.new_id(),
            visit_number=visit or world.new_id()[:23],
            patient_id=f"00000000-0000-4000-8000-{number:012d}",
            unit=unit,
            box="",
            motive="",
            admitted_at=world.epoch_ms() + int(hours * HOUR_MS),
        )
        self.hospital.database.transact(lambda tx: admit(tx.connection, arrival))
        return arrival.episode_id

    def later(self, **step: float) -> None:
        """Time passes, and the worker makes its round."""
        self.hospital.still.pass_time(**step)
        self.oversight.minding.round()

    def codes(self, access_id: str) -> set[str]:
        """The codes of the flags of a case."""
        return {flag.code for flag in self.oversight.reviewing.case(self.dpo, access_id).line.flags}

    def note_contact(self, number: int, address: str) -> None:
        """The address of patient `number`."""
        patient_id = f"00000000-0000-4000-8000-{number:012d}"
        row = {
            "id": self.hospital.still.world.new_id(),
            "patient_id": patient_id,
            "kind": "patient",
            "address": address,
        }
        self.hospital.database.transact(lambda tx: tx.connection.execute(insert(tables.patient_contact), row))


def watch(hospital: Hospital, reviews: ReviewSettings | None = None) -> Watched:
    """Join the reviewers' room to a hospital."""
    settings = Settings.model_construct(
        reviews=reviews or ReviewSettings(),
        hospital=HospitalSettings(name="CHU de test", finess=FINESS, phone="01 99 00 00 00"),
    )
    dpo = replace(staff_member("dpo", "", ""), profession=None, unit="", roles=frozenset({"dpo"}), name="Claire Dumont")
    return Watched(
        hospital=hospital,
        oversight=build_oversight(
            settings=settings,
            database=hospital.database,
            world=hospital.still.world,
            log=hospital.log,
            journal=Journal(hospital.log, hospital.still.world),
            verifier_key=hospital.sequencing.verifier_key,
        ),
        dpo=dpo,
        other_dpo=replace(dpo, key="sub:https://idp.test|dpo2", subject="dpo2", name="Paul Second"),
    )


@pytest.fixture(scope="session")
def book() -> PolicyBook:
    """The rules as shipped."""
    return PolicyBook.load(POLICIES)


@pytest.fixture
def watched(database: Database, still_world: StillWorld, book: PolicyBook) -> Watched:
    """The watched hospital, on SQLite and on PostgreSQL."""
    return watch(build_hospital(database, still_world, book))
