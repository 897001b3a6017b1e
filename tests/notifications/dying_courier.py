"""A courier whose process dies, as a crash would have it: `python -m tests.notifications.dying_courier URL PORT WHEN`.

WHEN is `before` (claimed, nothing sent) or `after` (the relay has said 250, nothing settled). Nothing is cleaned up:
`os._exit` runs no handler, as a power cut would not.
"""

import os
import sys

from gateway.notifications.channel import Accepted, ChannelParts, Message
from gateway.notifications.courier import Courier, send_deadline_seconds
from gateway.notifications.email import create_channel
from gateway.notifications.texts import NoticeTexts
from gateway.storage.database import Database
from gateway.world import real_world
from tests.notifications.outbox_rows import TableRecorder, notification_settings

EXIT_CODE = 77


class DyingChannel:
    """The e-mail channel, around whose `send` the process ends."""

    def __init__(self, parts: ChannelParts, when: str) -> None:
        self._channel = create_channel(parts)
        self._when = when
        self.name = self._channel.name
        self.reaches = self._channel.reaches
        self.honours_key = self._channel.honours_key

    def send(self, message: Message) -> Accepted:
        """Never returns."""
        if self._when == "after":
            self._channel.send(message)
        os._exit(EXIT_CODE)


def main(url: str, port: int, when: str) -> None:
    """Deliver until death."""
    world = real_world()
    settings = notification_settings(port)
    parts = ChannelParts(
        settings=settings,
        host_name="acces.vauclair.example",
        sender_name="Centre hospitalier de Vauclair",
        now=world.now,
        deadline_seconds=send_deadline_seconds(settings),
    )
    courier = Courier(
        database=Database(url),
        world=world,
        channels=(DyingChannel(parts, when),),
        texts=NoticeTexts(hospital_name="Centre hospitalier de Vauclair", phone="1", base_url="http://localhost"),
        recorder=TableRecorder(world),
        settings=settings,
    )
    courier.deliver_due()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
