"""What a database administrator does to reviews, contests, choices, erasures, rules, histories and anchors, in SQL: the
check names each, and nothing else.

Each round applies one statement to each of several tables at once and expects exactly their findings.
"""

from collections.abc import Mapping
from contextlib import closing

import pytest
from sqlalchemy import insert

from audit.numbers import ERASED, NUMBER
from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.histories import SCHEMA, Histories
from gateway.storage.database import Database
from gateway.storage.tables import audit_subject
from policies import PolicyBook
from tests.oversight.completeness.lives import Lived, lived_in
from tests.rulebook.conftest import Rulebook, _rulebook
from tests.worlds import StillWorld

Finding = tuple[str, str]
CASE = "UPDATE review SET {} WHERE grant_id = :just"
STEP = "UPDATE review_step SET {} WHERE grant_id = :wrong"
CONTEST = "UPDATE contest SET {} WHERE id = :contest"
MARK = (
    "INSERT INTO unsafe_address (patient_id, way, reason, marked_at) "
    "VALUES (:chosen, 'postal', 'shared', 9999999999999)"
)
OLD = "policy_activation WHERE kind = 'activate' AND cancelled_at IS NULL"
OLDEST = "(SELECT entry_id FROM audit_disclosure WHERE subject LIKE 'patient/%2' ORDER BY time, entry_id LIMIT 1)"

ROUNDS: tuple[Mapping[str, Finding], ...] = (
    {
        CASE.format("state = 'unjustified'"): ("row_differs state", "review"),
        STEP.format("words = 'tout va bien'"): ("row_differs words", "review_step"),
        CONTEST.format("words = 'rien'"): ("row_differs words", "contest"),
        "UPDATE review_rule SET effect = 'close'": ("row_differs effect", "review_rule"),
        "UPDATE patient SET opposed_centre_15 = false WHERE id = :chosen": ("row_differs opposed_centre_15", "patient"),
        "UPDATE notice_preference SET channels = '[]'": ("row_differs channels", "notice_preference"),
        "UPDATE unsafe_address SET reason = 'shared'": ("row_differs reason", "unsafe_address"),
        "UPDATE erasure_order SET entries = 99 WHERE id = :order": ("row_differs entries", "erasure_order"),
        "DELETE FROM policy_approval WHERE number = 2": ("approval_missing", "policy_approval"),
        "DELETE FROM audit_anchor WHERE kind = 'mail'": ("anchor_missing", "audit_anchor"),
        "UPDATE audit_subject SET last = last + 1 WHERE subject LIKE 'patient/%1'": ("history_cut", "audit_subject"),
    },
    {
        "DELETE FROM review_step WHERE grant_id = :wrong": ("step_missing", "review_step"),
        "UPDATE review SET steps = 0 WHERE grant_id = :wrong": ("row_differs steps", "review"),
        CONTEST.format("answer = 'rien'"): ("row_differs answer", "contest"),
        "DELETE FROM review_rule": ("rule_missing", "review_rule"),
        "UPDATE block_wish SET side = 'representative'": ("row_differs side", "block_wish"),
        "DELETE FROM notice_preference": ("choice_missing", "notice_preference"),
        "DELETE FROM unsafe_address": ("choice_missing", "unsafe_address"),
        "UPDATE erasure_order SET state = 'done' WHERE id <> :order": ("row_differs state", "erasure_order"),
        "UPDATE policy_activation SET number = 1 WHERE number = 2 AND kind = 'activate'": (
            "row_differs number",
            "policy_activation",
        ),
        "UPDATE audit_anchor SET head = head + 1 WHERE kind = 'mail'": ("anchor_of_no_head", "audit_anchor"),
        "UPDATE audit_subject SET last = 1 WHERE subject LIKE 'patient/%1'": ("history_turned_back", "audit_subject"),
    },
    {
        STEP.format("by_name = 'Quelqu''un'"): ("row_differs by_name", "review_step"),
        CONTEST.format("promised_at = promised_at + 1"): ("row_differs promised_at", "contest"),
        CASE.format("staff_key = 'sub:x|y'"): ("row_differs staff_key", "review"),
        "UPDATE review_rule SET set_by = 'sub:x|y'": ("row_differs set_by", "review_rule"),
        "DELETE FROM block_wish": ("block_missing", "block_wish"),
        MARK: ("mark_without_entry", "unsafe_address"),
        "UPDATE erasure_order SET settled_by = 'sub:x|y' WHERE id = :order": (
            "row_differs settled_by",
            "erasure_order",
        ),
        "UPDATE policy_version SET digest = 'f00d' WHERE number = 2": ("row_differs digest", "policy_version"),
        "UPDATE policy_activation SET cancelled_at = NULL WHERE cancelled_at IS NOT NULL": (
            "row_differs cancelled_at",
            "policy_activation",
        ),
        "UPDATE policy_approval SET \"key\" = 'sub:x|y' WHERE number = 2": (
            "approval_without_entry",
            "policy_approval",
        ),
        "UPDATE audit_anchor SET data = :forged WHERE kind = 'mail'": ("anchor_altered", "audit_anchor"),
    },
    {
        "UPDATE review_step SET audit_entry_id = 'none' WHERE grant_id = :wrong": ("step_without_entry", "review_step"),
        "DELETE FROM contest": ("contest_missing", "contest"),
        "DELETE FROM review WHERE grant_id = :asked": ("review_missing", "review"),
        "DELETE FROM patient_block": ("block_lifted", "patient_block"),
        "DELETE FROM erasure_order WHERE id = :order": ("order_missing", "erasure_order"),
        "UPDATE policy_content SET content = :forged WHERE digest = "
        "(SELECT content_digest FROM policy_version_file WHERE number = 2 AND path = 'rules/10-soins.cedar')": (
            "version_altered",
            "policy_version",
        ),
        "DELETE FROM policy_activation WHERE kind = 'rollback'": ("activation_missing", "policy_activation"),
        "UPDATE audit_checkpoint SET note = replace(note, 'witness.example', 'witness.elsewhere') "
        "WHERE witnesses > 0": ("cosignature_missing", "audit_anchor"),
        f"DELETE FROM audit_disclosure WHERE subject LIKE 'patient/%2' AND entry_id = {OLDEST}": (
            "history_gap",
            "audit_disclosure",
        ),
    },
)
# What one act also brings with it: a consequence that is wrong in its own right.
ALSO = {
    "approval_without_entry": {("approval_missing", "policy_approval")},
    "step_without_entry": {("step_missing", "review_step")},
    "anchor_of_no_head": {("anchor_missing", "audit_anchor")},
    "history_gap": {("disclosures_missing", "audit_disclosure")},
}


