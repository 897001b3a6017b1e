"""The courier, on both databases, with a real relay."""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import RecordUnavailable
from gateway.notifications.channel import Accepted, AddressKind, ChannelParts, Message, NotificationChannel
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.courier import Courier, DeliveryCount, send_deadline_seconds
from gateway.notifications.discretion import load_health_words
from gateway.notifications.email import create_channel
from gateway.notifications.notice import Notice, NoticeKind, NoticeState, Recipient
from gateway.notifications.texts import NoticeTexts
from gateway.settings import NotificationSettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from tests.notifications.outbox_rows import (
    BIRTH_DATE,
    BIRTH_NAME,
    GIVEN_NAME,
    INS,
    REASON,
    STAFF_NAME,
    UNIT,
    Person,
    TableRecorder,
    add_patient,
    fact_names,
    facts,
    notice_of,
    notification_settings,
    owe_notice,
)
from tests.notifications.relays import ScriptedRelay, hangs_up_at, raw_server
from tests.worlds import StillWorld

HOSPITAL = "Centre hospitalier de Vauclair"


def email_channel(world: StillWorld, settings: NotificationSettings) -> NotificationChannel:
    parts = ChannelParts(
        settings=settings,
        host_name="acces.vauclair.example",
        sender_name=HOSPITAL,
        now=world.world.now,
        deadline_seconds=send_deadline_seconds(settings),
    )
    return create_channel(parts)


def courier(
    database: Database,
    world: StillWorld,
    port: int,
    *,
    channels: Sequence[NotificationChannel] | None = None,
    recorder: TableRecorder | None = None,
    watch: ClaimWatch | None = None,
    **changes: object,
) -> Courier:
    settings = notification_settings(port, **changes)
    return Courier(
        database=database,
        world=world.world,
        channels=channels if channels is not None else (email_channel(world, settings),),
        texts=NoticeTexts(hospital_name=HOSPITAL, phone="01 00 00 00 15", base_url="https://acces.vauclair.example"),
        recorder=recorder or TableRecorder(world.world),
        settings=settings,
        watch=watch,
    )


def test_a_notice_reaches_its_holder_and_the_record_says_so(database: Database, still_world: StillWorld) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with ScriptedRelay() as relay:
        count = courier(database, still_world, relay.port).deliver_due()
    assert count == DeliveryCount(sent=1)
    assert relay.recipients == [Person().email]
    assert relay.message_ids == [f"<{owed.id}@acces.vauclair.example>"]
    kept = notice_of(database, owed.id)
    assert (kept.state, kept.channel, kept.attempts, kept.last_failure) == (NoticeState.SENT, "email", 1, "")
    assert facts(database) == [
        {
            "fact": "sent",
            "notice": owed.id,
            "channel": "email",
            "reference": relay.message_ids[0],
            "duplicate": False,
        }
    ]


