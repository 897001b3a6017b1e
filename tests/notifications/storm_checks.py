"""What must be true when the storm is over: of the notices, of the carriers' own records and of the audit log."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from gateway.notifications.attempts import Attempt, AttemptState, notice_id_of
from gateway.notifications.letter_batch import INDEX
from gateway.notifications.notice import Notice, NoticeState
from gateway.notifications.tasks import Task, TaskKind
from gateway.settings import DeliverySettings
from gateway.storage.database import Database
from gateway.storage.tables import audit_entry
from tests.notifications.sms_provider import SmsProvider
from tests.notifications.stormy_courier import Weather
from tests.notifications.stormy_relay import StormyRelay, key_of

ACCESSES = 1000
LETTERS = 12
TASK_MS = DeliverySettings().task_hours * 3_600_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the audit log says of the notices, by type of entry."""

    facts: dict[str, list[dict[str, object]]]

    def of(self, entry_type: str) -> list[dict[str, object]]:
        return self.facts.get(entry_type, [])


def log(database: Database) -> Told:
    told: dict[str, list[dict[str, object]]] = defaultdict(list)
    with database.reading() as connection:
        for row in connection.execute(select(audit_entry.c.type, audit_entry.c.leaf)):
            told[row.type].append(json.loads(row.leaf)["facts"])
    return Told(told)


def end_delivered_or_with_a_person(notices: tuple[Notice, ...], owed: dict[str, list[Task]]) -> int:
    """None lost: each is proved to have arrived, or is one task of a person with its deadline; a notice a rule holds
    back is such a task. How many arrived."""
    assert len(notices) == ACCESSES
    delivered = [one for one in notices if one.state is NoticeState.DELIVERED]
    of_a_person = [one for one in notices if one.state in (NoticeState.PERSON, NoticeState.HELD)]
    assert len(delivered) + len(of_a_person) == ACCESSES
    for one in delivered:
        assert owed[one.id] == []
    for one in of_a_person:
        (task,) = owed[one.id]
        assert task.kind is TaskKind.TELL
        assert one.settled_at is not None
        assert task.due_at == one.settled_at + TASK_MS
        assert one.last_failure
        assert one.state is not NoticeState.HELD or one.last_failure == "deceased"
    return len(delivered)


def doubles_are_known(
    relay: StormyRelay,
    provider: SmsProvider,
    weather: Weather,
    ways: dict[str, tuple[Attempt, ...]],
    interrupted: Counter[str],
) -> int:
    """An e-mail may have gone twice: under one Message-ID, once more for each courier that died with it; counted."""
    copies = Counter(map(key_of, relay.message_ids))
    by_key = {way.key: way for of_notice in ways.values() for way in of_notice}
    assert len(by_key) == sum(map(len, ways.values()))
    for key, number in copies.items():
        assert number - 1 <= by_key[key].uncertain, key
        assert number - 1 <= interrupted[notice_id_of(key)], key
    for of_notice in ways.values():
        for way in of_notice:
            if way.state is AttemptState.UNANSWERED:
                assert way.channel == "email"
                assert way.uncertain <= 1 + interrupted[way.notice_id]
    # A text message and a letter never: one key a way, which the provider honours, and one file.
    assert max(Counter(provider.keys).values(), default=0) <= 1
    assert max(Counter(map(notice_id_of, provider.keys)).values(), default=0) <= 1
    files = [one.stem for one in weather.letters.glob("*/*.pdf")]
    # Fewer than the patients who have an address alone: a clock that jumps a day leaves a letter to a person.
    assert 0 < len(files) == len(set(map(notice_id_of, files))) <= LETTERS
    lines = [line for index in weather.letters.glob(f"*/{INDEX}") for line in index.read_text().splitlines()]
    assert sorted(line.removesuffix(".pdf") for line in lines) == sorted(files)
    return sum(number - 1 for number in copies.values())


def the_log_agrees(
    told: Told,
    notices: tuple[Notice, ...],
    ways: dict[str, tuple[Attempt, ...]],
    relay: StormyRelay,
    provider: SmsProvider,
    weather: Weather,
    interrupted: Counter[str],
) -> None:
    """What the log says was sent is what the carriers took, one for one; and what they took beyond that is what the log
    itself calls perhaps sent, or in the hands of a courier that died."""
    taken = {
        "email": set(map(key_of, relay.message_ids)),
        "sms": set(provider.keys),
        "letter": {one.stem for one in weather.letters.glob("*/*.pdf")},
    }
    perhaps = Counter(str(fact["reference"]) for fact in told.of("notice.perhaps_sent"))
    # In a courier's hands when it was proved to have arrived: that courier may have died.
    in_hand = Counter(str(fact["notice"]) for fact in told.of("notice.delivered") if fact.get("uncertain"))
    unknown = interrupted + in_hand
    by_receipt = {
        (str(fact["channel"]), str(fact["notice"]))
        for fact in told.of("notice.delivered") + told.of("notice.undelivered")
    }
    mails_said = Counter(
        key_of(str(fact["reference"])) for fact in told.of("notice.sent") if fact["channel"] == "email"
    )
    mails_taken = Counter(map(key_of, relay.message_ids))
    assert not mails_said - mails_taken
    for key, number in (mails_taken - mails_said).items():
        assert number <= perhaps[key] + unknown[notice_id_of(key)], key
    for key in relay.cut_off:
        assert perhaps[key] or unknown[notice_id_of(key)], key
    everything = [way for of_notice in ways.values() for way in of_notice]
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in told.of("notice.sent"):
        said[str(fact["channel"])][str(fact["notice"])] += 1
    for channel, keys in taken.items():
        assert set(said[channel]) <= {notice_id_of(key) for key in keys}
        unsaid = {key for key in keys if notice_id_of(key) not in said[channel]}
        # Taken, and never settled as such: each such way knows of a send nobody can speak for, or of a receipt.
        for way in everything:
            if way.channel == channel and way.key in unsaid:
                assert way.uncertain or way.state in (AttemptState.DELIVERED, AttemptState.FAILED)
                assert perhaps[way.key] or unknown[way.notice_id] or (channel, way.notice_id) in by_receipt
    last_words = {
        NoticeState.DELIVERED: {str(fact["notice"]) for fact in told.of("notice.delivered")},
        NoticeState.PERSON: {str(fact["notice"]) for fact in told.of("notice.handed_to_person")},
        NoticeState.HELD: {str(fact["notice"]) for fact in told.of("notice.held")},
    }
    for one in notices:
        assert one.id in last_words[one.state]
