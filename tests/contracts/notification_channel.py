"""What every notification channel must keep, whoever wrote it: inherit the class and give it a carrier to fail with."""

import time
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

import pytest

from gateway.errors import DeliveryFailed
from gateway.notifications.channel import Accepted, Message, NotificationChannel

KEY = "0d3c9a4e-5d0b-4c3e-9b1a-000000000001"
DEADLINE_SECONDS = 2.0


class Mood(StrEnum):
    """How the carrier behaves for the next message."""

    ACCEPTS = "accepts"
    REFUSES_FOR_GOOD = "refuses_for_good"
    REFUSES_FOR_NOW = "refuses_for_now"
    SILENT = "silent"  # takes the connection and never answers
    DRIBBLES = "dribbles"  # answers endlessly, a byte at a time
    LOST_AFTER_TAKING = "lost_after_taking"  # keeps the message, and the answer is lost
    ABSENT = "absent"  # nobody there


class Carrier(Protocol):
    """What the carrier's side saw."""

    def keys_received(self) -> list[str]:
        """The idempotency key of every message it took, in order."""
        ...


class NotificationChannelContract:
    """Subclasses define `carrier(mood)`: a context giving a channel with `DEADLINE_SECONDS`, and its carrier.

    `impossible` are moods this kind of carrier cannot be in (a folder gives no answer that could be lost).
    """

    impossible: frozenset[Mood] = frozenset()

    def carrier(self, mood: Mood) -> AbstractContextManager[tuple[NotificationChannel, Carrier]]:
        """A fresh carrier in this mood and a channel to it."""
        raise NotImplementedError

    def address(self) -> str:
        """An address of a kind the channel reaches."""
        raise NotImplementedError

    @pytest.fixture
    def message(self) -> Message:
        """A message with French letters."""
        return Message(
            idempotency_key=KEY,
            to=self.address(),
            subject="Information sur un accès à votre dossier",
            text="Bonjour,\n\nUne personne l’a ouvert.\n",
            html="<p>Bonjour,</p><p>Une personne l’a ouvert.</p>",
            language="fr",
        )

    def test_it_is_a_channel_that_reaches_something(self) -> None:
        with self.carrier(Mood.ACCEPTS) as (channel, _):
            assert isinstance(channel, NotificationChannel)
            assert channel.name
            assert channel.reaches

    def test_an_accepted_message_gives_a_short_reference_and_arrives_under_its_key(self, message: Message) -> None:
        with self.carrier(Mood.ACCEPTS) as (channel, carrier):
            accepted = channel.send(message)
            assert isinstance(accepted, Accepted)
            assert 0 < len(accepted.provider_reference) <= 200
            assert carrier.keys_received() == [KEY]

    @pytest.mark.parametrize("mood", [mood for mood in Mood if mood is not Mood.ACCEPTS])
    def test_whatever_the_carrier_does_the_answer_is_a_failure_in_time_that_names_nobody(
        self, mood: Mood, message: Message
    ) -> None:
        if mood in self.impossible:
            return
        with self.carrier(mood) as (channel, _):
            began = time.monotonic()
            with pytest.raises(DeliveryFailed) as failed:
                channel.send(message)
            assert time.monotonic() - began < DEADLINE_SECONDS + 1
        assert failed.value.permanent is (mood is Mood.REFUSES_FOR_GOOD)
        told = str(failed.value)
        assert 0 < len(told) <= 200
        assert message.to not in told
        assert message.to.partition("@")[0] not in told

    def test_the_same_message_after_a_lost_answer_goes_under_the_same_key(self, message: Message) -> None:
        if Mood.LOST_AFTER_TAKING in self.impossible:
            return
        with self.carrier(Mood.LOST_AFTER_TAKING) as (channel, carrier):
            with pytest.raises(DeliveryFailed) as failed:
                channel.send(message)
            assert failed.value.perhaps_sent
            channel.send(message)
            # A carrier said to honour keys took it once; of the others the courier asks no second time.
            assert carrier.keys_received() == ([KEY] if channel.honours_key else [KEY, KEY])

    @pytest.mark.parametrize("mood", [Mood.ABSENT, Mood.REFUSES_FOR_NOW, Mood.REFUSES_FOR_GOOD])
    def test_what_no_carrier_had_or_one_refused_was_not_perhaps_sent(self, mood: Mood, message: Message) -> None:
        if mood in self.impossible:
            return
        with self.carrier(mood) as (channel, _):
            with pytest.raises(DeliveryFailed) as failed:
                channel.send(message)
            assert not failed.value.perhaps_sent
