"""The courier with its channels and its words, joined for the composition root."""

from urllib.parse import urlsplit

from gateway.notifications.channel import ChannelParts, NotificationChannel
from gateway.notifications.courier import Courier, send_deadline_seconds
from gateway.notifications.plugs import load_channels
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.texts import NoticeTexts
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.world import World


def build_courier(settings: Settings, database: Database, world: World, recorder: NoticeRecorder) -> Courier:
    """The courier of this process. Raises `ConfigurationError` naming every setting that cannot be used."""
    return Courier(
        database=database,
        world=world,
        channels=_channels(settings, world),
        texts=_notice_texts(settings),
        recorder=recorder,
        settings=settings.notifications,
    )


def _notice_texts(settings: Settings) -> NoticeTexts:
    letter = settings.notifications.letter
    return NoticeTexts(
        hospital_name=settings.hospital.name,
        phone=settings.hospital.phone,
        base_url=settings.server.base_url,
        hours=letter.hours if letter else "",
        sms="sms" in settings.notifications.channels,
    )


def _channels(settings: Settings, world: World) -> tuple[NotificationChannel, ...]:
    parts = ChannelParts(
        settings=settings.notifications,
        host_name=urlsplit(settings.server.base_url).hostname or "localhost",
        sender_name=settings.hospital.name,
        now=world.now,
        deadline_seconds=send_deadline_seconds(settings.notifications),
    )
    return load_channels(parts)
