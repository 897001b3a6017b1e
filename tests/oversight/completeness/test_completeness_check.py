"""The completeness check: a sound record is said to be complete, and each table is held to the log both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.access.outcome import Granted
from gateway.oversight.completeness.finding import CompletenessReport, Findings
from gateway.oversight.completeness.texts import SENTENCES, sentence
from gateway.oversight.retention import Retention
from gateway.settings import RecordSettings
from gateway.storage.journal import Journal
from tests.oversight.completeness.conftest import Past

RECORD = RecordSettings(origin="test/log", signing_key_file=Path("x"), master_key_file=Path("x"))
Found = Callable[[CompletenessReport], set[tuple[str, str]]]


def test_a_sound_record_is_complete(past: Past) -> None:
    past.open(5)  # waits for its head
    report = past.check()
    assert report.findings == ()
    assert report.complete
    looked_at = report.looked_at
    assert (looked_at["grants"], looked_at["documents"], looked_at["notices"], looked_at["requests"]) == (4, 8, 8, 5)
    assert looked_at["entries"] > report.size > 0
    assert looked_at["checkpoints"] == 4


def test_an_access_extended_ended_resumed_and_refused_is_complete(past: Past) -> None:
    hospital = past.hospital
    again = hospital.open(past.patients[2])
    assert isinstance(again, Granted)
    assert again.repeated
    hospital.continuing.extend(hospital.intern, past.grants[2])
    hospital.continuing.end(hospital.intern, past.grants[2])
    past.seal()
    assert past.check().findings == ()


def test_progress_is_told_to_the_last_entry(past: Past) -> None:
    seen: list[tuple[int, int]] = []
    from_check = past.check()
    assert from_check.complete
    past.checker().run(progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (from_check.looked_at["entries"], from_check.looked_at["entries"])


@pytest.mark.parametrize(
    ("statement", "code", "table"),
    [
        ("UPDATE access_grant SET mode = 'normal' WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET reason_text = 'autre' WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET staff_key = 'sub:x|y' WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET patient_id = :other WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET expires_at = expires_at + 1 WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET ended_at = 1 WHERE id = :grant", "row_differs", "access_grant"),
        ("UPDATE access_grant SET opened_at = opened_at - 86400000 WHERE id = :grant", "row_differs", "access_grant"),
        ("DELETE FROM document_opening WHERE grant_id = :grant", "document_missing", "document_opening"),
        ("UPDATE notice SET state = 'pending' WHERE grant_id = :grant AND state = 'sent'", "notice_state", "notice"),
        ("UPDATE notice SET state = 'sent' WHERE grant_id = :grant AND state <> 'sent'", "notice_state", "notice"),
        ("UPDATE notice SET channel = 'sms' WHERE grant_id = :grant AND state = 'sent'", "row_differs", "notice"),
        ("DELETE FROM notice WHERE grant_id = :grant", "notice_missing", "notice"),
        ("DELETE FROM access_request WHERE refusal IS NOT NULL", "request_missing", "access_request"),
        ("UPDATE access_request SET refusal = replace(refusal, 'break_glass', 'centre_15') WHERE refusal IS NOT NULL",
         "row_differs", "access_request"),
        ("UPDATE audit_entry SET time = time + 1 WHERE type = 'access.refused'", "row_differs", "audit_entry"),
        ("UPDATE audit_disclosure SET period = '2020-01' WHERE subject LIKE 'patient/%2'", "row_differs",
         "audit_disclosure"),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_or_deleted_is_named(
    past: Past, statement: str, code: str, table: str, found: Found
) -> None:
    past.unlock()
    given = {"grant": past.grants[0], "other": past.patients[1]}
    past.sql(statement, **{name: value for name, value in given.items() if f":{name}" in statement})
    report = past.check()
    assert found(report) == {(code, table)}
    assert not report.complete


def test_a_grant_that_was_deleted_with_its_rows_is_named(past: Past, found: Found) -> None:
    for table in ("notice", "document_opening", "access_request", "review"):
        past.sql(f"DELETE FROM {table} WHERE grant_id = :id", id=past.grants[0])
    past.sql("DELETE FROM access_grant WHERE id = :id", id=past.grants[0])
    assert found(past.check()) == {
        ("grant_missing", "access_grant"),
        ("document_missing", "document_opening"),
        ("notice_missing", "notice"),
        ("review_missing", "review"),
    }


def test_a_row_that_was_added_is_named(past: Past, found: Found) -> None:
    past.sql(
        """INSERT INTO document_opening (grant_id, document_id, class_code, hidden_from, opened_at)
        VALUES (:id, 'invented', '11', '', 1)""",
        id=past.grants[0],
    )
    past.sql("UPDATE notice SET grant_id = :other WHERE grant_id = :id AND recipient = 'patient'",
             id=past.grants[0], other=past.add_grant())  # fmt: skip
    assert found(past.check()) == {
        ("document_without_entry", "document_opening"),
        ("grant_without_entry", "access_grant"),
        ("row_differs", "notice"),
    }


def test_personal_values_that_vanish_without_an_erasure_are_named(past: Past, found: Found) -> None:
    past.sql("DELETE FROM audit_disclosure WHERE subject = :s", s=f"patient/{past.patients[0]}")
    gone_alone = {("disclosures_missing", "audit_disclosure"), ("key_without_values", "audit_key")}
    assert found(past.check()) == gone_alone
    past.sql("DELETE FROM audit_key WHERE subject = :s", s=f"patient/{past.patients[1]}")
    assert found(past.check()) == {*gone_alone, ("disclosure_without_key", "audit_disclosure")}


def test_every_finding_has_its_sentence_in_both_languages_and_the_list_is_bounded() -> None:
    findings = Findings()
    for number in range(1200):
        findings.add("entry_changed", "audit_entry", str(number), index=number)
    report = findings.report(origin="o", size=1, root="")
    assert (len(report.findings), report.found) == (1000, 1200)
    assert [sentence(report.findings[7], tongue) for tongue in (0, 1)] == [
        "l'entrée 7 (place 7) a été modifiée",
        "entry 7 (position 7) was changed",
    ]
    assert all(french and english and french != english for french, english in SENTENCES.values())


def test_what_retention_erased_is_not_missed_and_what_vanished_besides_is(past: Past, found: Found) -> None:
    past.hospital.still.pass_time(days=40 * 31)
    world, journal = past.hospital.still.world, Journal(past.hospital.log, past.hospital.still.world)
    retention = Retention(database=past.database, world=world, journal=journal, settings=RECORD)
    assert retention.run().entries > 0
    past.open(5)
    past.seal()
    assert past.check().findings == ()
    past.sql("DELETE FROM audit_disclosure WHERE subject = :s", s=f"patient/{past.patients[-1]}")
    assert found(past.check()) == {("disclosures_missing", "audit_disclosure"), ("key_without_values", "audit_key")}
