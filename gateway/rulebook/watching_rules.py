"""What people see of the rules in force: here, by the database, in every process, and through time."""

from sqlalchemy import select

from gateway.rulebook.activations import Activation, InForce, ProcessState
from gateway.rulebook.contents import text_digest
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.kept_activations import activations, look
from gateway.rulebook.kept_versions import find_version
from gateway.settings import PolicySettings
from gateway.storage.database import Database
from gateway.storage.tables import policy_process
from gateway.world import World
from policies import PolicyError, Sources

ALIVE_MS = 30_000
SHOWN_MS = 24 * 3600 * 1000


class RulesWatching:
    """See `Publishing`, whose methods of the same names these are."""

    def __init__(self, *, database: Database, world: World, rules: RulesInForce, settings: PolicySettings) -> None:
        self._database = database
        self._world = world
        self._rules = rules
        self._folder = settings.folder

    def in_force(self) -> InForce:
        """What decides here, and what should."""
        held = self._rules.held
        with self._database.reading() as connection:
            wanted = look(connection, 0).number
            version = find_version(connection, held.number)
            waiting = tuple(one for one in activations(connection) if not one.turn and one.cancelled_at is None)
        try:
            differs = text_digest(Sources.read(self._folder).files) != version.text_digest
        except PolicyError:
            differs = True
        return InForce(
            number=held.number,
            digest=held.book.digest,
            title=version.title,
            since=held.since,
            wanted=wanted,
            folder=str(self._folder),
            folder_differs=differs,
            scheduled=waiting,
        )

    def history(self) -> tuple[Activation, ...]:
        """Every activation."""
        with self._database.reading() as connection:
            return activations(connection)

    def processes(self) -> tuple[ProcessState, ...]:
        """Who decides by what."""
        now = self._world.epoch_ms()
        seen = policy_process.c.seen_at
        with self._database.reading() as connection:
            wanted = look(connection, 0)
            rows = connection.execute(
                select(policy_process)
                .where(seen > now - SHOWN_MS)
                .order_by(policy_process.c.host, policy_process.c.pid, policy_process.c.started_at)
            ).all()
        return tuple(
            ProcessState(
                id=row.id,
                host=row.host,
                pid=row.pid,
                number=row.number,
                digest=row.digest,
                current=row.number == wanted.number,
                alive=abs(now - row.seen_at) <= ALIVE_MS,
                trouble=row.trouble,
                started_at=row.started_at,
                seen_at=row.seen_at,
            )
            for row in rows
        )
