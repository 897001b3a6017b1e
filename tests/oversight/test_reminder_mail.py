"""The privacy officer is reminded by e-mail of what is late or soon will be, once a day; the mail names nobody."""

import threading
from email.message import EmailMessage

from sqlalchemy import text

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.notifications.channel import ChannelParts
from gateway.notifications.email import create_channel
from gateway.oversight.reviews.reminder_mail import ReminderMail, ReminderSender
from gateway.settings import NotificationSettings, ReminderMailSettings, ReviewSettings, SmtpSettings
from tests.notifications.relays import ScriptedRelay
from tests.oversight.conftest import Watched

TO = "dpo@hospital.example"


def reminder(watched: Watched, port: int, hour: int = 0) -> ReminderMail:
    smtp = SmtpSettings(host="127.0.0.1", port=port, security="none", sender="acces@hospital.example")
    database, world = watched.hospital.database, watched.hospital.still.world
    parts = ChannelParts(
        settings=NotificationSettings(smtp=smtp),
        host_name="acces.hospital.example",
        sender_name="CHU de test",
        now=world.now,
        deadline_seconds=5,
    )
    return ReminderMail(
        database=database,
        world=world,
        channel=create_channel(parts),
        sender=ReminderSender("CHU de test", "https://acces.hospital.example"),
        settings=ReviewSettings(mail=ReminderMailSettings(to=TO, hour=hour)),
        claim_ms=60_000,
    )


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def alerts(watched: Watched) -> list[str]:
    open_ones = text("SELECT detail FROM alert WHERE kind = 'review-mail' AND resolved_at IS NULL")
    with watched.hospital.database.reading() as connection:
        return list(connection.execute(open_ones).scalars())


def test_what_is_late_or_soon_is_counted_in_one_mail_a_day_whoever_restarts(watched: Watched) -> None:
    late = watched.break_glass(1)
    patient = "00000000-0000-4000-8000-000000000001"
    form = ContestForm(ContestWish.EXPLAIN, ContestAnswer.PHONE, "Pourquoi mon dossier ?")
    watched.oversight.contesting.contest(patient, late, form)
    watched.oversight.reviewing.ask(watched.dpo, late, "Que s'est-il passé ?")
    with ScriptedRelay() as relay:
        assert not reminder(watched, relay.port).run_due(), "nothing is late yet"
        watched.hospital.still.pass_time(days=2)
        watched.break_glass(2)
        watched.hospital.still.pass_time(days=13, hours=1)
        workers = [threading.Thread(target=reminder(watched, relay.port).run_due) for _ in range(5)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert not reminder(watched, relay.port).run_due()
        (mail,) = relay.accepted
        watched.hospital.still.pass_time(days=1)
        assert reminder(watched, relay.port).run_due()
        assert len(set(relay.message_ids)) == 2
    assert relay.recipients[0] == TO
    assert mail["Subject"] == "Relectures / reviews : 2 en retard / overdue, 1 bientôt / soon"
    words = words_of(mail)
    for part in (
        "Cas à décider, en retard ................. 1",
        "Cas à décider sous 2 j .................. 1",
        "Contestations sans réponse, en retard .... 0",
        "Explications du personnel, en retard ..... 1",
        "Cases to decide, overdue ................. 1",
        "https://acces.hospital.example/dpo",
    ):
        assert part in words, part


def test_the_mail_names_no_patient_no_reader_and_no_case(watched: Watched) -> None:
    access = watched.break_glass(1)
    with watched.hospital.database.reading() as connection:
        patient = connection.execute(text("SELECT birth_name, ipp, ins FROM patient")).one()
    watched.hospital.still.pass_time(days=20)
    with ScriptedRelay() as relay:
        assert reminder(watched, relay.port).run_due()
    (mail,) = relay.accepted
    whole = mail.as_string()
    for word in (*patient, access, watched.hospital.senior.name, watched.dpo.name):
        assert str(word) not in whole, word


def test_nothing_is_sent_before_the_hour_nor_when_nothing_waits(watched: Watched) -> None:
    access = watched.break_glass(1)
    watched.hospital.still.pass_time(days=20)  # it is 4:00 in Paris
    with ScriptedRelay() as relay:
        assert not reminder(watched, relay.port, hour=8).run_due()
        watched.hospital.still.pass_time(hours=5)
        assert reminder(watched, relay.port, hour=8).run_due()
        watched.oversight.reviewing.justify(watched.dpo, access)
        watched.hospital.still.pass_time(days=1)
        assert not reminder(watched, relay.port, hour=8).run_due()
        assert len(relay.accepted) == 1


def test_a_relay_that_refuses_is_one_alert_and_the_mail_leaves_when_it_is_mended(watched: Watched) -> None:
    watched.break_glass(1)
    watched.hospital.still.pass_time(days=20)
    with ScriptedRelay("data 451", "rcpt 550", "drop") as relay:
        mail = reminder(watched, relay.port)
        assert not mail.run_due()
        assert not mail.run_due(), "not before a minute has passed"
        assert alerts(watched) == ["the reminder of the reviews was not sent"]
        watched.hospital.still.pass_time(minutes=2)
        assert not mail.run_due()
        watched.hospital.still.pass_time(minutes=40)
        assert not mail.run_due()
        assert len(alerts(watched)) == 1
        watched.hospital.still.pass_time(minutes=60)
        assert mail.run_due()
        assert alerts(watched) == []
        assert len(set(relay.message_ids)) == 1, "sent twice because no answer came, it is one mail"
