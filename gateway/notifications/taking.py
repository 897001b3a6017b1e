"""Taking one notice in hand: it is claimed, and either sent now, or settled here and now because no channel may carry
it, or put back until its hour or its channel comes."""

from dataclasses import dataclass, replace

from gateway.notifications import attempts, outbox
from gateway.notifications.attempts import TAKEN, Attempt, AttemptState
from gateway.notifications.claim_watch import ClaimWatch
from gateway.notifications.gathering import gather_riders, last_told
from gateway.notifications.notice import ClaimedNotice
from gateway.notifications.outages import shut_channels, take_probe
from gateway.notifications.quiet import next_allowed
from gateway.notifications.recorder import NoticeRecorder
from gateway.notifications.route import Hold, Send, Unreachable, Wait
from gateway.notifications.settling import (
    begin_way,
    settle_escalated,
    settle_held,
    settle_person,
    settle_wait,
    unhook_riders,
)
from gateway.notifications.tasks import TaskKind, owe_task
from gateway.notifications.ways import Way, Ways, digest_of, passed
from gateway.settings import NotificationSettings
from gateway.storage.transaction import Transaction
from gateway.world import World

HOUR_MS = 3_600_000
# A notice is first tried within a day (R1111-48: told of an emergency access), whatever the hour; the rest of the day
# is for a courier to come round.
LONGEST_DELAY_MS = 24 * HOUR_MS
MARGIN_MS = 30 * 60_000


