"""The demo's mail catcher."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import LOOPBACK, Catcher
from gateway.notifications.channel import ChannelParts, Message
from gateway.notifications.email import create_channel
from gateway.settings import NotificationSettings, SmtpSettings
from tests.worlds import START

MESSAGE = Message(
    idempotency_key="0d3c9a4e-5d0b-4c3e-9b1a-000000000001",
    to="dominique@courriel.example",
    subject="Information sur un accès à votre dossier",
    text="Une personne l’a ouvert.\n",
    html="<p>Une personne l’a ouvert.</p>",
    language="fr",
)


@contextmanager
def catching(mailbox: Mailbox, port: int = 0) -> Iterator[int]:
    catcher = Catcher(mailbox, port)
    yield catcher.start()
    catcher.stop()


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mails.db", now=lambda: START)


def send(port: int, message: Message = MESSAGE) -> str:
    smtp = SmtpSettings(host=LOOPBACK, port=port, security="none", sender="acces@hopital.example")
    parts = ChannelParts(
        settings=NotificationSettings(smtp=smtp),
        host_name="acces.hopital.example",
        sender_name="Hôpital de Vauclair",
        now=lambda: START,
        deadline_seconds=10,
    )
    return create_channel(parts).send(message).provider_reference


def test_a_mail_is_caught_whole_and_readable_by_another_process_of_the_demo(mailbox: Mailbox, tmp_path: Path) -> None:
    with catching(mailbox) as port:
        reference = send(port)
    (caught,) = Mailbox(tmp_path / "mails.db", now=lambda: START).newest()
    assert (caught.recipient, caught.subject, caught.message_id) == (MESSAGE.to, MESSAGE.subject, reference)
    assert caught.sender == "Hôpital de Vauclair <acces@hopital.example>"
    assert caught.text.strip() == MESSAGE.text.strip()
    assert caught.html.strip() == MESSAGE.html
    assert caught.caught_at == int(START.timestamp() * 1000)


def test_the_newest_mails_come_first_and_the_oldest_give_way(tmp_path: Path) -> None:
    small = Mailbox(tmp_path / "small.db", now=lambda: START, most_kept=3)
    for number in range(5):
        small.keep([f"{number}@courriel.example"], b"Subject: x\r\n\r\nbody")
    assert [mail.recipient[0] for mail in small.newest()] == ["4", "3", "2"]
    assert [mail.recipient[0] for mail in small.newest(most=1)] == ["4"]


def test_it_listens_on_loopback_alone_and_lets_its_port_go(mailbox: Mailbox) -> None:
    with catching(mailbox) as port:
        with pytest.raises(OSError, match="in use"):
            Catcher(mailbox, port).start()
        assert send(port, replace(MESSAGE, to="other@courriel.example"))
    with socket.socket() as probe:
        assert probe.connect_ex((LOOPBACK, port)) != 0


def test_a_mail_that_is_no_mail_is_kept_and_shown_all_the_same(mailbox: Mailbox) -> None:
    odd = EmailMessage()
    odd["Subject"] = "pièce"
    odd.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="a.pdf")
    with catching(mailbox) as port, smtplib.SMTP(LOOPBACK, port, timeout=5) as smtp:
        smtp.sendmail("a@b.example", ["c@d.example"], b"no header, no body\x00\xff\r\n")
        smtp.sendmail("a@b.example", ["c@d.example", "e@f.example"], odd.as_bytes())
    kept = mailbox.newest()
    assert [mail.recipient for mail in kept] == ["e@f.example", "c@d.example", "c@d.example"]
    assert (kept[0].text, kept[0].html) == ("", "")
