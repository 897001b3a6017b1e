"""The whole life of notices as a machine: two workers that die and come back, carriers in any mood, clocks set at will,
reports late, twice or forged, patients who open the page, people who act. What must hold is checked at each step."""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.errors import DeliveryFailed, InvalidRequest
from gateway.notifications.attempts import AttemptState, notice_id_of
from gateway.notifications.channel import Accepted, AddressKind, Message
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.tasks import TaskKind
from gateway.storage.database import Database
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import KINDS, PostOffice
from tests.worlds import StillWorld

PEOPLE = (
    Person(phone="0639980001", address="1 rue, 00000 V"),
    Person(),
    Person(email="", phone="0639980001"),
    Person(email="", address="1 rue, 00000 V"),
    Person(deceased_on="2026-01-01"),
    Person(email=""),
)
_REACHED_BY = {"email": PEOPLE[1], "sms": PEOPLE[2], "letter": PEOPLE[3]}
WORDS = ("ok", "ok", "no", "later", "down", "lost", "dies", "dies-before", "meanwhile")
OPEN = {NoticeState.PENDING, NoticeState.RELEASED, NoticeState.ESCALATED, NoticeState.SENDING, NoticeState.SENT}


class Died(BaseException):
    """The courier's process is gone."""


@dataclass
class Carrier:
    """One carrier for both workers; the provider of text messages and the folder of letters honour keys."""

    name: str
    life: "NoticeLife"
    mood: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)  # keys, as often as the carrier itself sends the message on
    deaths: Counter[str] = field(default_factory=Counter)  # couriers that died with this key in their hands

    @property
    def reaches(self) -> frozenset[AddressKind]:
        return frozenset({KINDS[self.name]})

    @property
    def honours_key(self) -> bool:
        return self.name != "email"

    def send(self, message: Message) -> Accepted:
        key, word = message.idempotency_key, self.mood.pop(0) if self.mood else "ok"
        if word in ("no", "later", "down"):
            code = {"no": "smtp-550-rcpt", "later": "smtp-451-rcpt", "down": "smtp-lost-connect"}[word]
            raise DeliveryFailed(code, permanent=word == "no")
        if word == "dies-before":
            self.deaths[key] += 1
            raise Died
        if not (self.honours_key and key in self.received):
            self.received.append(key)
        if word == "dies":
            self.deaths[key] += 1
            raise Died
        if word == "meanwhile":
            self.life.everybody_else_goes_on()
        if word == "lost":
            raise DeliveryFailed("smtp-lost-send", permanent=False, perhaps_sent=True)
        return Accepted(f"ref-{key}")


