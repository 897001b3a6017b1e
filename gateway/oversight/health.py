"""Whether this process can do its work now: for the probes of operations, and for people on the IT page."""

from dataclasses import dataclass

from sqlalchemy import text

from gateway.errors import GatewayError
from gateway.oversight.lateness import Lateness
from gateway.rulebook.in_force import RulesInForce
from gateway.storage.database import Database
from gateway.world import World

LATE_NOTICE_MS = 900_000
_LATE_NOTICES = text("SELECT COUNT(*) FROM notice WHERE state IN ('pending', 'sending') AND due_at < :limit")
_STATES = text("SELECT state, COUNT(*) AS notices FROM notice GROUP BY state")

# What a full disk refuses: on SQLite a number in the file that nobody reads, written anew; PostgreSQL stops by itself.
_KEEP = {"sqlite": text("PRAGMA user_version = 0"), "postgresql": text("SELECT 1")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One part and its state. `required`: without it the gateway opens nothing."""

    name: str
    ok: bool
    detail: str
    required: bool = True


class Health:
    """Probes. Nothing here raises."""

    def __init__(self, *, database: Database, world: World, rules: RulesInForce, lateness: Lateness) -> None:
        self._database = database
        self._world = world
        self._in_force = rules
        self._lateness = lateness

    def live(self) -> bool:
        """The process answers."""
        return True

    def ready(self) -> tuple[CheckLine, ...]:
        """Database writable, rules loaded, checkpoints and notices on time."""
        return (self._recordable(), self._rules(), self._checkpoints(), self._notices())

    def notice_states(self) -> dict[str, int]:
        """How many notices are in each state; nothing while the database does not answer."""
        try:
            with self._database.reading() as connection:
                return {row.state: row.notices for row in connection.execute(_STATES)}
        except GatewayError:
            return {}

    def _recordable(self) -> CheckLine:
        try:
            self._database.transact(lambda tx: tx.connection.execute(_KEEP[self._database.dialect]))
        except GatewayError as error:
            return CheckLine(name="database", ok=False, detail=error.code)
        return CheckLine(name="database", ok=True, detail=self._database.dialect)

    def _rules(self) -> CheckLine:
        held = self._in_force.held
        if held.trouble:
            detail = f"{held.book.digest}: version {held.number} kept, the version in force cannot be loaded here"
            return CheckLine(name="policies", ok=False, detail=detail, required=False)
        return CheckLine(name="policies", ok=True, detail=held.book.digest)

    def _checkpoints(self) -> CheckLine:
        try:
            waited = self._lateness.look()
        except GatewayError as error:
            return CheckLine(name="checkpoints", ok=False, detail=error.code, required=False)
        detail = "on time" if waited is None else f"late: an entry has waited for {waited} ms"
        return CheckLine(name="checkpoints", ok=waited is None, detail=detail, required=False)

    def _notices(self) -> CheckLine:
        try:
            with self._database.reading() as connection:
                limit = self._world.epoch_ms() - LATE_NOTICE_MS
                late = connection.execute(_LATE_NOTICES, {"limit": limit}).scalar_one()
        except GatewayError as error:
            return CheckLine(name="notices", ok=False, detail=error.code, required=False)
        return CheckLine(name="notices", ok=late == 0, detail=f"{late} late", required=False)
