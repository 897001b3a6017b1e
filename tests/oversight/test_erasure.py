"""Erasure: a DPO orders, a second person confirms, time does the rest; the past is forgotten and still proven."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from audit import Verifier, verify_bundle, write_bundle
from audit.receipt import Receipt
from gateway.errors import GatewayError, InvalidRequest, NotAllowed, NotFound, PatientUnknown, RecordUnavailable
from gateway.identity.staff_member import StaffMember, load_staff_member
from gateway.oversight.completeness.check import CompletenessCheck
from gateway.oversight.erasing import end_of, months_before, start_of
from gateway.oversight.erasure import ErasureReason, Erasures, OrderSettled, OrderState
from gateway.oversight.retention import Retention
from gateway.settings import RecordSettings
from gateway.storage.database import Database
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.log_store import SqlLogStore
from policies import Mode, PolicyBook
from tests.access.conftest import POLICIES, Hospital, build_hospital, staff_member
from tests.worlds import StillWorld

SECRET = "Inconsciente, amenée par son mari"


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return PolicyBook.load(POLICIES)


@pytest.fixture
def hospital(database: Database, still_world: StillWorld, book: PolicyBook) -> Hospital:
    """The hospital, on SQLite and on PostgreSQL."""
    return build_hospital(database, still_world, book)


def officer(name: str, role: str = "dpo") -> StaffMember:
    return replace(staff_member(name, "", "", name=name), profession=None, roles=frozenset({role}))


DPO, OTHER_DPO, IT = officer("Claire Dumont"), officer("Ali Roche"), officer("Karim Benali", "it")


@pytest.fixture
def erasures(hospital: Hospital) -> Erasures:
    return Erasures(
        database=hospital.database, world=hospital.still.world, journal=Journal(hospital.log, hospital.still.world)
    )


def retention(hospital: Hospital, months: int = 36) -> Retention:
    here = Path("unused")
    settings = RecordSettings(
        origin="test/log", signing_key_file=here, master_key_file=here, retention_months=months, retention_hour=3
    )
    world = hospital.still.world
    return Retention(database=hospital.database, world=world, journal=Journal(hospital.log, world), settings=settings)


def open_one(hospital: Hospital, number: int = 1) -> tuple[str, str]:
    """A patient and an emergency access to their dossier, with a reason in words."""
    patient = hospital.add_patient(number)
    outcome = hospital.open(patient, reason="other", text=SECRET)
    return patient, outcome.access.id  # type: ignore[union-attr]


def kept_of(hospital: Hospital, patient: str) -> int:
    return hospital.count("audit_disclosure", f"subject = 'patient/{patient}'")


def bundle_is_whole(hospital: Hospital, folder: Path) -> bool:
    verifier = Verifier(hospital.sequencing.verifier_key)
    with hospital.database.reading() as connection:
        write_bundle(hospital.log, SqlLogStore(connection), verifier, folder, disclosures=True)
    return bool(verify_bundle(folder, verifier).verified)


def deep_findings(hospital: Hospital) -> set[str]:
    """What the completeness check says of the whole database against its record."""
    verifier = Verifier(hospital.sequencing.verifier_key)
    report = CompletenessCheck(database=hospital.database, log=hospital.log, verifier=verifier).run()
    return {str(finding) for finding in report.findings}


def receipts(hospital: Hospital) -> dict[str, Receipt]:
    with hospital.database.reading() as connection:
        ids = list(connection.execute(text("SELECT entry_id FROM audit_entry")).scalars())
        return {entry: hospital.log.receipt(SqlLogStore(connection), entry, ("patient", "staff")) for entry in ids}


def test_an_order_erases_nothing_until_a_second_person_confirms_it(hospital: Hospital, erasures: Erasures) -> None:
    patient, access = open_one(hospital)
    other, _ = open_one(hospital, 2)
    before, of_other = kept_of(hospital, patient), kept_of(hospital, other)
    ordered = erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST)
    assert (ordered.state, ordered.settled_at) == (OrderState.ORDERED, None)
    assert kept_of(hospital, patient) == before + 1
    with pytest.raises(NotAllowed):
        erasures.confirm(DPO, ordered.id)
    done = erasures.confirm(OTHER_DPO, ordered.id)
    assert (done.state, done.entries, done.settled_by) == (OrderState.DONE, before + 1, OTHER_DPO.key)
    assert kept_of(hospital, patient) == 0
    assert hospital.count("audit_key", f"subject = '{patient_subject(patient)}'") == 0
    assert kept_of(hospital, other) == of_other
    assert hospital.count("access_grant", f"id = '{access}' AND reason_text = ''") == 1
    assert hospital.count("access_grant", f"patient_id = '{other}' AND reason_text <> ''") == 1


def test_every_proof_holds_before_and_after_and_the_values_are_gone(
    hospital: Hospital, erasures: Erasures, tmp_path: Path
) -> None:
    patient, _ = open_one(hospital)
    hospital.sequencing.publish_checkpoint()
    earlier = receipts(hospital)
    assert bundle_is_whole(hospital, tmp_path / "before")
    assert SECRET in _all_disclosed(hospital)
    before = deep_findings(hospital)
    erasures.confirm(IT, erasures.order(DPO, patient, "2026-11", ErasureReason.UNLAWFUL).id)
    hospital.sequencing.publish_checkpoint()
    assert deep_findings(hospital) == before
    assert bundle_is_whole(hospital, tmp_path / "after")
    assert SECRET not in _all_disclosed(hospital)
    later = receipts(hospital)
    for entry, receipt in earlier.items():
        assert later[entry].leaf == receipt.leaf
        assert later[entry].proof
        assert set(later[entry].disclosures) <= set(receipt.disclosures)


def _all_disclosed(hospital: Hospital) -> str:
    with hospital.database.reading() as connection:
        store = SqlLogStore(connection)
        ids = list(connection.execute(text("SELECT entry_id FROM audit_entry")).scalars())
        return json.dumps([dict(hospital.log.read(store, entry).personal) for entry in ids], ensure_ascii=False)


def test_the_erasure_is_recorded_with_counts_and_no_personal_value_of_the_patient(
    hospital: Hospital, erasures: Erasures
) -> None:
    patient, _ = open_one(hospital)
    done = erasures.confirm(OTHER_DPO, erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST).id)
    (entry_id,) = hospital.entries("record.erased")
    entry = hospital.entry(entry_id)
    assert entry.facts == {
        "order": done.id,
        "reason": "request",
        "through": "2026-11",
        "period": "2026-11",
        "entries": done.entries,
        "keys": 1,
    }
    assert patient not in str(entry)
    assert OTHER_DPO.name in str(entry.personal)
    assert hospital.entries("record.erasure_ordered")


def test_an_order_also_forgets_whom_a_refusal_said_to_call(hospital: Hospital, erasures: Erasures) -> None:
    patient, other = hospital.add_patient(1), hospital.add_patient(2)
    for one in (patient, other):
        hospital.open(one, hospital.senior, mode=Mode.NORMAL)
    assert hospital.count("access_request", "refusal LIKE '%+33199000001%'") == 2
    erasures.confirm(OTHER_DPO, erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST).id)
    assert hospital.count("access_request", "refusal LIKE '%+33199000001%'") == 1
    assert hospital.count("access_request", "refusal IS NOT NULL") == 2
    hospital.sequencing.publish_checkpoint()
    assert deep_findings(hospital) == set()


def test_only_the_months_up_to_the_one_named_are_erased(hospital: Hospital, erasures: Erasures) -> None:
    patient, _ = open_one(hospital)
    first = kept_of(hospital, patient)
    hospital.still.pass_time(days=31)
    hospital.open(patient, hospital.senior, reason="other", text="Une autre fois, plus tard")
    everything = kept_of(hospital, patient)
    done = erasures.confirm(OTHER_DPO, erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST).id)
    assert done.entries == first
    assert kept_of(hospital, patient) == everything - first + 1
    assert hospital.count("access_grant", "reason_text <> ''") == 1


def test_who_may_order_and_confirm(hospital: Hospital, erasures: Erasures) -> None:
    patient, _ = open_one(hospital)
    for person in (hospital.intern, IT, replace(DPO, named=False)):
        with pytest.raises(NotAllowed):
            erasures.order(person, patient, "2026-11", ErasureReason.REQUEST)
    ordered = erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST)
    for act in (erasures.confirm, erasures.refuse):
        with pytest.raises(NotAllowed):
            act(hospital.intern, ordered.id)
    with pytest.raises(NotAllowed):
        erasures.list(hospital.intern)
    assert [one.id for one in erasures.list(IT)] == [ordered.id]


def test_an_order_is_settled_once(hospital: Hospital, erasures: Erasures) -> None:
    patient, _ = open_one(hospital)
    ordered = erasures.order(DPO, patient, "2026-11", ErasureReason.WRONG_PERSON)
    assert erasures.refuse(DPO, ordered.id).state is OrderState.REFUSED
    for act in (erasures.confirm, erasures.refuse):
        with pytest.raises(OrderSettled):
            act(OTHER_DPO, ordered.id)
    with pytest.raises(NotFound):
        erasures.confirm(OTHER_DPO, hospital.still.world.new_id())
    assert kept_of(hospital, patient) > 0


@pytest.mark.parametrize("through", ["", "2026", "2026-13", "2026-12", "11-2026", "2026-11-22", "١٩٩٩-01"])
def test_a_month_that_is_none_or_still_to_come_is_refused(hospital: Hospital, erasures: Erasures, through: str) -> None:
    patient, _ = open_one(hospital)
    with pytest.raises(InvalidRequest):
        erasures.order(DPO, patient, through, ErasureReason.REQUEST)
    with pytest.raises(PatientUnknown):
        erasures.order(DPO, "00000000-0000-4000-8000-000000000999", "2026-11", ErasureReason.REQUEST)


def test_an_erasure_that_cannot_be_recorded_erases_nothing(hospital: Hospital, erasures: Erasures) -> None:
    patient, _ = open_one(hospital)
    ordered = erasures.order(DPO, patient, "2026-11", ErasureReason.REQUEST)
    before = kept_of(hospital, patient)
    hospital.run("ALTER TABLE audit_pending RENAME TO audit_pending_away")
    with pytest.raises(RecordUnavailable):
        erasures.confirm(OTHER_DPO, ordered.id)
    hospital.run("ALTER TABLE audit_pending_away RENAME TO audit_pending")
    assert kept_of(hospital, patient) == before
    assert erasures.list(DPO)[0].state is OrderState.ORDERED
    assert hospital.count("access_grant", "reason_text <> ''") == 1


def test_retention_erases_what_is_older_than_the_months_kept_and_nothing_younger(
    hospital: Hospital, tmp_path: Path
) -> None:
    old, access = open_one(hospital)
    hospital.open(old, hospital.senior, mode=Mode.NORMAL)
    assert hospital.entries("access.refused")
    hospital.sequencing.publish_checkpoint()
    deep_findings_before = deep_findings(hospital)
    hospital.still.pass_time(days=365 * 3)
    assert retention(hospital).run().keys == 0
    assert kept_of(hospital, old) > 0
    hospital.still.pass_time(days=40)
    young, _ = open_one(hospital, 2)
    of_young = kept_of(hospital, young)
    run = retention(hospital).run()
    assert (run.limit, run.accesses) == ("2026-12", 1)
    assert run.keys >= 2  # the patient's, the professional's
    assert kept_of(hospital, old) == 0
    assert kept_of(hospital, young) == of_young
    with hospital.database.reading() as connection:
        row = connection.execute(text("SELECT * FROM access_grant WHERE id = :id"), {"id": access}).one()
    assert (row.staff_key, row.reason_text, load_staff_member(row.staff).name) == ("", "", "")
    assert hospital.count("access_request", "asked_at < 1795000000000") == 0
    hospital.sequencing.publish_checkpoint()
    assert bundle_is_whole(hospital, tmp_path / "after")
    erased = [hospital.entry(entry_id) for entry_id in hospital.entries("record.erased")]
    assert [entry.facts["reason"] for entry in erased] == ["retention", "retention"]
    assert sum(entry.facts["entries"] for entry in erased) == run.entries > 0
    assert all(entry.personal == {} for entry in erased)
    assert deep_findings(hospital) == deep_findings_before
    assert retention(hospital).run().keys == 0


def test_retention_goes_by_bounded_batches_and_goes_on_where_it_was_stopped(hospital: Hospital) -> None:
    key = (
        "INSERT INTO audit_key (key_id, subject, period, master, wrapped) VALUES (:key_id, :subject, :period, 'm', :w)"
    )
    for number in range(1, 31):
        patient = hospital.add_patient(number)
        for month in range(4):
            hospital.run(
                key,
                key_id=f"{number}-{month}",
                subject=patient_subject(patient),
                period=f"2020-0{month + 1}",
                w=b"x",
            )
    calls = iter([True, False])
    first = retention(hospital).run(lambda: next(calls))
    assert first.keys == 100
    assert retention(hospital).run().keys == 20
    assert len(hospital.entries("record.erased")) == 5  # one a month and batch


def test_retention_runs_in_its_hour_of_the_night_only(hospital: Hospital) -> None:
    assert retention(hospital).run_due() is not None
    hospital.still.pass_time(hours=1)
    assert retention(hospital).run_due() is None


def test_months_are_counted_as_calendars_do() -> None:
    assert months_before(start_of("2026-11") + 1, 36) == "2023-11"
    assert months_before(start_of("2026-01"), 1) == "2025-12"
    assert months_before(start_of("2026-01"), 12) == "2025-01"
    assert end_of("2026-12") == start_of("2027-01")
    assert end_of("2024-02") - start_of("2024-02") == 29 * 86_400_000


def test_the_errors_are_ones_the_doors_know() -> None:
    assert issubclass(OrderSettled, GatewayError)
