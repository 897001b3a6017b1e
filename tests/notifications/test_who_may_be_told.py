"""Holds by rule: unsafe addresses, minors and what they hid, protected adults, who could not speak, the dead."""

import pytest
from sqlalchemy import insert, update

from gateway.errors import InvalidRequest
from gateway.notifications.notice import NoticeKind, NoticeState, Recipient
from gateway.notifications.recipient import recipient_facts
from gateway.notifications.tasks import TaskKind
from gateway.storage.database import Database
from gateway.storage.tables import admission, document_opening, patient, patient_contact
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.worlds import StillWorld

PARENT = "parent@courriel.example"
BORN_A_MINOR = "2012-01-01"


def office(database: Database, world: StillWorld) -> tuple[PostOffice, list[TalkingChannel]]:
    channels = [TalkingChannel(name) for name in ("email", "sms", "letter")]
    return PostOffice(database, world, channels), channels


def open_hidden(post: PostOffice, grant_id: str, hidden_from: str = "representatives") -> None:
    row = {"grant_id": grant_id, "document_id": "d", "class_code": "10", "hidden_from": hidden_from, "opened_at": 1}
    post.database.transact(lambda tx: tx.connection.execute(insert(document_opening).values(**row)).rowcount)


def test_an_address_others_read_is_never_written_to_even_after_a_release(
    database: Database, still_world: StillWorld
) -> None:
    post, channels = office(database, still_world)
    patient_id = add_patient(database, still_world.world, Person(phone="0639980001", unsafe=True))
    owed = owe_notice(database, still_world.world, patient_id)
    post.round()
    kept = post.notice(owed.id)
    assert (kept.state, kept.last_failure) == (NoticeState.HELD, "unsafe-address")
    assert [task.kind for task in post.tasks(owed.id)] == [TaskKind.TELL]
    post.acting.release(owed.id, reason="she asks for it", by="x")
    post.round()
    assert post.notice(owed.id).state is NoticeState.PERSON
    assert all(channel.asked == 0 for channel in channels)
    post.acting.retry(owed.id, reason="new address", by="x")
    post.change_contact(patient_id, unsafe=False)
    post.round()
    assert len(channels[0].taken) == 1


def test_a_held_notice_that_nobody_minds_raises_its_alarm(database: Database, still_world: StillWorld) -> None:
    post, _ = office(database, still_world)
    dead = Person(deceased_on="2026-11-01")
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, dead))
    post.round()
    post.round(hours=73)
    assert post.alerts("notice-task-overdue") == [(f"tell {owed.id}", False)]
    closed = post.acting.close(owed.id, reason="no heir asks", by="x")
    assert closed.state is NoticeState.CLOSED
    assert post.tasks(owed.id)[0].done_at is not None
    with pytest.raises(InvalidRequest):
        post.acting.retry(owed.id, reason="again", by="x")


def test_a_minors_notice_never_goes_to_the_family_s_telephone_or_letterbox(
    database: Database, still_world: StillWorld
) -> None:
    post, channels = office(database, still_world)
    channels[0].script[:] = ["no"]
    family = Person(birth_date=BORN_A_MINOR, phone="0639980001", address="1 rue, 00000 V", representative_email=PARENT)
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, family))
    open_hidden(post, owed.grant_id)
    for _ in range(5):
        post.round(hours=80)
    assert post.notice(owed.id).state is NoticeState.PERSON
    assert [channel.asked for channel in channels] == [1, 0, 0]


def test_a_minors_own_telephone_is_used(database: Database, still_world: StillWorld) -> None:
    post, channels = office(database, still_world)
    own = Person(email="", birth_date=BORN_A_MINOR, phone="0639980001", personal=True, representative_email=PARENT)
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, own))
    open_hidden(post, owed.grant_id)
    post.round()
    assert [message.to for message in channels[1].taken] == ["0639980001"]
    assert channels[0].taken == []


def test_representatives_hear_of_a_bris_de_glace_once_it_is_over_and_nothing_hidden_was_seen(
    database: Database, still_world: StillWorld
) -> None:
    post, (email, _, _) = office(database, still_world)
    child = Person(email="", birth_date=BORN_A_MINOR, representative_email=PARENT)
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, child))
    post.round()
    post.round(minutes=29)
    assert email.taken == []
    post.round(minutes=1)
    (message,) = email.taken
    assert message.to == PARENT
    assert "que vous représentez" in message.text
    assert "/n/" not in message.text
    assert post.fact(owed.id, "sent")["to"] == "legal_representative"


@pytest.mark.parametrize("where", ["this access", "another access of the stay"])
def test_an_act_the_minor_hid_keeps_every_word_from_the_representatives(
    database: Database, still_world: StillWorld, where: str
) -> None:
    post, channels = office(database, still_world)
    child = Person(email="", birth_date=BORN_A_MINOR, representative_email=PARENT)
    patient_id = add_patient(database, still_world.world, child)
    owed = owe_notice(database, still_world.world, patient_id, episode_id="stay")
    other = owe_notice(database, still_world.world, patient_id, episode_id="stay", kind=NoticeKind.FIRST_ACCESS)
    post.round()
    open_hidden(post, owed.grant_id if where == "this access" else other.grant_id)
    for _ in range(4):
        post.round(hours=1)
    kept = post.notice(owed.id)
    assert (kept.state, kept.last_failure) == (NoticeState.HELD, "minor-hidden-act")
    assert all(channel.asked == 0 for channel in channels)


