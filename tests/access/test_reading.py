"""Reading under an open access: recorded before any byte leaves, and only what the rules allow."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import text

from gateway.access.outcome import Access, Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.errors import AccessNotOpen, DocumentNotFound, NotFound
from gateway.identity.staff_member import TRE_G16
from gateway.storage.log_store import SqlLogStore
from policies import Mode, PolicyBook, Sources
from tests.access.conftest import POLICIES, staff_member
from tests.worlds import StillWorld

INTERN = staff_member("interne", TRE_G16, "10", category="E", name="Inès Martin")


def _open(gateway: Gateway, key: str, mode: Mode = Mode.BREAK_GLASS) -> Access:
    ipp = next(scenario.ipp for scenario in SCENARIOS if scenario.key == key)
    emergency = mode is not Mode.NORMAL
    outcome = gateway.opening.open_dossier(
        INTERN,
        AccessRequest(
            request_id=gateway.world.new_id(),
            patient=PatientSelector(ipp=ipp),
            mode=mode,
            reason=Reason("vital_emergency") if emergency else None,
            consent_given=not emergency,
        ),
    )
    assert isinstance(outcome, Granted), outcome
    return outcome.access


def _types(gateway: Gateway) -> list[str]:
    """The types of entries in the order they were recorded."""
    with gateway.database.reading() as connection:
        found = connection.execute(text("SELECT type FROM audit_entry ORDER BY gateway, lane, counter"))
        return list(found.scalars())


def test_no_document_leaves_before_its_opening_is_recorded(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    document = gateway.reading.list_documents(INTERN, access.id, everything=True).documents[0]
    delivery = gateway.reading.open_document(INTERN, access.id, document.id)
    assert _types(gateway)[-1] == "document.opened"
    content = b"".join(delivery.chunks)
    assert _types(gateway)[-1] == "document.delivered"
    assert hashlib.sha256(content).hexdigest() == delivery.sha256 == document.sha256
    assert len(content) == delivery.size


def test_each_reading_carries_the_version_that_decided_it_and_the_access_that_of_its_opening(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    document = gateway.reading.list_documents(INTERN, access.id, everything=True).documents[0]
    files = dict(Sources.read(POLICIES).files)
    files["rules/10-soins.cedar"] += b"\n// another version\n"
    other = PolicyBook.build(Sources.of(files))
    held = gateway.rules.held
    gateway.rules.put(replace(held, book=other))
    try:
        gateway.reading.open_document(INTERN, access.id, document.id).chunks.close()  # type: ignore[attr-defined]
        extended = gateway.continuing.extend(INTERN, access.id)
    finally:
        gateway.rules.put(held)
    with gateway.database.reading() as connection:
        rows = connection.execute(text("SELECT entry_id FROM audit_entry ORDER BY gateway, lane, counter")).scalars()
        entries = [gateway.log.read(SqlLogStore(connection), entry_id) for entry_id in rows]
    versions = {entry.type: entry.policy_version for entry in entries if entry.type.startswith(("access", "document"))}
    assert versions["access.opened"] == versions["documents.listed"] == access.policy_version == held.book.digest
    assert versions["document.opened"] == versions["access.extended"] == other.digest
    assert isinstance(extended, Access)
    assert extended.policy_version == held.book.digest


def test_a_reader_who_leaves_in_the_middle_is_recorded_as_a_failed_delivery(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    document = gateway.reading.list_documents(INTERN, access.id, everything=True).documents[0]
    delivery = gateway.reading.open_document(INTERN, access.id, document.id)
    next(delivery.chunks)
    delivery.chunks.close()  # type: ignore[attr-defined]
    assert _types(gateway)[-1] == "document.failed"


def test_the_list_is_recorded_before_it_is_shown(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    gateway.reading.list_documents(INTERN, access.id)
    assert _types(gateway)[-1] == "documents.listed"


def test_the_summary_is_recorded_before_and_after(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    view = gateway.reading.summary(INTERN, access.id)
    assert _types(gateway)[-2:] == ["summary.opened", "summary.delivered"]
    assert view.summary.sections[0].key.value == "vital_alerts"
    assert view.contacts


def test_masked_documents_open_in_an_emergency_only_where_the_patient_allowed_it(gateway: Gateway) -> None:
    allowed = _open(gateway, "masked_allowed")
    refused = _open(gateway, "masked_refused")
    shown = gateway.reading.list_documents(INTERN, allowed.id, everything=True).documents
    hidden = gateway.reading.list_documents(INTERN, refused.id, everything=True).documents
    assert any(document.masked for document in shown)
    assert hidden
    assert not any(document.masked for document in hidden)


def test_a_masked_document_asked_for_by_its_id_is_not_found_and_the_refusal_is_recorded(gateway: Gateway) -> None:
    access = _open(gateway, "masked_refused")
    with gateway.database.reading() as connection:
        masked = connection.execute(
            text("SELECT id FROM dossier_document WHERE patient_id = :id AND confidentiality LIKE '%MASQUE_PS%'"),
            {"id": access.patient.id},
        ).scalar_one()
    with pytest.raises(DocumentNotFound):
        gateway.reading.open_document(INTERN, access.id, masked)
    assert _types(gateway)[-1] == "document.refused"


def test_another_patients_document_is_not_found_under_my_access(gateway: Gateway) -> None:
    mine, other = _open(gateway, "masked_allowed"), _open(gateway, "masked_refused")
    foreign = gateway.reading.list_documents(INTERN, other.id, everything=True).documents[0]
    with pytest.raises(DocumentNotFound):
        gateway.reading.open_document(INTERN, mine.id, foreign.id)


def test_an_expired_access_reads_nothing(gateway: Gateway, still_world: StillWorld) -> None:
    access = _open(gateway, "masked_allowed")
    document = gateway.reading.list_documents(INTERN, access.id, everything=True).documents[0]
    still_world.pass_time(minutes=30)
    for read in (
        lambda: gateway.reading.list_documents(INTERN, access.id),
        lambda: gateway.reading.summary(INTERN, access.id),
        lambda: gateway.reading.open_document(INTERN, access.id, document.id),
        lambda: gateway.reading.readable_document(INTERN, access.id, document.id),
    ):
        with pytest.raises(AccessNotOpen):
            read()
        assert _types(gateway)[-1] == "access.reading_refused"


def test_a_colleague_reads_nothing_under_my_access(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    colleague = staff_member("autre", TRE_G16, "10", category="E")
    with pytest.raises(NotFound):
        gateway.reading.summary(colleague, access.id)


def test_the_first_search_is_of_two_years_and_the_filter_can_be_removed(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    first = gateway.reading.list_documents(INTERN, access.id)
    everything = gateway.reading.list_documents(INTERN, access.id, everything=True)
    assert first.filtered
    assert not everything.filtered
    assert set(first.documents) <= set(everything.documents)


def test_every_document_of_the_demo_reads_as_a_page_or_wraps_a_file(gateway: Gateway) -> None:
    access = _open(gateway, "masked_allowed")
    for document in gateway.reading.list_documents(INTERN, access.id, everything=True).documents:
        view = gateway.reading.readable_document(INTERN, access.id, document.id)
        assert view.problem == ""
        assert view.html or view.embedded


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE patient SET opposed_break_glass = true",
        "UPDATE patient SET dossier_status = 'closed'",
        "UPDATE patient SET deceased_on = '2026-01-01'",
        "INSERT INTO patient_block (id, patient_id, staff_key, created_at) SELECT id, patient_id, staff_key, 0"
        " FROM access_grant",
        "INSERT INTO care_statement (id, patient_id, episode_id, kind, recorded_by, recorded_at)"
        " SELECT id, patient_id, episode_id, 'refusal', 'sub:x|y', 0 FROM access_grant",
    ],
    ids=["opposition", "closed", "death", "block", "refusal"],
)
def test_an_access_that_lost_its_ground_is_over_and_never_looks_empty(gateway: Gateway, meanwhile: str) -> None:
    access = _open(gateway, "unconscious")
    documents = gateway.reading.list_documents(INTERN, access.id, everything=True).documents
    gateway.database.transact(lambda tx: tx.connection.execute(text(meanwhile)))
    with pytest.raises(AccessNotOpen):
        gateway.reading.summary(INTERN, access.id)
    assert _types(gateway)[-1] == "access.withdrawn"
    assert not gateway.continuing.current(INTERN, access.id).open
    with pytest.raises(AccessNotOpen):
        gateway.reading.open_document(INTERN, access.id, documents[0].id)


def test_a_document_of_an_access_that_lost_its_ground_ends_it_too(gateway: Gateway) -> None:
    access = _open(gateway, "unconscious")
    documents = gateway.reading.list_documents(INTERN, access.id, everything=True).documents
    gateway.database.transact(lambda tx: tx.connection.execute(text("UPDATE patient SET opposed_break_glass = true")))
    with pytest.raises(AccessNotOpen):
        gateway.reading.open_document(INTERN, access.id, documents[0].id)
    assert not gateway.continuing.current(INTERN, access.id).open
