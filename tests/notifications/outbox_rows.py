"""Rows the notice tests stand on: a patient with contacts, a grant, a notice owed; and a recorder that keeps its facts
in the database, so that a test can see whether fact and change were one commit."""

import json
from dataclasses import dataclass

from sqlalchemy import insert, select

from gateway.notifications import outbox
from gateway.notifications.notice import NewNotice, Notice, NoticeKind, Recipient
from gateway.settings import NotificationSettings, SmtpSettings
from gateway.storage.database import Database
from gateway.storage.tables import access_grant, alert, patient, patient_contact
from gateway.storage.transaction import Transaction
from gateway.world import World

# Telling on purpose: a test searches every byte that leaves for any of these.
STAFF_NAME = "Camille Roussel-Interne"
UNIT = "Urgences-Pavillon-B"
REASON = "patient inconscient, detresse vitale"
BIRTH_NAME = "PAT-TROIS"
GIVEN_NAME = "DOMINIQUE"
INS = "279035121518989"
BIRTH_DATE = "1979-03-28"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient row as a test wants it; an empty address is an address they do not have."""

    email: str = "dominique@courriel.example"
    mssante: str = "medecin@cabinet.mssante.example"
    birth_date: str = BIRTH_DATE
    deceased_on: str | None = None
    language: str = "fr"
    representative_email: str = ""
    phone: str = ""
    address: str = ""
    unsafe: bool = False
    personal: bool = False


def notification_settings(port: int = 25, **changes: object) -> NotificationSettings:
    """Settings of a relay on loopback, with short times."""
    smtp = SmtpSettings(
        host="127.0.0.1", port=port, security="none", sender="Acces <acces@hopital.example>", timeout_seconds=1.0
    )
    return NotificationSettings(smtp=smtp, **changes)


def add_patient(database: Database, world: World, person: Person | None = None) -> str:
    """Insert a patient with their contacts; their id."""
    who = person or Person()
    patient_id = world.new_id()
    own = {"email": who.email, "phone": who.phone, "address": who.address}
    contacts: list[dict[str, object]] = [
        {"kind": "patient", **own, "unsafe": who.unsafe, "personal": who.personal} if any(own.values()) else {},
        {"kind": "medecin_traitant", "name": "Dr Martin Lenoir", "mssante": who.mssante} if who.mssante else {},
        {"kind": "legal_representative", "name": "Parent", "email": who.representative_email}
        if who.representative_email
        else {},
    ]

    def unit(tx: Transaction) -> None:
        tx.connection.execute(
            insert(patient).values(
                id=patient_id,
                ipp=patient_id[:8],
                identity_status="QUAL",
                birth_name=BIRTH_NAME,
                given_names=GIVEN_NAME,
                birth_date=who.birth_date,
                sex="F",
                deceased_on=who.deceased_on,
                language=who.language,
                search_birth_name=BIRTH_NAME,
                search_given_names=GIVEN_NAME,
                dossier_status="active",
                created_at=0,
            )
        )
        for one in filter(None, contacts):
            tx.connection.execute(insert(patient_contact).values(id=world.new_id(), patient_id=patient_id, **one))

    database.transact(unit)
    return patient_id


def owe_notice(
    database: Database,
    world: World,
    patient_id: str,
    *,
    recipient: Recipient = Recipient.PATIENT,
    kind: NoticeKind = NoticeKind.BREAK_GLASS,
    language: str = "fr",
    episode_id: str = "",
) -> NewNotice:
    """Open a grant and queue its notice in one transaction, as the access room does."""
    now = world.epoch_ms()
    new_notice = NewNotice(
        id=world.new_id(),
        grant_id=world.new_id(),
        patient_id=patient_id,
        kind=kind,
        recipient=recipient,
        code=_code(world),
        language=language,
        created_at=now,
    )

    def unit(tx: Transaction) -> None:
        add_grant(tx, new_notice, world, episode_id)
        outbox.queue(tx.connection, new_notice)

    database.transact(unit)
    return new_notice


def add_grant(tx: Transaction, new_notice: NewNotice, world: World, episode_id: str = "") -> None:
    """The grant a notice is owed for."""
    tx.connection.execute(
        insert(access_grant).values(
            id=new_notice.grant_id,
            patient_id=new_notice.patient_id,
            staff_key="sub:idp|interne",
            episode_id=episode_id,
            staff=json.dumps({"name": STAFF_NAME, "unit": UNIT}),
            mode="break_glass",
            reason_code="vital_emergency",
            reason_text=REASON,
            first_access=False,
            opened_at=new_notice.created_at,
            expires_at=new_notice.created_at + 1_800_000,
            decision="{}",
            audit_entry_id=world.new_id(),
        )
    )


def notice_of(database: Database, notice_id: str) -> Notice:
    """The notice as it stands."""
    with database.reading() as connection:
        found = outbox.find(connection, notice_id)
    assert found is not None
    return found


def facts(database: Database, notice_id: str | None = None) -> list[dict[str, object]]:
    """What `TableRecorder` recorded, in no promised order."""
    with database.reading() as connection:
        rows = connection.execute(select(alert.c.detail).where(alert.c.kind == "fact")).scalars().all()
    kept: list[dict[str, object]] = [json.loads(row) for row in rows]
    return [fact for fact in kept if notice_id is None or fact["notice"] == notice_id]


def fact_names(database: Database, notice_id: str) -> list[str]:
    """The names of a notice's facts, sorted."""
    return sorted(str(fact["fact"]) for fact in facts(database, notice_id))


