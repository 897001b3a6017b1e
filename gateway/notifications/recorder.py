"""What the record must know of a notice after it was queued; the access room implements it over the audit log.

Every method is called inside the transaction that changes the notice: the fact and the change are one commit, or
neither is. Implementations append and return; they never commit, and hold no address and no name.
"""

from typing import Protocol

from gateway.notifications.notice import Notice, Recipient
from gateway.storage.transaction import Transaction


class NoticeRecorder(Protocol):
    """One method a fact. `notice` is the notice as it stood before the change."""

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
        """A channel accepted it. `duplicate`: it had been accepted before, under the same idempotency key. `uncertain`:
        so many earlier sends under this key may have arrived too, nobody knows. `to`: whose address it was, where that
        is not the recipient's own (a minor's legal representative)."""
        ...

    def notice_delivered(
        self, tx: Transaction, notice: Notice, *, channel: str, proof: str, uncertain: int = 0
    ) -> None:
        """It is proved to have arrived: `proof` is receipt, printed, page or sign_in. `uncertain`: so many sends were
        in a courier's hands then; where no other fact follows, nobody knows of them."""
        ...

    def notice_undelivered(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        """What a channel had accepted did not arrive. Where that moves the notice, another fact follows."""
        ...

    def notice_relayed(self, tx: Transaction, notice: Notice, *, channel: str) -> None:
        """It went on to a carrier that reports nothing: no proof will come, and its acceptance counts."""
        ...

    def notice_printed(self, tx: Transaction, notice: Notice, *, proves_at: int) -> None:
        """Its letter left the house; from `proves_at` (UTC epoch ms) it counts as delivered."""
        ...

    def notice_perhaps_sent(self, tx: Transaction, notice: Notice, *, channel: str, key: str, failure: str) -> None:
        """A carrier had the whole message, under `key`, and gave no answer. Another fact may follow."""
        ...

    def notice_escalated(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        """This channel did not do, and why; the next one is tried."""
        ...

    def notice_retry(self, tx: Transaction, notice: Notice, *, channel: str, failure: str, due_at: int) -> None:
        """An attempt failed; the next is due at `due_at` (UTC epoch ms). `failure` is a stable word."""
        ...

    def notice_interrupted(self, tx: Transaction, notice: Notice) -> None:
        """A courier died with it: it may have gone out, and will go again under the same key."""
        ...

    def notice_held(self, tx: Transaction, notice: Notice, *, rule: str) -> None:
        """A rule holds it back until a person releases it; `rule` names it, e.g. `deceased`."""
        ...

    def notice_handed_to_person(self, tx: Transaction, notice: Notice, *, failure: str) -> None:
        """No channel can deliver it: it is a person's task now."""
        ...

    def notice_changed_by_person(self, tx: Transaction, notice: Notice, *, action: str, reason: str, by: str) -> None:
        """A person acted: `action` is retry, hold, release, handed_over or close; `by` is their staff key."""
        ...
