"""Who is told of a real opening, and what becomes of what nobody may or can be told: from the glass that is broken to
the recipient, or to the person who owes them the word."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from gateway.access.outcome import Granted, Outcome
from gateway.notifications.channel import AddressKind
from gateway.notifications.notice import Notice, NoticeState, Recipient
from gateway.notifications.tasks import TaskKind
from gateway.storage import tables
from tests.access.conftest import Hospital
from tests.notifications.post_office import PostOffice, TalkingChannel

OWN, REPRESENTATIVE, DOCTOR = "alix@courriel.example", "tutrice@courriel.example", "traitant@mssante.test"
HOUR_MS = 3_600_000
Insist = Callable[[Outcome], Granted]


def contact(hospital: Hospital, patient_id: str, kind: str, **columns: object) -> None:
    """One more contact of the patient's, after those they have."""
    row = {"id": hospital.still.world.new_id(), "patient_id": patient_id, "kind": kind, "name": kind} | columns
    hospital.database.transact(lambda tx: tx.connection.execute(insert(tables.patient_contact), row).rowcount)


def mail(*script: str) -> TalkingChannel:
    return TalkingChannel("email", list(script), reaches=frozenset({AddressKind.EMAIL, AddressKind.MSSANTE}))


def written_to(channel: TalkingChannel) -> list[str]:
    return sorted(message.to for message in channel.taken)


def notice_to(post: PostOffice, recipient: Recipient) -> Notice:
    with post.database.reading() as connection:
        found = connection.execute(select(tables.notice.c.id).where(tables.notice.c.recipient == recipient.value))
        return post.notice(found.scalar_one())


@pytest.mark.parametrize(
    ("measure", "until", "told"),
    [
        ("tutelle", None, True),
        ("habilit", "2026-11-22", True),
        ("tutelle", "2026-11-21", False),
        ("curatelle", None, False),
        ("sauvegarde", None, False),
        ("none", None, False),
    ],
)
def test_who_represents_a_protected_adult_is_told_as_well_and_never_instead(
    hospital: Hospital, granted: Insist, measure: str, until: str | None, told: bool
) -> None:
    patient_id = hospital.add_patient(protection=measure, protection_until=until)
    contact(hospital, patient_id, "patient", email=OWN)
    contact(hospital, patient_id, "legal_representative", email=REPRESENTATIVE)
    granted(hospital.open(patient_id))
    email = mail()
    PostOffice(hospital.database, hospital.still, [email]).round()
    assert written_to(email) == sorted([OWN, DOCTOR, *([REPRESENTATIVE] if told else [])])
    # A text of their own and a code of their own: what one proves, the other has not proved.
    assert len({message.text for message in email.taken}) == len(email.taken)


def test_a_representative_nobody_can_write_to_is_a_persons_task_and_the_patient_is_told(
    hospital: Hospital, granted: Insist
) -> None:
    patient_id = hospital.add_patient(protection="tutelle")
    contact(hospital, patient_id, "patient", email=OWN)
    contact(hospital, patient_id, "legal_representative", email=REPRESENTATIVE)
    granted(hospital.open(patient_id))
    post = PostOffice(hospital.database, hospital.still, [email := mail()])
    hospital.run("UPDATE patient_contact SET email = '' WHERE kind = 'legal_representative'")
    post.round()
    assert written_to(email) == sorted([OWN, DOCTOR])
    theirs = notice_to(post, Recipient.LEGAL_REPRESENTATIVE)
    assert (theirs.state, theirs.last_failure) == (NoticeState.PERSON, "no-address")
    assert [task.kind for task in post.tasks(theirs.id)] == [TaskKind.TELL]


