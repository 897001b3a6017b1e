"""The parts of the room, built and joined once, for the composition root."""

from dataclasses import dataclass

from audit import AuditLog
from gateway.access.finding import Finding
from gateway.access.notice_record import NoticeJournal
from gateway.access.receipts import Patience, Receipts
from gateway.access.recorders import AccessRecorder
from gateway.notifications.delivery import Deliveries
from gateway.portal.addresses import Addresses
from gateway.portal.blocking import Blocking
from gateway.portal.choosing import Choosing
from gateway.portal.contesting import ContestBook, Contesting
from gateway.portal.desk import Desk
from gateway.portal.history import History
from gateway.portal.notice_pages import NoticePages
from gateway.portal.people import People
from gateway.portal.recorder import PortalRecorder
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """`gateway.portal`: what patients' pages call. `whose` is empty for one's own record, else `Person.whose`."""

    people: People
    history: History
    notices: NoticePages
    contesting: Contesting
    blocking: Blocking
    choosing: Choosing
    addresses: Addresses
    desk: Desk


@dataclass(frozen=True, slots=True)
class _Acting:
    """What the parts that change something stand on."""

    database: Database
    world: World
    people: People
    recorder: PortalRecorder
    access_recorder: AccessRecorder

    def blocking(self) -> Blocking:
        return Blocking(
            database=self.database,
            world=self.world,
            people=self.people,
            recorder=self.recorder,
            access_recorder=self.access_recorder,
        )

    def choosing(self, channels: tuple[str, ...]) -> Choosing:
        return Choosing(
            database=self.database,
            world=self.world,
            people=self.people,
            recorder=self.recorder,
            access_recorder=self.access_recorder,
            channels=channels,
        )


def build_portal(
    *,
    settings: Settings,
    database: Database,
    world: World,
    log: AuditLog,
    journal: Journal,
    finding: Finding,
    book: ContestBook,
    patience: Patience | None = None,
) -> Portal:
    """Join the parts; `book` makes a case of a contest, `patience` is how long a receipt waits for its head."""
    people = People(database=database, world=world)
    recorder = PortalRecorder(journal)
    deliveries = Deliveries(recorder=NoticeJournal(journal), settings=settings.notifications)
    receipts = Receipts(database=database, world=world, log=log, patience=patience)
    contesting = Contesting(database=database, world=world, people=people, book=book)
    acting = _Acting(database, world, people, recorder, AccessRecorder(journal))
    blocking = acting.blocking()
    choosing = acting.choosing(settings.notifications.channels)
    addresses = Addresses(database=database, world=world, people=people, journal=journal)
    return Portal(
        people=people,
        history=History(
            database=database,
            world=world,
            people=people,
            recorder=recorder,
            receipts=receipts,
            deliveries=deliveries,
            hospital=settings.hospital,
        ),
        notices=NoticePages(
            database=database,
            world=world,
            recorder=recorder,
            receipts=receipts,
            deliveries=deliveries,
            book=book,
            hospital=settings.hospital,
        ),
        contesting=contesting,
        blocking=blocking,
        choosing=choosing,
        addresses=addresses,
        desk=Desk(
            database=database,
            world=world,
            finding=finding,
            contesting=contesting,
            blocking=blocking,
            choosing=choosing,
            addresses=addresses,
            recorder=recorder,
        ),
    )
