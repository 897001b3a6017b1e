"""The file of a case, for the authority or the disciplinary body it goes to: everything known of the access, and the
receipts of its entries, each judged offline by `python -m audit receipt` with the log's public key.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict

from sqlalchemy import Connection

from audit import AuditLog, Entry
from gateway.identity.staff_member import StaffMember
from gateway.oversight.reviews.case import Case, StepKind
from gateway.oversight.reviews.case_page import case_of
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.reviewing import require_reviewer
from gateway.oversight.reviews.steps import leave_step
from gateway.settings import ReviewSettings
from gateway.storage.database import Database
from gateway.storage.journal import patient_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from gateway.world import World

FORMAT = "emergency-access-case/v1"
MOST_RECEIPTS = 1000
ENTRIES_AT_ONCE = 200
# The first day of the ZIP format: a file of the same case at the same moment is the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# What the receipts of a case disclose: who read, about whom, why, and what was said since.
REVEALED = ("staff", "patient", "reason_text", "words")
README = """\
DOSSIER D'UN ACCES A UN DOSSIER MEDICAL PARTAGE - FILE OF AN ACCESS TO A SHARED MEDICAL RECORD

case.json     l'acces, ses signes, ce qui fut decide et explique / the access, its flags, what was decided and explained
receipts/     une preuve par ecriture du journal / one proof for each entry of the log
log.vkey      la cle publique du journal / the public key of the log

Verifier, hors ligne / verify, offline:
    python -m audit receipt receipts/0001-access.opened.json --key log.vkey
La cle publique est aussi publiee par l'hopital : comparez-les. / The hospital also publishes the key: compare them.
L'empreinte de case.json est dans l'ecriture review.exported du journal. / The digest of case.json is in the log's
review.exported entry.
"""


class CaseFiles:
    """For the role `dpo`; each export is recorded with the digest of what went out."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        log: AuditLog,
        verifier_key: str,
        settings: ReviewSettings,
        recorder: ReviewRecorder,
    ) -> None:
        self._database = database
        self._world = world
        self._log = log
        self._verifier_key = verifier_key
        self._settings = settings
        self._recorder = recorder

    def export(self, reviewer: StaffMember, access_id: str) -> bytes:
        """A ZIP with `README.txt`, `case.json`, `log.vkey` and `receipts/`. Raises `NotFound`, `NotAllowed`,
        `RecordUnavailable`, and `audit.AuditError` when a stored entry was altered."""
        require_reviewer(reviewer)
        now = self._world.epoch_ms()
        with self._database.reading() as connection:
            case = case_of(connection, reviewer, access_id, self._settings, now)
            described = json.dumps(describe(case, now), ensure_ascii=False, indent=2).encode()
            receipts = list(self._receipts(connection, case))
        digest = hashlib.sha256(described).hexdigest()

        def unit(tx: Transaction) -> None:
            facts: dict[str, int | str] = {"case_sha256": digest, "receipts": len(receipts)}
            leave_step(
                tx, self._world, self._recorder, StepKind.EXPORTED, access_id, case.patient_id, reviewer, facts=facts
            )

        self._database.transact(unit)
        return _zip(
            {
                "README.txt": README.encode(),
                "case.json": described,
                "log.vkey": f"{self._verifier_key}\n".encode(),
                **dict(receipts),
            }
        )

    def _receipts(self, connection: Connection, case: Case) -> Iterator[tuple[str, bytes]]:
        store = SqlLogStore(connection)
        for number, entry in enumerate(reversed(self._entries(store, case)), 1):
            receipt = self._log.receipt(store, entry.entry_id, REVEALED)
            name = f"receipts/{number:04d}-{entry.type}.json"
            yield name, json.dumps(receipt.to_json(), ensure_ascii=False, indent=2).encode()

    def _entries(self, store: SqlLogStore, case: Case) -> list[Entry]:
        """The entries about the access, newest first."""
        found: list[Entry] = []
        before: tuple[int, str] | None = None
        while len(found) < MOST_RECEIPTS:
            some = self._log.history(store, patient_subject(case.patient_id), before, ENTRIES_AT_ONCE)
            found += [entry for entry in some if entry.facts.get("access") == case.line.access_id]
            if len(some) < ENTRIES_AT_ONCE or some[-1].time < case.line.opened_at:
                break
            before = (some[-1].time, some[-1].entry_id)
        return found[:MOST_RECEIPTS]


def describe(case: Case, now: int) -> dict[str, object]:
    """A case as data: instants are UTC epoch milliseconds, every flag has its sentence in both languages."""
    line = case.line
    return {
        "format": FORMAT,
        "exported_at": now,
        "number": line.number,
        "access": line.access_id,
        "state": line.state.value,
        "risk": line.risk,
        "mode": line.mode.value,
        "reason": {"code": line.reason_code, "text": case.reason_text},
        "opened_at": line.opened_at,
        "expires_at": case.expires_at,
        "ended_at": case.ended_at,
        "patient": {"name": line.patient_name, "birth_date": line.birth_date, "ipp": line.ipp},
        "reader": {"key": line.staff.key, "name": line.staff.name, "unit": line.unit, "rpps": line.staff.rpps},
        "flags": [
            {"code": flag.code, "weight": flag.weight, "evidence": dict(flag.evidence), "fr": flag.fr, "en": flag.en}
            for flag in line.flags
        ],
        "explained_by_admission": asdict(line.proposal) if line.proposal else None,
        "stays": [asdict(stay) for stay in case.stays],
        "documents_opened": [asdict(opened) for opened in case.opened],
        "notices": [asdict(notice) for notice in case.notices],
        "rules": [{"id": rule, "fr": fr, "en": en} for rule, fr, en in case.rules],
        "policy_version": case.policy_version,
        "audit_entry": case.audit_entry_id,
        "steps": [{**asdict(step), "kind": step.kind.value} for step in case.steps],
        "contests": [{**asdict(one), "number": one.number} for one in case.contests],
    }


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