@pytest.mark.parametrize("safe", ["", "autre@courriel.example"])
def test_an_address_others_read_is_passed_over_and_without_another_the_notice_is_held_with_its_task(
    hospital: Hospital, granted: Insist, safe: str
) -> None:
    patient_id = hospital.add_patient()
    contact(hospital, patient_id, "patient", email=OWN, unsafe=True)
    if safe:
        contact(hospital, patient_id, "patient", email=safe, position=1)
    granted(hospital.open(patient_id))
    post = PostOffice(hospital.database, hospital.still, [email := mail()])
    post.round()
    assert written_to(email) == sorted([DOCTOR, *([safe] if safe else [])])
    own = notice_to(post, Recipient.PATIENT)
    if not safe:
        assert (own.state, own.last_failure) == (NoticeState.HELD, "unsafe-address")
        assert TaskKind.TELL in {task.kind for task in post.tasks(own.id)}
        # A person who releases it overrides the rule, never the address' safety.
        post.acting.release(own.id, reason="told on the phone to send it", by="x")
        post.round()
        assert OWN not in written_to(email)
        assert post.notice(own.id).state is NoticeState.PERSON


def test_of_who_died_nobody_is_told_before_a_person_has_looked_but_their_doctor(
    hospital: Hospital, granted: Insist
) -> None:
    patient_id = hospital.add_patient(protection="tutelle")
    contact(hospital, patient_id, "patient", email=OWN)
    contact(hospital, patient_id, "legal_representative", email=REPRESENTATIVE)
    granted(hospital.open(patient_id))
    hospital.run("UPDATE patient SET deceased_on = '2026-11-22'")
    post = PostOffice(hospital.database, hospital.still, [email := mail()])
    post.round()
    assert written_to(email) == [DOCTOR]
    for recipient in (Recipient.PATIENT, Recipient.LEGAL_REPRESENTATIVE):
        held = notice_to(post, recipient)
        assert (held.state, held.last_failure) == (NoticeState.HELD, "deceased")
        (task,) = [one for one in post.tasks(held.id) if one.kind is TaskKind.TELL]
        assert task.due_at == hospital.still.world.epoch_ms() + 72 * HOUR_MS


def test_an_unconscious_inpatient_is_written_to_all_the_same_and_told_before_they_leave(
    hospital: Hospital, granted: Insist
) -> None:
    patient_id = hospital.add_patient()
    contact(hospital, patient_id, "patient", email=OWN)
    granted(hospital.open(patient_id))
    post = PostOffice(hospital.database, hospital.still, [email := mail()])
    post.round()
    assert OWN in written_to(email)
    own = notice_to(post, Recipient.PATIENT)
    (owed,) = post.tasks(own.id)
    assert (owed.kind, owed.done_at) == (TaskKind.BEDSIDE, None)
    # The doctor was not unconscious.
    assert post.tasks(notice_to(post, Recipient.MEDECIN_TRAITANT).id) == ()
    hospital.still.pass_time(hours=5)
    left_at = hospital.still.world.epoch_ms()
    hospital.run("UPDATE admission SET discharged_at = :left_at", left_at=left_at)
    post.round()
    assert [task.due_at for task in post.tasks(own.id)] == [left_at]
    post.round()
    assert post.alerts("notice-task-overdue") == [(f"bedside {own.id}", False)]
    post.acting.told_at_bedside(own.id, reason="told at the door", by="x")
    assert [task.done_at is not None for task in post.tasks(own.id)] == [True]


def test_what_a_doctors_mailbox_never_answered_for_is_a_persons_task_that_says_so_and_goes_no_second_time(
    hospital: Hospital, granted: Insist
) -> None:
    granted(hospital.open(hospital.add_patient()))
    post = PostOffice(hospital.database, hospital.still, [email := mail("lost")])
    for _ in range(4):
        post.round(hours=30)
    theirs = notice_to(post, Recipient.MEDECIN_TRAITANT)
    assert (theirs.state, theirs.last_failure) == (NoticeState.PERSON, "email-lost-send")
    assert [task.kind for task in post.tasks(theirs.id)] == [TaskKind.TELL]
    assert post.history(theirs.id) == ["perhaps-sent", "person"]
    assert written_to(email) == [DOCTOR]
