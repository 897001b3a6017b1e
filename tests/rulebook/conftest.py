"""A rulebook over a real database: two people of IT, a DPO, the shipped rules as version 1."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select, text

from audit import AuditLog
from audit.entry import Entry
from gateway.identity.staff_member import StaffMember
from gateway.rulebook.following import Following
from gateway.rulebook.in_force import RulesInForce
from gateway.rulebook.kept_versions import add_version
from gateway.rulebook.loading import pins_of
from gateway.rulebook.people import who
from gateway.rulebook.publishing import Publishing
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.starting import Starting
from gateway.rulebook.versions import Version
from gateway.settings import PolicySettings
from gateway.storage import tables
from gateway.storage.database import Database
from gateway.storage.journal import Journal
from gateway.storage.log_store import SqlLogStore
from gateway.storage.transaction import Transaction
from policies import Sources
from tests.worlds import StillWorld

POLICIES = Path(__file__).resolve().parents[2] / "policies"
CARE = "rules/10-soins.cedar"


def person(name: str, *roles: str, named: bool = True) -> StaffMember:
    """Somebody signed in with two factors."""
    return StaffMember(
        key=f"sub:https://idp.test|{name}",
        issuer="https://idp.test",
        subject=name,
        name=name.title(),
        profession=None,
        specialty="",
        category="",
        unit="DSI",
        establishment="750000018",
        rpps="",
        roles=frozenset(roles),
        named=named,
        factors=2,
        amr=("pwd", "otp"),
        authenticated_at=0,
    )


@dataclass
class Process:
    """One gateway process: what decides in it, and what follows the activations."""

    rules: RulesInForce
    publishing: Publishing
    following: Following


@dataclass
class Rulebook:
    """A hospital's rules and the people who change them."""

    database: Database
    still: StillWorld
    log: AuditLog
    settings: PolicySettings
    started: list[Process] = field(default_factory=list)
    ines: StaffMember = field(default_factory=lambda: person("ines", "it"))
    karim: StaffMember = field(default_factory=lambda: person("karim", "it"))
    dpo: StaffMember = field(default_factory=lambda: person("odile", "dpo"))
    nurse: StaffMember = field(default_factory=lambda: person("nora", "staff"))

    def start(self, settings: PolicySettings | None = None) -> Process:
        """Start a process. Raises `ConfigurationError` as the real one does."""
        settings = settings or self.settings
        recorder = RulebookRecorder(Journal(self.log, self.still.world))
        parts = {"database": self.database, "world": self.still.world, "recorder": recorder}
        rules = RulesInForce(Starting(**parts, settings=settings).start())
        process = Process(
            rules,
            Publishing(**parts, rules=rules, log=self.log, settings=settings),
            Following(**parts, rules=rules, pins=pins_of(settings), pid=1),
        )
        self.started.append(process)
        process.following.look_once()
        return process

    def entries(self, entry_type: str) -> list[Entry]:
        """The entries of a type, with their personal values, oldest first."""
        columns = tables.audit_entry.c
        with self.database.reading() as connection:
            found = select(columns.entry_id).where(columns.type == entry_type).order_by(columns.time, columns.counter)
            ids = list(connection.execute(found).scalars())
            return [self.log.read(SqlLogStore(connection), entry_id) for entry_id in ids]

    def alerts(self) -> list[str]:
        """The kinds of the alerts raised."""
        with self.database.reading() as connection:
            return list(connection.execute(select(tables.alert.c.kind)).scalars())

    def run(self, statement: str, **parameters: object) -> None:
        """Change the database behind everybody's back."""
        self.database.transact(lambda tx: tx.connection.execute(text(statement), parameters))

    def staged(self, process: Process, note: str, path: str = CARE) -> Version:
        """A version that differs from the one in force by a comment, staged by Inès."""
        draft = process.publishing.start_draft(self.ines, f"Essai {note}")
        content = draft.files[path] + f"\n// {note}\n".encode()
        draft = process.publishing.save_file(self.ines, draft.id, path, content, draft.revision)
        return process.publishing.stage(self.ines, draft.id)

    def approved(self, process: Process, note: str) -> Version:
        """A version by Inès, approved by Karim."""
        return process.publishing.approve(self.karim, str(self.added(process, note).number))

    def added(self, process: Process, note: str) -> Version:
        """A version by Inès that nobody approved yet; its trials are left out, they take a second."""
        files = dict(process.publishing.files("in-force"))
        files[CARE] += f"\n// {note}\n".encode()

        def unit(tx: Transaction) -> int:
            ines = who(self.ines)
            return add_version(
                tx.connection,
                Sources.of(files),
                title=note,
                origin="draft",
                base_number=1,
                authors=(ines,),
                by=ines,
                now=self.still.world.epoch_ms(),
            )

        return process.publishing.version(str(self.database.transact(unit)))


@pytest.fixture
def rulebook(database: Database, still_world: StillWorld) -> Rulebook:
    """Rules over SQLite and over PostgreSQL; nothing has started yet."""
    return _rulebook(database, still_world)


@pytest.fixture
def one_rulebook(sqlite_url: str, still_world: StillWorld) -> Iterator[Rulebook]:
    """The same over SQLite alone, a first process started, for what no database can tell apart."""
    database = Database(sqlite_url)
    rulebook = _rulebook(database, still_world)
    rulebook.start()
    yield rulebook
    database.close()


def _rulebook(database: Database, still: StillWorld) -> Rulebook:
    log = AuditLog("test/log", "gateway-test", still.world.random_bytes, bytes(32))
    return Rulebook(database, still, log, PolicySettings(folder=POLICIES, guardrails_digest=""))


@pytest.fixture
def process(rulebook: Rulebook) -> Process:
    """A first process, which took the folder's rules in as version 1."""
    return rulebook.start()


@pytest.fixture
def codes() -> Callable[[BaseException], list[str]]:
    """The codes of a refusal."""
    return lambda error: [one.code for one in error.hindrances]  # type: ignore[attr-defined]
