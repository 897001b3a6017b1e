"""Patients are written to in their own Mon espace santé mailbox: a qualified adult, and nobody else."""

from datetime import date, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import update

from gateway.notifications.channel import AddressKind, ChannelParts
from gateway.notifications.courier import Courier, DeliveryCount
from gateway.notifications.mssante import create_channel
from gateway.notifications.notice import Recipient
from gateway.notifications.patient_mailbox import is_adult, mailbox_address
from gateway.notifications.recipient import recipient_facts
from gateway.notifications.texts import NoticeTexts
from gateway.settings import MssanteSettings
from gateway.storage.database import Database
from gateway.storage.tables import alert, patient
from tests.notifications.outbox_rows import (
    INS,
    Person,
    TableRecorder,
    add_patient,
    facts,
    notification_settings,
    owe_notice,
)
from tests.notifications.relays import ScriptedRelay
from tests.worlds import START, StillWorld

FORM = "{ins}@patient.mssante.example"
TODAY = START.date()
WITHOUT_MAIL = Person(email="", mssante="")


def address(**changes: str | None) -> str:
    known: dict[str, str | None] = {"ins": INS, "identity_status": "QUAL", "birth_date": "1979-03-28", **changes}
    return mailbox_address(FORM, today=TODAY, **known)  # type: ignore[arg-type]


def test_a_qualified_adult_has_a_mailbox_under_their_number() -> None:
    assert address() == f"{INS}@patient.mssante.example"
    assert mailbox_address("", ins=INS, identity_status="QUAL", birth_date="1979-03-28", today=TODAY) == ""


@pytest.mark.parametrize("status", ["PROV", "VALI", "RECUP", ""])
def test_an_identity_that_is_not_qualified_has_none(status: str) -> None:
    assert address(identity_status=status) == ""
    assert address(ins=None) == ""


@given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
def test_nobody_under_age_is_ever_written_to_there(born: date) -> None:
    of_age = (TODAY.year - born.year, (TODAY.month, TODAY.day)) >= (18, (born.month, born.day))
    assert bool(address(birth_date=born.isoformat())) is of_age


def test_an_unreadable_birth_date_proves_no_majority_and_a_birthday_does() -> None:
    assert not is_adult("1979-00-00", TODAY)
    assert is_adult((TODAY.replace(year=TODAY.year - 18)).isoformat(), TODAY)
    assert not is_adult((TODAY.replace(year=TODAY.year - 18) + timedelta(days=1)).isoformat(), TODAY)


@pytest.mark.parametrize("form", ["{ins}", "x@patient.mssante.fr", "{ins}@{ins}.fr", "{INS}@a.fr", "{ins} @a.fr"])
def test_a_form_that_makes_no_address_of_the_number_stops_the_start(form: str) -> None:
    with pytest.raises(ValidationError):
        MssanteSettings(address_form=form)


def known_patient(database: Database, world: StillWorld, person: Person, **identity: str) -> str:
    patient_id = add_patient(database, world.world, person)
    known = {"ins": INS, "ins_oid": "1.2.250.1.213.1.4.10", "identity_status": "QUAL", **identity}
    database.transact(
        lambda tx: tx.connection.execute(update(patient).where(patient.c.id == patient_id).values(**known))
    )
    return patient_id


def courier(database: Database, world: StillWorld, port: int, form: str = FORM) -> Courier:
    settings = notification_settings(port, mssante=MssanteSettings(address_form=form))
    parts = ChannelParts(
        settings=settings,
        host_name="acces.vauclair.example",
        sender_name="Centre de Vauclair",
        now=world.world.now,
        deadline_seconds=10,
    )
    return Courier(
        database=database,
        world=world.world,
        channels=(create_channel(parts),),
        texts=NoticeTexts(hospital_name="Centre de Vauclair", phone="01 99 00 00 15", base_url="https://a.example"),
        recorder=TableRecorder(world.world),
        settings=settings,
    )


def test_the_notice_goes_to_the_mailbox_and_the_number_nowhere_else(
    database: Database, still_world: StillWorld, capfd: pytest.CaptureFixture[str]
) -> None:
    owed = owe_notice(database, still_world.world, known_patient(database, still_world, WITHOUT_MAIL))
    refused = owe_notice(
        database, still_world.world, known_patient(database, still_world, WITHOUT_MAIL, ins="279035121518988")
    )
    with structlog.testing.capture_logs() as logged, ScriptedRelay("250", "rcpt 550") as relay:
        working = courier(database, still_world, relay.port)
        working.deliver_due()
    assert len(relay.accepted) == 1
    assert relay.recipients[0] == f"{INS}@patient.mssante.example"
    told = [str(logged), *map(str, facts(database)), *capfd.readouterr()]
    with database.reading() as connection:
        told += [str(row) for row in connection.execute(alert.select())]
    assert {owed.id, refused.id} <= {str(fact["notice"]) for fact in facts(database)}
    assert not any(number[:13] in text for text in told for number in (INS, "279035121518988"))


@pytest.mark.parametrize(
    ("person", "identity", "form"),
    [
        (Person(email="", mssante="", birth_date="2011-06-19"), {}, FORM),
        (WITHOUT_MAIL, {"identity_status": "RECUP"}, FORM),
        (WITHOUT_MAIL, {}, ""),
    ],
)
def test_a_minor_an_unqualified_identity_and_an_unset_form_send_nothing(
    database: Database, still_world: StillWorld, person: Person, identity: dict[str, str], form: str
) -> None:
    owe_notice(database, still_world.world, known_patient(database, still_world, person, **identity))
    with ScriptedRelay() as relay:
        assert courier(database, still_world, relay.port, form).deliver_due() != DeliveryCount()
    assert relay.recipients == []


def test_a_patients_own_mail_comes_before_and_the_medecin_traitant_keeps_theirs(
    database: Database, still_world: StillWorld
) -> None:
    patient_id = known_patient(database, still_world, Person())
    with database.reading() as connection:
        found = [
            recipient_facts(connection, patient_id, recipient, today=TODAY, mailbox_form=FORM).addresses
            for recipient in (Recipient.PATIENT, Recipient.MEDECIN_TRAITANT)
        ]
    assert [one.kind for one in found[0]] == [AddressKind.EMAIL, AddressKind.MSSANTE]
    assert [one.value for one in found[1]] == [Person().mssante]
    assert INS not in repr(found)
