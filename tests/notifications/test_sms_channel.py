"""The SMS channel against a real HTTP provider."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError, DeliveryFailed
from gateway.notifications.channel import ChannelParts, Message
from gateway.notifications.gsm7 import nearest, septets
from gateway.notifications.json_path import at_path
from gateway.notifications.sms import SmsChannel, create_channel, mobile_number
from gateway.settings import SmsSettings
from tests.contracts.notification_channel import DEADLINE_SECONDS, KEY, Carrier, Mood, NotificationChannelContract
from tests.notifications.outbox_rows import notification_settings
from tests.notifications.sms_provider import SmsProvider
from tests.worlds import START

NUMBER = "06 39 98 00 01"
SECRET = "a-demo-secret"
MESSAGE = Message(idempotency_key=KEY, to=NUMBER, subject="", text="Un accès : {key} {secret}", html="", language="fr")


def parts(sms: SmsSettings | None) -> ChannelParts:
    return ChannelParts(
        settings=notification_settings().model_copy(update={"sms": sms}),
        host_name="acces.hopital.example",
        sender_name="Vauclair",
        now=lambda: START,
        deadline_seconds=DEADLINE_SECONDS,
    )


def channel(port: int, folder: Path, **changes: object) -> SmsChannel:
    secret = folder / "sms.secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    settings = SmsSettings(url=f"http://127.0.0.1:{port}/messages", secret_file=secret, timeout_seconds=1.5)
    return create_channel(parts(settings.model_copy(update=changes)))


class TestSmsKeepsTheChannelContract(NotificationChannelContract):
    _scripts = {  # noqa: RUF012
        Mood.ACCEPTS: "200",
        Mood.REFUSES_FOR_GOOD: "status 422",
        Mood.REFUSES_FOR_NOW: "status 429",
        Mood.SILENT: "hang",
        Mood.DRIBBLES: "dribble",
        Mood.LOST_AFTER_TAKING: "drop",
    }

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    @contextmanager
    def carrier(self, mood: Mood) -> Iterator[tuple[SmsChannel, Carrier]]:
        if mood is Mood.ABSENT:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                port = listener.getsockname()[1]
            yield channel(port, self._folder), _Received(SmsProvider())
            return
        with SmsProvider([self._scripts[mood]]) as provider:
            yield channel(provider.port, self._folder), _Received(provider)

    def address(self) -> str:
        return NUMBER


class _Received:
    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def keys_received(self) -> list[str]:
        return self._provider.keys


def failure_of(sender: SmsChannel, message: Message = MESSAGE) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failed:
        sender.send(message)
    assert failed.value.__cause__ is None
    return failed.value


@pytest.mark.parametrize(
    ("word", "failure", "permanent"),
    [
        ("status 400", "sms-400", True),
        ("status 401", "sms-401", False),
        ("status 403", "sms-403", False),
        ("status 429", "sms-429", False),
        ("status 500", "sms-500", False),
        ("status 503", "sms-503", False),
        ("redirect", "sms-302", False),
        ("huge", "sms-answer-unusable", False),
        ("refuse", "sms-number-refused", True),
    ],
)
def test_each_answer_is_one_word_and_permanent_only_when_it_speaks_of_this_number(
    word: str, failure: str, permanent: bool, tmp_path: Path
) -> None:
    with SmsProvider([word]) as provider:
        failed = failure_of(channel(provider.port, tmp_path, refused="invalid"))
        assert (str(failed), failed.permanent) == (failure, permanent)
        assert provider.taken == []
        assert provider.requests == 1


def test_a_provider_that_hangs_is_given_up_in_time_and_tried_again(tmp_path: Path) -> None:
    with SmsProvider(["hang"]) as provider:
        failed = failure_of(channel(provider.port, tmp_path))
    # The whole call ran out, or its last read did: either says that nobody answered.
    assert str(failed) in {"sms-answer-unusable", "sms-silent"}
    assert not failed.permanent


def test_one_provider_takes_json_with_a_bearer_secret(tmp_path: Path) -> None:
    with SmsProvider() as provider:
        assert channel(provider.port, tmp_path).send(MESSAGE).provider_reference == "sms-0001"
    (taken,) = provider.taken
    assert taken.headers["Authorization"] == f"Bearer {SECRET}"
    # A text that looks like a place is text: the secret does not leave in it.
    assert taken.members == {"to": "+33639980001", "text": "Un accès : {key} {secret}", "reference": KEY}


def test_another_provider_takes_a_form_and_lists_the_numbers_it_refuses(tmp_path: Path) -> None:
    shape = {
        "body_format": "form",
        "body": {"To": "{to}", "Body": "{text}", "From": "VAUCLAIR"},
        "headers": {"X-Api-Key": "{secret}", "Idempotency-Key": "{key}"},
        "reference": "sid",
        "refused": "invalid",
    }
    with SmsProvider() as provider:
        # It names no reference where the settings look: ours stands for it.
        assert channel(provider.port, tmp_path, **shape).send(MESSAGE).provider_reference == KEY
    (taken,) = provider.taken
    assert taken.headers["X-Api-Key"] == SECRET
    assert taken.members == {"To": "+33639980001", "Body": MESSAGE.text, "From": "VAUCLAIR"}


def test_a_second_try_after_a_lost_answer_is_no_second_message(tmp_path: Path) -> None:
    with SmsProvider(["drop"]) as provider:
        sender = channel(provider.port, tmp_path)
        assert str(failure_of(sender)) == "sms-lost"
        assert sender.send(MESSAGE).provider_reference == "sms-0001"
        assert provider.keys == [KEY]
        assert provider.requests == 2


def test_an_answer_that_is_not_json_is_an_acceptance_all_the_same(tmp_path: Path) -> None:
    with SmsProvider(["nonsense"]) as provider:
        assert channel(provider.port, tmp_path, refused="invalid").send(MESSAGE).provider_reference == KEY


@pytest.mark.parametrize(
    ("written", "number"),
    [("06 39 98 00 01", "+33639980001"), ("+33 7 55 55 01 02", "+33755550102"), ("0032470123456", "+32470123456"),
     ("+262 692 12 34 56", "+262692123456"), ("0692 12 34 56", "+262692123456"), ("0690 12 34 56", "+590690123456"),
     ("+33 694 20 12 34", "+594694201234"), ("06 96 20 12 34", "+596696201234")],
)  # fmt: skip
def test_a_mobile_number_is_written_as_providers_want_it(written: str, number: str) -> None:
    assert mobile_number(written, "FR") == number


@pytest.mark.parametrize(
    ("written", "failure"),
    [("01 99 00 00 01", "sms-number-not-mobile"), ("09 99 00 00 01", "sms-number-not-mobile"),
     ("1234", "sms-number-malformed"), ("poste 12", "sms-number-malformed"), ("", "sms-number-malformed"),
     ("06 39 98 00 01 / 06 39 98 00 02", "sms-number-malformed")],
)  # fmt: skip
def test_a_number_that_takes_no_message_is_refused_for_good_before_anything_leaves(
    written: str, failure: str, tmp_path: Path
) -> None:
    with SmsProvider() as provider:
        failed = failure_of(channel(provider.port, tmp_path), replace(MESSAGE, to=written))
        assert (str(failed), failed.permanent, provider.requests) == (failure, True, 0)


@given(st.text(max_size=30))
def test_no_number_makes_anything_but_a_number_or_a_permanent_failure(written: str) -> None:
    number, permanent = "", False
    try:
        number = mobile_number(written, "FR")
    except DeliveryFailed as failed:
        permanent = failed.permanent
    assert permanent or (number.startswith("+") and number[1:].isdigit())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"url": "http://sms.example/messages"}, "notifications.sms.url"),
        ({"url": "ftp://sms.example"}, "notifications.sms.url"),
        ({"body": {"to": "{to}"}}, "notifications.sms.body"),
        ({"secret_file": None}, "notifications.sms.secret_file"),
        ({"secret_file": Path("/nowhere/at/all")}, "notifications.sms.secret_file"),
        ({"ca_file": Path("/nowhere/at/all")}, "notifications.sms.ca_file"),
    ],
)
def test_a_provider_that_cannot_be_used_stops_the_start_with_its_setting(
    changes: dict[str, object], key: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        channel(1, tmp_path, **changes)
    assert [fault.key for fault in refused.value.faults] == [key]


def test_a_channel_without_its_section_says_so() -> None:
    with pytest.raises(ConfigurationError) as refused:
        create_channel(parts(None))
    assert refused.value.faults[0].key == "notifications.sms"


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abc", 3), ("é à ù ì ò è", 11), ("€", 2), ("[x]", 5), ("Ç", 1), ("\n", 1)]
)
def test_septets_are_counted_as_phones_count_them(text: str, count: int) -> None:
    assert septets(text) == count


@pytest.mark.parametrize("outside", ["ê", "ç", "œ", "’", "\u00a0", "😀", "\x00"])
def test_a_sign_outside_the_alphabet_is_said(outside: str) -> None:
    with pytest.raises(ValueError, match="is not in the GSM"):
        septets(outside)


@given(st.text(max_size=60))
def test_the_nearest_text_is_always_in_the_alphabet_and_stays_what_it_was_where_it_could(text: str) -> None:
    near = nearest(text)
    septets(near)
    assert nearest(near) == near


def test_the_nearest_text_reads_the_same() -> None:
    assert nearest("Hôpital « Cœur d’Ambre » – forêt, façade") == 'Hopital " Coeur d\'Ambre " - foret, facade'


@pytest.mark.parametrize(
    ("path", "found"),
    [("id", "x"), ("messages.0.id", 7), ("messages.1.id", None), ("id.more", None), ("", None), ("messages.-1", None)],
)
def test_a_dotted_path_finds_one_member(path: str, found: object) -> None:
    assert at_path({"id": "x", "messages": [{"id": 7}]}, path) == found


@pytest.mark.parametrize(
    ("changes", "honours"),
    [
        ({}, True),
        ({"key_honoured": False}, False),
        ({"headers": {}, "body": {"to": "{to}", "text": "{text}"}}, False),
        ({"headers": {}}, True),
    ],
)
def test_a_provider_honours_keys_if_it_is_given_them_and_the_settings_say_so(
    tmp_path: Path, changes: dict[str, object], honours: bool
) -> None:
    assert channel(1, tmp_path, **changes).honours_key is honours


@pytest.mark.parametrize(
    ("word", "perhaps"),
    [
        *((word, True) for word in ("drop", "huge", "status 500", "status 502")),
        *((word, False) for word in ("redirect", "status 401", "status 429", "status 501", "status 503")),
    ],
)
def test_what_a_provider_left_unanswered_or_failed_at_was_perhaps_sent(
    tmp_path: Path, word: str, perhaps: bool
) -> None:
    with SmsProvider([word]) as provider, pytest.raises(DeliveryFailed) as failed:
        channel(provider.port, tmp_path, key_honoured=False).send(MESSAGE)
    assert (failed.value.perhaps_sent, failed.value.permanent) == (perhaps, False)