def test_a_minor_who_came_and_answered_for_themselves_is_not_announced_at_home(
    database: Database, still_world: StillWorld
) -> None:
    post, channels = office(database, still_world)
    child = Person(email="", birth_date=BORN_A_MINOR, representative_email=PARENT)
    patient_id = add_patient(database, still_world.world, child)
    owed = owe_notice(database, still_world.world, patient_id, kind=NoticeKind.FIRST_ACCESS)
    post.round(hours=1)
    assert post.notice(owed.id).last_failure == "minor-without-own-address"
    assert all(channel.asked == 0 for channel in channels)


@pytest.mark.parametrize("born", [BORN_A_MINOR, "1979-03-28"])
def test_a_minors_doctor_who_is_their_parent_is_not_written_to_before_a_person_has_looked(
    database: Database, still_world: StillWorld, born: str
) -> None:
    child = Person(email="", birth_date=born, representative_email=PARENT)
    patient_id = add_patient(database, still_world.world, child)
    database.transact(
        lambda tx: (
            tx.connection.execute(
                update(patient_contact)
                .where(patient_contact.c.kind == "legal_representative")
                .values(name="Lenoir MARTIN")
            ).rowcount
        )
    )
    today = still_world.world.now().date()
    with database.reading() as connection:
        facts = recipient_facts(connection, patient_id, Recipient.MEDECIN_TRAITANT, today=today)
    assert [one.value for one in facts.addresses] == ([] if born == BORN_A_MINOR else [child.mssante])


def test_a_guardian_has_a_notice_of_their_own_beside_the_patients(database: Database, still_world: StillWorld) -> None:
    post, (email, _, _) = office(database, still_world)
    adult = Person(representative_email="tuteur@courriel.example")
    patient_id = add_patient(database, still_world.world, adult)
    owe_notice(database, still_world.world, patient_id)
    owe_notice(database, still_world.world, patient_id, recipient=Recipient.LEGAL_REPRESENTATIVE)
    post.round()
    assert {message.to for message in email.taken} == {adult.email, "tuteur@courriel.example"}
    (to_guardian,) = [message for message in email.taken if message.to != adult.email]
    assert "/n/" not in to_guardian.text


def test_who_could_not_speak_is_told_at_the_bedside_too_and_leaving_hastens_it(
    database: Database, still_world: StillWorld
) -> None:
    post, (email, _, _) = office(database, still_world)
    patient_id = add_patient(database, still_world.world)
    stay = {"id": "stay", "patient_id": patient_id, "visit_number": "1", "unit": "U", "admitted_at": 1}
    database.transact(lambda tx: tx.connection.execute(insert(admission).values(**stay)).rowcount)
    owed = owe_notice(database, still_world.world, patient_id, episode_id="stay")
    post.round()
    assert len(email.taken) == 1
    assert [task.kind for task in post.tasks(owed.id)] == [TaskKind.BEDSIDE]
    post.round(hours=5)
    assert post.alerts("notice-task-overdue") == []
    leaves = still_world.world.epoch_ms()
    database.transact(lambda tx: tx.connection.execute(update(admission).values(discharged_at=leaves)).rowcount)
    post.round(minutes=1)
    post.round(minutes=1)
    assert post.alerts("notice-task-overdue") == [(f"bedside {owed.id}", False)]
    post.acting.told_at_bedside(owed.id, reason="told at the door", by="x")
    assert post.tasks(owed.id)[0].done_at is not None
    assert post.notice(owed.id).state is NoticeState.SENT
    with pytest.raises(InvalidRequest):
        post.acting.told_at_bedside(owed.id, reason="twice", by="x")


def test_a_majority_reached_between_two_attempts_opens_every_address(
    database: Database, still_world: StillWorld
) -> None:
    post, channels = office(database, still_world)
    channels[0].script[:] = ["later"]
    nearly = Person(birth_date="2008-11-23", phone="0639980001")
    patient_id = add_patient(database, still_world.world, nearly)
    owe_notice(database, still_world.world, patient_id)
    post.round()
    channels[0].script[:] = ["no"]
    post.round(hours=24)
    assert len(channels[1].taken) == 1


def test_a_patient_who_died_since_is_held_at_the_next_attempt(database: Database, still_world: StillWorld) -> None:
    post, channels = office(database, still_world)
    channels[0].script[:] = ["later"]
    patient_id = add_patient(database, still_world.world)
    owed = owe_notice(database, still_world.world, patient_id)
    post.round()
    database.transact(lambda tx: tx.connection.execute(update(patient).values(deceased_on="2026-11-22")).rowcount)
    post.round(hours=1)
    assert post.notice(owed.id).last_failure == "deceased"