class NoticeLife(RuleBasedStateMachine):
    """One outbox, two workers."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = shutil.copyfile(self.empty, Path(self.folder.name) / "gateway.db")
        self.database = Database(f"sqlite:///{file}")
        self.clock = StillWorld()
        self.carriers = {name: Carrier(name, self) for name in KINDS}
        self.workers = [self.worker(), self.worker()]
        self.busy = -1
        self.owed: list[str] = []
        self.arrived: set[str] = set()

    def worker(self) -> PostOffice:
        return PostOffice(self.database, self.clock, list(self.carriers.values()))

    @rule(person=st.sampled_from(PEOPLE))
    def a_dossier_is_opened(self, person: Person) -> None:
        if len(self.owed) < 5:
            patient_id = add_patient(self.database, self.clock.world, person)
            self.owed.append(owe_notice(self.database, self.clock.world, patient_id).id)

    @rule(name=st.sampled_from(sorted(KINDS)), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    def a_carrier_changes_its_mood(self, name: str, words: list[str]) -> None:
        self.carriers[name].mood[:] = words

    @rule(number=st.integers(0, 1))
    def a_worker_goes_round(self, number: int) -> None:
        self.busy = number
        try:
            self.workers[number].round()
        except Died:
            self.workers[number] = self.worker()
        finally:
            self.busy = -1

    @rule(
        number=st.integers(0, 1),
        name=st.sampled_from(sorted(KINDS)),
        word=st.sampled_from(["meanwhile", "dies", "dies-before", "lost"]),
    )
    def a_courier_comes_to_grief(self, number: int, name: str, word: str) -> None:
        """At once and surely: chance alone seldom brings a fresh notice, a mood and a worker together."""
        self.a_dossier_is_opened(_REACHED_BY[name])
        self.a_carrier_changes_its_mood(name, [word])
        self.a_worker_goes_round(number)

    def everybody_else_goes_on(self) -> None:
        """While one courier waits for its carrier: the clock is set, and the other worker comes by twice."""
        moods = {name: list(carrier.mood) for name, carrier in self.carriers.items()}
        for carrier in self.carriers.values():
            carrier.mood.clear()
        # By more than a claim lasts, by less than a channel is tried; then by more than anything lasts.
        for hours in (3, -6, 1000, -2000):
            self.clock.jump(hours=hours)
            self.workers[1 - self.busy].round()
        self.clock.jump(hours=1003)
        for name, carrier in self.carriers.items():
            carrier.mood[:] = moods[name]

    @rule(hours=st.sampled_from([0.05, 1, 5, 25, 80]))
    def time_passes(self, hours: float) -> None:
        # A worker that lives looks again and again.
        for worker in self.workers:
            with self.database.reading() as connection:
                worker.watch.look(connection)
        self.clock.pass_time(hours=hours)

    @rule(days=st.sampled_from([-400, -2, 2, 400]))
    def somebody_sets_the_clock(self, days: int) -> None:
        self.clock.jump(days=days)

    @precondition(lambda self: any(one.received for one in self.carriers.values()))
    @rule(draw=st.data(), state=st.sampled_from(["delivered", "failed"]), twice=st.booleans())
    def a_carrier_reports(self, draw: st.DataObject, state: str, twice: bool) -> None:
        sent_on = [(one.name, key) for one in self.carriers.values() for key in one.received]
        channel, key = draw.draw(st.sampled_from(sent_on))
        self.workers[0].receipt(channel, key, state)
        if twice:
            before = self.states()
            assert self.workers[1].receipt(channel, f"ref-{key}", state) is not ReceiptOutcome.DELIVERED
            assert self.states() == before

    @rule(draw=st.data(), state=st.sampled_from(["delivered", "failed"]))
    def somebody_forges_a_report(self, draw: st.DataObject, state: str) -> None:
        before = self.states()
        guess = draw.draw(st.sampled_from(["", "ref-", "x", self.clock.world.new_id()]))
        assert self.workers[0].receipt("email", guess, state) is ReceiptOutcome.UNKNOWN
        assert self.states() == before

    @precondition(lambda self: self.owed)
    @rule(draw=st.data())
    def the_patient_opens_the_page(self, draw: st.DataObject) -> None:
        self.workers[0].seen(draw.draw(st.sampled_from(self.owed)))

    @rule()
    def the_letters_are_printed(self) -> None:
        self.workers[0].printed(*{notice_id_of(key) for key in self.carriers["letter"].received})

    @precondition(lambda self: self.owed)
    @rule(draw=st.data(), act=st.sampled_from(["retry", "hold", "release", "hand_over", "close"]))
    def a_person_acts(self, draw: st.DataObject, act: str) -> None:
        acting, notice_id = self.workers[0].acting, draw.draw(st.sampled_from(self.owed))
        before = self.notice(notice_id)
        try:
            getattr(acting, act)(notice_id, reason="so", by="x")
        except InvalidRequest:
            assert self.notice(notice_id) == before

    @invariant()
    def what_a_person_owes_has_one_task_and_nothing_else_has(self) -> None:
        for notice_id in self.owed:
            state = self.notice(notice_id).state
            tell = [task for task in self.workers[0].tasks(notice_id) if task.kind is TaskKind.TELL]
            open_tasks = [task for task in tell if task.done_at is None]
            assert len(open_tasks) == int(state in (NoticeState.PERSON, NoticeState.HELD)), state

    @invariant()
    def what_arrived_stays_arrived_and_the_record_says_so(self) -> None:
        for notice_id in self.owed:
            arrived = self.notice(notice_id).state is NoticeState.DELIVERED
            assert arrived or notice_id not in self.arrived
            assert self.workers[0].history(notice_id).count("delivered") == int(arrived)
            self.arrived |= {notice_id} if arrived else set()

    @invariant()
    def nothing_goes_twice_but_after_a_death(self) -> None:
        for carrier in self.carriers.values():
            for key, copies in Counter(carrier.received).items():
                assert copies - 1 <= carrier.deaths[key], (carrier.name, key)
            for notice_id, keys in Counter(map(notice_id_of, set(carrier.received))).items():
                # A key a turn: only a person who sends it anew makes another.
                assert keys <= self.notice(notice_id).turn, carrier.name

    @invariant()
    def each_copy_is_known(self) -> None:
        for notice_id in self.owed:
            ways = {way.key: way for way in self.workers[0].ways(notice_id)}
            sending = [way for way in ways.values() if way.state is AttemptState.SENDING]
            assert not sending or self.notice(notice_id).state is NoticeState.SENDING
            copies = Counter(self.carriers["email"].received)
            deaths = sum((carrier.deaths for carrier in self.carriers.values()), Counter[str]())
            for key, way in ways.items():
                assert copies[key] <= way.sends
                # Each counts once: a death, and the one answer that never came.
                if way.channel == "email":
                    assert way.uncertain <= deaths[key] + 1, way

    def teardown(self) -> None:
        """Whatever happened, in fair weather every notice ends arrived, or with a person, within its deadlines."""
        for carrier in self.carriers.values():
            carrier.mood.clear()
        for _ in range(30):
            self.time_passes(80)
            self.a_worker_goes_round(0)
            if not {self.notice(one).state for one in self.owed} & OPEN:
                break
        for notice_id in self.owed:
            kept = self.notice(notice_id)
            assert kept.state not in OPEN or (kept.state, kept.channel) == (NoticeState.SENT, "in_person"), kept
        self.what_a_person_owes_has_one_task_and_nothing_else_has()
        self.nothing_goes_twice_but_after_a_death()
        for notice_id in self.owed:
            for way in self.workers[0].ways(notice_id):
                died = sum(carrier.deaths[way.key] for carrier in self.carriers.values())
                copies = self.carriers[way.channel].received.count(way.key)
                assert copies - 1 <= min(way.uncertain, died)
        self.database.close()
        self.folder.cleanup()

    def notice(self, notice_id: str) -> Notice:
        return self.workers[0].notice(notice_id)

    def states(self) -> list[Notice]:
        return [self.notice(one) for one in self.owed]
