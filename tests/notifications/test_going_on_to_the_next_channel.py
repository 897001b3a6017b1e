"""A notice goes on until it has arrived: from channel to channel, and at last to a person."""

import json

import pytest
from sqlalchemy import insert, update

from gateway.notifications.attempts import AttemptState
from gateway.notifications.channel import AddressKind
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.notice import NoticeState, Recipient
from gateway.notifications.tasks import TaskKind
from gateway.storage.database import Database
from gateway.storage.tables import notice_preference, patient
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.worlds import StillWorld

REACHED_EVERYWHERE = Person(phone="0639980001", address="1 rue des Lilas, 00000 Vauclair")
HOUR_MS = 3_600_000


def office(
    database: Database, world: StillWorld, **scripts: list[str]
) -> tuple[PostOffice, TalkingChannel, TalkingChannel, TalkingChannel]:
    channels = [TalkingChannel(name, list(scripts.get(name, []))) for name in ("email", "sms", "letter")]
    return PostOffice(database, world, channels), *channels


def test_a_refusal_for_good_leads_to_the_next_channel_at_once_under_a_key_of_its_own(
    database: Database, still_world: StillWorld
) -> None:
    post, _, sms, letter = office(database, still_world, email=["no"])
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, REACHED_EVERYWHERE))
    count = post.round()
    assert (count.escalated, count.sent) == (1, 1)
    assert sms.keys == [f"{owed.id}-2"]
    assert letter.keys == []
    kept = post.notice(owed.id)
    assert (kept.state, kept.channel, kept.attempts) == (NoticeState.SENT, "sms", 1)
    assert post.history(owed.id) == ["escalated", "sent"]
    assert [(way.channel, way.state) for way in post.ways(owed.id)] == [
        ("email", AttemptState.FAILED),
        ("sms", AttemptState.ACCEPTED),
    ]


def test_without_proof_for_three_days_each_channel_hands_over_to_the_next_and_the_last_to_a_person(
    database: Database, still_world: StillWorld
) -> None:
    post, email, sms, letter = office(database, still_world)
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, REACHED_EVERYWHERE))
    post.round()
    post.round(hours=71)
    assert (len(email.taken), len(sms.taken), len(letter.taken)) == (1, 0, 0)
    post.round(hours=1)
    assert (len(email.taken), len(sms.taken), len(letter.taken)) == (1, 1, 0)
    post.round(hours=72)
    assert (len(email.taken), len(sms.taken), len(letter.taken)) == (1, 1, 1)
    post.round(hours=72)
    kept = post.notice(owed.id)
    assert (kept.state, kept.last_failure) == (NoticeState.PERSON, "letter-not-printed")
    (task,) = post.tasks(owed.id)
    assert (task.kind, task.due_at - still_world.world.epoch_ms()) == (TaskKind.TELL, 72 * HOUR_MS)
    assert post.alerts("notice-task-overdue") == []
    post.round(hours=72)
    post.round(hours=72)
    assert post.alerts("notice-task-overdue") == [(f"tell {owed.id}", False)]
    assert post.history(owed.id) == ["escalated"] * 3 + ["person"] + ["sent"] * 3


def test_an_opened_page_is_proof_and_ends_everything(database: Database, still_world: StillWorld) -> None:
    post, _, sms, letter = office(database, still_world)
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, REACHED_EVERYWHERE))
    post.round()
    post.seen(owed.id)
    post.seen(owed.id)
    post.round(hours=1000)
    assert (sms.taken, letter.taken) == ([], [])
    assert post.notice(owed.id).state is NoticeState.DELIVERED
    assert post.history(owed.id) == ["delivered", "sent"]
    assert post.fact(owed.id, "delivered")["proof"] == "page"


def test_a_send_its_courier_died_with_is_known_as_such_though_the_notice_ends_another_way(
    database: Database, still_world: StillWorld
) -> None:
    post, *_ = office(database, still_world, email=["dies", "dies"])
    seen, gone = (
        owe_notice(database, still_world.world, add_patient(database, still_world.world, REACHED_EVERYWHERE))
        for _ in range(2)
    )
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            post.round()
    post.seen(seen.id)
    database.transact(lambda tx: tx.connection.execute(update(patient).values(deceased_on="2026-01-01")))
    post.round(hours=1)
    assert [post.notice(one.id).state for one in (seen, gone)] == [NoticeState.DELIVERED, NoticeState.HELD]
    for one in (seen, gone):
        assert [(way.state, way.uncertain) for way in post.ways(one.id)] == [(AttemptState.WAITING, 1)]


