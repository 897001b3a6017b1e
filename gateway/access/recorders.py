"""The words of the record: which entry each act leaves, what of it is a plain fact and what is sealed as personal.

Facts are opaque ids, codes and counts. Names, reasons in free text and the question as asked are sealed under the
patient's or the professional's own key, so that they can be erased while every proof still holds.
"""

import hashlib
from collections.abc import Mapping
from typing import cast

from audit import Receipt
from audit.entry import Fact, Json, Outcome
from gateway.access.actors import sealed_actor
from gateway.access.grants import NewGrant, StoredGrant
from gateway.access.outcome import Refused
from gateway.access.questioning import PURPOSE_CODES
from gateway.dossiers.connector import DocumentReference
from gateway.identity.staff_member import StaffMember
from gateway.notifications.notice import NewNotice
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.transaction import Transaction

MOST_IDS_IN_A_LEAF = 1000


class AccessRecorder:
    """Entries of the access room."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def opened(
        self, tx: Transaction, grant: NewGrant, owed: tuple[NewNotice, ...], question: Mapping[str, object]
    ) -> Receipt:
        """A dossier was opened; with it, the notices queued in this commit."""
        of_patient: dict[str, Json] = {"patient": grant.patient_id, "question": cast(Json, question)}
        if grant.reason_text:
            of_patient["reason_text"] = grant.reason_text
        return self._journal.append(
            tx,
            "access.opened",
            "success",
            entry_id=grant.audit_entry_id,
            purpose=PURPOSE_CODES[grant.mode],
            policy_version=grant.policy_version,
            facts={
                "access": grant.id,
                "mode": grant.mode.value,
                "reason": grant.reason_code,
                "consent": grant.consent_basis,
                "first_access": grant.first_access,
                "expires_at": grant.expires_at,
                "rules": [rule.rule_id for rule in grant.rules],
                "obligations": list(grant.obligations),
                "notices": [new_notice.id for new_notice in owed],
            },
            personal={patient_subject(grant.patient_id): of_patient, **sealed_actor(grant.staff)},
        )

    def resumed(self, tx: Transaction, staff: StaffMember, grant: StoredGrant) -> Receipt:
        """The same person came back to an access that is still open: no second prompt, no second notice."""
        return self._under(tx, "access.resumed", staff, grant, {})

    def refused(
        self,
        tx: Transaction,
        staff: StaffMember,
        refused: Refused,
        *,
        patient_refuses: bool,
        question: Mapping[str, object],
    ) -> Receipt:
        """Nothing was opened, and why."""
        return self._journal.append(
            tx,
            "access.refused",
            "refused",
            entry_id=refused.audit.entry_id,
            purpose=PURPOSE_CODES[refused.mode],
            policy_version=refused.policy_version,
            facts={
                "mode": refused.mode.value,
                "rules": [rule.rule_id for rule in refused.rules],
                "near_misses": [rule.rule_id for rule in refused.near_misses],
                "patient_refuses": patient_refuses,
                "engine_fault": refused.engine_fault,
            },
            personal={
                patient_subject(refused.patient.id): {"patient": refused.patient.id, "question": cast(Json, question)},
                **sealed_actor(staff),
            },
        )

    def extended(self, tx: Transaction, staff: StaffMember, grant: StoredGrant, version: str) -> Receipt:
        """The window was moved."""
        return self._under(tx, "access.extended", staff, grant, {"expires_at": grant.expires_at}, version=version)

    def extension_refused(self, tx: Transaction, staff: StaffMember, grant: StoredGrant, refused: Refused) -> Receipt:
        """The rules no longer allow what they allowed at the opening."""
        facts: dict[str, Fact] = {"rules": [rule.rule_id for rule in refused.rules]}
        return self._under(
            tx,
            "access.extension_refused",
            staff,
            grant,
            facts,
            entry_id=refused.audit.entry_id,
            version=refused.policy_version,
        )

    def ended(self, tx: Transaction, staff: StaffMember, grant: StoredGrant) -> Receipt:
        """The professional closed the dossier."""
        return self._under(tx, "access.ended", staff, grant, {})

    def withdrawn(
        self, tx: Transaction, staff: StaffMember, grant: StoredGrant, rules: tuple[str, ...], version: str
    ) -> Receipt:
        """The rules refuse by now whatever this access would read: it is over."""
        facts: dict[str, Fact] = {"rules": list(rules)}
        return self._under(tx, "access.withdrawn", staff, grant, facts, outcome="refused", version=version)

    def listed(
        self,
        tx: Transaction,
        staff: StaffMember,
        grant: StoredGrant,
        documents: tuple[DocumentReference, ...],
        version: str,
    ) -> Receipt:
        """The list of documents is about to be shown."""
        return self._under(tx, "documents.listed", staff, grant, _documents(documents), version=version)

    def summary_opened(
        self,
        tx: Transaction,
        staff: StaffMember,
        grant: StoredGrant,
        documents: tuple[DocumentReference, ...],
        version: str,
    ) -> Receipt:
        """The emergency summary of these documents is about to be made and shown."""
        return self._under(tx, "summary.opened", staff, grant, _documents(documents), version=version)

    def summary_delivered(self, tx: Transaction, staff: StaffMember, grant: StoredGrant, unread: list[str]) -> Receipt:
        """The summary left; `unread` are the documents that could not be read into it."""
        return self._under(tx, "summary.delivered", staff, grant, {"not_summarised": unread})

    def document_opened(
        self, tx: Transaction, staff: StaffMember, grant: StoredGrant, document_id: str, version: str
    ) -> Receipt:
        """One document is about to be fetched."""
        return self._under(tx, "document.opened", staff, grant, {"document": document_id}, version=version)

    def document_refused(
        self,
        tx: Transaction,
        staff: StaffMember,
        grant: StoredGrant,
        document_id: str,
        rules: tuple[str, ...],
        version: str,
    ) -> Receipt:
        """The rules withhold a document that was asked for by its id."""
        facts: dict[str, Fact] = {"document": document_id, "rules": list(rules)}
        return self._under(tx, "document.refused", staff, grant, facts, outcome="refused", version=version)

    def document_delivered(
        self, tx: Transaction, staff: StaffMember, grant: StoredGrant, document_id: str, sent: int
    ) -> Receipt:
        """Every byte of it left."""
        return self._under(tx, "document.delivered", staff, grant, {"document": document_id, "bytes": sent})

    def document_failed(
        self, tx: Transaction, staff: StaffMember, grant: StoredGrant, document_id: str, code: str
    ) -> Receipt:
        """It could not be fetched, or the reader went away before its end."""
        facts: dict[str, Fact] = {"document": document_id, "code": code}
        return self._under(tx, "document.failed", staff, grant, facts, outcome="failed")

    def searched(
        self, tx: Transaction, staff: StaffMember, kind: str, asked: Mapping[str, str], found: tuple[str, ...]
    ) -> Receipt:
        """The directory was searched; what was typed is sealed under the professional's key."""
        who = {subject: {**values, "asked": dict(asked)} for subject, values in sealed_actor(staff).items()}
        about: dict[str, dict[str, Json]] = {}
        for number, patient_id in enumerate(found):
            about[patient_subject(patient_id)] = {f"found.{number}": patient_id}
        return self._journal.append(
            tx, "patient.searched", "success", facts={"by": kind, "found": len(found)}, personal={**who, **about}
        )

    def search_refused(self, tx: Transaction, staff: StaffMember) -> Receipt:
        """Someone of another establishment turned to the directory; nobody was looked for."""
        return self._journal.append(tx, "patient.search_refused", "refused", personal=sealed_actor(staff))

    def reading_refused(self, tx: Transaction, staff: StaffMember, grant: StoredGrant) -> Receipt:
        """The dossier was asked for under an access that is over."""
        return self._under(tx, "access.reading_refused", staff, grant, {}, outcome="refused")

    def ed_list_viewed(self, tx: Transaction, staff: StaffMember, unit: str, shown: int) -> Receipt:
        """Today's list of a unit was shown."""
        facts: dict[str, Fact] = {"unit": unit, "shown": shown}
        return self._journal.append(tx, "patient.ed_list", "success", facts=facts, personal=sealed_actor(staff))

    def _under(
        self,
        tx: Transaction,
        entry_type: str,
        staff: StaffMember,
        grant: StoredGrant,
        facts: Mapping[str, Fact],
        *,
        outcome: Outcome = "success",
        entry_id: str = "",
        version: str = "",
    ) -> Receipt:
        """An entry of something done under an open access; it carries the access's purpose and mode, and the version of
        the rules that decided it: of what needed no decision, the one that opened the access."""
        return self._journal.append(
            tx,
            entry_type,
            outcome,
            entry_id=entry_id,
            purpose=PURPOSE_CODES[grant.mode],
            policy_version=version or grant.policy_version,
            facts={"access": grant.id, "mode": grant.mode.value, **facts},
            personal={patient_subject(grant.patient_id): {"patient": grant.patient_id}, **sealed_actor(staff)},
        )


def _documents(documents: tuple[DocumentReference, ...]) -> dict[str, Fact]:
    """Which documents, by id; a leaf holds at most 65,535 bytes, so of a very large dossier their digest."""
    ids = [item.id for item in documents]
    if len(ids) <= MOST_IDS_IN_A_LEAF:
        return {"documents": ids}
    return {
        "documents_count": len(ids),
        "documents_sha256": hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest(),
    }
