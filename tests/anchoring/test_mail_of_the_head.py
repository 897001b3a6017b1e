"""Every day the privacy officer receives the head of the log, once; that mail shows what nobody here can hide."""

import json
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

from audit import Verifier, write_bundle
from audit.__main__ import main as judge
from audit.checkpoint import open_checkpoint
from gateway.anchoring.duty import Duties
from gateway.anchoring.mailing import HeadMail, MailSender
from gateway.notifications.channel import ChannelParts
from gateway.notifications.email import create_channel
from gateway.settings import NotificationSettings, SmtpSettings
from gateway.storage.log_store import SqlLogStore
from tests.anchoring.conftest import SIGNER, Book, a_log
from tests.anchoring.test_witness_client import clear, dump, restore
from tests.notifications.relays import ScriptedRelay


def head_mail(book: Book, port: int, hour: int = 0) -> HeadMail:
    smtp = SmtpSettings(host="127.0.0.1", port=port, security="none", sender="journal@hospital.example")
    parts = ChannelParts(
        settings=NotificationSettings(smtp=smtp),
        host_name="acces.hospital.example",
        sender_name="CH d'Exemple",
        now=book.still.world.now,
        deadline_seconds=5,
    )
    return HeadMail(
        database=book.database,
        world=book.still.world,
        duties=Duties(book.database, book.still.world),
        channel=create_channel(parts),
        sender=MailSender("CH d'Exemple", "https://acces.hospital.example"),
        to="dpo@hospital.example",
        hour=hour,
        claim_ms=60_000,
    )


def attachment(mail: EmailMessage) -> bytes:
    (file,) = mail.iter_attachments()
    assert file.get_filename().endswith(".checkpoint.txt")
    content = file.get_content()
    assert isinstance(content, bytes)
    return content


def test_the_head_is_mailed_once_a_day_whoever_restarts(book: Book) -> None:
    with ScriptedRelay() as relay:
        assert not head_mail(book, relay.port).run_due(), "nothing is signed yet"
        head = book.grow(3)
        workers = [threading.Thread(target=head_mail(book, relay.port).run_due) for _ in range(5)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        book.grow()
        assert not head_mail(book, relay.port).run_due()
        (mail,) = relay.accepted
        assert attachment(mail) == head.note.encode()
        assert relay.recipients == ["dpo@hospital.example"]
        assert open_checkpoint(attachment(mail).decode(), SIGNER.verifier).size == 3
        book.still.pass_time(days=1)
        assert head_mail(book, relay.port).run_due()
        assert len(set(relay.message_ids)) == 2
    assert [size for _, size, _ in book.anchors("mail")] == [3, 4]


def test_the_mail_says_in_both_languages_how_to_keep_it_and_how_to_verify(small_book: Book) -> None:
    with ScriptedRelay() as relay:
        head = small_book.grow(3)
        assert head_mail(small_book, relay.port).run_due()
    (mail,) = relay.accepted
    body = mail.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    for part in ("3 entrées", "these 3 entries", head.root.hex(), "Gardez ce message", "Keep this message", "--anchor"):
        assert part in words
    assert head.origin in str(mail["Subject"])
    assert mail["Auto-Submitted"] == "auto-generated"


def test_it_waits_for_the_hour_set_for_it(small_book: Book) -> None:
    with ScriptedRelay() as relay:
        small_book.grow()
        early = head_mail(small_book, relay.port, hour=7)  # it is 4:00 in Paris
        assert not early.run_due()
        small_book.still.pass_time(hours=3, minutes=1)
        assert early.run_due()
        assert len(relay.accepted) == 1


def test_a_relay_that_refuses_is_an_alert_and_the_mail_leaves_when_it_is_mended(small_book: Book) -> None:
    with ScriptedRelay("data 451", "rcpt 550") as relay:
        small_book.grow()
        mail = head_mail(small_book, relay.port)
        assert not mail.run_due()
        assert not mail.run_due(), "not before some seconds have passed"
        ((kind, detail),) = small_book.alerts()
        assert (kind, "dpo@" in detail) == ("anchor-mail", False)
        small_book.still.pass_time(minutes=1)
        assert not mail.run_due()
        small_book.still.pass_time(minutes=6)
        assert mail.run_due()
        assert small_book.alerts() == []


def test_a_mail_sent_twice_because_its_worker_died_is_recognisable_as_one(small_book: Book) -> None:
    with ScriptedRelay("drop") as relay:
        small_book.grow()
        assert not head_mail(small_book, relay.port).run_due()
        small_book.still.pass_time(minutes=1)
        assert head_mail(small_book, relay.port).run_due()
        assert len(relay.accepted) == 2
        assert len(set(relay.message_ids)) == 1


# ---- tampering that only a head kept outside shows


@pytest.mark.parametrize(
    ("tampering", "code"), [("rolled back", "anchor_beyond"), ("signed anew with the stolen key", "anchor_conflict")]
)
def test_the_mailed_head_shows_what_the_log_alone_hides(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str], tampering: str, code: str
) -> None:
    yesterday = dump(book)
    with ScriptedRelay() as relay:
        book.grow(4)
        assert head_mail(book, relay.port).run_due()
    kept = tmp_path / "kept.checkpoint.txt"
    kept.write_bytes(attachment(relay.accepted[0]))
    assert judged(book, tmp_path / "before", capsys, "--anchor", str(kept)) is None
    if tampering == "rolled back":
        restore(book, yesterday)
        book.log = a_log()
        book.grow(2)
    else:
        clear(book)
        book.log = a_log()
        book.record(2, outcome="refused")
        book.grow(4)
    assert judged(book, tmp_path / "alone", capsys) is None, "alone, the log looks whole"
    assert judged(book, tmp_path / "after", capsys, "--anchor", str(kept)) == code


def judged(book: Book, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str | None:
    """The fault an export has, by the judge's own command line; None where it verifies."""
    with book.database.reading() as connection:
        write_bundle(book.log, SqlLogStore(connection), Verifier(str(SIGNER.verifier)), folder)
    capsys.readouterr()
    left = judge(["verify", str(folder), "--key", str(SIGNER.verifier), "--json", *more])
    answer = json.loads(capsys.readouterr().out)
    assert (left == 0) is answer["verified"]
    return None if answer["verified"] else str(answer["fault"]["code"])