@dataclass(frozen=True, slots=True)
class Sending:
    """What a channel is about to be given."""

    way: Send
    attempt: Attempt
    language: str  # the patient's choice; "": the notice's own
    large_print: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed notice. Without `to_send` it is settled already, and `word` counts it (a `DeliveryCount` field)."""

    claimed: ClaimedNotice
    to_send: Sending | None = None
    word: str = ""


class Taking:
    """Thread-safe; it opens no transaction."""

    def __init__(
        self,
        *,
        world: World,
        ways: Ways,
        recorder: NoticeRecorder,
        settings: NotificationSettings,
        watch: ClaimWatch,
    ) -> None:
        self._world = world
        self._ways = ways
        self._watch = watch
        self._recorder = recorder
        self._settings = settings
        self._rules = settings.delivery
        self._probe_ms = settings.delivery.probe_seconds * 1000

    def take(self, tx: Transaction) -> Taken | None:
        """The unit of work: claim one notice and find its way; None when none is due."""
        now = self._world.epoch_ms()
        shut = sorted(shut_channels(tx.connection, now_ms=now, probe_ms=self._probe_ms))
        claimed = outbox.claim_due(
            tx.connection,
            now,
            self._world.new_id(),
            1,
            self._settings.claim_seconds,
            down=shut,
            abandoned=self._watch.look(tx.connection),
        )
        if not claimed:
            return None
        (mine,) = claimed
        if mine.interrupted:
            attempts.let_go(tx.connection, mine.notice.id)
            self._recorder.notice_interrupted(tx, mine.notice)
        way = self._ways.next(tx.connection, mine.notice)
        if isinstance(way.route, Send):
            return self._send_or_leave(tx, mine, way, way.route, now)
        if isinstance(way.route, Wait):
            # A claimed notice is due again within a day: the way is asked for anew.
            due_at = min(way.route.until_ms, now + LONGEST_DELAY_MS)
            settle_wait(tx.connection, mine, due_at=due_at)
            return Taken(mine, word="waiting")
        return self._to_person(tx, mine, way.route, now)

    def _to_person(self, tx: Transaction, mine: ClaimedNotice, route: Hold | Unreachable, now: int) -> Taken:
        unhook_riders(tx.connection, mine.notice.id)
        due_at = now + self._rules.task_hours * HOUR_MS
        owe_task(tx.connection, mine.notice.id, TaskKind.TELL, due_at=due_at)
        if isinstance(route, Hold):
            settle_held(tx.connection, mine, rule=route.rule, now_ms=now)
            self._recorder.notice_held(tx, mine.notice, rule=route.rule)
            return Taken(mine, word="held")
        settle_person(tx.connection, mine, channel=mine.notice.channel, failure=route.reason, now_ms=now)
        self._recorder.notice_handed_to_person(tx, mine.notice, failure=route.reason)
        return Taken(mine, word="handed_to_person")

    def _send_or_leave(self, tx: Transaction, mine: ClaimedNotice, way: Way, route: Send, now: int) -> Taken:
        notice = mine.notice
        if notice.attempts >= self._settings.most_attempts:
            # Only couriers that died with it get it here: another way, or a person, before it fells one more.
            return self._leave(tx, mine, way, route, "attempts-exhausted", now)
        if passed(notice.move_on_at, now, longest_ms=outbox.LONGEST_WAIT_MS):
            return self._leave(tx, mine, way, route, notice.last_failure or "channel-down", now)
        move_on_at = notice.move_on_at or self._move_on_at(mine, way, now)
        if not take_probe(tx.connection, route.channel.name, now_ms=now, probe_ms=self._probe_ms):
            settle_wait(tx.connection, mine, due_at=now, waits_for=route.channel.name, move_on_at=move_on_at)
            return Taken(mine, word="waiting")
        not_before = self._not_before(tx, mine, way, route, now, move_on_at)
        if not_before > now:
            settle_wait(tx.connection, mine, due_at=not_before, move_on_at=move_on_at)
            return Taken(mine, word="waiting")
        begin_way(tx.connection, mine, move_on_at=move_on_at)
        attempt = self._begin(tx, mine, way, route, now)
        if route.channel.name in self._rules.quiet_channels and self._rules.gather_hours:
            gather_riders(tx.connection, self._ways, notice, route)
        claimed = replace(mine, notice=replace(notice, move_on_at=move_on_at))
        return Taken(claimed, Sending(route, attempt, way.facts.language, way.facts.large_print))

    def _begin(self, tx: Transaction, mine: ClaimedNotice, way: Way, route: Send, now: int) -> Attempt:
        return attempts.begin(
            tx.connection,
            self._world.new_id(),
            mine.notice,
            channel=route.channel.name,
            kind=route.address.kind,
            digest=digest_of(mine.notice, route),
            now_ms=now,
            ways=way.attempts,
        )

    def _leave(self, tx: Transaction, mine: ClaimedNotice, way: Way, route: Send, why: str, now: int) -> Taken:
        """This way is given up: the next one is tried in its own turn, and a person takes what has none."""
        attempt = self._begin(tx, mine, way, route, now)
        attempts.leave(tx.connection, attempt, failure=why, state=AttemptState.FAILED, now_ms=now)
        onward = self._ways.next(tx.connection, mine.notice).route
        if isinstance(onward, Hold | Unreachable):
            return self._to_person(tx, mine, onward if isinstance(onward, Hold) else Unreachable(why), now)
        unhook_riders(tx.connection, mine.notice.id)
        settle_escalated(tx.connection, mine.notice.id, failure=why, now_ms=now, claimed=mine)
        self._recorder.notice_escalated(tx, mine.notice, channel=route.channel.name, failure=why)
        return Taken(mine, word="escalated")

    def _move_on_at(self, mine: ClaimedNotice, way: Way, now: int) -> int:
        """The first way has its hours from the access on, any later one from now on."""
        longest = self._rules.move_on_hours * HOUR_MS
        fresh = not way.attempts and mine.notice.turn == 1
        return max(mine.notice.created_at + longest, now + MARGIN_MS) if fresh else now + longest

    def _not_before(
        self, tx: Transaction, mine: ClaimedNotice, way: Way, route: Send, now: int, move_on_at: int
    ) -> int:
        """When this channel may be used: outside the quiet hours, and not again so soon for the same stay; but in time
        for the notice to be told within a day of the access, if nothing has told it yet."""
        channel = route.channel.name
        if channel not in self._rules.quiet_channels:
            return now
        begun = any(one.state in (AttemptState.SENDING, AttemptState.WAITING) for one in way.attempts)
        gathered = now
        if self._rules.gather_hours and not begun:
            last = last_told(tx.connection, mine.notice, channel)
            gathered = max(now, last + self._rules.gather_hours * HOUR_MS if last is not None and last <= now else now)
        allowed = next_allowed(gathered, self._rules.quiet_from, self._rules.quiet_until)
        told = any(one.state in TAKEN for one in way.attempts)
        latest = move_on_at if told else min(move_on_at, mine.notice.created_at + LONGEST_DELAY_MS)
        return min(allowed, max(latest - MARGIN_MS, now))
