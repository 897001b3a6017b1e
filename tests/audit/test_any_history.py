"""Whatever happens to a log, in whatever order: what was committed is in it, in place, provable, and nothing else."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from audit import Receipt, verify_bundle, write_bundle
from audit.entry import read_leaf
from audit.merkle import verify_consistency
from tests.audit.logbook import PATIENT, PERSONAL, SIGNER, STAFF, Logbook
from tests.contracts.log_store_contract import undone


class AnyHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.book = Logbook()
        self.committed: list[str] = []
        self.kept: list[Receipt] = []
        self.intact: set[str] = set()

    @rule(count=st.integers(1, 90))
    def record(self, count: int) -> None:
        for _ in range(count):
            entry_id = self.book.append().entry_id
            self.committed.append(entry_id)
            self.intact.add(entry_id)

    @rule(count=st.integers(1, 3))
    def record_and_roll_back(self, count: int) -> None:
        with undone(self.book.store.transaction) as store:
            for number in range(count):
                self.book.log.append(
                    store,
                    entry_id=f"ffffffff-0000-4000-8000-{number:012d}",
                    time=1,
                    entry_type="access.opened",
                    outcome="failed",
                    personal=PERSONAL,
                )

    @rule()
    def integrate(self) -> None:
        before = self.book.store.head()
        head = self.book.integrate()
        if head is not None and before is not None:
            proof = self.book.log.prove_consistency(self.book.store, before.size, head.size)
            verify_consistency(before.size, head.size, proof, before.root, head.root)

    @rule()
    def integrate_and_roll_back(self) -> None:
        with undone(self.book.store.transaction) as store:
            self.book.log.integrate(store, SIGNER, 1)

    @rule()
    def erase_the_patient(self) -> None:
        self.book.store.erase(PATIENT, "2026-09")
        self.intact.clear()

    @rule(data=st.data())
    def ask_for_a_receipt(self, data: st.DataObject) -> None:
        if self.committed:
            entry_id = data.draw(st.sampled_from(self.committed))
            receipt = self.book.log.receipt(self.book.store, entry_id, ["ins", "staff_name"])
            if receipt.state == "proven":
                self.kept.append(receipt)
            personal = self.book.log.read(self.book.store, entry_id).personal
            assert personal == (PERSONAL if entry_id in self.intact else {STAFF: PERSONAL[STAFF]})

    @invariant()
    def every_receipt_ever_given_still_verifies(self) -> None:
        for receipt in self.kept[-3:]:
            receipt.verify(SIGNER.verifier)

    def teardown(self) -> None:
        self.integrate()
        store = self.book.store
        leaves = list(store.leaves(0, 100_000))
        assert [leaf.entry_id for leaf in leaves] == self.committed
        assert [read_leaf(leaf.leaf)[0].counter for leaf in leaves] == list(range(1, len(leaves) + 1))
        if not leaves:
            return
        with tempfile.TemporaryDirectory() as folder:
            write_bundle(self.book.log, store, SIGNER.verifier, Path(folder) / "log", disclosures=True)
            report = verify_bundle(Path(folder) / "log", SIGNER.verifier)
        assert report.verified
        assert report.disclosures == 3 * len(self.intact) + (len(leaves) - len(self.intact))


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
