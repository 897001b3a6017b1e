"""Everything that brings notices home, over channels told how to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from gateway.errors import DeliveryFailed
from gateway.notifications.attempts import Attempt, attempts_of
from gateway.notifications.channel import Accepted, AddressKind, Message, NotificationChannel
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.courier import Courier, DeliveryCount
from gateway.notifications.delivery import Deliveries, ReceiptOutcome
from gateway.notifications.minding import Minding
from gateway.notifications.notice import Notice
from gateway.notifications.operations import NoticeOperations
from gateway.notifications.tasks import Task, tasks_of
from gateway.notifications.texts import NoticeTexts
from gateway.settings import DeliverySettings, ReportSettings
from gateway.storage.database import Database
from gateway.storage.tables import alert, patient_contact
from tests.notifications.outbox_rows import TableRecorder, fact_names, facts, notice_of, notification_settings
from tests.worlds import StillWorld

KINDS = {"email": AddressKind.EMAIL, "sms": AddressKind.PHONE, "letter": AddressKind.POSTAL}
NEVER_QUIET = {"quiet_from": "00:00", "quiet_until": "00:00"}


@dataclass
class TalkingChannel:
    """Answers each message with the next word of `script`, and `ok` at its end: `no` (for good), `later` (this
    recipient, for now), `down` (nobody can be reached), `lost` (taken, but the answer never came), `dies` (taken, and
    the courier with it). The provider of text messages and the folder of letters honour keys, no relay does."""

    name: str
    script: list[str] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    asked: int = 0
    reports: bool = False  # promises to report, where it is asked to
    reaches: frozenset[AddressKind] = frozenset()
    honours_key: bool = False

    def __post_init__(self) -> None:
        self.reaches = self.reaches or frozenset({KINDS[self.name]})
        self.honours_key = self.honours_key or self.name in ("sms", "letter")

    @property
    def keys(self) -> list[str]:
        return [message.idempotency_key for message in self.taken]

    def send(self, message: Message) -> Accepted:
        self.asked += 1
        word = self.script.pop(0) if self.script else "ok"
        if word == "no":
            raise DeliveryFailed(f"{self.name}-550-rcpt", permanent=True)
        if word == "later":
            raise DeliveryFailed("smtp-451-rcpt", permanent=False)
        if word == "down":
            raise DeliveryFailed("smtp-lost-connect", permanent=False)
        self.taken.append(message)
        if word == "dies":
            raise KeyboardInterrupt
        if word == "lost":
            raise DeliveryFailed(f"{self.name}-lost-send", permanent=False, perhaps_sent=True)
        return Accepted(f"ref-{message.idempotency_key}", will_report=self.reports and message.envelope_id != "")


class PostOffice:
    """One courier, its minding, its proofs and its operations."""

    def __init__(
        self, database: Database, world: StillWorld, channels: Sequence[NotificationChannel], **delivery: object
    ) -> None:
        self.database = database
        self.world = world
        settings = notification_settings(
            delivery=DeliverySettings.model_validate({**NEVER_QUIET, "gather_hours": 0, **delivery}),
            reports=ReportSettings(folder=Path("nowhere")),
        )
        recorder = TableRecorder(world.world)
        self.watch = ClaimWatch(world.world, settings.claim_seconds)
        self.courier = Courier(
            database=database,
            world=world.world,
            channels=channels,
            texts=NoticeTexts(hospital_name="CH", phone="1", base_url="http://localhost"),
            recorder=recorder,
            settings=settings,
            watch=self.watch,
        )
        self.deliveries = Deliveries(recorder=recorder, settings=settings)
        self.minding = Minding(database=database, world=world.world, recorder=recorder, settings=settings.delivery)
        self.acting = NoticeOperations(
            database=database, world=world.world, recorder=recorder, settings=settings.delivery
        )

    def round(self, **passing: float) -> DeliveryCount:
        """Let time pass, mind the deadlines, deliver what is due."""
        self.world.pass_time(**passing)
        self.minding.run_due(lambda: True)
        return self.courier.deliver_due(200)

    def receipt(self, channel: str, reference: str, state: str) -> ReceiptOutcome:
        assert state in ("delivered", "failed")
        said = "delivered" if state == "delivered" else "failed"
        now = self.world.world.epoch_ms()
        return self.database.transact(
            lambda tx: self.deliveries.record_receipt(
                tx, channel=channel, provider_reference=reference, state=said, at_ms=now
            )
        )

    def printed(self, *notice_ids: str) -> int:
        now = self.world.world.epoch_ms()
        return self.database.transact(lambda tx: self.deliveries.record_printed(tx, notice_ids, now))

    def seen(self, notice_id: str) -> None:
        now = self.world.world.epoch_ms()
        self.database.transact(lambda tx: self.deliveries.record_seen(tx, notice_id, by="page", at_ms=now))

    def notice(self, notice_id: str) -> Notice:
        return notice_of(self.database, notice_id)

    def history(self, notice_id: str) -> list[str]:
        """The names of its facts, sorted."""
        return fact_names(self.database, notice_id)

    def fact(self, notice_id: str, name: str) -> dict[str, object]:
        (found,) = [one for one in facts(self.database, notice_id) if one["fact"] == name]
        return found

    def ways(self, notice_id: str) -> tuple[Attempt, ...]:
        with self.database.reading() as connection:
            return attempts_of(connection, notice_id)

    def tasks(self, notice_id: str) -> tuple[Task, ...]:
        with self.database.reading() as connection:
            return tasks_of(connection, notice_id)

    def alerts(self, kind: str) -> list[tuple[str, bool]]:
        """Detail, and whether it is over."""
        with self.database.reading() as connection:
            rows = connection.execute(select(alert).where(alert.c.kind == kind).order_by(alert.c.raised_at)).all()
        return [(row.detail, row.resolved_at is not None) for row in rows]

    def change_contact(self, patient_id: str, **values: object) -> None:
        changed = update(patient_contact).where(
            patient_contact.c.patient_id == patient_id, patient_contact.c.kind == "patient"
        )
        self.database.transact(lambda tx: tx.connection.execute(changed.values(**values)).rowcount)