def test_a_receipt_counts_once_whenever_it_comes_and_by_whichever_name(
    database: Database, still_world: StillWorld
) -> None:
    post, _, sms, _ = office(database, still_world)
    owed = owe_notice(
        database, still_world.world, add_patient(database, still_world.world, Person(email="", phone="1"))
    )
    post.round()
    assert post.receipt("sms", "nobody-s", "delivered") is ReceiptOutcome.UNKNOWN
    assert post.receipt("email", f"ref-{owed.id}", "delivered") is ReceiptOutcome.UNKNOWN
    assert post.receipt("sms", "", "delivered") is ReceiptOutcome.UNKNOWN
    assert post.receipt("sms", f"ref-{owed.id}", "delivered") is ReceiptOutcome.DELIVERED
    assert post.receipt("sms", owed.id, "delivered") is ReceiptOutcome.REPEATED
    assert post.receipt("sms", f"ref-{owed.id}", "failed") is ReceiptOutcome.LATE
    assert post.notice(owed.id).state is NoticeState.DELIVERED
    assert post.history(owed.id) == ["delivered", "sent"]
    assert len(sms.taken) == 1


def test_a_receipt_of_failure_leads_to_the_next_channel_and_a_late_success_ends_the_task(
    database: Database, still_world: StillWorld
) -> None:
    post, _, sms, letter = office(database, still_world, letter=["no"])
    person = Person(email="", phone="1", address="1 rue, 00000 V")
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, person))
    post.round()
    assert post.receipt("sms", f"ref-{owed.id}", "failed") is ReceiptOutcome.UNDELIVERED
    assert post.receipt("sms", f"ref-{owed.id}", "failed") is ReceiptOutcome.REPEATED
    assert post.notice(owed.id).state is NoticeState.ESCALATED
    post.round()
    assert (len(sms.taken), letter.asked) == (1, 1)
    assert post.notice(owed.id).state is NoticeState.PERSON
    assert post.receipt("sms", f"ref-{owed.id}", "delivered") is ReceiptOutcome.DELIVERED
    assert post.notice(owed.id).state is NoticeState.DELIVERED
    assert [task.done_at is not None for task in post.tasks(owed.id)] == [True]
    assert post.history(owed.id) == ["delivered", "escalated", "person", "sent", "undelivered"]


def test_a_printed_letter_counts_as_delivered_days_later_and_not_before(
    database: Database, still_world: StillWorld
) -> None:
    post, _, _, letter = office(database, still_world)
    owed = owe_notice(
        database,
        still_world.world,
        add_patient(database, still_world.world, Person(email="", address="1 rue, 00000 V")),
    )
    assert post.printed(owed.id) == 0
    post.round()
    assert (post.printed(owed.id), post.printed(owed.id)) == (1, 0)
    post.round(days=4)
    assert post.notice(owed.id).state is NoticeState.SENT
    post.round(days=1)
    assert post.notice(owed.id).state is NoticeState.DELIVERED
    assert post.history(owed.id) == ["delivered", "printed", "sent"]
    assert len(letter.taken) == 1


def test_the_patients_own_order_comes_first_and_the_rest_follows(database: Database, still_world: StillWorld) -> None:
    post, email, sms, letter = office(database, still_world, letter=["no"])
    patient_id = add_patient(database, still_world.world, REACHED_EVERYWHERE)
    chosen = {"channels": json.dumps(["letter", "sms"]), "large_print": True, "language": "en", "changed_at": 0}
    database.transact(
        lambda tx: tx.connection.execute(insert(notice_preference).values(patient_id=patient_id, **chosen)).rowcount
    )
    owe_notice(database, still_world.world, patient_id)
    post.round()
    assert (letter.asked, len(sms.taken), email.asked) == (1, 1, 0)
    (message,) = sms.taken
    assert (message.large_print, message.language) == (True, "en")


def test_the_medecin_traitants_mailbox_needs_no_further_proof(database: Database, still_world: StillWorld) -> None:
    post, email, _, _ = office(database, still_world)
    email.reaches |= {kind for kind in type(next(iter(email.reaches))) if kind.value == "mssante"}
    patient_id = add_patient(database, still_world.world)
    owed = owe_notice(database, still_world.world, patient_id, recipient=Recipient.MEDECIN_TRAITANT)
    post.round()
    post.round(days=365)
    assert post.notice(owed.id).state is NoticeState.SENT
    assert post.history(owed.id) == ["sent"]