def test_the_medecin_traitant_is_told_in_their_mssante_mailbox(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    owe_notice(database, still_world.world, patient_id, recipient=Recipient.MEDECIN_TRAITANT)
    with ScriptedRelay() as relay:
        assert courier(database, still_world, relay.port).deliver_due().sent == 1
    assert relay.recipients == [Person().mssante]


@pytest.mark.parametrize("word", ["rcpt 451", "data 451", "rcpt 421", "greylist"])
def test_a_relay_that_says_not_now_is_asked_again_later_and_only_later(
    database: Database, still_world: StillWorld, word: str
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with ScriptedRelay(word) as relay:
        working = courier(database, still_world, relay.port, first_retry_seconds=60)
        assert working.deliver_due() == DeliveryCount(retried=1)
        waiting = notice_of(database, owed.id)
        assert waiting.state is NoticeState.PENDING
        assert 30_000 <= waiting.due_at - still_world.world.epoch_ms() <= 60_000
        assert working.deliver_due() == DeliveryCount()
        still_world.pass_time(seconds=60)
        assert working.deliver_due() == DeliveryCount(sent=1)
    assert relay.message_ids == [f"<{owed.id}@acces.vauclair.example>"]
    assert fact_names(database, owed.id) == ["retry", "sent"]


@pytest.mark.parametrize("word", ["rcpt 550", "data 554"])
def test_a_refusal_for_good_is_a_persons_task_at_once(database: Database, still_world: StillWorld, word: str) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with ScriptedRelay(word) as relay:
        assert courier(database, still_world, relay.port).deliver_due() == DeliveryCount(handed_to_person=1)
        assert courier(database, still_world, relay.port).deliver_due() == DeliveryCount()
    kept = notice_of(database, owed.id)
    assert kept.state is NoticeState.PERSON
    assert kept.last_failure.startswith("smtp-55")
    assert fact_names(database, owed.id) == ["person"]


def test_a_relay_that_hangs_costs_one_time_out_and_the_next_notice_goes(
    database: Database, still_world: StillWorld
) -> None:
    patient_id = add_patient(database, still_world.world)
    first = owe_notice(database, still_world.world, patient_id)
    still_world.pass_time(seconds=1)
    second = owe_notice(database, still_world.world, patient_id)
    with ScriptedRelay("hang") as relay:
        assert courier(database, still_world, relay.port).deliver_due() == DeliveryCount(handed_to_person=1, sent=1)
    assert notice_of(database, first.id).last_failure == "smtp-lost-send"
    assert notice_of(database, second.id).state is NoticeState.SENT


@pytest.mark.parametrize("word", ["drop", "hang", "data 252", "data 999"])
def test_an_answer_lost_after_the_data_leads_to_no_second_mail_but_to_a_person_who_knows_why(
    database: Database, still_world: StillWorld, word: str
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with ScriptedRelay(word) as relay:
        working = courier(database, still_world, relay.port)
        assert working.deliver_due() == DeliveryCount(handed_to_person=1)
        for _ in range(3):
            still_world.pass_time(hours=30)
            assert working.deliver_due() == DeliveryCount()
        assert len(relay.message_ids) <= 1
    kept = notice_of(database, owed.id)
    assert (kept.state, kept.last_failure) == (NoticeState.PERSON, "smtp-lost-send")
    assert fact_names(database, owed.id) == ["perhaps-sent", "person"]
    (fact,) = [one for one in facts(database, owed.id) if one["fact"] == "perhaps-sent"]
    assert (fact["channel"], fact["key"], fact["failure"]) == ("email", owed.id, "smtp-lost-send")


@pytest.mark.parametrize("where", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
def test_a_connection_lost_before_the_content_was_given_is_tried_again(
    database: Database, still_world: StillWorld, where: bytes
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with raw_server(partial(hangs_up_at, where)) as port:
        assert courier(database, still_world, port).deliver_due() == DeliveryCount(retried=1)
    assert notice_of(database, owed.id).last_failure == "smtp-lost-envelope"
    still_world.pass_time(hours=1)
    with ScriptedRelay() as relay:
        assert courier(database, still_world, relay.port).deliver_due() == DeliveryCount(sent=1)
        assert len(relay.message_ids) == 1


def test_after_the_last_attempt_a_notice_is_a_persons_task_and_never_lost(
    database: Database, still_world: StillWorld
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    with ScriptedRelay(*["rcpt 451"] * 10) as relay:
        working = courier(database, still_world, relay.port, most_attempts=3)
        counts = []
        for _ in range(5):
            counts.append(working.deliver_due())
            still_world.pass_time(hours=2)
    assert counts[:3] == [DeliveryCount(retried=1), DeliveryCount(retried=1), DeliveryCount(handed_to_person=1)]
    assert counts[3:] == [DeliveryCount(), DeliveryCount()]
    assert notice_of(database, owed.id).state is NoticeState.PERSON
    assert fact_names(database, owed.id) == ["person", "retry", "retry"]


@pytest.mark.parametrize(
    ("person", "recipient", "state", "why"),
    [
        (Person(email=""), Recipient.PATIENT, NoticeState.PERSON, "no-address"),
        (Person(mssante=""), Recipient.MEDECIN_TRAITANT, NoticeState.PERSON, "no-address"),
        (Person(deceased_on="2026-11-01"), Recipient.PATIENT, NoticeState.HELD, "deceased"),
        (Person(email="", birth_date="2012-01-01"), Recipient.PATIENT, NoticeState.HELD, "minor-without-own-address"),
        (Person(email="", birth_date="1979-00-00"), Recipient.PATIENT, NoticeState.HELD, "minor-without-own-address"),
    ],
)
def test_a_notice_no_channel_may_carry_stays_in_the_building_with_its_reason(
    database: Database,
    still_world: StillWorld,
    person: Person,
    recipient: Recipient,
    state: NoticeState,
    why: str,
) -> None:
    owed = owe_notice(
        database, still_world.world, add_patient(database, still_world.world, person), recipient=recipient
    )
    with ScriptedRelay() as relay:
        count = courier(database, still_world, relay.port).deliver_due()
        assert relay.recipients == []
    assert count.handled == 1
    kept = notice_of(database, owed.id)
    assert (kept.state, kept.last_failure) == (state, why)
    assert fact_names(database, owed.id) == [state.value]


def test_a_minor_is_told_at_their_own_address_and_their_representatives_never(
    database: Database, still_world: StillWorld
) -> None:
    minor = Person(
        email="ado@courriel.example", birth_date="2012-01-01", representative_email="parent@courriel.example"
    )
    owe_notice(database, still_world.world, add_patient(database, still_world.world, minor))
    with ScriptedRelay() as relay:
        assert courier(database, still_world, relay.port).deliver_due().sent == 1
    assert relay.recipients == ["ado@courriel.example"]


def test_a_person_is_an_adult_on_their_eighteenth_birthday(database: Database, still_world: StillWorld) -> None:
    for birth_date, state in (("2008-11-22", NoticeState.PERSON), ("2008-11-23", NoticeState.HELD)):
        patient_id = add_patient(database, still_world.world, Person(email="", birth_date=birth_date))
        owed = owe_notice(database, still_world.world, patient_id)
        courier(database, still_world, 1).deliver_due()
        assert notice_of(database, owed.id).state is state


def test_an_address_mended_between_two_attempts_is_the_one_used(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world, Person(email="old@courriel.example"))
    owe_notice(database, still_world.world, patient_id)
    with ScriptedRelay("rcpt 451") as relay:
        working = courier(database, still_world, relay.port)
        working.deliver_due()
        database.transact(lambda tx: _change_email(tx, patient_id, "new@courriel.example"))
        still_world.pass_time(hours=1)
        working.deliver_due()
    assert relay.recipients == ["new@courriel.example"]


def _change_email(tx: Transaction, patient_id: str, email: str) -> None:
    tx.connection.exec_driver_sql(
        f"UPDATE patient_contact SET email = '{email}' WHERE patient_id = '{patient_id}' AND kind = 'patient'"
    )


def test_two_couriers_at_once_send_each_notice_once(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    owed = {owe_notice(database, still_world.world, patient_id).id for _ in range(24)}
    counts: list[DeliveryCount] = []
    with ScriptedRelay() as relay:
        couriers = [courier(database, still_world, relay.port) for _ in range(4)]
        threads = [threading.Thread(target=lambda c=one: counts.append(c.deliver_due(50))) for one in couriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(count.sent for count in counts) == 24
    assert Counter(relay.message_ids) == Counter(f"<{name}@acces.vauclair.example>" for name in owed)
    assert len(facts(database)) == 24


def test_a_round_ends_at_its_limit_and_when_told_to(database: Database, still_world: StillWorld) -> None:
    patient_id = add_patient(database, still_world.world)
    for _ in range(5):
        owe_notice(database, still_world.world, patient_id)
    with ScriptedRelay() as relay:
        working = courier(database, still_world, relay.port)
        assert working.deliver_due(2).sent == 2
        assert working.deliver_due(keep_going=lambda: len(relay.accepted) < 3).sent == 1
        assert working.deliver_due().sent == 2


class _FaultyChannel:
    name = "faulty"
    reaches = frozenset({AddressKind.EMAIL})

    def __init__(self, *, honours_key: bool) -> None:
        self.honours_key = honours_key

    def send(self, message: Message) -> Accepted:
        raise KeyError(message.to)


def test_a_channel_that_breaks_its_promises_loses_no_notice_and_leaks_no_address(
    database: Database, still_world: StillWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    working = courier(database, still_world, 1, channels=[_FaultyChannel(honours_key=True)])
    assert working.deliver_due() == DeliveryCount(retried=1)
    assert notice_of(database, owed.id).last_failure == "channel-fault"
    # Nobody knows whether it sent: a carrier that knows no keys is not given it again.
    other = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    working = courier(database, still_world, 1, channels=[_FaultyChannel(honours_key=False)])
    assert working.deliver_due() == DeliveryCount(handed_to_person=1)
    assert notice_of(database, other.id).last_failure == "channel-fault"
    assert Person().email not in "".join(capsys.readouterr())


class _RefusingRecorder(TableRecorder):
    """A log that cannot be written for a while."""

    broken = True

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
        if self.broken:
            raise RecordUnavailable("the log is full")
        super().notice_sent(
            tx,
            notice,
            channel=channel,
            provider_reference=provider_reference,
            duplicate=duplicate,
            uncertain=uncertain,
            to=to,
        )


def test_an_outcome_is_never_settled_without_its_fact_and_is_remembered_until_it_can_be(
    database: Database, still_world: StillWorld
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    recorder = _RefusingRecorder(still_world.world)
    with ScriptedRelay() as relay:
        working = courier(database, still_world, relay.port, recorder=recorder)
        for _ in range(2):
            with pytest.raises(RecordUnavailable):
                working.deliver_due()
            assert notice_of(database, owed.id).state is NoticeState.SENDING
        recorder.broken = False
        still_world.pass_time(hours=1)
        assert working.deliver_due() == DeliveryCount(sent=1)
        assert len(relay.accepted) == 1
    assert fact_names(database, owed.id) == ["sent"]


def test_a_notice_that_fells_every_courier_is_at_last_a_persons_task(
    database: Database, still_world: StillWorld
) -> None:
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    watch = ClaimWatch(still_world.world, 120)
    with ScriptedRelay() as relay:
        for _ in range(3):
            dying = courier(
                database,
                still_world,
                relay.port,
                recorder=_RefusingRecorder(still_world.world),
                watch=watch,
                most_attempts=3,
            )
            with pytest.raises(RecordUnavailable):
                dying.deliver_due()
            with database.reading() as connection:
                assert watch.look(connection) == []
            still_world.pass_time(hours=1)
        healthy = courier(database, still_world, relay.port, watch=watch, most_attempts=3)
        assert healthy.deliver_due() == DeliveryCount(handed_to_person=1, interrupted=1)
        assert len(relay.accepted) == 3
    assert notice_of(database, owed.id).last_failure == "attempts-exhausted"
    assert fact_names(database, owed.id) == ["interrupted", "interrupted", "interrupted", "person"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_byte_of_a_mail_tells_anything_of_the_grant_the_patient_or_health(
    database: Database, still_world: StillWorld, language: str
) -> None:
    patient_id = add_patient(database, still_world.world, Person(language=language))
    for kind in NoticeKind:
        for recipient in Recipient:
            owe_notice(database, still_world.world, patient_id, kind=kind, recipient=recipient, language=language)
    with ScriptedRelay() as relay:
        assert courier(database, still_world, relay.port).deliver_due().sent == 6
    health = load_health_words()
    telling = [STAFF_NAME, "Roussel", UNIT, REASON, "inconscient", BIRTH_NAME, GIVEN_NAME, INS, BIRTH_DATE, "Lenoir"]
    for mail in relay.accepted:
        # The two addresses are the recipient's and the sender's own; the sender's is held to its list.
        headers = "\n".join(f"{name}: {value}" for name, value in mail.items() if name not in ("To", "From"))
        assert health.in_sender(mail["From"]) == ()
        parts = [part.get_content() for part in mail.iter_parts()]
        for left in [headers, *parts]:
            assert [word for word in telling if word.casefold() in left.casefold()] == []
            assert health.in_text(left.replace(HOSPITAL, "")) == ()
            assert not any(kind.value in left for kind in NoticeKind)


WORDS = ["250", "rcpt 451", "data 451", "rcpt 550", "data 554", "drop", "greylist", "data 421"]


@settings(max_examples=15, deadline=None)
@given(script=st.lists(st.sampled_from(WORDS), max_size=12), owed=st.integers(1, 4), attempts=st.integers(1, 4))
def test_whatever_the_relay_answers_every_notice_ends_sent_or_with_a_person_and_the_record_agrees(
    empty_sqlite: Path, script: list[str], owed: int, attempts: int
) -> None:
    world = StillWorld()
    with tempfile.TemporaryDirectory() as folder:
        fresh = shutil.copyfile(empty_sqlite, Path(folder) / "gateway.db")
        _try_script(Database(f"sqlite:///{fresh}"), world, script, owed, attempts)


def _try_script(database: Database, world: StillWorld, script: list[str], owed: int, attempts: int) -> None:
    try:
        patient_id = add_patient(database, world.world)
        notices = [owe_notice(database, world.world, patient_id) for _ in range(owed)]
        with ScriptedRelay(*script) as relay:
            working = courier(database, world, relay.port, most_attempts=attempts)
            for _ in range(attempts):
                working.deliver_due()
                world.pass_time(hours=2)
        for notice in notices:
            kept = notice_of(database, notice.id)
            names = [name for name in fact_names(database, notice.id) if name != "perhaps-sent"]
            assert kept.state in (NoticeState.SENT, NoticeState.PERSON)
            assert names.count(kept.state.value) == 1
            assert len(names) == kept.attempts <= attempts
            assert relay.message_ids.count(f"<{notice.id}@acces.vauclair.example>") <= 1
            if kept.state is NoticeState.SENT:
                assert f"<{notice.id}@acces.vauclair.example>" in relay.message_ids
    finally:
        database.close()
