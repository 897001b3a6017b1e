"""One engine's test stand: its gateway, the bare application beside it, and what a run asks of both."""

import itertools
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
from sqlalchemy import func, select

from gateway.storage.database import Database
from gateway.storage.tables import dossier_document, patient
from tests.benchmarks.commits import OpeningRows, rows_of_an_opening, to_json
from tests.benchmarks.hospital import Place
from tests.benchmarks.processes import ROOT, free_port, running, wait_until_listening, worker_memory_mb

GRANIAN = ("--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--log-level", "warning", "--no-ws")
# A patient of the demo hospital with a dossier of ordinary size, who may be opened by break-glass.
READ_IPP = "8000000001"
TIMEOUT_SECONDS = 30.0
# Of each process, the default: four workers' stay below the 100 that PostgreSQL accepts unconfigured.
CONNECTIONS = 8


@dataclass
class Stand:
    """What is needed to put one engine under load. `ipps` hands out patients nobody has opened yet, `callers`
    the tokens of people who open them in turn; the document is read by the one with `token`."""

    place: Place
    token: str
    callers: Iterator[str]
    gateway: subprocess.Popen[bytes]
    gateway_port: int
    bare_port: int
    workers: int
    threads: int
    ipps: Iterator[str]
    rows: OpeningRows = field(init=False)
    document_path: str = field(init=False)
    document_id: str = field(init=False)
    document_bytes: int = field(init=False)
    documents_in_dossier: int = field(init=False)

    def make_ready(self) -> None:
        """Open one new patient, whose rows the bare commit repeats, and the patient whose document is read."""
        database = Database(self.place.url)
        try:
            with database.reading() as connection:
                self.rows = rows_of_an_opening(connection, self._open(next(self.ipps)))
                of_patient = select(patient.c.id).where(patient.c.ipp == READ_IPP).scalar_subquery()
                listed = (
                    select(dossier_document.c.id, dossier_document.c.size)
                    .where(dossier_document.c.patient_id == of_patient, dossier_document.c.confidentiality == "N")
                    .order_by(dossier_document.c.created_at.desc(), dossier_document.c.id)
                )
                chosen = connection.execute(listed).first()
                counted = select(func.count()).where(dossier_document.c.patient_id == of_patient)
                self.documents_in_dossier = connection.execute(counted).scalar_one()
        finally:
            database.close()
        assert chosen is not None, "the demo patient has documents"
        self.document_id, self.document_bytes = chosen.id, chosen.size
        self.document_path = f"/api/v1/accesses/{self._open(READ_IPP)}/documents/{chosen.id}"

    def job(self, activity: str, clients: int, times: int) -> dict[str, Any]:
        """The load generator's job of one activity: commit, bare read, open or read."""
        if activity == "commit":
            rows = to_json(self.rows)
            return {"kind": "commit", "url": self.place.twin_url, "rows": rows, "clients": clients, "times": times}
        if activity == "bare":
            requests = [_get(f"/documents/{self.document_id}", self.bare_port)] * times
            return {"kind": "http", "port": self.bare_port, "clients": clients, "expected": 200, "requests": requests}
        if activity == "open":
            requests, expected = [self._opening(next(self.ipps), next(self.callers)) for _ in range(times)], 201
        else:
            requests, expected = [_get(self.document_path, self.gateway_port, self.token)] * times, 200
        return {
            "kind": "http",
            "port": self.gateway_port,
            "clients": clients,
            "expected": expected,
            "requests": requests,
        }

    def memory_mb(self) -> float:
        """PSS of a worker process of the gateway, MB."""
        return worker_memory_mb(self.gateway)

    def _open(self, ipp: str) -> str:
        head, _, body = self._opening(ipp, self.token).partition("\r\n\r\n")
        assert head.startswith("POST /api/v1/accesses")
        answer = httpx.post(
            f"http://127.0.0.1:{self.gateway_port}/api/v1/accesses",
            content=body,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )
        if answer.status_code != 201:
            raise RuntimeError(f"the opening was answered {answer.status_code}: {answer.text[:1000]}")
        return str(answer.json()["access_id"])

    def _opening(self, ipp: str, token: str) -> str:
        body = json.dumps(
            {
                "request_id": str(uuid.uuid4()),
                "patient": {"ipp": ipp},
                "mode": "break_glass",
                "reason": {"code": "vital_emergency", "text": ""},
            }
        )
        return (
            f"POST /api/v1/accesses HTTP/1.1\r\nHost: 127.0.0.1:{self.gateway_port}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


@contextmanager
def standing(place: Place, configuration: Path, tokens: tuple[str, ...], workers: int, threads: int) -> Iterator[Stand]:
    """The gateway of `configuration` (moved to this engine's database and a port of its own), served as in production:
    on PostgreSQL with its worker process beside it. The bare application runs behind the same server."""
    folder = configuration.parent
    gateway_port, bare_port = free_port(), free_port()
    moved = folder / f"{place.engine}.toml"
    moved.write_text(_moved(configuration.read_text(), place.url, gateway_port, workers, threads))
    log, bare_log = folder / f"{place.engine}.log", folder / f"{place.engine}-bare.log"
    with ExitStack() as stack:
        gateway = stack.enter_context(running(log, "-m", "gateway", "serve", "--config", str(moved)))
        if place.engine != "sqlite":
            work_log = folder / f"{place.engine}-work.log"
            stack.enter_context(running(work_log, "-m", "gateway", "work", "--config", str(moved)))
        server = ("--workers", str(workers), "--blocking-threads", str(threads), "--port", str(bare_port))
        factory = "tests.benchmarks.bare:create_application"
        bare = stack.enter_context(
            running(bare_log, "-m", "granian", *GRANIAN, *server, factory, BENCH_DATABASE_URL=place.url)
        )
        wait_until_listening(gateway_port, gateway, log)
        wait_until_listening(bare_port, bare, bare_log)
        callers = itertools.cycle(tokens[1:])
        stand = Stand(place, tokens[0], callers, gateway, gateway_port, bare_port, workers, threads, iter(place.ipps))
        stand.make_ready()
        yield stand


class Generator:
    """The load generator's process; give it jobs one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Raises `RuntimeError` with what went wrong: a figure with errors in it would be none."""
        standard_input: IO[str] | None = self._process.stdin
        assert standard_input is not None
        assert self._process.stdout is not None
        standard_input.write(json.dumps(job) + "\n")
        standard_input.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "the generator ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def _get(path: str, port: int, token: str = "") -> str:
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{authorization}\r\n"


def _moved(text: str, url: str, port: int, workers: int, threads: int) -> str:
    replaced = {
        "port": str(port),
        "workers": str(workers),
        "threads": str(threads),
        "url": f'"{url}"',
        "pool_size": str(CONNECTIONS),
    }
    for key, value in replaced.items():
        # The first of each name is the one of [server], or of [database]; the relay's port comes later.
        text = re.sub(rf"^{key} = .*$", lambda _, key=key, value=value: f"{key} = {value}", text, count=1, flags=re.M)
    return text
