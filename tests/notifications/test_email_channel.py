"""The e-mail channel against real SMTP."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError, DeliveryFailed
from gateway.notifications.channel import ChannelParts, Message
from gateway.notifications.email import SmtpChannel, create_channel
from gateway.notifications.plugs import load_channels
from gateway.settings import NotificationSettings
from tests.contracts.notification_channel import DEADLINE_SECONDS, KEY, Carrier, Mood, NotificationChannelContract
from tests.notifications.certificates import tls_pair
from tests.notifications.outbox_rows import notification_settings
from tests.notifications.relays import ScriptedRelay, dribbles, hangs_up_at_quit, never_speaks, raw_server
from tests.worlds import START

MESSAGE = Message(
    idempotency_key=KEY,
    to="dominique@courriel.example",
    subject="Information sur un accès à votre dossier",
    text="Bonjour,\n\nUne personne l’a ouvert.\n.\nFin.\n",
    html="<p>Une personne l’a ouvert.</p>",
    language="fr",
)


def parts(port: int, **smtp: object) -> ChannelParts:
    settings = notification_settings(port)
    return ChannelParts(
        settings=settings.model_copy(update={"smtp": settings.smtp.model_copy(update=smtp)}),
        host_name="acces.hopital.example",
        sender_name="Hôpital de Vauclair",
        now=lambda: START,
        deadline_seconds=DEADLINE_SECONDS,
    )


def channel(port: int, tls: ssl.SSLContext | None = None, password: str = "", **smtp: object) -> SmtpChannel:
    return SmtpChannel(
        parts(port, **smtp), tls or ssl.create_default_context(), sender="acces@hopital.example", password=password
    )


class _Received:
    def __init__(self, relay: ScriptedRelay) -> None:
        self._relay = relay

    def keys_received(self) -> list[str]:
        return [name.strip("<>").partition("@")[0] for name in self._relay.message_ids]


class TestEmailKeepsTheChannelContract(NotificationChannelContract):
    _scripts = {  # noqa: RUF012
        Mood.ACCEPTS: "250",
        Mood.REFUSES_FOR_GOOD: "rcpt 550",
        Mood.REFUSES_FOR_NOW: "rcpt 451",
        Mood.LOST_AFTER_TAKING: "drop",
    }
    _raw: dict[Mood, Callable[[socket.socket], None]] = {Mood.SILENT: never_speaks, Mood.DRIBBLES: dribbles}  # noqa: RUF012

    @contextmanager
    def carrier(self, mood: Mood) -> Iterator[tuple[SmtpChannel, Carrier]]:
        if mood in self._scripts:
            with ScriptedRelay(self._scripts[mood]) as relay:
                yield channel(relay.port), _Received(relay)
        elif mood in self._raw:
            with raw_server(self._raw[mood]) as port:
                yield channel(port), _Received(ScriptedRelay())
        else:
            yield channel(_nobodys_port()), _Received(ScriptedRelay())

    def address(self) -> str:
        return MESSAGE.to


def _nobodys_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def failure_of(sender: SmtpChannel, message: Message = MESSAGE) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message)
    # Nothing that a server said may be found through the exception.
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    return failed.value


@pytest.mark.parametrize(
    ("word", "failure", "permanent"),
    [
        ("rcpt 450", "smtp-450-rcpt", False),
        ("rcpt 451", "smtp-451-rcpt", False),
        ("rcpt 550", "smtp-550-rcpt", True),
        ("rcpt 421", "smtp-421-rcpt", False),
        ("data 451", "smtp-451-data", False),
        ("data 554", "smtp-554-data", True),
        ("data 421", "smtp-421-data", False),
        ("hang", "smtp-lost-send", False),
        ("drop", "smtp-lost-send", False),
        ("greylist", "smtp-451-rcpt", False),
    ],
)
def test_each_answer_of_a_relay_is_one_word_and_permanent_only_when_it_says_so(
    word: str, failure: str, permanent: bool
) -> None:
    with ScriptedRelay(word) as relay:
        failed = failure_of(channel(relay.port))
    assert (str(failed), failed.permanent) == (failure, permanent)


def test_a_mail_says_who_sends_it_in_french_and_in_plain_text_and_html() -> None:
    with ScriptedRelay() as relay:
        accepted = channel(relay.port).send(MESSAGE)
        (mail,) = relay.accepted
    assert relay.recipients == [MESSAGE.to]
    assert relay.greetings == ["acces.hopital.example"]
    assert mail["From"].addresses[0].display_name == "Hôpital de Vauclair"
    assert mail["From"].addresses[0].addr_spec == "acces@hopital.example"
    assert (mail["To"], mail["Subject"]) == (MESSAGE.to, MESSAGE.subject)
    assert mail["Message-ID"] == accepted.provider_reference == f"<{KEY}@acces.hopital.example>"
    assert parsedate_to_datetime(mail["Date"]) == START
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fr"
    assert "List-Unsubscribe" not in mail
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_survives_a_host_name_longer_than_a_line() -> None:
    long_name = ".".join(["etablissement"] * 10) + ".example"
    with ScriptedRelay() as relay:
        sender = SmtpChannel(
            replace(parts(relay.port), host_name=long_name), ssl.create_default_context(), sender="a@b.example"
        )
        accepted = sender.send(MESSAGE)
        assert relay.message_ids == [accepted.provider_reference] == [f"<{KEY}@{long_name}>"]


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a@b.example\nRCPT TO:<c@d>", "@x"],
)
def test_an_address_that_is_not_one_address_is_refused_for_good_and_reaches_nobody(address: str) -> None:
    with ScriptedRelay() as relay:
        failed = failure_of(channel(relay.port), replace(MESSAGE, to=address))
    assert (str(failed), failed.permanent) == ("address-malformed", True)
    assert relay.recipients == []


def test_an_address_with_accents_is_for_a_person_where_it_cannot_be_carried() -> None:
    with ScriptedRelay() as relay:
        failed = failure_of(channel(relay.port), replace(MESSAGE, to="hélène@courriel.example"))
        assert relay.recipients == []
    # Which of the two depends on whether this Python's parser knows RFC 6532.
    assert str(failed) in ("address-malformed", "smtp-unsupported-send")
    assert failed.permanent


def test_a_relay_that_never_answers_quit_does_not_undo_an_acceptance() -> None:
    with raw_server(hangs_up_at_quit) as port:
        began = time.monotonic()
        assert channel(port).send(MESSAGE).provider_reference
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_to_a_relay_whose_certificate_is_trusted(security: str, tmp_path: Path) -> None:
    server, client = tls_pair(tmp_path)
    with ScriptedRelay(**{security: server}) as relay:
        channel(relay.port, client, security=security).send(MESSAGE)
        assert len(relay.accepted) == 1


@pytest.mark.parametrize(("security", "step"), [("starttls", "starttls"), ("tls", "connect")])
def test_nothing_is_said_to_a_relay_whose_certificate_is_not_trusted(security: str, step: str, tmp_path: Path) -> None:
    server, _ = tls_pair(tmp_path)
    with ScriptedRelay(**{security: server}) as relay:
        failed = failure_of(channel(relay.port, security=security))
        assert relay.accepted == []
    assert (str(failed), failed.permanent) == (f"tls-untrusted-{step}", False)


def test_a_relay_that_offers_no_encryption_gets_no_mail_in_clear() -> None:
    with ScriptedRelay() as relay:
        failed = failure_of(channel(relay.port, security="starttls"))
        assert relay.accepted == []
    assert (str(failed), failed.permanent) == ("smtp-unsupported-starttls", False)


def test_a_relay_that_dribbles_its_tls_handshake_is_cut_at_the_deadline() -> None:
    with raw_server(dribbles) as port:
        began = time.monotonic()
        failed = failure_of(channel(port, security="tls"))
        assert time.monotonic() - began < DEADLINE_SECONDS + 1
    assert not failed.permanent


def test_a_user_and_password_are_given_and_a_wrong_password_is_ours_to_mend(tmp_path: Path) -> None:
    server, client = tls_pair(tmp_path)
    with ScriptedRelay(starttls=server) as relay:
        given = {"security": "starttls", "username": "gateway"}
        channel(relay.port, client, "a-demo-password", **given).send(MESSAGE)
        failed = failure_of(channel(relay.port, client, "wrong", **given))
        assert relay.logins[0] == "gateway"
        assert len(relay.accepted) == 1
    assert (str(failed), failed.permanent) == ("smtp-535-login", False)


def test_every_setting_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    wrong = parts(25, host="relay.example", security="none", sender="nobody", username="gateway")
    with pytest.raises(ConfigurationError) as refused:
        create_channel(wrong)
    assert [fault.key for fault in refused.value.faults] == [
        "notifications.smtp.security",
        "notifications.smtp.sender",
        "notifications.smtp.password_file",
    ]
    absent = parts(25, username="gateway", password_file=tmp_path / "absent")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        create_channel(absent)
    with pytest.raises(ConfigurationError, match="urgences"):
        create_channel(parts(25, sender="urgences@hopital.example"))


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("acces@hopital.example", "Hôpital de Vauclair"),
        ("Accès aux dossiers <acces@hopital.example>", "Accès aux dossiers"),
    ],
)
def test_the_sender_is_called_as_the_settings_say_or_else_as_the_hospital(sender: str, shown: str) -> None:
    with ScriptedRelay() as relay:
        create_channel(parts(relay.port, sender=sender)).send(MESSAGE)
        (mail,) = relay.accepted
    (from_address,) = mail["From"].addresses
    assert (from_address.display_name, from_address.addr_spec) == (shown, "acces@hopital.example")


def test_the_channels_are_those_the_settings_name_and_an_unknown_name_lists_the_known() -> None:
    given = parts(25)
    (loaded,) = load_channels(given)
    assert isinstance(loaded, SmtpChannel)
    with pytest.raises(ConfigurationError, match=r"`pigeon` is unknown; known are: .*email"):
        load_channels(replace(given, settings=named(given.settings, "pigeon")))
    with pytest.raises(ConfigurationError, match="cannot be switched off"):
        load_channels(replace(given, settings=named(given.settings)))


def named(settings: NotificationSettings, *names: str) -> NotificationSettings:
    return settings.model_copy(update={"channels": names})
