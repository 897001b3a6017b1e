"""The ways of one notice: what the directory, the patient's choice, the channels and the earlier attempts leave."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.notifications.attempts import Attempt, AttemptState, address_digest, attempts_of
from gateway.notifications.channel import NotificationChannel
from gateway.notifications.notice import Notice
from gateway.notifications.recipient import Address, RecipientFacts, of_access, recipient_facts
from gateway.notifications.route import Route, Send, Unreachable, route
from gateway.settings import NotificationSettings
from gateway.world import World


@dataclass(frozen=True, slots=True)
class Way:
    """The next way of a notice, what it was found from, and the attempts so far."""

    route: Route
    facts: RecipientFacts
    attempts: tuple[Attempt, ...]


class Ways:
    """Reads; it settles nothing."""

    def __init__(
        self, *, world: World, channels: Sequence[NotificationChannel], settings: NotificationSettings
    ) -> None:
        self._world = world
        self._channels = tuple(channels)
        self._settings = settings

    def next(self, connection: Connection, notice: Notice) -> Way:
        """The first way that did not fail in this turn, by no channel and to no address that may have had it already
        without saying so. `Unreachable` says why the last one failed, if one was tried: a patient the hospital has no
        address of is another task than one nothing arrives at."""
        made = attempts_of(connection, notice.id)
        now = [one for one in made if one.turn == notice.turn]
        failed = {(one.channel, one.address_digest) for one in now if one.state is AttemptState.FAILED}
        unanswered = [one for one in now if one.state is AttemptState.UNANSWERED]
        shut = {one.channel for one in unanswered} | {one.address_digest for one in unanswered}
        facts = recipient_facts(
            connection,
            notice.patient_id,
            notice.recipient,
            today=self._world.now().date(),
            mailbox_form=self._settings.mssante.address_form,
        )

        if facts.representatives and not facts.addresses:
            facts = of_access(connection, facts, notice)

        def tried(channel: NotificationChannel, address: Address) -> bool:
            digest = address_digest(notice.id, address.kind, address.value)
            return (channel.name, digest) in failed or bool(shut & {channel.name, digest})

        found = route(facts, self._channels, now_ms=self._world.epoch_ms(), released=notice.overridden, tried=tried)
        if isinstance(found, Unreachable) and (failed or unanswered):
            last = max(now, key=lambda one: one.settled_at or 0)
            found = Unreachable(last.failure or "no-proof")
        return Way(found, facts, made)


def digest_of(notice: Notice, way: Send) -> str:
    """The way's address, as attempts know it."""
    return address_digest(notice.id, way.address.kind, way.address.value)


def passed(moment: int | None, now_ms: int, *, longest_ms: int) -> bool:
    """Whether a deadline is over; one further ahead than any honest one was set by a clock that has jumped back."""
    return moment is not None and not now_ms < moment <= now_ms + longest_ms