@pytest.fixture
def rulebook(database: Database, still_world: StillWorld) -> Rulebook:
    return _rulebook(database, still_world)


@pytest.fixture
def lived(database: Database, still_world: StillWorld, completeness_book: PolicyBook, rulebook: Rulebook) -> Lived:
    return lived_in(database, still_world, completeness_book, rulebook)


def test_what_people_did_is_complete_and_what_an_administrator_did_to_it_is_named(lived: Lived) -> None:
    report = lived.check()
    assert report.findings == ()
    looked_at = report.looked_at
    assert min(looked_at[kind] for kind in ("reviews", "review steps", "contests", "choices", "histories")) > 0
    assert (looked_at["rule versions"], looked_at["activations"], looked_at["kept anchors"]) == (3, 4, 2)
    given: dict[str, object] = {
        **lived.accesses,
        "contest": lived.contest,
        "order": lived.order,
        "chosen": lived.past.patients[4],
    }
    given["forged"] = b"permit (principal, action, resource);"
    for acts in ROUNDS:
        with lived.tampered(*acts, **given):
            found = lived.check()
        expected = set(acts.values()).union(*(ALSO.get(code, set()) for code, _ in acts.values()))
        assert named(found.findings) == expected
    with lived.tampered():
        lived.bring_back_what_was_erased()
        undone = lived.check()
    # The reason was erased beside it, and is compared again.
    assert named(undone.findings) == {
        ("erasure_undone", "audit_disclosure"),
        ("row_differs reason_text", "access_grant"),
    }
    assert lived.check().findings == ()


@pytest.mark.parametrize(
    ("numbers", "erased", "counter", "expected"),
    [
        ([1, 2, 3], [], 3, []),
        ([1, 3], [], 3, [("history_gap", {"first": 2, "last": 2})]),
        ([1, 2, 2], [], 2, [("history_repeated", {"subject": "patient/1", "number": 2})]),
        ([4, 5], [(1, 3)], 5, []),
        ([2, 4], [(1, 3)], 4, [("erasure_undone", {"subject": "patient/1", "number": 2})]),
        ([4, 5], [(1, 2)], 5, [("history_gap", {"first": 3, "last": 3})]),
        ([1, 2], [], 3, [("history_cut", {"counter": 3, "last": 2})]),
        ([1, 2], [], 1, [("history_turned_back", {"counter": 1, "last": 2})]),
        ([], [], 2, [("history_cut", {"counter": 2, "last": 0})]),
    ],
)
def test_the_numbers_of_a_person_are_held_to_each_other_and_to_their_counter(
    sqlite_url: str,
    numbers: list[int],
    erased: list[tuple[int, int]],
    counter: int,
    expected: list[tuple[str, dict[str, object]]],
) -> None:
    findings, subject = Findings(), "patient/1"
    with closing(Claims(SCHEMA)) as claims, closing(Database(sqlite_url)) as database:
        histories = Histories(claims, findings)
        for place, number in enumerate(numbers):
            histories.take(subject, str(place), {f"{NUMBER}.2": [subject, number]})
        if erased:
            histories.take(subject, "erasure", {ERASED: [subject, [list(span) for span in erased]]})
        database.transact(
            lambda tx: tx.connection.execute(insert(audit_subject), {"subject": subject, "last": counter})
        )
        with database.reading() as connection:
            histories.end(connection)
    report = findings.report(origin="", size=0, root="")
    assert [(item.code, item.details) for item in report.findings] == expected


def named(findings: object) -> set[Finding]:
    """The code with the column that differs, and the table, of each finding."""
    return {
        (" ".join((item.code, str(item.details.get("column", "")))).strip(), item.table)
        for item in findings  # type: ignore[attr-defined]
    }
