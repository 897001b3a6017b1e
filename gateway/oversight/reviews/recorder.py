"""The entries of reviews: what was done to a case, by whom. Words and names are sealed under the keys of those they
are of; facts are ids, codes and counts."""

from collections.abc import Mapping

from audit.entry import Fact, Json
from gateway.access.actors import sealed_actor
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.storage.journal import Journal, patient_subject
from gateway.storage.transaction import Transaction


class ReviewRecorder:
    """Entries of the reviews. Every method appends in the caller's transaction and returns the entry's id."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def viewed(self, tx: Transaction, reviewer: StaffMember, what: str, facts: Mapping[str, Fact]) -> str:
        """The queue, the figures or the log was opened; `what` is `queue`, `figures`, `log`."""
        receipt = self._journal.append(
            tx, f"review.{what}_viewed", "success", facts=facts, personal=sealed_actor(reviewer)
        )
        return receipt.entry_id

    def step(
        self,
        tx: Transaction,
        kind: str,
        access_id: str,
        patient_id: str,
        person: StaffMember | None,
        *,
        words: str = "",
        facts: Mapping[str, Fact] | None = None,
        typed_by: PatientHolder | StaffMember | None = None,
    ) -> str:
        """Something was done to a case; `person` None: by the gateway itself, or by the patient. `typed_by` wrote down
        words that stay the patient's."""
        personal: dict[str, dict[str, Json]] = {patient_subject(patient_id): {"patient": patient_id}}
        if person is not None:
            for subject, values in sealed_actor(person).items():
                personal[subject] = {**values, "words": words} if words else values
        elif words:
            personal[patient_subject(patient_id)]["words"] = words
        if typed_by is not None:
            personal |= sealed_actor(typed_by)
        receipt = self._journal.append(
            tx, f"review.{kind}", "success", facts={"access": access_id, **(facts or {})}, personal=personal
        )
        return receipt.entry_id

    def rule_set(self, tx: Transaction, reviewer: StaffMember, rule: str, effect: str) -> str:
        """The DPO said what a rule does."""
        receipt = self._journal.append(
            tx, "review.rule_set", "success", facts={"rule": rule, "effect": effect}, personal=sealed_actor(reviewer)
        )
        return receipt.entry_id
