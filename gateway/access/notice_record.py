"""The entries of notices: what the notifications room asks of the record (`NoticeRecorder`)."""

from collections.abc import Mapping

from audit.entry import Fact, Json, Outcome
from gateway.notifications.notice import Notice, Recipient
from gateway.storage.journal import Journal, patient_subject, person_subject
from gateway.storage.transaction import Transaction


class NoticeJournal:
    """Entries of the notifications room (its `NoticeRecorder`)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def notice_sent(
        self,
        tx: Transaction,
        notice: Notice,
        *,
        channel: str,
        provider_reference: str,
        duplicate: bool,
        uncertain: int = 0,
        to: Recipient | None = None,
    ) -> None:
        """A channel accepted it."""
        facts: dict[str, Fact] = {"channel": channel, "reference": provider_reference[:200], "duplicate": duplicate}
        if uncertain:
            facts["uncertain"] = uncertain
        if to is not None:
            facts["to"] = to.value
        self._append(tx, "notice.sent", "success", notice, facts)

    def notice_delivered(
        self, tx: Transaction, notice: Notice, *, channel: str, proof: str, uncertain: int = 0
    ) -> None:
        """It is proved to have arrived."""
        facts: dict[str, Fact] = {"channel": channel, "proof": proof}
        if uncertain:
            facts["uncertain"] = uncertain
        self._append(tx, "notice.delivered", "success", notice, facts)

    def notice_undelivered(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        """What a channel had accepted did not arrive."""
        self._append(tx, "notice.undelivered", "failed", notice, {"channel": channel, "failure": failure})

    def notice_relayed(self, tx: Transaction, notice: Notice, *, channel: str) -> None:
        """No proof will come."""
        self._append(tx, "notice.relayed", "success", notice, {"channel": channel})

    def notice_printed(self, tx: Transaction, notice: Notice, *, proves_at: int) -> None:
        """Its letter left."""
        self._append(tx, "notice.printed", "success", notice, {"proves_at": proves_at})

    def notice_perhaps_sent(self, tx: Transaction, notice: Notice, *, channel: str, key: str, failure: str) -> None:
        """A carrier had the whole message and gave no answer."""
        facts: dict[str, Fact] = {"channel": channel, "reference": key, "failure": failure}
        self._append(tx, "notice.perhaps_sent", "failed", notice, facts)

    def notice_escalated(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        """The next channel is tried."""
        self._append(tx, "notice.escalated", "failed", notice, {"channel": channel, "failure": failure})

    def notice_retry(self, tx: Transaction, notice: Notice, *, channel: str, failure: str, due_at: int) -> None:
        """An attempt failed and another is due."""
        facts: dict[str, Fact] = {"channel": channel, "failure": failure, "due_at": due_at}
        self._append(tx, "notice.retry", "failed", notice, facts)

    def notice_interrupted(self, tx: Transaction, notice: Notice) -> None:
        """A courier died with it."""
        self._append(tx, "notice.interrupted", "failed", notice, {})

    def notice_held(self, tx: Transaction, notice: Notice, *, rule: str) -> None:
        """A rule holds it."""
        self._append(tx, "notice.held", "success", notice, {"rule": rule})

    def notice_handed_to_person(self, tx: Transaction, notice: Notice, *, failure: str) -> None:
        """It became a person's task."""
        self._append(tx, "notice.handed_to_person", "failed", notice, {"failure": failure})

    def notice_changed_by_person(self, tx: Transaction, notice: Notice, *, action: str, reason: str, by: str) -> None:
        """A person retried, held, released or handed it over."""
        personal = {person_subject(by): {"by": by, "why": reason}}
        self._append(tx, "notice.changed", "success", notice, {"action": action}, personal)

    def _append(
        self,
        tx: Transaction,
        entry_type: str,
        outcome: Outcome,
        notice: Notice,
        facts: Mapping[str, Fact],
        personal: Mapping[str, Mapping[str, Json]] | None = None,
    ) -> None:
        self._journal.append(
            tx,
            entry_type,
            outcome,
            facts={"notice": notice.id, "recipient": notice.recipient.value, "attempt": notice.attempts, **facts},
            personal={patient_subject(notice.patient_id): {"patient": notice.patient_id}, **(personal or {})},
        )