class TableRecorder:
    """A `NoticeRecorder` that keeps each fact as a row, written in the transaction it is given."""

    def __init__(self, world: World) -> None:
        self._world = world

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
        more: dict[str, object] = {"uncertain": uncertain} if uncertain else {}
        more |= {"to": to.value} if to else {}
        self._keep(tx, "sent", notice, channel=channel, reference=provider_reference, duplicate=duplicate, **more)

    def notice_delivered(
        self, tx: Transaction, notice: Notice, *, channel: str, proof: str, uncertain: int = 0
    ) -> None:
        self._keep(tx, "delivered", notice, channel=channel, proof=proof, uncertain=uncertain)

    def notice_undelivered(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        self._keep(tx, "undelivered", notice, channel=channel, failure=failure)

    def notice_relayed(self, tx: Transaction, notice: Notice, *, channel: str) -> None:
        self._keep(tx, "relayed", notice, channel=channel)

    def notice_printed(self, tx: Transaction, notice: Notice, *, proves_at: int) -> None:
        self._keep(tx, "printed", notice, proves_at=proves_at)

    def notice_perhaps_sent(self, tx: Transaction, notice: Notice, *, channel: str, key: str, failure: str) -> None:
        self._keep(tx, "perhaps-sent", notice, channel=channel, key=key, failure=failure)

    def notice_escalated(self, tx: Transaction, notice: Notice, *, channel: str, failure: str) -> None:
        self._keep(tx, "escalated", notice, channel=channel, failure=failure)

    def notice_retry(self, tx: Transaction, notice: Notice, *, channel: str, failure: str, due_at: int) -> None:
        self._keep(tx, "retry", notice, channel=channel, failure=failure, due_at=due_at)

    def notice_interrupted(self, tx: Transaction, notice: Notice) -> None:
        self._keep(tx, "interrupted", notice)

    def notice_held(self, tx: Transaction, notice: Notice, *, rule: str) -> None:
        self._keep(tx, "held", notice, rule=rule)

    def notice_handed_to_person(self, tx: Transaction, notice: Notice, *, failure: str) -> None:
        self._keep(tx, "person", notice, failure=failure)

    def notice_changed_by_person(self, tx: Transaction, notice: Notice, *, action: str, reason: str, by: str) -> None:
        self._keep(tx, "changed", notice, action=action, reason=reason, by=by, state=notice.state.value)

    def _keep(self, tx: Transaction, fact: str, notice: Notice, **more: object) -> None:
        detail = json.dumps({"fact": fact, "notice": notice.id, **more})
        row = {"id": self._world.new_id(), "kind": "fact", "detail": detail, "raised_at": 0}
        tx.connection.execute(insert(alert).values(row))


def _code(world: World) -> str:
    return world.new_id().replace("-", "").upper()[:10]
