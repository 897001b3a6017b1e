"""What was caught on its way out, by whatever way: e-mails, text messages and letters, with whom they went to."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import select

from gateway.demo.catcher.mailbox import Mailbox
from gateway.notifications.attempts import notice_id_of
from gateway.notifications.letter_batch import batches, letters
from gateway.notifications.notice import Recipient
from gateway.patients.folding import first_given_name
from gateway.storage.database import Database
from gateway.storage.tables import notice, patient

MOST_SHOWN = 50
_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whose notice it was: the patient, and to whom of those around them."""

    patient: str
    recipient: Recipient
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """One thing that left. `at` is UTC epoch milliseconds; a letter has a `file` of a `batch` and no text."""

    kind: Literal["email", "sms", "letter"]
    at: int
    address: str
    subject: str
    text: str
    notice_id: str
    whom: Whom | None = None
    batch: str = ""
    file: str = ""


class CaughtMessages:
    """Everything that left the demo."""

    def __init__(self, mailbox: Mailbox, letters_folder: Path, database: Database) -> None:
        self._mailbox = mailbox
        self._letters = letters_folder
        self._database = database

    def newest(self) -> tuple[Caught, ...]:
        """The latest, newest first."""
        found = sorted((*self._mails(), *self._texts(), *self._posted()), key=lambda one: one.at, reverse=True)
        shown = found[:MOST_SHOWN]
        known = self._whom({one.notice_id for one in shown})
        return tuple(
            Caught(**{name: getattr(one, name) for name in Caught.__slots__} | {"whom": known.get(one.notice_id)})
            for one in shown
        )

    def letter(self, batch: str, file: str) -> Path | None:
        """The file of a letter, None where there is none of that name."""
        found = next((one for one in batches(self._letters) if one.name == batch), None)
        return found / file if found is not None and file in letters(found) else None

    def _mails(self) -> Iterator[Caught]:
        for mail in self._mailbox.newest(MOST_SHOWN):
            yield Caught(
                kind="email",
                at=mail.caught_at,
                address=mail.recipient,
                subject=mail.subject,
                text=mail.text,
                notice_id=_notice_in(mail.message_id),
            )

    def _texts(self) -> Iterator[Caught]:
        for one in self._mailbox.newest_texts(MOST_SHOWN):
            yield Caught(
                kind="sms",
                at=one.caught_at,
                address=one.recipient,
                subject="",
                text=one.text,
                notice_id=_notice_in(one.key),
            )

    def _posted(self) -> Iterator[Caught]:
        for batch in batches(self._letters)[-3:]:
            for name in letters(batch):
                yield Caught(
                    kind="letter",
                    at=int((batch / name).stat().st_mtime * 1000),
                    address="",
                    subject="",
                    text="",
                    notice_id=_notice_in(name),
                    batch=batch.name,
                    file=name,
                )

    def _whom(self, notice_ids: Iterable[str]) -> dict[str, Whom]:
        query = (
            select(notice.c.id, notice.c.recipient, notice.c.language, patient.c.birth_name, patient.c.given_names)
            .join(patient, patient.c.id == notice.c.patient_id)
            .where(notice.c.id.in_(sorted(notice_ids)))
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return {
            row.id: Whom(
                patient=f"{first_given_name(row.given_names)} {row.birth_name}",
                recipient=Recipient(row.recipient),
                language=row.language,
            )
            for row in rows
        }


def _notice_in(reference: str) -> str:
    found = _KEY.search(reference)
    return notice_id_of(found[0]) if found else ""
