"""Where caught mails and text messages are kept: one SQLite file, read by the demo's page in whichever process."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from pathlib import Path

MOST_KEPT = 500
_TABLE = """CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY AUTOINCREMENT, caught_at INTEGER NOT NULL, recipient TEXT NOT NULL, content BLOB NOT NULL
)"""

_TEXT_TABLE = """CREATE TABLE IF NOT EXISTS text_message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, caught_at INTEGER NOT NULL, message_key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL, content TEXT NOT NULL
)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtText:
    """One text message. `caught_at` is UTC epoch milliseconds, `key` its idempotency key."""

    number: int
    caught_at: int
    key: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtMail:
    """One mail as it arrived. `text` and `html` are decoded; `caught_at` is UTC epoch milliseconds."""

    number: int
    caught_at: int
    recipient: str
    sender: str
    subject: str
    message_id: str
    text: str
    html: str
    raw: bytes


class Mailbox:
    """The newest `most_kept` mails. Any number of processes may use one file."""

    def __init__(self, file: Path, now: Callable[[], datetime], *, most_kept: int = MOST_KEPT) -> None:
        self._file = file
        self._now = now
        self._most_kept = most_kept
        with closing(self._open()) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_TABLE)
            connection.execute(_TEXT_TABLE)

    def keep(self, recipients: list[str], content: bytes) -> None:
        """Store one mail for each of its recipients, and let the oldest go."""
        caught_at = int(self._now().timestamp() * 1000)
        with closing(self._open()) as connection, connection:
            connection.executemany(
                "INSERT INTO mail (caught_at, recipient, content) VALUES (?, ?, ?)",
                [(caught_at, recipient, content) for recipient in recipients],
            )
            connection.execute(
                "DELETE FROM mail WHERE number <= (SELECT max(number) FROM mail) - ?", (self._most_kept,)
            )

    def keep_text(self, key: str, recipient: str, text: str) -> tuple[int, bool]:
        """Store one text message unless its key is known; its number, and whether it is new. The oldest go."""
        caught_at = int(self._now().timestamp() * 1000)
        with closing(self._open()) as connection, connection:
            done = connection.execute(
                "INSERT INTO text_message (caught_at, message_key, recipient, content) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (message_key) DO NOTHING",
                (caught_at, key, recipient, text),
            )
            is_new = done.rowcount == 1
            number = connection.execute("SELECT number FROM text_message WHERE message_key = ?", (key,)).fetchone()[0]
            connection.execute(
                "DELETE FROM text_message WHERE number <= (SELECT max(number) FROM text_message) - ?",
                (self._most_kept,),
            )
        return int(number), is_new

    def newest_texts(self, most: int = 50) -> tuple[CaughtText, ...]:
        """The latest text messages, newest first."""
        with closing(self._open()) as connection:
            rows = connection.execute(
                "SELECT number, caught_at, message_key, recipient, content FROM text_message"
                " ORDER BY number DESC LIMIT ?",
                (most,),
            ).fetchall()
        return tuple(
            CaughtText(number=number, caught_at=at, key=key, recipient=recipient, text=text)
            for number, at, key, recipient, text in rows
        )

    def newest(self, most: int = 50) -> tuple[CaughtMail, ...]:
        """The latest mails, newest first."""
        with closing(self._open()) as connection:
            rows = connection.execute(
                "SELECT number, caught_at, recipient, content FROM mail ORDER BY number DESC LIMIT ?", (most,)
            ).fetchall()
        return tuple(_caught(*row) for row in rows)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=5)


def _caught(number: int, caught_at: int, recipient: str, content: bytes) -> CaughtMail:
    mail = message_from_bytes(content, policy=default_policy)
    return CaughtMail(
        number=number,
        caught_at=caught_at,
        recipient=recipient,
        sender=str(mail.get("From", "")),
        subject=str(mail.get("Subject", "")),
        message_id=str(mail.get("Message-ID", "")),
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        raw=content,
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
