"""The letter channel: one notice, one PDF in the batch of its day, for whoever prints and posts them.

The idempotency key is the file's name: a notice has one letter however often it is tried, and whoever tries. What a
batch is says `letter_batch`.
"""

import errno
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from babel.dates import format_date

from gateway.errors import ConfigurationError, DeliveryFailed, SettingFault
from gateway.notifications.channel import Accepted, AddressKind, ChannelParts, Message
from gateway.notifications.discretion import load_health_words
from gateway.notifications.letter_batch import add, mend
from gateway.paris import PARIS
from gateway.settings import LetterSettings

NAME = "letter"
POINTS, LARGE_POINTS = 14, 18
MOST_ADDRESS_LINES = 6  # the window of the envelope
_KEY = "notifications.letter"
_PDF_MAGIC = b"%PDF-"
_UNPRINTABLE = 3  # the exit code of letter_setting for what no try will print


class LetterChannel:
    """`NotificationChannel` over a folder. Any number of processes may write to it."""

    name = NAME
    reaches = frozenset({AddressKind.POSTAL})
    honours_key = True  # a key is one file

    def __init__(self, parts: ChannelParts, settings: LetterSettings) -> None:
        self._settings = settings
        self._now = parts.now
        self._seconds = min(settings.timeout_seconds, parts.deadline_seconds)

    def send(self, message: Message) -> Accepted:
        """See `NotificationChannel.send`. The reference is `<batch>/<key>.pdf`."""
        file_name = f"{message.idempotency_key}.pdf"
        try:
            written = self._find(file_name)
            if written is None:
                written = self._write(file_name, self._set(message))
            else:
                mend(written.parent)
        except OSError as error:
            # A full or vanished disk is mended by somebody; its message may hold a path, never a person.
            raise DeliveryFailed(f"letter-{errno.errorcode.get(error.errno or 0, 'io')}", permanent=False) from None
        return Accepted(f"{written.parent.name}/{file_name}")

    def _find(self, file_name: str) -> Path | None:
        return next(self._settings.folder.glob(f"????-??-??/{file_name}"), None)

    def _set(self, message: Message) -> bytes:
        address = [line.strip() for line in message.to.splitlines() if line.strip()]
        if not 2 <= len(address) <= MOST_ADDRESS_LINES or any(len(line) > 60 for line in address):
            raise DeliveryFailed("letter-address-malformed", permanent=True)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "gateway.notifications.letter_setting"],
                input=json.dumps(self._letter(message, address)).encode(),
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeliveryFailed("letter-setting-slow", permanent=False) from None
        if done.returncode == _UNPRINTABLE:
            raise DeliveryFailed("letter-unprintable", permanent=True)
        if done.returncode != 0 or not done.stdout.startswith(_PDF_MAGIC):
            raise DeliveryFailed("letter-setting-failed", permanent=False)
        return done.stdout

    def _letter(self, message: Message, address: list[str]) -> dict[str, object]:
        today = self._day()
        paragraphs = [part.replace("\n", " ") for part in message.text.strip().split("\n\n")]
        return {
            "language": message.language,
            "title": message.subject,
            "sender": list(self._settings.sender),
            "address": address,
            "date": {"year": today.year, "month": today.month, "day": today.day},
            "day": format_date(today, format="long", locale=message.language),
            "paragraphs": paragraphs,
            "link": next((one for one in paragraphs if one.startswith(("https://", "http://"))), ""),
            "size": LARGE_POINTS if message.large_print else POINTS,
        }

    def _day(self) -> datetime:
        return self._now().astimezone(PARIS)

    def _write(self, file_name: str, pdf: bytes) -> Path:
        with tempfile.NamedTemporaryFile(dir=self._settings.folder, prefix=".") as unfinished:
            unfinished.write(pdf)
            unfinished.flush()
            os.fsync(unfinished.fileno())
            return add(self._settings.folder, self._day().date(), Path(unfinished.name), file_name)


def create_channel(parts: ChannelParts) -> LetterChannel:
    """The entry point `letter`. Raises `ConfigurationError` naming every setting that cannot be used."""
    settings = parts.settings.letter
    if settings is None:
        raise ConfigurationError((SettingFault(_KEY, "is needed by the channel `letter`"),))
    faults: list[SettingFault] = []
    if not settings.sender or len(settings.sender) > MOST_ADDRESS_LINES:
        faults.append(SettingFault(f"{_KEY}.sender", f"takes 1 to {MOST_ADDRESS_LINES} lines"))
    if told := load_health_words().in_sender("\n".join(settings.sender)):
        fault = f"says {', '.join(told)}, and shows on every envelope: give one that tells nothing"
        faults.append(SettingFault(f"{_KEY}.sender", fault))
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        faults.append(SettingFault(f"{_KEY}.folder", f"cannot be made: {error.strerror}"))
    if faults:
        raise ConfigurationError(tuple(faults))
    return LetterChannel(parts, settings)
