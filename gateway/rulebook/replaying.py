"""Replays at work: the past read from the log, asked of two sets of rules, in the background or awaited.

Reading the past is an entry of the log before the first question is read. One replay at a time works in a process; the
others wait for it, and say so.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import structlog
from sqlalchemy import Connection

from audit import AuditLog
from audit.entry import Fact
from gateway.errors import GatewayError, Hindrance, InvalidRequest, NotAllowed, RulesRefused
from gateway.rulebook.asked import facts_of
from gateway.rulebook.kept_replays import add_replay, beat, end_replay, find_replay, latest_replays
from gateway.rulebook.naming import Named, find_set
from gateway.rulebook.past import Erased, count_past, find_question, read_past
from gateway.rulebook.people import Person, who
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.replays import Replay, ReplayDifference, ReplayGroup
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Decision, PolicyBook, PolicyError, Sources
from policies.recorded import NotReplayable, RecordedQuestion
from policies.replay import replay as ask_both

LONGEST_PERIOD_MS = 400 * 24 * 3600 * 1000
BEAT_EVERY_SECONDS = 0.5
MOST_GROUPS = 500
FOLDER = "folder"
Progress = Callable[[int, int], object]
Ref = str | Mapping[str, bytes]


class Replaying:
    """See `Publishing`, whose methods these are."""

    def __init__(self, *, database: Database, world: World, recorder: RulebookRecorder, log: AuditLog) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._log = log
        self._at_work = threading.Lock()

    def start(self, person: Person, before: str, after: str, since: int, until: int) -> Replay:
        """Begin in the background of this process."""
        asked, books = self._ask(person, before, after, since, until)
        threading.Thread(target=self._in_the_background, args=(asked, books), name="replay", daemon=True).start()
        return asked

    def now(self, person: Person, before: Ref, after: Ref, since: int, until: int, progress: Progress) -> Replay:
        """The same, awaited."""
        asked, books = self._ask(person, before, after, since, until)
        self._work(asked, books, progress)
        return self.replay(asked.id)

    def replay(self, replay_id: str) -> Replay:
        """How far it is."""
        with self._database.reading() as connection:
            return find_replay(connection, replay_id, self._world.epoch_ms())

    def replays(self) -> tuple[Replay, ...]:
        """The latest."""
        with self._database.reading() as connection:
            return latest_replays(connection, self._world.epoch_ms())

    def difference(self, person: Person, replay_id: str, entry_id: str) -> ReplayDifference:
        """One question opened, asked of both sets again."""
        _require_looking(person)
        with self._database.reading() as connection:
            of = find_replay(connection, replay_id, self._world.epoch_ms())
            books = [_book(find_set(connection, ref).files) for ref in (of.before, of.after)]
        recorded = self.question(person, entry_id)
        then, now = (book.decide(recorded.question) for book in books)
        return ReplayDifference(
            entry_id=entry_id,
            time=recorded.time,
            facts=facts_of(recorded.question),
            before_allowed=then.allowed,
            after_allowed=now.allowed,
            before_rules=then.rule_ids,
            after_rules=now.rule_ids,
            before_obligations=_obligations(then),
            after_obligations=_obligations(now),
        )

    def question(self, person: Person, entry_id: str) -> RecordedQuestion:
        """The question of one entry; looking is recorded first."""
        _require_looking(person)

        def unit(tx: Transaction) -> RecordedQuestion:
            found = find_question(tx.connection, self._log, entry_id)
            self._recorder.replayed(tx, person, {"questions": 1, "entry": entry_id}, "")
            return found

        return self._database.transact(unit)

    def _ask(
        self, person: Person, before: Ref, after: Ref, since: int, until: int
    ) -> tuple[Replay, tuple[PolicyBook, PolicyBook]]:
        _require_looking(person)
        if not 0 <= since < until <= since + LONGEST_PERIOD_MS:
            raise InvalidRequest("a period begins before it ends, and has at most 400 days", field="since")
        with self._database.reading() as connection:
            sets = [_set(connection, ref) for ref in (before, after)]
            total = count_past(connection, since, until)
        books = (_book(sets[0].files), _book(sets[1].files))
        asked = Replay(
            id=self._world.new_id(),
            before=sets[0].ref,
            after=sets[1].ref,
            since=since,
            until=until,
            asked_by=who(person),
            asked_at=self._world.epoch_ms(),
            state="waiting",
            done=0,
            total=total,
            erased=0,
            unreadable=0,
            differing=0,
            agreed_then=0,
            trouble="",
            groups=(),
        )

        def unit(tx: Transaction) -> None:
            add_replay(tx.connection, asked)
            facts: dict[str, Fact] = {"replay": asked.id, "since": since, "until": until, "questions": total}
            facts |= {"before": asked.before, "after": asked.after}
            self._recorder.replayed(tx, person, facts, books[1].digest)

        self._database.transact(unit)
        return asked, books

    def _in_the_background(self, asked: Replay, books: tuple[PolicyBook, PolicyBook]) -> None:
        while not self._at_work.acquire(timeout=10):
            self._beat(asked, 0)
        try:
            self._work(asked, books, lambda done, total: None)
        except Exception as error:
            structlog.get_logger("gateway.rulebook").error("replay-failed", replay=asked.id, error=type(error).__name__)
        finally:
            self._at_work.release()

    def _work(self, asked: Replay, books: tuple[PolicyBook, PolicyBook], progress: Progress) -> None:
        try:
            ended = self._asked_of_both(asked, books, progress)
        except Exception as error:
            # Only our own errors promise to hold no personal data: of any other, the type alone is told.
            trouble = str(error) if isinstance(error, GatewayError) else type(error).__name__
            ended = replace(asked, state="failed", trouble=trouble)
            self._database.transact(lambda tx: end_replay(tx.connection, ended, self._world.epoch_ms()))
            raise
        self._database.transact(lambda tx: end_replay(tx.connection, ended, self._world.epoch_ms()))

    def _asked_of_both(self, asked: Replay, books: tuple[PolicyBook, PolicyBook], progress: Progress) -> Replay:
        erased = 0
        beat_at = time.monotonic()

        def past() -> Iterator[RecordedQuestion | NotReplayable]:
            nonlocal erased, beat_at
            done = 0
            with self._database.reading() as connection:
                for some in read_past(connection, self._log, asked.since, asked.until):
                    erased += sum(isinstance(one, Erased) for one in some)
                    yield from (one for one in some if not isinstance(one, Erased))
                    done += len(some)
                    progress(done, asked.total)
                    if time.monotonic() - beat_at > BEAT_EVERY_SECONDS:
                        self._beat(asked, done)
                        beat_at = time.monotonic()

        report = ask_both(past(), *books)
        groups = tuple(
            ReplayGroup(
                change=one.change.value,
                rule=one.rule,
                profession=one.profession,
                unit=one.unit,
                mode=one.mode,
                count=one.count,
                entry_ids=one.entry_ids,
            )
            for one in report.groups[:MOST_GROUPS]
        )
        return replace(
            asked,
            state="done",
            done=asked.total,
            erased=erased,
            unreadable=len(report.not_replayable),
            differing=len(report.differences),
            agreed_then=report.asked - len(report.recorded_otherwise),
            groups=groups,
        )

    def _beat(self, asked: Replay, done: int) -> None:
        try:
            self._database.transact(lambda tx: beat(tx.connection, asked.id, done, self._world.epoch_ms()))
        except GatewayError:
            return  # the next beat says it


def _set(connection: Connection, ref: Ref) -> Named:
    return find_set(connection, ref) if isinstance(ref, str) else Named(FOLDER, 0, ref)


def _book(files: Mapping[str, bytes]) -> PolicyBook:
    try:
        return PolicyBook.build(Sources.of(files))
    except PolicyError as error:
        raise RulesRefused(
            tuple(Hindrance("fault", fault.sentence("fr"), fault.sentence("en")) for fault in error.faults)
        ) from error


def _obligations(decision: Decision) -> tuple[str, ...]:
    return decision.obligations if decision.allowed else ()


def _require_looking(person: Person) -> None:
    if not {"it", "dpo"} & person.roles:
        raise NotAllowed("the past is replayed by hospital IT and the DPO")
