"""Follows the activations: a cheap look at the database once a second, and the new version takes the old one's place.

The rules in force never go away: whatever fails here, the last good version goes on deciding, IT is alerted, and the
load is tried again, each time after a longer wait.
"""

import socket
import threading
import time
from dataclasses import replace

import structlog
from sqlalchemy import Delete, delete, exists, insert, update

from gateway.errors import GatewayError
from gateway.rulebook.in_force import Held, RulesInForce
from gateway.rulebook.kept_activations import Look, look
from gateway.rulebook.kept_versions import name_version
from gateway.rulebook.loading import CannotLoad, load
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.starting import ALERT, take_what_is_due
from gateway.storage.alerts import raise_alert
from gateway.storage.database import Database
from gateway.storage.tables import alert, policy_process
from gateway.storage.transaction import Transaction
from gateway.world import World

LOOK_EVERY_SECONDS = 1.0
SEEN_EVERY_MS = 10_000
FORGOTTEN_AFTER_MS = 24 * 3600 * 1000
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0
STOPS_WITHIN_SECONDS = 2.0


class Following:
    """One for a serving process. `look_once` is a round; `start` takes one every second in the background."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        rules: RulesInForce,
        recorder: RulebookRecorder,
        pins: frozenset[str],
        pid: int,
    ) -> None:
        self._database = database
        self._world = world
        self._rules = rules
        self._recorder = recorder
        self._pins = pins
        self._pid = pid
        self._id = world.new_id()
        self._shown: Held | None = None  # what the row of this process says
        self._seen_at = 0
        self._retry_at = 0.0
        self._retry_after = FIRST_RETRY_SECONDS
        self._log = structlog.get_logger("gateway.rulebook")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Follow in the background, until `stop`."""
        self._thread = threading.Thread(target=self._repeat, name="rules-following", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following, and take this process off the list. Stopping what never started does nothing."""
        if self._thread is None:
            return
        self._stopping.set()
        self._thread.join(STOPS_WITHIN_SECONDS)
        try:
            self._database.transact(lambda tx: tx.connection.execute(_of_process(self._id)))
        except GatewayError:
            return  # the row is forgotten after a day

    def look_once(self) -> None:
        """One look. Raises `Unavailable` or `RecordUnavailable` while the database does not answer: what decides here
        is then what decided before."""
        with self._database.lookup() as connection:
            wanted = look(connection, self._world.epoch_ms())
        if wanted.due:
            self._database.transact(lambda tx: take_what_is_due(tx, self._world, self._recorder))
            with self._database.lookup() as connection:
                wanted = look(connection, self._world.epoch_ms())
        if wanted.turn not in (0, self._rules.held.turn):
            self._follow(wanted)
        self._show()

    def _follow(self, wanted: Look) -> None:
        held = self._rules.held
        if wanted.turn == held.refused_turn and time.monotonic() < self._retry_at:
            return
        if wanted.number == held.number:
            # Rolled back to what decides here already, or the same version activated again.
            self._rules.put(replace(held, turn=wanted.turn, refused_turn=0, trouble=""))
            return
        try:
            with self._database.reading() as connection:
                loaded = load(connection, wanted.number, self._pins)
        except CannotLoad as error:
            self._keep_last_good(wanted, str(error))
            return
        now = self._world.epoch_ms()
        self._rules.put(Held(book=loaded.book, number=wanted.number, turn=wanted.turn, since=now))
        self._retry_after = FIRST_RETRY_SECONDS

    def _keep_last_good(self, wanted: Look, trouble: str) -> None:
        if wanted.turn != self._rules.held.refused_turn:
            self._retry_after = FIRST_RETRY_SECONDS
        self._rules.put(replace(self._rules.held, refused_turn=wanted.turn, trouble=trouble))
        self._retry_at = time.monotonic() + self._retry_after
        self._retry_after = min(self._retry_after * 2, LONGEST_RETRY_SECONDS)
        self._log.error("policies-not-loaded", version=wanted.number, kept=self._rules.held.number)

    def _show(self) -> None:
        """Say what decides here, when it changed and every ten seconds. Said again until it could be said."""
        held, now = self._rules.held, self._world.epoch_ms()
        if held is self._shown and 0 <= now - self._seen_at < SEEN_EVERY_MS:
            return
        before = self._shown
        self._database.transact(lambda tx: self._say(tx, before, held, now))
        self._shown, self._seen_at = held, now

    def _say(self, tx: Transaction, before: Held | None, held: Held, now: int) -> None:
        values = {
            "number": held.number,
            "turn": held.turn,
            "digest": held.book.digest,
            "trouble": held.trouble[:500],
            "seen_at": now,
        }
        here = update(policy_process).where(policy_process.c.id == self._id).values(**values)
        if tx.connection.execute(here).rowcount == 0:
            forgotten = policy_process.c.seen_at < now - FORGOTTEN_AFTER_MS
            tx.connection.execute(delete(policy_process).where(forgotten))
            place = {"id": self._id, "host": socket.gethostname()[:200], "pid": self._pid, "started_at": now}
            tx.connection.execute(insert(policy_process), {**place, **values})
        if before is None:
            return
        if held.refused_turn not in (0, before.refused_turn):
            raise_alert(tx.connection, self._world, ALERT, held.trouble)
            self._recorder.load_failed(tx, held.number, held.book.digest, held.trouble)
        if before.refused_turn and not held.refused_turn:
            self._resolve_alerts(tx, now)
        if held.book is not before.book:
            name_version(tx.connection, held.book.digest, held.number, now)
            self._recorder.loaded(tx, held.book, held.number)

    def _resolve_alerts(self, tx: Transaction, now: int) -> None:
        """The alert is over once no process is in trouble."""
        troubled = exists().where(policy_process.c.trouble != "", policy_process.c.id != self._id)
        over = update(alert).where(alert.c.kind == ALERT, alert.c.resolved_at.is_(None), ~troubled)
        tx.connection.execute(over.values(resolved_at=now))

    def _repeat(self) -> None:
        failing = False
        while not self._stopping.is_set():
            try:
                self.look_once()
                failing = False
            except Exception as error:
                # A database that is away is away for everybody; it is said once. The rules in force stay.
                if not failing:
                    self._log.error("rules-not-followed", error=type(error).__name__)
                failing = True
            self._stopping.wait(LOOK_EVERY_SECONDS)


def _of_process(process_id: str) -> Delete:
    return delete(policy_process).where(policy_process.c.id == process_id)
