"""The parts of the room that people use, built and joined once, for the composition root."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from audit import AuditLog
from gateway.notifications.channel import ChannelParts
from gateway.notifications.email import create_channel
from gateway.oversight.erasure import Erasures
from gateway.oversight.erasure_desk import ErasureDesk
from gateway.oversight.figures.bands import ShareWatch
from gateway.oversight.figures.figuring import Figuring
from gateway.oversight.own_record import OwnRecord
from gateway.oversight.reviews.answering import Answering
from gateway.oversight.reviews.case_file import CaseFiles
from gateway.oversight.reviews.contesting import Contesting
from gateway.oversight.reviews.minding import Minding
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.reminder_mail import ReminderMail, ReminderSender
from gateway.oversight.reviews.reviewing import Reviewing
from gateway.oversight.reviews.weighing import Weighing
from gateway.oversight.searching import LogSearch
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.world import World

MAIL_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """What the DPO does, what staff answer and read of themselves, what patients contest, and the worker's round."""

    reviewing: Reviewing
    answering: Answering
    contesting: Contesting
    case_files: CaseFiles
    figuring: Figuring
    log_search: LogSearch
    own_record: OwnRecord
    erasure_desk: ErasureDesk
    minding: Minding
    reminder: ReminderMail | None


def build_oversight(
    *, settings: Settings, database: Database, world: World, log: AuditLog, journal: Journal, verifier_key: str
) -> Oversight:
    """Join the parts; `verifier_key` is the log's public key in the vkey form."""
    recorder, reviews = ReviewRecorder(journal), settings.reviews
    emergency_unit = settings.hospital.emergency_unit
    weighing = Weighing(
        database=database, world=world, recorder=recorder, settings=reviews, emergency_unit=emergency_unit
    )
    return Oversight(
        reviewing=Reviewing(database=database, world=world, settings=reviews, recorder=recorder, weighing=weighing),
        answering=Answering(database=database, world=world, recorder=recorder),
        contesting=Contesting(database=database, world=world, settings=reviews, recorder=recorder, weighing=weighing),
        case_files=CaseFiles(
            database=database,
            world=world,
            log=log,
            verifier_key=verifier_key,
            settings=reviews,
            recorder=recorder,
        ),
        figuring=Figuring(
            database=database, world=world, settings=reviews, recorder=recorder, emergency_unit=emergency_unit
        ),
        log_search=LogSearch(database=database, world=world, log=log, journal=journal),
        own_record=OwnRecord(database=database, world=world, log=log, journal=journal),
        erasure_desk=ErasureDesk(
            database=database,
            world=world,
            log=log,
            journal=journal,
            erasures=Erasures(database=database, world=world, journal=journal),
        ),
        minding=Minding(
            database=database,
            world=world,
            settings=reviews,
            recorder=recorder,
            weighing=weighing,
            watch_shares=ShareWatch(database=database, world=world, settings=reviews).watch,
        ),
        reminder=_reminder(settings, database, world) if reviews.mail.to else None,
    )


def _reminder(settings: Settings, database: Database, world: World) -> ReminderMail:
    base_url = settings.server.base_url
    parts = ChannelParts(
        settings=settings.notifications,
        host_name=urlsplit(base_url).hostname or "localhost",
        sender_name=settings.hospital.name,
        now=world.now,
        deadline_seconds=MAIL_SECONDS,
    )
    return ReminderMail(
        database=database,
        world=world,
        channel=create_channel(parts),
        sender=ReminderSender(settings.hospital.name, base_url),
        settings=settings.reviews,
        claim_ms=int(MAIL_SECONDS * 1000) * 2,
    )
