"""The words of the record for the rules' life: each step with the version's digest; who did it is sealed."""

from collections.abc import Mapping

from audit.entry import Fact, Json, Outcome
from gateway.rulebook.activations import Activation
from gateway.rulebook.people import ConsoleAccount, Person
from gateway.rulebook.versions import Version
from gateway.storage.journal import Journal, person_subject
from gateway.storage.transaction import Transaction
from policies import PolicyBook

MOST_IDS = 200  # a leaf holds 65,535 bytes


class RulebookRecorder:
    """Entries of the rulebook room."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def loaded(self, tx: Transaction, book: PolicyBook, number: int) -> None:
        """A process decides by this version from now on."""
        facts: dict[str, Fact] = {"version": number, "rules": [rule.id for rule in book.rules()][:MOST_IDS]}
        self._journal.append(tx, "policies.loaded", "success", policy_version=book.digest, facts=facts)

    def load_failed(self, tx: Transaction, number: int, kept_digest: str, trouble: str) -> None:
        """A process could not load a version and keeps deciding by another, whose digest this entry bears."""
        facts: dict[str, Fact] = {"version": number, "trouble": trouble}
        self._journal.append(tx, "policies.load_failed", "failed", policy_version=kept_digest, facts=facts)

    def taken_in(self, tx: Transaction, version: Version, files: int) -> None:
        """The first version was taken from the folder, or an upgrade completed one."""
        origin: dict[str, Fact] = {"version": version.number, "origin": version.origin}
        facts: dict[str, Fact] = {**origin, "files": files, "text": version.text_digest}
        self._journal.append(tx, "policies.taken_in", "success", policy_version=version.digest, facts=facts)

    def activated(self, tx: Transaction, activation: Activation, *, person: Person | None) -> None:
        """A version took force; `person` is None when its time had simply come."""
        kind = "policies.rolled_back" if activation.kind == "rollback" else "policies.activated"
        facts: dict[str, Fact] = {
            "version": activation.number,
            "turn": activation.turn,
            "activation": activation.id,
            "scheduled": person is None,
        }
        self._step(tx, kind, "success", person, activation.digest, facts)

    def scheduled(self, tx: Transaction, activation: Activation, person: Person) -> None:
        """A version waits for its time."""
        facts: dict[str, Fact] = {
            "version": activation.number,
            "activation": activation.id,
            "effective_at": activation.effective_at,
        }
        self._step(tx, "policies.activation_scheduled", "success", person, activation.digest, facts)

    def cancelled(self, tx: Transaction, activation: Activation, person: Person) -> None:
        """A scheduled activation was called off."""
        facts: dict[str, Fact] = {"version": activation.number, "activation": activation.id}
        self._step(tx, "policies.activation_cancelled", "success", person, activation.digest, facts)

    def drafted(self, tx: Transaction, person: Person, draft_id: str, step: str, facts: Mapping[str, Fact]) -> None:
        """A draft was started, changed or given up; which files, never what is in them."""
        self._step(tx, f"policies.draft_{step}", "success", person, "", {"draft": draft_id, **facts})

    def staged(self, tx: Transaction, person: Person, version: Version, draft_id: str, cases: int, proofs: int) -> None:
        """A draft passed its check, its cases and its proof, and became a version."""
        facts: dict[str, Fact] = {
            "version": version.number,
            "text": version.text_digest,
            "draft": draft_id,
            "cases": cases,
            "proved": proofs,
            "guardrails_changed": version.changes_guardrails,
        }
        self._step(tx, "policies.staged", "success", person, version.digest, facts)

    def stage_refused(
        self, tx: Transaction, person: Person, draft_id: str, digest: str, facts: dict[str, Fact]
    ) -> None:
        """A draft did not pass: how many faults, failed cases and unproved invariants."""
        self._step(tx, "policies.stage_refused", "refused", person, digest, {"draft": draft_id, **facts})

    def approved(self, tx: Transaction, person: Person, version: Version, roles: tuple[str, ...]) -> None:
        """Somebody agreed to a version, as IT, as DPO, or both."""
        facts: dict[str, Fact] = {"version": version.number, "as": list(roles)}
        self._step(tx, "policies.approved", "success", person, version.digest, facts)

    def refused(self, tx: Transaction, person: Person, step: str, version: Version, codes: list[str]) -> None:
        """A step on a version was attempted and must not be taken."""
        facts: dict[str, Fact] = {"version": version.number, "step": step, "codes": list(codes)}
        self._step(tx, "policies.step_refused", "refused", person, version.digest, facts)

    def replayed(self, tx: Transaction, person: Person, facts: Mapping[str, Fact], digest: str) -> None:
        """The questions of a period were read and asked again."""
        self._step(tx, "policies.replayed", "success", person, digest, facts)

    def _step(
        self,
        tx: Transaction,
        entry_type: str,
        outcome: Outcome,
        person: Person | None,
        digest: str,
        facts: Mapping[str, Fact],
    ) -> None:
        personal = sealed(person) if person is not None else {}
        self._journal.append(tx, entry_type, outcome, policy_version=digest, facts=facts, personal=personal)


def sealed(person: Person) -> dict[str, dict[str, Json]]:
    """Who acted, sealed under their own key."""
    kind = "console" if isinstance(person, ConsoleAccount) else "staff"
    return {person_subject(person.key): {kind: {"key": person.key, "name": person.name}}}