def test_a_person_who_sends_it_anew_begins_a_new_turn_with_new_keys(
    database: Database, still_world: StillWorld
) -> None:
    post, email, _, _ = office(database, still_world, email=["no"])
    patient_id = add_patient(database, still_world.world)
    owed = owe_notice(database, still_world.world, patient_id)
    post.round()
    assert post.notice(owed.id).state is NoticeState.PERSON
    post.acting.retry(owed.id, reason="the mailbox was full", by="x")
    assert [task.done_at is not None for task in post.tasks(owed.id)] == [True]
    post.round()
    assert email.keys == [f"{owed.id}-2"]
    assert post.notice(owed.id).state is NoticeState.SENT


def test_a_mended_address_is_another_way_and_a_lost_answer_keeps_its_key(
    database: Database, still_world: StillWorld
) -> None:
    post, _, sms, _ = office(database, still_world, sms=["lost", "later"])
    patient_id = add_patient(database, still_world.world, Person(email="", phone="0639980001"))
    owed = owe_notice(database, still_world.world, patient_id)
    post.round()
    post.round(hours=2)
    post.change_contact(patient_id, phone="0639980002")
    post.round(hours=2)
    assert sms.keys == [owed.id, f"{owed.id}-2"]
    assert [(way.sends, way.uncertain) for way in post.ways(owed.id)] == [(2, 1), (1, 0)]


def test_a_mail_nobody_answered_for_is_not_repeated_and_the_next_channel_has_the_notice_at_once(
    database: Database, still_world: StillWorld
) -> None:
    post, email, sms, _ = office(database, still_world, email=["lost"])
    patient_id = add_patient(database, still_world.world, REACHED_EVERYWHERE)
    owed = owe_notice(database, still_world.world, patient_id)
    count = post.round()
    assert (count.escalated, count.sent) == (1, 1)
    assert (email.keys, sms.keys) == ([owed.id], [f"{owed.id}-2"])
    assert [(way.channel, way.state, way.uncertain) for way in post.ways(owed.id)] == [
        ("email", AttemptState.UNANSWERED, 1),
        ("sms", AttemptState.ACCEPTED, 0),
    ]
    told = post.fact(owed.id, "perhaps-sent")
    assert (told["channel"], told["key"], told["failure"]) == ("email", owed.id, "email-lost-send")
    assert post.history(owed.id) == ["escalated", "perhaps-sent", "sent"]
    # Neither another mailbox of theirs nor time makes it go by e-mail again.
    post.change_contact(patient_id, email="other@courriel.example")
    post.round(hours=72)
    post.round(hours=72)
    assert email.asked == 1


def test_a_text_message_nobody_answered_for_goes_no_second_time_by_a_provider_that_honours_no_key(
    database: Database, still_world: StillWorld
) -> None:
    sms, letter = TalkingChannel("sms", ["lost"]), TalkingChannel("letter")
    sms.honours_key = False
    post = PostOffice(database, still_world, [sms, letter])
    person = Person(email="", phone="0639980001", address="1 rue, 00000 V")
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, person))
    for _ in range(3):
        post.round(hours=24)
    assert (sms.keys, letter.keys) == ([owed.id], [f"{owed.id}-2"])
    assert post.history(owed.id) == ["escalated", "perhaps-sent", "sent"]


def test_two_channels_that_reach_one_mailbox_do_not_both_write_to_it(
    database: Database, still_world: StillWorld
) -> None:
    first = TalkingChannel("email", ["lost"])
    second = TalkingChannel("mssante", reaches=frozenset({AddressKind.EMAIL}))
    post = PostOffice(database, still_world, [first, second])
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    post.round()
    assert (first.keys, second.keys) == ([owed.id], [])
    assert (post.notice(owed.id).state, post.notice(owed.id).last_failure) == (NoticeState.PERSON, "email-lost-send")
    assert [task.kind for task in post.tasks(owed.id)] == [TaskKind.TELL]


def test_a_person_may_send_anew_what_was_perhaps_sent(database: Database, still_world: StillWorld) -> None:
    post, email, _, _ = office(database, still_world, email=["lost"])
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world))
    post.round()
    post.acting.retry(owed.id, reason="the mailbox is empty, they say on the phone", by="x")
    post.round()
    assert email.keys == [owed.id, f"{owed.id}-2"]
    assert post.notice(owed.id).state is NoticeState.SENT


@pytest.mark.parametrize("jump_hours", [-24 * 400, 24 * 400])
def test_a_clock_that_jumps_never_loses_a_proof_that_is_due(
    database: Database, still_world: StillWorld, jump_hours: int
) -> None:
    post, _, sms, _ = office(database, still_world)
    owe_notice(database, still_world.world, add_patient(database, still_world.world, REACHED_EVERYWHERE))
    post.round()
    post.round(hours=jump_hours)
    assert len(sms.taken) == 1
