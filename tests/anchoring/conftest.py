"""A log in a real database, and real witnesses over HTTP to cosign it."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from werkzeug.serving import BaseWSGIServer, make_server

from audit import AuditLog, Checkpoint, Signer
from audit.policy import Policy
from gateway.anchoring.duty import Duties
from gateway.anchoring.trust import KnownWitness, trust_file
from gateway.anchoring.witnesses import Witnessing
from gateway.outbound import outbound_client
from gateway.sequencing import Sequencing
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.witness.app import create_witness
from gateway.witness.cosigning import Cosigning
from gateway.witness.founding import CONFIGURATION_FILE, LOGS_FILE, found_witness
from gateway.witness.logs import trust_log
from gateway.witness.serving import WitnessServer
from gateway.witness.settings import load_witness_settings
from tests.worlds import StillWorld

ORIGIN = "hospital.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(range(32)))
Wsgi = Callable[..., object]


def a_log() -> AuditLog:
    still = StillWorld(seed="log dice")
    return AuditLog(ORIGIN, "gw", still.world.random_bytes, hashlib.sha256(b"master").digest(), yearly=True)


@dataclass
class Book:
    """The log of this hospital."""

    database: Database
    still: StillWorld
    log: AuditLog = field(default_factory=a_log)
    signer: Signer = SIGNER

    @classmethod
    def at(cls, url: str, still: StillWorld) -> "Book":
        """Over a database of its own, to be closed."""
        return cls(Database(url), still)

    def record(self, entries: int = 1, outcome: str = "success") -> None:
        for _ in range(entries):
            self.database.transact(
                lambda tx: self.log.append(
                    SqlLogStore(tx.connection),
                    entry_id=str(uuid.uuid4()),
                    time=self.still.world.epoch_ms(),
                    entry_type="access.opened",
                    outcome=outcome,  # type: ignore[arg-type]
                )
            )

    def grow(self, entries: int = 1) -> Checkpoint:
        """Record, and sign the head."""
        self.record(entries)
        sequencing = Sequencing(database=self.database, world=self.still.world, log=self.log, signer=self.signer)
        head = sequencing.publish_checkpoint()
        assert head is not None
        return head

    def head(self) -> Checkpoint:
        """The newest head as it is stored, cosignatures and all."""
        with self.database.reading() as connection:
            head = SqlLogStore(connection).head()
        assert head is not None
        return head

    def alerts(self, *, open_only: bool = True) -> list[tuple[str, str]]:
        """(kind, detail)."""
        query = "SELECT kind, detail FROM alert" + (" WHERE resolved_at IS NULL" if open_only else "") + " ORDER BY id"
        with self.database.reading() as connection:
            return [(row.kind, row.detail) for row in connection.execute(text(query))]

    def anchors(self, kind: str) -> list[tuple[str, int, bytes]]:
        """(name, size of the head, data)."""
        query = text(
            "SELECT name, head % 1000000000000 AS size, data FROM audit_anchor WHERE kind = :kind ORDER BY time"
        )
        with self.database.reading() as connection:
            return [(row.name, row.size, bytes(row.data)) for row in connection.execute(query, {"kind": kind})]

    def witnessing(self, *witnesses: KnownWitness, quorum: int = 1, seconds: float = 2.0) -> Witnessing:
        return Witnessing(
            database=self.database,
            world=self.still.world,
            log=self.log,
            duties=Duties(self.database, self.still.world),
            witnesses=witnesses,
            policy=self.policy(*witnesses, quorum=quorum),
            client=outbound_client(timeout_seconds=seconds, ca_file=None, proxy=""),
            every_ms=60_000,
            claim_ms=60_000,
        )

    def policy(self, *witnesses: KnownWitness, quorum: int = 1) -> Policy:
        return Policy.read(trust_file(str(self.signer.verifier), witnesses, quorum))


@dataclass
class Neighbour:
    """A witness of another hospital, its files, and where it answers."""

    known: KnownWitness
    folder: Path
    cosigning: Cosigning

    def ask(self, body: str | bytes) -> httpx.Response:
        content = body.encode() if isinstance(body, str) else body
        return httpx.post(f"{self.known.url}/add-checkpoint", content=content, timeout=20, trust_env=False)


class Neighbourhood:
    """Starts witnesses, and any other server a test needs, and ends them all."""

    def __init__(self, folder: Path, still: StillWorld) -> None:
        self._folder = folder
        self._still = still
        self._open = ExitStack()

    def serve(self, application: Wsgi) -> str:
        """The address of a threaded server of this application."""
        return self._run(make_server("127.0.0.1", 0, application, threaded=True))  # type: ignore[arg-type]

    def _run(self, server: BaseWSGIServer | WitnessServer) -> str:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self._open.callback(server.server_close)
        self._open.callback(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def witness(self, name: str = "voisin", *logs: Signer) -> Neighbour:
        """A witness that trusts these logs (ours, where none is named)."""
        folder = self._folder / name
        cosigner = found_witness(folder, f"{name}.example/temoin", 8090, self._still.world.random_bytes)
        for log in logs or (SIGNER,):
            trust_log(folder / LOGS_FILE, log.verifier)
        settings = load_witness_settings(folder / CONFIGURATION_FILE).model_copy(update={"port": 0})
        cosigning = Cosigning(settings, self._still.world)
        url = self._run(WitnessServer(create_witness(cosigning, settings), settings))
        return Neighbour(KnownWitness(name, cosigner.verifier, url), folder, cosigning)

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def book(database: Database, still_world: StillWorld) -> Book:
    return Book(database, still_world)


@pytest.fixture
def small_book(sqlite_url: str, still_world: StillWorld) -> Iterator[Book]:
    """The same on SQLite alone, for what does not depend on the database."""
    opened = Book.at(sqlite_url, still_world)
    yield opened
    opened.database.close()


@pytest.fixture
def neighbourhood(tmp_path: Path, still_world: StillWorld) -> Iterator[Neighbourhood]:
    opened = Neighbourhood(tmp_path, still_world)
    yield opened
    opened.close()
