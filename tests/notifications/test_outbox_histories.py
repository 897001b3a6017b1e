"""Any history of couriers, persons and clocks: no notice is lost, none is sent again once it was accepted."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection

from gateway.notifications import outbox, settling
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.notice import ClaimedNotice, NoticeState
from gateway.storage.database import Database
from tests.notifications.outbox_rows import add_patient, notice_of, owe_notice
from tests.worlds import StillWorld

CLAIM_SECONDS = 120
WAITING = {NoticeState.PENDING, NoticeState.RELEASED, NoticeState.SENDING}
BY_PERSON = {
    NoticeState.HELD: NoticeState.RELEASED,
    NoticeState.PERSON: NoticeState.PENDING,
    NoticeState.PENDING: NoticeState.HELD,
}


class Histories(RuleBasedStateMachine):
    """One outbox. A claim once made may be settled at any later time, as a slow courier would."""

    empty: Path
    claims: Bundle[ClaimedNotice | None] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = shutil.copyfile(self.empty, Path(self.folder.name) / "gateway.db")
        self.database = Database(f"sqlite:///{file}")
        self.clock = StillWorld()
        self.watch = ClaimWatch(self.clock.world, CLAIM_SECONDS)
        self.patient_id = add_patient(self.database, self.clock.world)
        self.owed: list[str] = []
        self.accepted: set[str] = set()

    @rule()
    def owe(self) -> None:
        self.owed.append(owe_notice(self.database, self.clock.world, self.patient_id).id)

    @rule(seconds=st.sampled_from([1, 60, 121, 4000, 86_400 * 400, -4000, -86_400 * 400]))
    def time_passes_or_jumps(self, seconds: int) -> None:
        self.clock.pass_time(seconds=seconds)

    @rule(target=claims)
    def claim(self) -> ClaimedNotice | None:
        claimed = self._claim(1)
        if not claimed:
            return None
        assert claimed[0].notice.id not in self.accepted
        return claimed[0]

    @rule(claimed=consumes(claims))
    def accept(self, claimed: ClaimedNotice | None) -> None:
        if claimed is None:
            return
        first = self.database.transact(
            lambda tx: settling.settle_sent(tx.connection, claimed, channel="email", now_ms=self._now())
        )
        assert first is (claimed.notice.id not in self.accepted)
        self.accepted.add(claimed.notice.id)

    @rule(claimed=consumes(claims), way=st.sampled_from(["retry", "person", "hold"]))
    def fail(self, claimed: ClaimedNotice | None, way: str) -> None:
        if claimed is None:
            return
        before = notice_of(self.database, claimed.notice.id)
        done = self.database.transact(lambda tx: self._fail(tx.connection, claimed, way))
        if not done:
            assert notice_of(self.database, claimed.notice.id) == before

    @rule(draw=st.data())
    def a_person_acts(self, draw: st.DataObject) -> None:
        if not self.owed:
            return
        before = notice_of(self.database, draw.draw(st.sampled_from(self.owed)))
        if before.state in BY_PERSON:
            assert self.database.transact(
                lambda tx: settling.put(tx.connection, before, BY_PERSON[before.state], word="", now_ms=self._now())
            )

    @invariant()
    def what_was_accepted_stays_sent(self) -> None:
        for notice_id in self.accepted:
            assert notice_of(self.database, notice_id).state is NoticeState.SENT

    def teardown(self) -> None:
        # However the clock jumped: within 26 hours every notice that is neither settled nor with a
        # person comes to a courier.
        waiting = {name for name in self.owed if notice_of(self.database, name).state in WAITING}
        with self.database.reading() as connection:
            self.watch.look(connection)
        self.clock.pass_time(hours=26)
        assert {claimed.notice.id for claimed in self._claim(10_000)} == waiting
        self.database.close()
        self.folder.cleanup()

    def _fail(self, connection: Connection, claimed: ClaimedNotice, way: str) -> bool:
        if way == "retry":
            due_at = self._now() + 3_600_000
            return settling.settle_retry(connection, claimed, channel="email", failure="x", due_at=due_at)
        if way == "person":
            return settling.settle_person(connection, claimed, channel="email", failure="x", now_ms=self._now())
        return settling.settle_held(connection, claimed, rule="x", now_ms=self._now())

    def _claim(self, limit: int) -> tuple[ClaimedNotice, ...]:
        now, name = self._now(), self.clock.world.new_id()
        return self.database.transact(
            lambda tx: outbox.claim_due(
                tx.connection, now, name, limit, CLAIM_SECONDS, abandoned=self.watch.look(tx.connection)
            )
        )

    def _now(self) -> int:
        return self.clock.world.epoch_ms()


def test_no_history_of_couriers_persons_and_clocks_loses_a_notice_or_sends_an_accepted_one(empty_sqlite: Path) -> None:
    machine = type("HistoriesHere", (Histories,), {"empty": empty_sqlite})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
